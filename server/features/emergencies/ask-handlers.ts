import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import { NOT_YOURS } from '../../core/access.ts'
import { aloneFromOf, diesAtOf, type EmergencyAsk } from '../../core/emergency-ask.ts'
import { ASK_STATE_TEXT, askRefused, OWN_ACCOUNT, RAISER_GONE } from '../../core/emergency-ask-sentences.ts'
import { emergencyRefused, PROBLEM_TEXT } from '../../core/emergency-sentences.ts'
import type { EmergencyRefusal, NewEmergency } from '../../core/emergency.ts'
import type { Identity } from '../../core/identity.ts'
import { identityOf } from '../../core/person-store.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import { whoIs } from '../notify/plugin.ts'
import { chimeKey, openSound, type Audio } from '../programmes/plugin.ts'
import type { ActRefusal, PersonAct } from './asking.ts'
import type { AgreeingView, AskView, EmergencySettings } from './ask-views.ts'
import { elsewhere, type EmergencyPluginDeps } from './seen.ts'

export interface AskHandlers {
  settings(): EmergencySettings
  set(who: Identity, settings: EmergencySettings): EmergencySettings
  /** Who may raise one in all of the areas: whoever is not the one who asks may agree. */
  agreeing(areas: readonly string[] | 'all'): Outcome<AgreeingView>
  /** Somebody else is asked; see `Asking.ask`. */
  ask(who: Identity, order: NewEmergency): Outcome<AskView>
  /** Those that wait: one's own, and those that one may raise as well. */
  list(who: Identity): AskView[]
  one(who: Identity, id: string): Outcome<AskView>
  sound(who: Identity, id: string, wanted: { readonly n: number; readonly range: string | undefined }): Promise<Outcome<Audio>>
  confirm(who: Identity, id: string, content: string): Outcome<AskView>
  refuse(who: Identity, id: string, reason: string): Outcome<AskView>
  withdraw(who: Identity, id: string): Outcome<AskView>
  alone(who: Identity, id: string, reason: string): Outcome<AskView>
}

const ASK = { en: 'emergency that waits for a second person', vi: 'thông báo khẩn chờ đồng ý' } as const
const iso = (at: WallMs | null): string | null => (at === null ? null : isoWithOffset(at))
const namedOf = ({ actor, name }: Identity): { readonly actor: string; readonly name: string } => ({ actor, name })

type ViewDeps = Pick<EmergencyPluginDeps, 'access' | 'stores' | 'emergencies' | 'clock'>

/** Why somebody may not raise it in all of its places; null = they may. */
function notThere(deps: ViewDeps, who: Identity, { order }: EmergencyAsk): Refusal | null {
  return deps.access.refusal(who, 'emergency.raise', deps.access.areasOfTargets(order.targets)) ?? (order.replaces ?? []).map((id) => elsewhere(deps, who, id)).find((each) => each !== null) ?? null
}
/** Why somebody cannot be the second person; null = they can. */
function notSecond(deps: ViewDeps, who: Identity, ask: EmergencyAsk): Refusal | null {
  // whoever holds the station's token has no name
  return who.kind === 'person' ? notThere(deps, who, ask) : OWN_ACCOUNT
}
/** Everybody who can come in and of whom it is true, by name. */
const namesOf = ({ stores }: ViewDeps, isMeant: (who: Identity) => boolean): string[] =>
  stores.people
    .all()
    .filter((person) => person.disabledAt === null && person.hasPassword)
    .map(identityOf)
    .filter(isMeant)
    .map(({ name }) => name)
/** Everybody who can come in and may agree. */
const secondsFor = (deps: ViewDeps, ask: EmergencyAsk): string[] => namesOf(deps, (who) => who.actor !== ask.raiser.actor && notSecond(deps, who, ask) === null)

/** Not what stands in for words that could not be made. */
const isAsMeant = (made: EmergencyAsk['made']): made is NonNullable<EmergencyAsk['made']> => made !== null && (made.problem === null || made.problem === 'other-voice')

function messageViews({ stores }: ViewDeps, { id, order, known, made }: EmergencyAsk): AskView['messages'] {
  return order.messages.map((message, n) => {
    const sound = known[n] ?? (isAsMeant(made) ? made.sounds[n] : undefined)
    const programme = message.kind === 'programme' ? (stores.programmes.byId(message.programme) ?? stores.programmes.byKey(message.programme) ?? stores.programmes.byKey(chimeKey(message.programme))) : null
    return {
      kind: message.kind,
      text: message.kind === 'text' ? message.text : (programme?.name ?? null),
      programme: message.kind === 'programme' ? message.programme : null,
      language: sound?.language ?? message.language ?? null,
      seconds: sound ? Math.round(sound.ms / 1_000) : null,
      sound: (sound?.media ?? null) === null ? null : `/api/v1/emergency-asks/${id}/sounds/${n}`,
    }
  })
}

function placeNames({ access, stores }: ViewDeps, { order: { targets } }: EmergencyAsk): string[] {
  if (targets === 'all') return []
  const book = access.book()
  const groups = new Map(stores.groups.all().map(({ id, name }) => [id, name]))
  return [
    ...(targets.areas ?? []).map((code) => book.on(book.merged(code))?.name ?? code),
    ...(targets.groups ?? []).map((id) => groups.get(id) ?? id),
    ...(targets.clusters ?? []).map((id) => stores.clusters.byId(id)?.name ?? id),
  ]
}

function askView(deps: ViewDeps, who: Identity, ask: EmergencyAsk): AskView {
  const { id, order, course, made, raiser } = ask
  const book = deps.access.book()
  const mine = raiser.actor === who.actor
  const waits = course.state === 'waiting'
  const problem = made?.problem ?? null
  // what somebody speaks is not said again
  const isVoice = order.messages.some(({ kind }) => kind === 'voice')
  return {
    id, state: course.state, stateText: ASK_STATE_TEXT[course.state], content: ask.content,
    title: order.title, drill: order.drill, danger: order.danger, authority: order.authority, times: isVoice ? 1 : order.times, gapSeconds: isVoice ? 0 : order.gapMs / 1_000, volume: order.volume, minutes: Math.round(order.lifeMs / 60_000),
    messages: messageViews(deps, ask),
    replaces: (order.replaces ?? []).map((other) => deps.emergencies.byId(other)?.title ?? other),
    clusters: ask.clusters.length,
    communes: ask.communes.map((code) => book.on(book.merged(code))?.name ?? code),
    places: placeNames(deps, ask),
    raisedBy: raiser.name,
    now: isoWithOffset(deps.clock.wall()), askedAt: isoWithOffset(ask.askedAt), aloneFrom: isoWithOffset(aloneFromOf(ask)), diesAt: isoWithOffset(diesAtOf(ask)),
    mine,
    mayAnswer: waits && !mine && notSecond(deps, who, ask) === null,
    asked: waits ? secondsFor(deps, ask) : [],
    refusals: course.refusals.map(({ name, reason, at }) => ({ name, reason, at: isoWithOffset(at) })),
    decidedBy: course.decidedBy?.name ?? null, decidedAt: iso(course.decidedAt), reason: course.reason,
    prepared: made !== null || ask.known.every((sound) => sound !== null),
    problem: problem === null ? null : { code: problem, ...PROBLEM_TEXT[problem] },
  }
}

/** People's side of second persons. Where somebody may act is looked at here, what becomes of it is decided in `Asking`. */
export function createAskHandlers(deps: EmergencyPluginDeps): AskHandlers {
  const { asking } = deps.emergencies
  const view = (who: Identity, ask: EmergencyAsk): AskView => askView(deps, who, ask)
  const told = (id: string, refusal: { readonly code: ActRefusal | 'too-many-asks'; readonly why: string }): { readonly ok: false; readonly refusal: Refusal } =>
    askRefused(refusal, asking.byId(id)?.course.state ?? null) ?? emergencyRefused({ ...refusal, code: refusal.code as EmergencyRefusal })
  const isMine = (who: Identity, ask: EmergencyAsk): boolean => ask.raiser.actor === who.actor

  /** One's own, or one of a place of theirs. */
  const seen = (who: Identity, id: string): Outcome<EmergencyAsk> => {
    const ask = asking.byId(id)
    if (!ask) return notFound(ASK, id)
    const concerned = deps.access.concerns(who, 'emergency.raise')(deps.access.areasOfTargets(ask.order.targets))
    return isMine(who, ask) || concerned ? accepted(ask) : refused(NOT_YOURS)
  }
  const act = (who: Identity, id: string, what: PersonAct): Outcome<AskView> => {
    const done = asking.act(id, what)
    return done.ok ? accepted(view(who, done.value)) : told(id, done)
  }
  /** They were sent away, or their role was taken, since. */
  const isRaiserGone = (ask: EmergencyAsk): boolean => {
    const raiser = whoIs(deps, ask.raiser.actor)
    return raiser === null || notThere(deps, raiser, ask) !== null
  }
  /** An answer of somebody else's. */
  const answering = (who: Identity, id: string, what: PersonAct): Outcome<AskView> => {
    const found = seen(who, id)
    if (!found.ok) return found
    const refusal = isMine(who, found.value) ? null : notSecond(deps, who, found.value)
    if (refusal) return refused(refusal)
    if (what.do === 'confirm' && found.value.course.state === 'waiting' && isRaiserGone(found.value)) return refused(RAISER_GONE)
    return act(who, id, what)
  }

  return {
    settings: () => ({ secondPerson: asking.isOn() }),
    set: (who, { secondPerson }) => {
      asking.turn(secondPerson, who.actor)
      return { secondPerson: asking.isOn() }
    },
    agreeing: (areas) => {
      const missing = areas === 'all' ? undefined : areas.find((code) => deps.access.book().chain(code).length === 0)
      if (missing !== undefined) return notFound({ en: 'area', vi: 'địa bàn' }, missing)
      const communes = deps.stores.areas.all().flatMap(({ code, kind }) => (kind === 'commune' && deps.access.book().merged(code) === code ? code : []))
      const isInSeveral = (who: Identity): boolean => communes.filter(deps.access.sees(who, 'emergency.raise')).length > 1
      return accepted({ people: namesOf(deps, (who) => deps.access.refusal(who, 'emergency.raise', areas) === null), inSeveral: namesOf(deps, isInSeveral).length })
    },
    ask: (who, order) => {
      const asked = asking.ask(order, namedOf(who))
      return asked.ok ? accepted(view(who, asked.value)) : told('', asked)
    },
    list: (who) => asking.waiting().filter((ask) => isMine(who, ask) || notThere(deps, who, ask) === null).map((ask) => view(who, ask)),
    one: (who, id) => {
      const found = seen(who, id)
      return found.ok ? accepted(view(who, found.value)) : found
    },
    sound: async (who, id, { n, range }) => {
      const found = seen(who, id)
      if (!found.ok) return found
      const media = found.value.known[n]?.media ?? found.value.made?.sounds[n]?.media ?? null
      return media === null ? notFound({ en: 'sound', vi: 'bản ghi' }, String(n)) : openSound(deps, media, range)
    },
    confirm: (who, id, content) => answering(who, id, { do: 'confirm', who: namedOf(who), content }),
    refuse: (who, id, reason) => answering(who, id, { do: 'refuse', who: namedOf(who), reason: reason.trim() }),
    withdraw: (who, id) => act(who, id, { do: 'withdraw', who: namedOf(who) }),
    alone: (who, id, reason) => {
      const ask = asking.byId(id)
      const refusal = ask && isMine(who, ask) ? notThere(deps, who, ask) : null
      return refusal ? refused(refusal) : act(who, id, { do: 'alone', who: namedOf(who), reason: reason.trim() })
    },
  }
}
