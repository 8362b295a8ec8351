import { civilDayNumber } from '../../../shared/core/civil.ts'
import { wallMs, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import type { Crypto } from '../../../shared/core/crypto.ts'
import type { Log } from '../../../shared/core/log.ts'
import { BrokenInvariant, ok, refuse, type Result } from '../../../shared/core/result.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import type { EmergencyRefusal, NewEmergency } from '../../core/emergency.ts'
import { communesOf, contentOf, decideAsk, isPerson, MAX_WAITING_ASKS, NEW_ASK, SECOND_PERSON_KEY, secondPersonIsOn, type AskAct, type AskRefusal, type EmergencyAsk, type EmergencyAskStore, type Named } from '../../core/emergency-ask.ts'
import type { EmergencyFiles } from '../../core/emergency-files.ts'
import type { StationEvents } from '../../core/station-events.ts'
import type { Decide, Stores } from '../../core/stores.ts'
import { SERVER, type Making } from './making.ts'
import { unlessFull, type Looked, type Raising } from './raising.ts'

export interface AskingDeps {
  readonly clock: Clock
  readonly crypto: Pick<Crypto, 'sha256'>
  readonly stores: Pick<Stores, 'areas' | 'clusters' | 'meta'>
  readonly asks: EmergencyAskStore
  readonly decide: Decide
  readonly raising: Raising
  readonly making: Pick<Making, 'ahead'>
  readonly events: Pick<StationEvents, 'tell'>
  readonly files: Pick<EmergencyFiles, 'remove'>
  readonly log: Log
}

export type PersonAct = Exclude<AskAct, { do: 'lapse' }>
export type ActRefusal = AskRefusal | EmergencyRefusal | 'no-such-ask'
export interface Asking {
  /** Whether the station asks for a second person at all. */
  isOn(): boolean
  turn(on: boolean, actor: string): void
  /** On the disk when it answers. The same request twice is one ask; `ask-over` of one that was decided. */
  ask(order: NewEmergency, raiser: Named): Result<EmergencyAsk, EmergencyRefusal | 'too-many-asks'>
  /** Whoever acts has been looked at: they may raise it in all of its places. A yes, or going on alone, makes it sound. */
  act(id: string, act: PersonAct): Result<EmergencyAsk, ActRefusal>
  byId(id: string): EmergencyAsk | null
  /** Those that wait, the oldest first. */
  waiting(): readonly EmergencyAsk[]
}
export interface AskingWork extends Asking {
  needsSecond(order: NewEmergency, looked: Looked): boolean
  /** Screens see that it is ready. */
  readyAhead(ask: EmergencyAsk): void
  /** Once a second: what nobody decided is over. */
  run(): void
  /** Goes on with what the server before this one left. */
  resume(): void
}

const ROW = { confirm: 'emergency.confirm', refuse: 'emergency.refuse', withdraw: 'emergency.withdraw', alone: 'emergency.alone', lapse: 'emergency.lapse' } as const
const reasonOf = (act: AskAct): string | null => ('reason' in act ? act.reason : null)

/** Second persons: asked, answered, or done without. What is decided stands in `decideAsk`; here it is written, told and made to sound. */
export function createAsking(deps: AskingDeps): AskingWork {
  const { clock, asks, decide, raising, making, events, log } = deps

  const isOn = (): boolean => secondPersonIsOn(deps.stores.meta.get(SECOND_PERSON_KEY))
  const placesOf = (clusters: readonly string[]): readonly (string | null)[] =>
    communesOf(clusters, { areas: deps.stores.areas.all(), memberships: deps.stores.clusters.memberships(), day: civilDayNumber(clock.wall()) })
  const hashOf = (ask: Parameters<typeof contentOf>[0]): string => toBase64Url(deps.crypto.sha256(utf8(contentOf(ask))))

  const tell = (kind: 'emergency.asked' | 'emergency.ask-changed' | 'emergency.alone', ask: EmergencyAsk): void => {
    const { id, order, raiser, clusters, communes, course } = ask
    const detail = { title: order.title, name: raiser.name, actor: raiser.actor, drill: order.drill, state: course.state, clusters: clusters.length, communes: communes.length, everywhere: order.targets === 'all', ...(course.reason === null ? {} : { reason: course.reason }) }
    events.tell({ kind, at: clock.wall(), areas: communes, subject: id, detail })
  }
  /** It will not sound: its recordings are of no more use. */
  const drop = ({ order }: EmergencyAsk): void => {
    for (const message of order.messages) if (message.kind === 'recording') deps.files.remove(message.file).catch((error: unknown) => log.warn({ error: String(error) }, 'a recording was not removed'))
  }
  const detailOf = (ask: EmergencyAsk, act: AskAct): object => ({ title: ask.order.title, content: ask.content, reason: reasonOf(act), ...(act.do === 'lapse' ? {} : { name: act.who.name }) })

  /** Exactly what was asked, in the places that were told: those that have left them since are not woken. */
  const sound = (ask: EmergencyAsk, act: AskAct): Result<EmergencyAsk, EmergencyRefusal> => {
    if (hashOf(ask) !== ask.content) throw new BrokenInvariant(`what is stored of ${ask.id} is not what was asked`)
    const { lifeMs, ...rest } = ask.order
    const order: NewEmergency = { ...rest, expiresAt: wallMs(clock.wall() + lifeMs) }
    const looked = raising.look(order)
    if (!looked.ok) return looked
    const now = new Set(looked.value.clusters)
    const clusters = ask.clusters.filter((cluster) => now.has(cluster))
    if (clusters.length === 0) return refuse('no-clusters', 'No cluster of those that were named is there any more: raise it anew.')
    const raised = raising.accept(
      order,
      { id: ask.id, clusters, known: ask.known, ...(ask.made ? { made: ask.made } : {}) },
      {
        second: { name: act.do === 'confirm' ? act.who.name : null, reason: reasonOf(act) },
        content: ask.content,
        write: () => decide({ actor: act.do === 'lapse' ? SERVER : act.who.actor, action: ROW[act.do], subject: ask.id, detail: detailOf(ask, act) }, () => asks.save(ask)),
      },
    )
    return raised.ok ? ok(ask) : raised
  }

  const lapse = (ask: EmergencyAsk, now: WallMs): void => {
    const step = decideAsk(ask, ask.course, { do: 'lapse' }, now)
    if (!step.ok || !step.value.isNew) return
    const over = { ...ask, course: step.value.course }
    decide({ actor: SERVER, action: ROW.lapse, subject: ask.id, detail: detailOf(ask, { do: 'lapse' }) }, () => asks.save(over))
    drop(over)
    tell('emergency.ask-changed', over)
  }

  return {
    isOn,
    turn: (on, actor) => decide({ actor, action: 'emergency.second-person', subject: 'station', detail: { on } }, () => deps.stores.meta.set(SECOND_PERSON_KEY, on ? 'on' : 'off')),
    needsSecond: (order, { clusters }) => {
      // the very same was asked before: it goes its way, whatever was set since
      if (order.request && asks.byRequest(order.request.key)) return true
      return isPerson(order.actor) && isOn() && placesOf(clusters).length > 1
    },
    ask: (order, raiser) => {
      const before = order.request && asks.byRequest(order.request.key)
      if (before) return before.order.request?.fingerprint === order.request?.fingerprint ? ok(before) : refuse('duplicate', 'This Idempotency-Key was used for another emergency: send a new key.')
      const looked = raising.look(order)
      if (!looked.ok) return looked
      if (asks.waiting().length >= MAX_WAITING_ASKS) return refuse('too-many-asks', 'Too many emergencies wait for a second person: answer or withdraw some of them.')
      const { id, clusters, known } = looked.value
      const { expiresAt, ...rest } = order
      const now = clock.wall()
      const facts = { order: { ...rest, lifeMs: expiresAt - now }, clusters, known }
      const ask: EmergencyAsk = {
        ...facts, id, raiser,
        content: hashOf(facts),
        communes: placesOf(clusters).flatMap((code) => code ?? []),
        askedAt: now,
        made: null,
        course: NEW_ASK,
      }
      const { title, drill, danger, authority, messages, targets } = order
      const full = unlessFull(() => decide({ actor: order.actor, action: 'emergency.ask', subject: id, detail: { title, drill, danger, authority, messages, targets, clusters: clusters.length, content: ask.content } }, () => asks.insert(ask)))
      if (full) return full
      if (known.some((sound) => sound === null)) making.ahead(ask)
      tell('emergency.asked', ask)
      return ok(ask)
    },
    act: (id, act) => {
      const ask = asks.byId(id)
      if (!ask) return refuse('no-such-ask', `There is nothing to agree to under ${id}: look the right one up in the list.`)
      const step = decideAsk(ask, ask.course, act, clock.wall())
      if (!step.ok) return step
      if (!step.value.isNew) return ok(ask)
      const next: EmergencyAsk = { ...ask, course: step.value.course }
      if (act.do === 'confirm' || act.do === 'alone') {
        const sounded = sound(next, act)
        if (!sounded.ok) return sounded
      } else decide({ actor: act.who.actor, action: ROW[act.do], subject: id, detail: detailOf(ask, act) }, () => asks.save(next))
      if (act.do === 'withdraw') drop(next)
      tell('emergency.ask-changed', next)
      if (act.do === 'alone') tell('emergency.alone', next)
      return ok(next)
    },
    byId: (id) => asks.byId(id),
    waiting: () => asks.waiting(),
    readyAhead: (ask) => tell('emergency.ask-changed', ask),
    run: () => {
      try {
        for (const ask of asks.waiting()) lapse(ask, clock.wall())
      } catch (error) {
        // a full disk must not end the server: the next second tries again
        log.error({ error: String(error) }, 'emergencies that wait for a second person were not looked after')
      }
    },
    resume: () => {
      for (const ask of asks.waiting()) if (!ask.made && ask.known.some((sound) => sound === null)) making.ahead(ask)
    },
  }
}
