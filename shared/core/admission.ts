import { checkAreaDates, checkDates, checkPolicyText } from './admission-days.ts'
import { checkHours } from './admission-hours.ts'
import { checkCaps, checkClashes, yearOf } from './admission-load.ts'
import { reachOf, type Listener, type ReachContext } from './admission-reach.ts'
import { LENGTHS, NAMES, type Finding, type Sentence } from './admission-sentences.ts'
import { checkAreas } from './area-check.ts'
import { durationMs } from './durations.ts'
import { mediaRefOf, type MediaRef } from './layout.ts'
import { DEFAULT_POLICY_NAME, policyBook, withDated, type DatedBounds } from './policy-text.ts'
import type { DatedSpan, Policy } from './policy.ts'
import { rhythmOf } from './recurrence.ts'
import type { Item, Session, Timetable } from './timetable.ts'

export type { Finding } from './admission-sentences.ts'

export interface AdmissionContext extends ReachContext {
  /** Civil day number from which on the timetable is judged. */
  readonly today: number
  /** Dated openings by the name of the policy that they open. */
  readonly dated?: ReadonlyMap<string, DatedBounds>
  /** Dated openings that hold wherever the session is heard; absent = none. */
  readonly openingsFor?: (session: Session) => readonly DatedSpan[]
  /** Length of a programme, ms (a folder: its longest episode, or all of them with rotation `all`); null = not known (yet), `missing` = there is none. */
  readonly mediaMs: (ref: MediaRef) => number | null | 'missing'
  /** Ids of the catalogue of relays, beside the timetable's own; absent = not known, and nothing is said. */
  readonly relays?: ReadonlySet<string>
}

/** Silence at the end of a session that is worth telling, ms: a breath is not. */
const UNDER_FILLED_MS = 60_000

/** Ids that are there twice; the schema cannot tell. */
export function checkIds(timetable: Timetable): Finding[] {
  const findings: Finding[] = []
  const check = (what: string, list: readonly { readonly id: string }[], path: string): void => {
    const seen = new Set<string>()
    list.forEach(({ id }, n) => {
      if (seen.has(id)) findings.push({ ...NAMES.duplicateId(what, id), path: `${path}/${n}/id` })
      seen.add(id)
    })
  }
  check('session', timetable.sessions, '/sessions')
  check('group', timetable.groups ?? [], '/groups')
  check('relay', timetable.relays ?? [], '/relays')
  return findings
}

function missingSentence(item: Item, ref: MediaRef): Sentence {
  if ('relay' in item) return NAMES.unknownSubstitute(item.relay, item.substitute)
  if (ref.kind === 'chime') return NAMES.unknownChime(ref.name)
  return NAMES.unknownProgramme(ref.kind === 'speech' ? 'speak' : ref.ref)
}

const fieldOf = (item: Item): string =>
  'chime' in item ? 'chime' : 'file' in item ? 'file' : 'folder' in item ? 'folder' : 'relay' in item ? 'substitute' : 'speak'

/** Are the programmes there, and do they fill the session? Told only where every length is known. */
function checkItems(session: Session, path: string, context: AdmissionContext): Finding[] {
  const findings: Finding[] = []
  let wanted: number | null = 0
  session.items.forEach((item, n) => {
    const ref = mediaRefOf(item)
    const known = context.mediaMs(ref)
    if (known === 'missing') findings.push({ ...missingSentence(item, ref), path: `${path}/items/${n}/${fieldOf(item)}` })
    if ('relay' in item && context.relays?.has(item.relay) === false) findings.push({ ...NAMES.unknownRelay(item.relay), path: `${path}/items/${n}/relay` })
    const ms = 'relay' in item ? durationMs(item.length) : known
    wanted = wanted === null || typeof ms !== 'number' || Number.isNaN(ms) ? null : wanted + ms
  })
  const { extend: _, ...usual } = session
  const pattern = rhythmOf({ ...usual, days: 'daily', except: [] }).on(context.today)
  if (wanted === null || pattern === null) return findings
  const over = wanted - pattern.lengthSeconds * 1000
  if (over > 0) findings.push({ ...LENGTHS.overFilled(session.name, over), path: `${path}/items` })
  if (over <= -UNDER_FILLED_MS) findings.push({ ...LENGTHS.underFilled(session.name, -over), path: `${path}/items` })
  return findings
}

function checkPolicyNames(timetable: Timetable, known: ReadonlyMap<string, Policy>): Finding[] {
  const unknown = (name: string | undefined, path: string): Finding[] =>
    name === undefined || known.has(name) ? [] : [{ ...NAMES.unknownPolicy(name), path: `${path}/policy` }]
  return [
    ...timetable.areas.flatMap((a, n) => unknown(a.policy, `/areas/${n}`)),
    ...timetable.sessions.flatMap((s, n) => unknown(s.policy, `/sessions/${n}`)),
  ]
}

/** The policies that bind each session for those who hear it. */
function bindingPolicies(sessions: readonly Session[], listeners: readonly Listener[]): Set<string>[] {
  const binding = sessions.map((s) => new Set<string>(s.policy === undefined ? [] : [s.policy]))
  for (const l of listeners) for (const n of l.sessions) if (sessions[n]?.policy === undefined) binding[n]?.add(l.policy)
  binding.forEach((names, n) => names.size === 0 && sessions[n] && names.add(DEFAULT_POLICY_NAME))
  return binding
}

/**
 * Judges a whole timetable as it would be in force from `today`. Nothing that is `refused` may be stored; warnings are
 * shown before the person confirms. Findings of one session are those whose path begins with `/sessions/N`.
 */
export function admit(timetable: Timetable, context: AdmissionContext): Finding[] {
  const { sessions } = timetable
  const { today } = context
  const book = new Map(Object.entries(policyBook(timetable)).map(([name, p]) => [name, withDated(p, context.dated?.get(name) ?? {})]))
  const reach = reachOf(timetable, context, today)
  const binding = bindingPolicies(sessions, reach.listeners)
  const relays = context.relays && new Set([...context.relays, ...(timetable.relays ?? []).map(({ id }) => id)])
  const perSession = sessions.flatMap((session, n) => {
    const path = `/sessions/${n}`
    const hours = [...(binding[n] ?? [])].flatMap((name) => {
      const policy = book.get(name)
      return policy ? checkHours(session, path, withDated(policy, { openings: context.openingsFor?.(session) ?? [] }), today) : []
    })
    const told = new Map(hours.map((f) => [f.en, f]))
    return [...checkDates(session, path, today), ...told.values(), ...checkItems(session, path, { ...context, ...(relays ? { relays } : {}) })]
  })
  const load = { timetable, listeners: reach.listeners, year: yearOf(sessions, today), today }
  return [
    ...checkIds(timetable),
    ...checkAreas(timetable.areas, today),
    ...timetable.areas.flatMap((a, n) => checkAreaDates(a, `/areas/${n}`)),
    ...Object.entries(timetable.policies ?? {}).flatMap(([name, text]) => checkPolicyText(text, `/policies/${name}`)),
    ...checkPolicyNames(timetable, book),
    ...reach.findings,
    ...perSession,
    ...checkCaps(load),
    ...checkClashes(load),
  ]
}
