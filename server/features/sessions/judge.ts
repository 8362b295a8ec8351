import { admit, type Finding } from '../../../shared/core/admission.ts'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import type { DatedBounds } from '../../../shared/core/policy-text.ts'
import type { DatedSpan } from '../../../shared/core/policy.ts'
import { audienceOn } from '../../../shared/core/targets.ts'
import type { Session, Timetable } from '../../../shared/core/timetable.ts'
import type { FindingView, Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { itemFindings, type Fitness } from '../../core/timetable-fitness.ts'
import { datedBounds } from '../pauses/plugin.ts'
import { chimeKey, speechKey } from '../programmes/plugin.ts'

/** What is written about a timetable, without what it changes. */
export type Judged = Pick<ServerDeps, 'stores' | 'access' | 'clock' | 'mediaMs' | 'crypto'>

export const fitnessOf = ({ stores, crypto }: Pick<Judged, 'stores' | 'crypto'>): Fitness => ({
  programmes: stores.programmes,
  keyOf: (ref) => (ref.kind === 'chime' ? chimeKey(ref.name) : speechKey(crypto, ref)),
})

/** Openings that hold for everybody who hears a session: those of all its clusters. */
function openingsOf(deps: Judged, timetable: Timetable): (session: Session) => readonly DatedSpan[] {
  const now = deps.clock.wall()
  if (deps.stores.spans.endingAfter(now).every(({ kind }) => kind !== 'opening')) return () => []
  const dated = datedBounds(deps.stores, now)
  const audience = audienceOn({ areas: timetable.areas, groups: timetable.groups ?? [], ...deps.access.directory() }, civilDayNumber(now))
  const keyOf = (span: DatedSpan): string => `${span.from} ${span.to}`
  return (session) => {
    const [first, ...others] = audience(session.targets).clusters
    if (first === undefined) return []
    return others.reduce<readonly DatedSpan[]>((common, id) => {
      const mine = common.length > 0 ? new Set(dated(id).openings.map(keyOf)) : new Set<string>()
      return common.filter((span) => mine.has(keyOf(span)))
    }, dated(first).openings)
  }
}

/** Judges a timetable as if it were in force from today. `media`: whether what is missing counts. */
export function findingsOf(deps: Judged, timetable: Timetable, media: 'must-be-there' | 'may-follow' = 'must-be-there'): Finding[] {
  const { policies, relays } = deps.stores
  const dated = new Map<string, DatedBounds>(policies.all().map(({ id, openings, pauses }) => [id, { openings, pauses }]))
  return admit(timetable, {
    today: civilDayNumber(deps.clock.wall()),
    ...deps.access.directory(),
    dated,
    openingsFor: openingsOf(deps, timetable),
    relays: new Set(relays.all().map(({ id }) => id)),
    mediaMs: media === 'must-be-there' ? deps.mediaMs : (ref) => (deps.mediaMs(ref) === 'missing' ? null : deps.mediaMs(ref)),
  })
}

/** What would not sound of one session, as far as admission does not say so itself. */
export function unfitItems(deps: Judged, session: Session, path: string): FindingView[] {
  return itemFindings(fitnessOf(deps), session, path, deps.clock.wall()).filter(({ code }) => code !== 'missing')
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
