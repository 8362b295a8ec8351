import { areaBook, inForce, type Membership } from '../../shared/core/area.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import type { Area } from '../../shared/core/timetable.ts'
import type { NewEmergency } from './emergency.ts'
import type { EmergencyProblem, EmergencySound } from './emergency-record.ts'

/**
 * A second person for an emergency that a person raises for more than one commune, where the station asks for one: nothing
 * sounds until somebody else who may raise it in all of its places has said yes, or whoever raised it goes on alone. Warnings by
 * CAP and standing orders are not asked about: they carry signatures of their own, and nobody sits beside them.
 */

/** After so long without a yes, whoever asked may go on alone, with a reason. */
export const ALONE_AFTER_MS = 60_000
/** An ask that nobody decided is over by itself: what was right then may be wrong now. */
export const ASK_LIVES_MS = 15 * 60_000
/** Asks that wait at the same time; more is somebody's loop. */
export const MAX_WAITING_ASKS = 50
/** Whoever goes on saying no says it in fewer words. */
export const MAX_REFUSALS = 50

export interface Named {
  /** As in the audit log. */
  readonly actor: string
  readonly name: string
}
export interface AskNo extends Named {
  readonly reason: string
  readonly at: WallMs
}

/** `lapsed`: nobody decided in time. The others name what somebody did. */
export const ASK_STATES = ['waiting', 'confirmed', 'alone', 'withdrawn', 'lapsed'] as const
export type AskState = (typeof ASK_STATES)[number]

/** How far it has come. */
export interface AskCourse {
  readonly state: AskState
  /** Who said no, the newest last. It still waits: somebody else may say yes, and so may they after a call. */
  readonly refusals: readonly AskNo[]
  readonly decidedBy: Named | null
  readonly decidedAt: WallMs | null
  /** Why somebody went on alone. */
  readonly reason: string | null
}
export const NEW_ASK: AskCourse = { state: 'waiting', refusals: [], decidedBy: null, decidedAt: null, reason: null }

/** What an ask is decided by; it never changes. */
export interface AskFacts {
  readonly raiser: Named
  /** Names exactly what would sound, and where: see `contentOf`. */
  readonly content: string
  readonly askedAt: WallMs
}
export const aloneFromOf = ({ askedAt }: Pick<AskFacts, 'askedAt'>): WallMs => wallMs(askedAt + ALONE_AFTER_MS)
export const diesAtOf = ({ askedAt }: Pick<AskFacts, 'askedAt'>): WallMs => wallMs(askedAt + ASK_LIVES_MS)

/** An emergency that waits for a second person; it will bear the same id. */
export interface EmergencyAsk extends AskFacts {
  readonly id: string
  readonly order: AskedOrder
  readonly clusters: readonly string[]
  /** Codes of the communes in which they stand. */
  readonly communes: readonly string[]
  /** As they were when it was asked: a recording that is changed meanwhile is not what somebody said yes to. null = still to be made. */
  readonly known: readonly (EmergencySound | null)[]
  /** The whole message, ready beforehand; null while it is being made. */
  readonly made: { readonly sounds: readonly EmergencySound[]; readonly problem: EmergencyProblem | null } | null
  readonly course: AskCourse
}
/** Its life begins when it sounds, not when it is asked. */
export interface AskedOrder extends Omit<NewEmergency, 'expiresAt'> {
  readonly lifeMs: number
}

export interface EmergencyAskStore {
  insert(ask: EmergencyAsk): void
  byId(id: string): EmergencyAsk | null
  byRequest(key: string): EmergencyAsk | null
  /** Those that wait, the oldest first. */
  waiting(): EmergencyAsk[]
  /** `made` and `course`: all that changes. */
  save(ask: EmergencyAsk): void
}

export type AskAct =
  /** `content`: of what they have seen. */
  | { readonly do: 'confirm'; readonly who: Named; readonly content: string }
  | { readonly do: 'refuse'; readonly who: Named; readonly reason: string }
  | { readonly do: 'withdraw'; readonly who: Named }
  | { readonly do: 'alone'; readonly who: Named; readonly reason: string }
  | { readonly do: 'lapse' }
export type AskRefusal = 'own-ask' | 'not-asker' | 'ask-over' | 'other-content' | 'too-early' | 'too-many-refusals'
/** `isNew`: false where the same had been done before, such as by a request whose answer was lost. */
export interface AskStep {
  readonly course: AskCourse
  readonly isNew: boolean
}
type Refused = Extract<Result<never, AskRefusal>, { ok: false }>
const DONE_BY: Readonly<Record<AskAct['do'], AskState | null>> = { confirm: 'confirmed', alone: 'alone', withdraw: 'withdrawn', lapse: 'lapsed', refuse: null }

/** Nobody is their own second person, and nobody else speaks for whoever asked. */
function notTheirs({ raiser }: AskFacts, act: AskAct): Refused | null {
  if (act.do === 'lapse') return null
  const isRaiser = act.who.actor === raiser.actor
  if ((act.do === 'confirm' || act.do === 'refuse') && isRaiser) return refuse('own-ask', 'Whoever raises it cannot be the second person as well: somebody else must agree.')
  if ((act.do === 'withdraw' || act.do === 'alone') && !isRaiser) return refuse('not-asker', 'Only whoever raised it can do this.')
  return null
}

/**
 * What becomes of an ask by what somebody does at `now`. The first decision is the only one: whatever comes after it is refused,
 * unless it is the very same once more.
 */
export function decideAsk(facts: AskFacts, course: AskCourse, act: AskAct, now: WallMs): Result<AskStep, AskRefusal> {
  const wrong = notTheirs(facts, act)
  if (wrong) return wrong
  if (course.state !== 'waiting') {
    const isSame = course.state === DONE_BY[act.do] && (act.do === 'lapse' || course.decidedBy?.actor === act.who.actor)
    return isSame ? ok({ course, isNew: false }) : refuse('ask-over', 'This was decided before: look at what became of it.')
  }
  if (act.do === 'lapse') return ok(now >= diesAtOf(facts) ? { course: { ...course, state: 'lapsed', decidedAt: diesAtOf(facts) }, isNew: true } : { course, isNew: false })
  if (now >= diesAtOf(facts)) return refuse('ask-over', 'This has waited for a quarter of an hour and is over: raise it anew.')
  const decided = { decidedBy: act.who, decidedAt: now }
  switch (act.do) {
    case 'confirm':
      return act.content === facts.content ? ok({ course: { ...course, ...decided, state: 'confirmed' }, isNew: true }) : refuse('other-content', 'This is not what you have seen: load the page anew and read it again.')
    case 'refuse':
      if (course.refusals.length >= MAX_REFUSALS) return refuse('too-many-refusals', 'It was refused often enough: call whoever raised it.')
      return ok({ course: { ...course, refusals: [...course.refusals, { ...act.who, reason: act.reason, at: now }] }, isNew: true })
    case 'withdraw':
      return ok({ course: { ...course, ...decided, state: 'withdrawn' }, isNew: true })
    case 'alone':
      return now >= aloneFromOf(facts) ? ok({ course: { ...course, ...decided, state: 'alone', reason: act.reason }, isNew: true }) : refuse('too-early', 'A second person is still being waited for: one minute from when it was raised.')
  }
}

/** Everything that sounds, where, how often and for how long, as one text: who changes anything of it has another one. */
export const contentOf = ({ order, clusters, known }: Pick<EmergencyAsk, 'order' | 'clusters' | 'known'>): string => {
  const { title, messages, targets, drill, danger, authority, times, gapMs, volume, lifeMs, replaces = [] } = order
  return JSON.stringify([title, messages, targets, drill, danger, authority, times, gapMs, volume, lifeMs, replaces, clusters, known.map((sound) => sound?.media ?? null)])
}

export interface Places {
  readonly areas: readonly Area[]
  readonly memberships: readonly Membership[]
  /** Days since 1970-01-01. */
  readonly day: number
}

/** Communes in which clusters stand, by code in order; null among them where one stands in none: nobody knows whose it is. */
export function communesOf(clusters: readonly string[], { areas, memberships, day }: Places): readonly (string | null)[] {
  const book = areaBook(areas, day)
  const wanted = new Set(clusters)
  const found = new Set<string | null>()
  const placed = new Set<string>()
  for (const membership of memberships) {
    if (!wanted.has(membership.cluster) || !inForce(membership, day)) continue
    const commune = book.chain(membership.area).find(({ kind }) => kind === 'commune')
    if (!commune) continue
    found.add(commune.code)
    placed.add(membership.cluster)
  }
  if (clusters.some((cluster) => !placed.has(cluster))) found.add(null)
  return [...found].sort((a, b) => (a ?? '').localeCompare(b ?? ''))
}

/** Whether somebody sits there and decides: a person, or whoever holds the station's own token. */
export const isPerson = (actor: string): boolean => actor === 'administrator' || actor.startsWith('person:')

/** Where the station asks for a second person; an administrator turns it on. */
export const SECOND_PERSON_KEY = 'emergency-second-person'
export const secondPersonIsOn = (stored: string | null): boolean => stored === 'on'
