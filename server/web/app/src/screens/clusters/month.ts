/** A row of GET /reports/rows, the part that the calendar needs. */
export interface RowOfMonth {
  readonly slot: string
  readonly session: string | null
  readonly item: string | null
  readonly rung: 'planned' | 'sent' | 'played' | 'heard' | 'confirmed'
  readonly plannedStart: string
  readonly plannedSeconds: number
  readonly seconds: number
  readonly reason: { readonly vi: string; readonly en: string; readonly code: string } | null
}
/** How a session sounded: wholly, in part, not at all; `due`: it is not over, or its report is still to come. */
export type Verdict = 'whole' | 'part' | 'none' | 'due'

export interface SessionOfMonth {
  readonly key: string
  /** Id of the session; null = beside the timetable (live, emergency). */
  readonly session: string | null
  readonly at: number
  readonly verdict: Verdict
  readonly plannedS: number
  readonly playedS: number
  readonly rows: readonly RowOfMonth[]
}
export interface DayOfMonth {
  /** 1–31. */
  readonly day: number
  readonly sessions: readonly SessionOfMonth[]
}

const ZONE_MS = 7 * 3_600_000
/** The last seconds of a session are lost to roundings of each of its items. */
const WHOLE_PART = 0.97
const civil = (at: number): Date => new Date(at + ZONE_MS)
/** `2026-11` of an instant. */
export const monthOf = (at: number): string => civil(at).toISOString().slice(0, 7)

/** The month before or after. */
export function monthBeside(month: string, by: -1 | 1): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7)
}
/** `11/2026`. */
export const monthText = (month: string): string => month.split('-').reverse().join('/')

/** Days of a month, and how many cells of a week that begins on Monday stand empty before its first. */
export function monthGrid(month: string): { readonly days: number; readonly before: number } {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return { days: new Date(Date.UTC(year, number, 0)).getUTCDate(), before: (new Date(Date.UTC(year, number - 1, 1)).getUTCDay() + 6) % 7 }
}

function verdictOf(rows: readonly RowOfMonth[], plannedS: number, playedS: number): Verdict {
  if (playedS >= plannedS * WHOLE_PART) return 'whole'
  if (rows.some(({ reason }) => reason?.code === 'not-due-yet')) return 'due'
  return playedS > 0 ? 'part' : 'none'
}

/** What came of each session of a month, day by day. A session that crosses midnight counts on the day on which it began. */
export function daysOf(month: string, rows: readonly RowOfMonth[]): DayOfMonth[] {
  const byKey = new Map<string, RowOfMonth[]>()
  for (const row of rows) {
    // items of one occurrence share all of their name but the number at its end
    const key = row.session === null ? row.slot : row.slot.replace(/\.\d+$/, '')
    const held = byKey.get(key)
    if (held) held.push(row)
    else byKey.set(key, [row])
  }
  const sessions = [...byKey].map(([key, own]): SessionOfMonth => {
    const sum = (of: (row: RowOfMonth) => number): number => own.reduce((all, row) => all + of(row), 0)
    const [plannedS, playedS] = [sum(({ plannedSeconds }) => plannedSeconds), sum(({ seconds }) => seconds)]
    return { key, session: own[0]?.session ?? null, at: Math.min(...own.map(({ plannedStart }) => Date.parse(plannedStart))), plannedS, playedS, verdict: verdictOf(own, plannedS, playedS), rows: own }
  })
  return Array.from({ length: monthGrid(month).days }, (_, n) => ({
    day: n + 1,
    sessions: sessions.filter(({ at }) => monthOf(at) === month && civil(at).getUTCDate() === n + 1).sort((a, b) => a.at - b.at),
  }))
}
