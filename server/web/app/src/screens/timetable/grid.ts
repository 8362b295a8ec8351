import { clockOf } from './dates.ts'
import type { Said, WeekItem, WeekSession } from './views.ts'

/** A session on a day. One that comes round many times a day is one block with its first round in it. */
export interface Block {
  readonly first: WeekSession
  readonly rounds: number
  /** The end of its last round. */
  readonly end: string
}

/** The sessions of a day in their order. */
export function blocksOf(sessions: readonly WeekSession[], date: string): Block[] {
  const blocks = new Map<string, Block>()
  for (const one of sessions) {
    if (one.date !== date) continue
    const known = blocks.get(one.session)
    blocks.set(one.session, known ? { ...known, rounds: known.rounds + 1, end: one.end } : { first: one, rounds: 1, end: one.end })
  }
  return [...blocks.values()].sort((a, b) => (a.first.start < b.first.start ? -1 : a.first.start > b.first.start ? 1 : 0))
}

/** A row of the week's grid: everything that begins at one time of day, a cell for each day. */
export interface GridRow {
  readonly at: string
  readonly cells: readonly (readonly Block[])[]
}
export function gridOf(sessions: readonly WeekSession[], dates: readonly string[]): GridRow[] {
  const days = dates.map((date) => blocksOf(sessions, date))
  const times = [...new Set(days.flatMap((blocks) => blocks.map(({ first }) => clockOf(first.start))))].sort()
  return times.map((at) => ({ at, cells: days.map((blocks) => blocks.filter(({ first }) => clockOf(first.start) === at)) }))
}

export interface Fill {
  readonly kind: 'full' | 'under' | 'over'
  /** Seconds that are empty, or too many. */
  readonly seconds: number
  /** How much of the bar is filled, 0 … 100; a little is seen of what is more than nothing. */
  readonly percent: number
}
export function fillOf({ lengthMs, filledMs, overS, underS }: Pick<WeekSession, 'lengthMs' | 'filledMs' | 'overS' | 'underS'>): Fill {
  const share = lengthMs > 0 ? (filledMs / lengthMs) * 100 : 0
  const percent = Math.min(100, filledMs > 0 ? Math.max(2, Math.round(share)) : 0)
  if (overS > 0) return { kind: 'over', seconds: overS, percent: 100 }
  return underS > 0 ? { kind: 'under', seconds: underS, percent: Math.min(percent, 99) } : { kind: 'full', seconds: 0, percent: 100 }
}

/** The time of day at which what is added to the end would begin, `05:47:20`; null where the session is full. */
export function firstEmpty({ start, lengthMs, filledMs }: Pick<WeekSession, 'start' | 'lengthMs' | 'filledMs'>): string | null {
  if (filledMs >= lengthMs) return null
  const [h = 0, m = 0, s = 0] = start.slice(11, 19).split(':').map(Number)
  const second = (h * 3_600 + m * 60 + s + Math.ceil(filledMs / 1_000)) % 86_400
  const two = (n: number): string => String(n).padStart(2, '0')
  return `${two(Math.floor(second / 3_600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`
}

/** Whether an item will not sound as it is written. A text is only spoken once it is published: that is no fault. */
export const isWrong = ({ problem, state, fits }: Pick<WeekItem, 'problem' | 'state' | 'fits'>): boolean => (problem !== null && state !== 'preparing') || fits !== 'whole'
export const problemOf = ({ problem, state }: Pick<WeekItem, 'problem' | 'state'>): Said | null => (state === 'preparing' ? null : problem)
