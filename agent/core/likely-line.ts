/**
 * The likeliest line through what was measured of another clock. Every way of an exchange takes a least time and then longer by chance, so
 * the quickest ways of each direction lie along two lines, one above the other's clock and one below, and the truth in the middle
 * of them. Against the single exchange with the least round trip this needs no exchange that was quick both ways: with chance of 60 ms in
 * each way, twenty exchanges place the clock within some 3 ms and not 10. (Estimator: the most likely offset where delays are
 * exponential, D. R. Jeske, "On maximum-likelihood estimation of clock offset", IEEE Trans. Commun. 53 (2005); the slope is found with it.)
 */
export interface Ways {
  /** What the offset is at most by the quickest way there: question came (other clock) − question left (this one), ms. */
  readonly most: Reading
  /** What it is at least by the quickest way back: answer left (other clock) − answer came (this one), ms. */
  readonly least: Reading
  /** Exchanges of which these are the quickest. */
  readonly count: number
}

export interface Reading {
  readonly mono: number
  readonly offset: number
}

/** How far the other clock runs faster than this one, and how uncertain that is (one standard deviation). */
export interface Rate {
  readonly ppm: number
  readonly sigmaPpm: number
}

export interface Line extends Rate {
  /** Other clock − this one at the instant that was asked for, ms. */
  readonly offset: number
  /** What both ways together take longer by chance, mean, ms. */
  readonly chanceMs: number
}

/** A crystal wanders: what it did long ago tells less of where it is now. */
const WANDER_PPM = 0.3
/** Reading and processing take at least this much of chance, ms. */
const LEAST_CHANCE_MS = 1
/** Golden sections: the last is a hundred-thousandth of the first. */
const SECTIONS = 26
const GOLDEN = (Math.sqrt(5) - 1) / 2
/** No crystal that is searched for lies farther from what was known. */
const WIDEST_SIGMAS = 6
/**
 * Where the logarithm of the likelihood is less by this, one standard deviation is taken to be passed: two of them by the model, for a real
 * link's quickest ways lie less thickly at their edge than the model's.
 */
const ONE_SIGMA = 2

/** The envelope of all ways for one slope: the middle is the offset at `at`, the gap what the least ways take together, ms. */
function envelope(ways: readonly Ways[], at: number, slope: number): { readonly middle: number; readonly gap: number } {
  let [most, least] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const way of ways) {
    const [over, under] = [at - way.most.mono, at - way.least.mono]
    most = Math.min(most, way.most.offset + over * slope + (Math.abs(over) * WANDER_PPM) / 1e6)
    least = Math.max(least, way.least.offset + under * slope - (Math.abs(under) * WANDER_PPM) / 1e6)
  }
  return { middle: (most + least) / 2, gap: most - least }
}

/** Mean of what both ways together take longer by chance, ms: the quickest of n takes a share of it. */
function chanceMs(ways: readonly Ways[], at: number, slope: number): number {
  const { gap } = envelope(ways, at, slope)
  const longer = ways.reduce((sum, { most, least, count }) => sum + count * Math.max(0, most.offset - least.offset + (least.mono - most.mono) * slope - gap), 0)
  return Math.max(LEAST_CHANCE_MS, longer / ways.length)
}

/** The likeliest offset at `at` and rate, from at least one burst of exchanges and what is known of the crystal. */
export function likeliestLine(ways: readonly Ways[], at: number, known: Rate): Line {
  // a wall time is large, and its differences are not: against the first one nothing is lost
  const zero = ways[0]?.most.offset ?? 0
  const near = ways.map(({ most, least, count }) => ({ most: { ...most, offset: most.offset - zero }, least: { ...least, offset: least.offset - zero }, count }))
  const exchanges = near.reduce((sum, { count }) => sum + count, 0)
  const [from, to] = [known.ppm - WIDEST_SIGMAS * known.sigmaPpm, known.ppm + WIDEST_SIGMAS * known.sigmaPpm]
  let likely: Rate = known
  for (let pass = 0; pass < 2; pass++) {
    const weight = exchanges / chanceMs(near, at, likely.ppm / 1e6)
    const likelihood = (ppm: number): number => weight * envelope(near, at, ppm / 1e6).gap - ((ppm - known.ppm) / known.sigmaPpm) ** 2 / 2
    likely = highest(likelihood, from, to)
  }
  const slope = likely.ppm / 1e6
  return { ...likely, offset: zero + envelope(near, at, slope).middle, chanceMs: chanceMs(near, at, slope) }
}

/** The highest place of a concave function by golden sections, and how far around it one standard deviation reaches. */
function highest(value: (ppm: number) => number, from: number, to: number): Rate {
  let [low, high] = [from, to]
  for (let n = 0; n < SECTIONS; n++) {
    const [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)]
    if (value(a) >= value(b)) high = b
    else low = a
  }
  const ppm = (low + high) / 2
  const floor = value(ppm) - ONE_SIGMA
  return { ppm, sigmaPpm: (edge(value, floor, ppm, to) - edge(value, floor, ppm, from)) / 2 }
}

/** Where, from the highest place towards an end, the value falls to the floor. */
function edge(value: (ppm: number) => number, floor: number, top: number, end: number): number {
  let [inside, outside] = [top, end]
  for (let n = 0; n < SECTIONS; n++) {
    const middle = (inside + outside) / 2
    if (value(middle) >= floor) inside = middle
    else outside = middle
  }
  return inside
}
