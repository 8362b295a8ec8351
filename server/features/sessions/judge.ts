import { admit, type Finding } from '../../../shared/core/admission.ts'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import type { DatedBounds } from '../../../shared/core/policy-text.ts'
import type { Timetable } from '../../../shared/core/timetable.ts'
import type { FindingView, Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

/** What is written about a timetable, without what it changes. */
export type Judged = Pick<ServerDeps, 'stores' | 'clock' | 'mediaMs'>

/** Judges a timetable as if it were in force from today. `media`: whether what is missing counts. */
export function findingsOf(deps: Judged, timetable: Timetable, media: 'must-be-there' | 'may-follow' = 'must-be-there'): Finding[] {
  const { clusters, policies, relays } = deps.stores
  const dated = new Map<string, DatedBounds>(policies.all().map(({ id, openings, pauses }) => [id, { openings, pauses }]))
  return admit(timetable, {
    today: civilDayNumber(deps.clock.wall()),
    clusters: clusters.active().map(({ id, name }) => ({ id, name })),
    memberships: clusters.memberships(),
    dated,
    relays: new Set(relays.all().map(({ id }) => id)),
    mediaMs: media === 'must-be-there' ? deps.mediaMs : (ref) => (deps.mediaMs(ref) === 'missing' ? null : deps.mediaMs(ref)),
  })
}

/** Refusal with all findings, those that refuse before the rest, the first one as the sentence. */
export function refusalFor(findings: readonly FindingView[]): Refusal | null {
  const refused = findings.filter((finding) => finding.level === 'refused')
  const [first] = refused
  if (!first) return null
  const others = findings.filter((finding) => finding.level !== 'refused')
  return { status: 422, code: first.code, en: first.en, vi: first.vi, field: first.path, findings: [...refused, ...others] }
}

/** What `after` says that `before` did not: a fault that stood there already is not this change's. */
export function newFindings(before: readonly Finding[], after: readonly Finding[]): Finding[] {
  const keyOf = (finding: Finding): string => `${finding.code}\n${finding.path}\n${finding.en}`
  const known = new Set(before.map(keyOf))
  return after.filter((finding) => !known.has(keyOf(finding)))
}
