import type { Caps, PolicyText, PolicyView } from './views.ts'

/** A span of the day as it is filled in. */
export interface DraftSpan {
  from: string
  to: string
}
/** A policy as it is filled in. */
export interface DraftPolicy {
  label: string
  windows: DraftSpan[]
  quiet: DraftSpan[]
  warn: DraftSpan[]
  volume: (DraftSpan & { percent: number })[]
  caps: Record<keyof Caps, number | null>
}

const spanOf = (text: string): DraftSpan => ({ from: text.slice(0, 5), to: text.slice(6, 11) })
const textOf = ({ from, to }: DraftSpan): string => `${from}-${to}`
const DEFAULTS = { windows: ['05:00-21:00'], quiet: ['21:00-05:00'], warn: ['11:30-13:30'] } as const

/** What is not written stands at its default, as the server takes it. */
export const draftOf = (text: PolicyText): DraftPolicy => ({
  label: text.label ?? '',
  windows: (text.windows ?? DEFAULTS.windows).map(spanOf),
  quiet: (text.quiet ?? DEFAULTS.quiet).map(spanOf),
  warn: (text.warn ?? DEFAULTS.warn).map(spanOf),
  volume: (text.volume ?? []).map(({ at, percent }) => ({ ...spanOf(at), percent })),
  caps: { sessionsPerDay: text.caps?.sessionsPerDay ?? null, minutesPerSession: text.caps?.minutesPerSession ?? null, minutesPerDay: text.caps?.minutesPerDay ?? null, daysPerWeek: text.caps?.daysPerWeek ?? null },
})

/** As the server takes it; `before` keeps what this form does not show. */
export function policyOf(draft: DraftPolicy, before: PolicyText): PolicyText {
  const caps = Object.fromEntries(Object.entries(draft.caps).filter((entry): entry is [string, number] => entry[1] !== null))
  return {
    ...(draft.label.trim() === '' ? {} : { label: draft.label.trim() }),
    windows: draft.windows.map(textOf), quiet: draft.quiet.map(textOf), warn: draft.warn.map(textOf),
    volume: draft.volume.map((span) => ({ at: textOf(span), percent: span.percent })),
    ...(before.mourning === undefined ? {} : { mourning: before.mourning }),
    ...(Object.keys(caps).length === 0 ? {} : { caps }),
  }
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/
export const isWhole = ({ windows, quiet, warn, volume }: DraftPolicy): boolean => [...windows, ...quiet, ...warn, ...volume].every(({ from, to }) => TIME.test(from) && TIME.test(to))

/** What a policy is called on screen. */
export const policyName = ({ id, text }: Pick<PolicyView, 'id' | 'text'>): string => text.label ?? (id === 'mac-dinh' ? 'Mặc định' : id)

/** The short name of a policy from what it is called; another one where that is taken. */
export function policyId(label: string, taken: readonly string[]): string {
  const base = label.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 34) || 'quy-dinh'
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`
    if (!taken.includes(id)) return id
  }
}
