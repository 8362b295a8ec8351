import { inflateRawSync } from 'node:zlib'

/**
 * The checker's own reading of plans and policies: written from PROTOCOL.md and the policy texts, sharing no code with
 * the product, so that a fault in one is not a fault in both.
 */
export interface ReadSlot {
  readonly id: string
  readonly session: string
  readonly sha: string
  /** Due, stagger included, wall ms. */
  readonly start: number
  /** Start of its session, stagger included: a stop ends a session that has begun, with all that it still had. */
  readonly sessionStart: number
  /** Where it ends when nothing came between. */
  readonly end: number
  /** End of its session: a delayed one sounds no later. */
  readonly lastEnd: number
}

interface ReadSession {
  readonly id: string
  readonly policy: string
  readonly len: number
  readonly stagger?: number
  readonly starts: readonly number[]
  readonly items: readonly { readonly at: number; readonly len: number; readonly media: string | null; readonly class?: string }[]
}
interface Span {
  readonly from: number
  readonly to: number
}
export interface ReadPlan {
  readonly rev: number
  readonly sha: string
  readonly stagger: number
  readonly from: number
  readonly to: number
  readonly sessions: readonly ReadSession[]
  readonly media: readonly { readonly sha: string }[]
  readonly policies: Readonly<Record<string, { readonly openings: readonly Span[]; readonly pauses: readonly Span[] }>>
  /** Absolute starts of each session, wall ms. */
  readonly begins: readonly (readonly number[])[]
}

/** A body as its head put it in force. */
export function readPlan({ sha, rev }: { readonly sha: string; readonly rev: number }, deflated: Uint8Array): ReadPlan {
  const body = JSON.parse(inflateRawSync(deflated).toString('utf8')) as Omit<ReadPlan, 'begins' | 'sha' | 'rev'>
  const begins = body.sessions.map(({ starts }) => {
    let second = 0
    return starts.map((step) => (second += step) * 1000)
  })
  return { ...body, sha, rev, begins }
}

function firstAtOrAfter(list: readonly number[], instant: number): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] as number) < instant) low = middle + 1
    else high = middle
  }
  return low
}

/** Slots that touch [from, to). */
export function slotsBetween(plan: ReadPlan, from: number, to: number): ReadSlot[] {
  const out: ReadSlot[] = []
  plan.sessions.forEach((session, s) => {
    const begins = plan.begins[s] as readonly number[]
    const shift = (session.stagger ?? 0) * plan.stagger
    for (let i = firstAtOrAfter(begins, from - session.len - shift); i < begins.length; i++) {
      const begin = begins[i] as number
      if (begin + shift >= to) break
      if (begin < plan.from || begin >= plan.to) continue
      session.items.forEach((item, n) => {
        const start = begin + shift + item.at
        const lastEnd = begin + shift + session.len
        if (item.media === null || start >= to || lastEnd <= from) return
        out.push({ id: `${session.id}.${(begin / 1000).toString(36)}.${n}`, session: session.id, sha: item.media, start, sessionStart: begin + shift, end: Math.min(start + item.len, lastEnd), lastEnd })
      })
    }
  })
  return out
}

const occurrenceOf = (slot: ReadSlot): string => slot.id.slice(0, slot.id.lastIndexOf('.'))

const contested = new WeakMap<ReadPlan, { readonly from: number; readonly to: number; readonly names: ReadonlySet<string> }>()

/**
 * Whether other sessions want time of the same busy period: who yields there is the timeline's own matter, and its own
 * tests'. One late item makes all that follow it late, so a period is contested as a whole.
 */
export function isContested(plan: ReadPlan, slot: ReadSlot): boolean {
  let known = contested.get(plan)
  if (!known || slot.start < known.from + 6 * 3_600_000 || slot.lastEnd > known.to - 6 * 3_600_000) {
    const [from, to] = [slot.start - 7 * 3_600_000, slot.lastEnd + 14 * 3_600_000]
    known = { from, to, names: contestedBetween(plan, from, to) }
    contested.set(plan, known)
  }
  return known.names.has(occurrenceOf(slot))
}

function contestedBetween(plan: ReadPlan, from: number, to: number): Set<string> {
  const occurrences = new Map<string, { from: number; to: number }>()
  for (const slot of slotsBetween(plan, from, to)) {
    const name = occurrenceOf(slot)
    const known = occurrences.get(name)
    occurrences.set(name, { from: Math.min(slot.start, known?.from ?? Infinity), to: slot.lastEnd })
  }
  const names = new Set<string>()
  let period: string[] = []
  let end = -Infinity
  const close = (): void => {
    if (period.length > 1) for (const name of period) names.add(name)
    period = []
  }
  for (const [name, span] of [...occurrences].sort(([, a], [, b]) => a.from - b.from)) {
    if (span.from >= end) close()
    period.push(name)
    end = Math.max(end, span.to)
  }
  close()
  return names
}

/** When the next planned sound after an instant ends; Infinity when none is planned. */
export function nextEnd(plan: ReadPlan, after: number): number {
  let next = Infinity
  for (const slot of slotsBetween(plan, after - 1, after + 1_800_000)) if (slot.end > after) next = Math.min(next, slot.end)
  return next < Infinity ? next : after + 1_800_000
}

/** `05:00-21:00` → ms of the day. */
export interface DayHours {
  readonly from: number
  readonly to: number
}
export interface PolicyHours {
  readonly windows: readonly DayHours[]
  readonly quiet: readonly DayHours[]
}

const DAY = 86_400_000
/** Viet Nam is seven hours ahead, all year. */
const msOfDay = (at: number): number => (((at + 7 * 3_600_000) % DAY) + DAY) % DAY

function hoursOf(text: string): DayHours {
  const [from, to] = text.split('-').map((time) => {
    const [h, m] = time.split(':').map(Number)
    return ((h ?? 0) * 60 + (m ?? 0)) * 60_000
  })
  return { from: from ?? 0, to: to ?? 0 }
}

export const policyHours = (text: { readonly windows: readonly string[]; readonly quiet: readonly string[] }): PolicyHours => ({
  windows: text.windows.map(hoursOf),
  quiet: text.quiet.map(hoursOf),
})

const holds = ({ from, to }: DayHours, at: number): boolean => {
  const ms = msOfDay(at)
  return from < to ? ms >= from && ms < to : ms >= from || ms < to
}

/** May a programme of the timetable sound at this instant? `openings` and `pauses` are the plan's. */
export function mayCloseAt(hours: PolicyHours, dated: { readonly openings: readonly Span[]; readonly pauses: readonly Span[] }, at: number): 'open' | 'paused' | 'quiet' | 'outside' {
  const within = (span: Span): boolean => span.from <= at && at < span.to
  if (dated.pauses.some(within)) return 'paused'
  if (dated.openings.some(within)) return 'open'
  if (hours.quiet.some((span) => holds(span, at))) return 'quiet'
  return hours.windows.some((span) => holds(span, at)) ? 'open' : 'outside'
}

/** The first instant in [from, to) at which it may not sound; null when it may all along. */
export function firstClosed(hours: PolicyHours, dated: { readonly openings: readonly Span[]; readonly pauses: readonly Span[] }, from: number, to: number): number | null {
  const edges = [from]
  for (const span of [...dated.openings, ...dated.pauses]) edges.push(span.from, span.to)
  const midnight = from - msOfDay(from)
  for (const { from: a, to: b } of [...hours.quiet, ...hours.windows]) for (const day of [0, DAY]) edges.push(midnight + day + a, midnight + day + b)
  const inside = edges.filter((edge) => edge >= from && edge < to).sort((a, b) => a - b)
  return inside.find((edge) => mayCloseAt(hours, dated, edge) !== 'open') ?? null
}
