import { BrokenInvariant } from './result.ts'

/**
 * The Vietnamese lunar calendar, computed: new moons and the sun's longitude after J. Meeus,
 * "Astronomical Algorithms" (2nd ed., chapters 49 and 25), taken at the civil day of UTC+7. Tables of the
 * Chinese calendar (UTC+8), such as ICU's, differ in some years: 1985, 2007, 2030.
 *
 * Valid for 1968 (when UTC+7 became the calendar's meridian) to 2199.
 */
export interface LunarDate {
  /** 1 … 30. */
  readonly day: number
  /** 1 … 12; month 1 begins with Tết. */
  readonly month: number
  /** The civil year in which the lunar year begins. */
  readonly year: number
  /** The second one of two months with the same number. */
  readonly leap: boolean
}

/** A lunar month: days since 1970-01-01 of its first day and of the first day after it. */
interface LunarMonth {
  readonly from: number
  readonly to: number
  readonly month: number
  readonly year: number
  readonly leap: boolean
}

const SYNODIC_DAYS = 29.530588861
const UTC_PLUS_7_DAYS = 7 / 24
const JULIAN_DAY_1970 = 2_440_587.5
const JULIAN_DAY_2000 = 2_451_545
const DAYS_PER_CENTURY = 36_525
/** First new moon of 2000, from which the months are counted, as days since 1970. */
const FIRST_NEW_MOON = 2_451_550.09766 - JULIAN_DAY_1970

const sin = (degrees: number): number => Math.sin((degrees * Math.PI) / 180)

/** Terrestrial minus universal time, days: 54 s in 1985, 69 s in 2025; a minute more or less decides nothing here. */
const deltaTDays = (year: number): number => (64 + 0.2 * (year - 2000)) / 86_400

/** Instant of the new moon number `k` (0 = 6 January 2000), days since 1970 in universal time. Meeus (49.1). */
function newMoon(k: number): number {
  const t = k / 1236.85
  const t2 = t * t
  const e = 1 - 0.002516 * t - 0.0000074 * t2
  const sun = 2.5534 + 29.1053567 * k - 0.0000014 * t2
  const moon = 201.5643 + 385.81693528 * k + 0.0107582 * t2 + 0.00001238 * t2 * t
  const node = 160.7108 + 390.67050284 * k - 0.0016118 * t2 - 0.00000227 * t2 * t
  const omega = 124.7746 - 1.56375588 * k + 0.0020672 * t2
  const mean = FIRST_NEW_MOON + SYNODIC_DAYS * k + 0.00015437 * t2 - 0.00000015 * t2 * t
  const moonTerms =
    -0.4072 * sin(moon) + 0.01608 * sin(2 * moon) + 0.01039 * sin(2 * node) - 0.00042 * sin(3 * moon) -
    0.00111 * sin(moon - 2 * node) - 0.00057 * sin(moon + 2 * node) - 0.00017 * sin(omega) +
    0.00004 * sin(2 * moon - 2 * node) + 0.00003 * sin(2 * moon + 2 * node) + 0.00002 * sin(4 * moon)
  const sunTerms =
    e * (0.17241 * sin(sun) + 0.00739 * sin(moon - sun) - 0.00514 * sin(moon + sun) + 0.00056 * sin(2 * moon + sun) +
      0.00042 * sin(sun + 2 * node) + 0.00038 * sin(sun - 2 * node) - 0.00024 * sin(2 * moon - sun)) +
    e * e * 0.00208 * sin(2 * sun) - 0.00007 * sin(moon + 2 * sun) + 0.00004 * sin(3 * sun) +
    0.00003 * (sin(moon + sun - 2 * node) - sin(moon + sun + 2 * node) + sin(moon - sun + 2 * node)) -
    0.00002 * (sin(moon - sun - 2 * node) + sin(3 * moon + sun))
  const planetTerms =
    0.000325 * sin(299.77 + 0.107408 * k - 0.009173 * t2) + 0.000165 * sin(251.88 + 0.016321 * k) +
    0.000164 * sin(251.83 + 26.651886 * k) + 0.000126 * sin(349.42 + 36.412478 * k) + 0.00011 * sin(84.66 + 18.206239 * k)
  return mean + moonTerms + sunTerms + planetTerms - deltaTDays(2000 + t * 100)
}

/** First civil day of month number `k`: the day of Viet Nam that holds the new moon. */
const monthStart = (k: number): number => Math.floor(newMoon(k) + UTC_PLUS_7_DAYS)

/** Which twelfth of the zodiac (0 = from the spring equinox) the sun is in at the first moment of a civil day. Meeus, chapter 25. */
function sunTwelfth(day: number): number {
  const at = day - UTC_PLUS_7_DAYS + JULIAN_DAY_1970
  const t = (at - JULIAN_DAY_2000) / DAYS_PER_CENTURY + deltaTDays(2000 + (at - JULIAN_DAY_2000) / 365.25) / DAYS_PER_CENTURY
  const anomaly = 357.52911 + 35_999.05029 * t - 0.0001537 * t * t
  const centre =
    (1.914602 - 0.004817 * t) * sin(anomaly) + (0.019993 - 0.000101 * t) * sin(2 * anomaly) + 0.000289 * sin(3 * anomaly)
  const longitude = 280.46646 + 36_000.76983 * t + 0.0003032 * t * t + centre - 0.00569 - 0.00478 * sin(125.04 - 1934.136 * t)
  return Math.floor((((longitude % 360) + 360) % 360) / 30)
}

/** Month 11 is the one in which the winter solstice (270°, the 9th twelfth's end) falls. */
const holdsSolstice = (k: number): boolean => sunTwelfth(monthStart(k)) < 9 && sunTwelfth(monthStart(k + 1)) >= 9

/** A month in which the sun enters no new twelfth is the leap month of a year of thirteen. */
const hasNoMajorTerm = (k: number): boolean => sunTwelfth(monthStart(k)) === sunTwelfth(monthStart(k + 1))

function monthHolding(day: number): LunarMonth {
  if (!Number.isSafeInteger(day)) throw new BrokenInvariant(`not a day number: ${day}`)
  let k = Math.floor((day - FIRST_NEW_MOON) / SYNODIC_DAYS)
  while (monthStart(k + 1) <= day) k++
  while (monthStart(k) > day) k--
  let eleventh = k
  while (!holdsSolstice(eleventh)) eleventh--
  let leapAt = 0
  if (holdsSolstice(eleventh + 13)) {
    leapAt = 1
    while (leapAt < 12 && !hasNoMajorTerm(eleventh + leapAt)) leapAt++
  }
  const since = k - eleventh
  const numbered = leapAt > 0 && since >= leapAt ? since - 1 : since
  const solsticeYear = new Date(monthStart(eleventh) * 86_400_000).getUTCFullYear()
  return {
    from: monthStart(k),
    to: monthStart(k + 1),
    month: ((numbered + 10) % 12) + 1,
    year: numbered < 2 ? solsticeYear : solsticeYear + 1,
    leap: leapAt > 0 && since === leapAt,
  }
}

const within = (m: LunarMonth, day: number): LunarDate => ({ day: day - m.from + 1, month: m.month, year: m.year, leap: m.leap })

/** Lunar date of a civil day (days since 1970-01-01, Viet Nam). */
export const lunarOf = (day: number): LunarDate => within(monthHolding(day), day)

/** The same, remembering the last month: for walks over consecutive days, where it saves nearly all of the arithmetic. */
export function lunarWalk(): (day: number) => LunarDate {
  let last: LunarMonth | null = null
  return (day) => {
    if (last === null || day < last.from || day >= last.to) last = monthHolding(day)
    return within(last, day)
  }
}

/**
 * Does a written lunar day (`1/1`, `15/*`) fall on this date? A named month means the ordinary one, not its
 * leap double: feasts are kept once. `*` means every month.
 */
export function isLunarDay(text: string, date: LunarDate): boolean {
  const [day, month] = text.split('/')
  if (Number(day) !== date.day) return false
  return month === '*' || (Number(month) === date.month && !date.leap)
}
