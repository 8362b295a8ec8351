import { daySpan } from './durations.ts'
import { DEFAULT_POLICY, type DatedSpan, type DaySpan, type Policy, type PolicyBook } from './policy.ts'
import type { PolicyText, Timetable } from './timetable.ts'

/** The policy that binds where neither the session nor its area names one. A timetable may redefine it. */
export const DEFAULT_POLICY_NAME = 'mac-dinh'

const WHOLE_DAY: DaySpan = { from: 0, to: 86_400 }

/**
 * The enforced form of a written policy; what is absent comes from `base`.
 * Admission refuses malformed spans. Should one get here all the same, it fails towards silence: a
 * malformed window opens nothing, a malformed quiet span is quiet all day.
 */
export function policyFrom(text: PolicyText, base: Policy = DEFAULT_POLICY): Policy {
  const spans = (texts: readonly string[] | undefined, orElse: DaySpan[], broken: DaySpan[]): DaySpan[] =>
    texts?.flatMap((t) => daySpan(t) ?? broken) ?? orElse
  return {
    ...base,
    label: text.label ?? base.label,
    windows: spans(text.windows, base.windows, []),
    quiet: spans(text.quiet, base.quiet, [WHOLE_DAY]),
    warn: spans(text.warn, base.warn, []),
    mourning: text.mourning ?? base.mourning,
    volume: text.volume?.flatMap((v) => ({ ...(daySpan(v.at) ?? WHOLE_DAY), percent: v.percent })) ?? base.volume,
  }
}

/** What a person decided for certain dates, kept beside the timetable. */
export interface DatedBounds {
  readonly openings?: readonly DatedSpan[]
  readonly pauses?: readonly DatedSpan[]
  /** Civil dates, added to the policy's own. */
  readonly mourning?: readonly string[]
}

/** The policy with dated bounds added. */
export const withDated = (policy: Policy, dated: DatedBounds): Policy => ({
  ...policy,
  openings: [...policy.openings, ...(dated.openings ?? [])],
  pauses: [...policy.pauses, ...(dated.pauses ?? [])],
  mourning: [...new Set([...policy.mourning, ...(dated.mourning ?? [])])].sort(),
})

/** The written policy of a name; undefined when the timetable has none (own keys only: `constructor` is a legal name). */
export function policyText(timetable: Pick<Timetable, 'policies'>, name: string): PolicyText | undefined {
  const policies = timetable.policies ?? {}
  return Object.hasOwn(policies, name) ? policies[name] : undefined
}

/** Every policy that the timetable may name, the default one included. */
export function policyBook(timetable: Pick<Timetable, 'policies'>): PolicyBook {
  const written = Object.entries(timetable.policies ?? {}).map(([name, text]) => [name, policyFrom(text)] as const)
  return Object.fromEntries([[DEFAULT_POLICY_NAME, DEFAULT_POLICY] as const, ...written])
}
