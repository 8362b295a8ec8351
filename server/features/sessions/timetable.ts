import type { Finding } from '../../../shared/core/admission.ts'
import type { Area, Group, PolicyText, Relay, Session, Timetable } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, refused, type FindingView, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { Stores } from '../../core/stores.ts'
import { sameSession } from '../../core/timetable-merge.ts'
import type { ReplacedSession } from '../../core/timetable-store.ts'
import { findingsOf, newFindings, refusalFor, type Judged } from './judge.ts'
import { noteTexts, waitingTexts } from './spoken-texts.ts'

const STATION_KEY = 'station'
const SEEDED_KEY = 'timetable-seeded'
const UNNAMED = 'Đài truyền thanh cấp xã'

/** The timetable that is in force, as the database holds it. */
export function currentTimetable(stores: Stores): Timetable {
  const groups = stores.groups.all()
  const policies = stores.policies.all()
  // a station whose address was never set says nothing that another one would not know
  const relays = stores.relays.all().filter(({ source }) => source !== '')
  return {
    version: 1,
    station: stores.meta.get(STATION_KEY) ?? UNNAMED,
    areas: stores.areas.all(),
    ...(groups.length === 0 ? {} : { groups }),
    ...(policies.length === 0 ? {} : { policies: Object.fromEntries(policies.map(({ id, text }) => [id, text])) }),
    ...(relays.length === 0 ? {} : { relays }),
    sessions: stores.sessions.all(),
  }
}

export interface Imported {
  readonly areas: number
  readonly groups: number
  readonly policies: number
  readonly sessions: number
  readonly warnings: FindingView[]
}

/** Areas and relays are only added and replaced: a code that is no longer written was in force once, a station's address stays good. Everything else follows the file. */
function replaceTimetable(deps: Pick<ServerDeps, 'stores' | 'clock'>, timetable: Timetable): void {
  const { stores } = deps
  const { groups = [], policies = {}, sessions } = timetable
  const dropMissing = (known: readonly { readonly id: string }[], kept: ReadonlySet<string>, drop: (id: string) => void): void => {
    for (const { id } of known) if (!kept.has(id)) drop(id)
  }
  stores.meta.set(STATION_KEY, timetable.station)
  timetable.areas.forEach((area: Area) => stores.areas.put(area))
  timetable.relays?.forEach((relay: Relay) => stores.relays.put(relay))
  dropMissing(stores.groups.all(), new Set(groups.map(({ id }) => id)), (id) => stores.groups.remove(id))
  groups.forEach((group: Group) => stores.groups.put(group))
  dropMissing(stores.policies.all(), new Set(Object.keys(policies)), (id) => stores.policies.remove(id))
  Object.entries(policies).forEach(([id, text]: [string, PolicyText]) => stores.policies.putText(id, text))
  dropMissing(stores.sessions.all(), new Set(sessions.map(({ id }) => id)), (id) => stores.sessions.remove(id))
  sessions.forEach((session: Session) => stores.sessions.put(session, deps.clock.wall()))
}

const countsOf = (timetable: Timetable, warnings: FindingView[]): Imported => ({
  areas: timetable.areas.length,
  groups: timetable.groups?.length ?? 0,
  policies: Object.keys(timetable.policies ?? {}).length,
  sessions: timetable.sessions.length,
  warnings,
})

const auditOf = (counts: Imported) => ({ areas: counts.areas, groups: counts.groups, policies: counts.policies, sessions: counts.sessions })

/**
 * Takes the timetable of a new station into its empty database, once: afterwards the database is the truth, also when
 * every session was deleted. Programmes that are still being prepared and clusters that are still to enrol are no
 * mistake here. `value` is null when the station has its timetable already. The caller tells the conductor.
 */
export function seedTimetable(deps: Judged & Pick<ServerDeps, 'decide'>, timetable: Timetable): Outcome<Imported | null> {
  const { meta, areas, sessions } = deps.stores
  if (meta.get(SEEDED_KEY) !== null || areas.all().length > 0 || sessions.all().length > 0) return accepted(null)
  const findings = findingsOf(deps, timetable, 'may-follow').filter((finding) => finding.code !== 'unknown-cluster')
  const refusal = refusalFor(findings)
  if (refusal) return refused(refusal)
  const counts = countsOf(timetable, findings)
  deps.decide({ actor: 'server', action: 'timetable.seed', subject: timetable.station, detail: auditOf(counts) }, () => {
    replaceTimetable(deps, timetable)
    meta.set(SEEDED_KEY, String(deps.clock.wall()))
  })
  return accepted(counts)
}

/** A file that replaces sessions is a publication like any other: its sessions can be put back. */
function notePublication(deps: ServerDeps, who: Identity, timetable: Timetable): void {
  const { stores, clock } = deps
  const before = new Map(stores.sessions.all().map((session) => [session.id, session]))
  const after = new Map(timetable.sessions.map((session) => [session.id, session]))
  const changes = [...new Set([...before.keys(), ...after.keys()])]
    .map((session): ReplacedSession => ({ session, before: before.get(session) ?? null, after: after.get(session) ?? null }))
    .filter((change) => !sameSession(change.before, change.after))
  if (changes.length === 0) return
  noteTexts(deps, who, waitingTexts(deps, who, changes), clock.wall())
  stores.desk.publications.insert(
    { at: clock.wall(), actor: who.actor, actorName: who.name, kind: 'import', title: timetable.station, draft: null, undoes: null, key: null, areas: 'all', clusters: stores.clusters.active().length, communes: timetable.areas.filter(({ kind }) => kind === 'commune').length },
    changes,
  )
}

export interface TimetableHandlers {
  write(): string
  replace(who: Identity, text: string): Outcome<Imported>
}

/** Export and import of the whole timetable as YAML; every finding has its line and column. */
export function createTimetableHandlers(deps: ServerDeps): TimetableHandlers {
  return {
    write: () => deps.timetableYaml.write(currentTimetable(deps.stores)),
    replace(who, text) {
      const parsed = deps.timetableYaml.parse(text)
      if (!parsed.ok) {
        const findings = parsed.problems.map(({ path, line, column, en, vi }): FindingView => ({ level: 'refused', code: 'malformed', path, line, column, en, vi }))
        const [first] = findings
        return refused({ status: 422, code: 'malformed', en: first?.en ?? 'The timetable cannot be read.', vi: first?.vi ?? 'Không đọc được lịch phát.', findings })
      }
      const found = findingsOf(deps, parsed.value)
      // what lacked before, such as the programmes of a new station that are still to come, is not this file's fault
      const fresh = new Set(newFindings(findingsOf(deps, currentTimetable(deps.stores)), found))
      const located = (finding: Finding): FindingView => ({ ...finding, ...parsed.locate(finding.path) })
      const findings = found.map(located)
      const refusal = refusalFor(found.filter((finding) => finding.level !== 'refused' || fresh.has(finding)).map(located))
      if (refusal) return refused(refusal)
      const counts = countsOf(parsed.value, findings)
      deps.decide({ actor: who.actor, action: 'timetable.import', subject: parsed.value.station, detail: auditOf(counts) }, () => {
        notePublication(deps, who, parsed.value)
        replaceTimetable(deps, parsed.value)
      })
      deps.listener.timetableChanged()
      return accepted(counts)
    },
  }
}
