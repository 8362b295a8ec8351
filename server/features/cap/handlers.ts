import { civilDayNumber } from '../../../shared/core/civil.ts'
import { wallMs, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import { createAttemptLimit } from '../../core/attempt-limit.ts'
import type { CapGround } from '../../core/cap-area.ts'
import { admitCap, cancelWords, judgeCap, type CapCall } from '../../core/cap-judge.ts'
import { capKey, readCap, type CapMessage } from '../../core/cap-message.ts'
import type { CapSeal, CapSender, CapSettings } from '../../core/cap-ports.ts'
import type { SignedDocument } from '../../core/cap-xml.ts'
import type { Emergencies, Emergency, EmergencyMessage } from '../../core/emergency.ts'
import { accepted, refused, type Outcome } from '../../core/refusal.ts'
import type { CapRecord } from '../../core/cap-store.ts'
import type { Decide, Stores } from '../../core/stores.ts'
import { createRefusalBook } from './refusal-book.ts'
import { capRefusal, TOO_MANY, type CapRefusal } from './refusals.ts'
import { viewOf, type CapAnswer } from './answer.ts'

/** What the intake of warnings needs. `emergencies` is the one door to the loudspeakers. */
export interface CapDeps {
  readonly stores: Pick<Stores, 'cap' | 'areas' | 'groups' | 'clusters'>
  readonly decide: Decide
  readonly clock: Clock
  readonly log: Log
  readonly seal: CapSeal
  readonly emergencies: Emergencies
  /** The stored clip that follows a cancelled warning where the Cancel has no words of its own; null or absent = the built-in sentence. */
  readonly correction?: () => EmergencyMessage | null
}
export interface CapHandlers {
  receive(bytes: Uint8Array, address: string): Promise<Outcome<CapAnswer>>
  /** Raises what has waited for its time; once a second. */
  tick(): Promise<void>
}

/** As many info blocks as a message may have. */
const MOST_CALLS = 16
/** Long after any repetition of the network. */
const REMEMBERED_MS = 30 * 86_400_000
/** Only what nobody known has signed counts: a sender may send as much as it must, and a stranger cannot keep the machine busy with checking. */
const STRANGERS_AT_ONCE = 60
const STRANGER_EACH_MS = 500
const CORRECTION: EmergencyMessage = { kind: 'text', text: 'Xin đính chính: cảnh báo vừa phát đã được huỷ bỏ. Bà con yên tâm sinh hoạt bình thường. Xin cảm ơn.' }

type Answered = Result<CapAnswer, CapRefusal>
interface Signed {
  readonly document: SignedDocument
  readonly message: CapMessage
  readonly key: string
}
interface Judged extends Signed {
  readonly settings: CapSettings
  readonly sender: CapSender
}

const keyOf = ({ sender, identifier, sent }: CapMessage): string => capKey(sender, identifier, sent)
const inForce = (emergencies: Emergencies, ids: readonly string[]): string[] => ids.filter((id) => emergencies.byId(id)?.endedAt === null)

export function createCapHandlers(deps: CapDeps): CapHandlers {
  const { clock, emergencies, seal, stores } = deps
  const limit = createAttemptLimit(STRANGERS_AT_ONCE, STRANGER_EACH_MS)
  const book = createRefusalBook(deps)
  const inTurn = createTurns()
  const forgetAt = (): WallMs => wallMs(clock.wall() + REMEMBERED_MS)

  const ground = (settings: CapSettings): CapGround => ({
    areas: stores.areas.all(), groups: stores.groups.all(), memberships: stores.clusters.memberships(), clusters: stores.clusters.active(),
    day: civilDayNumber(clock.wall()), geocodes: settings.geocodes,
  })

  /** Whatever these messages have raised and what still sounds of it. */
  const raisedFor = (references: CapMessage['references']): string[] =>
    inForce(emergencies, [...new Set(references.flatMap(({ key }) => [...(stores.cap.byKey(key)?.emergencies ?? []), ...raisedBeforeCrash(key)]))])
  /** A crash may have come between the emergencies and the record of them. */
  const raisedBeforeCrash = (key: string): string[] => Array.from({ length: MOST_CALLS }, (_, n) => emergencies.byOrigin(originOf(key, n))?.id ?? []).flat()

  const supersede = (references: CapMessage['references']): void => {
    for (const { key } of references) {
      const before = stores.cap.byKey(key)
      stores.cap.put({ key, kind: 'superseded', emergencies: before?.emergencies ?? [], doc: null, beginsAt: null, receivedAt: before?.receivedAt ?? clock.wall(), forgetAt: forgetAt() })
    }
  }
  const keep = (signed: Signed, what: Pick<CapRecord, 'kind' | 'emergencies' | 'beginsAt'>, detail: object): void => {
    const { key, message, document } = signed
    const doc = what.kind === 'waiting' ? JSON.stringify({ text: document.text, certificate: document.certificate }) : null
    deps.decide({ actor: `cap:${message.sender}`, action: `cap.${what.kind}`, subject: key, detail: { msgType: message.msgType, status: message.status, certificate: document.certificate, ...detail } }, () => {
      supersede(message.references)
      stores.cap.put({ key, ...what, doc, receivedAt: clock.wall(), forgetAt: forgetAt() })
    })
  }

  const cancelAll = async (message: CapMessage, correction: EmergencyMessage | null): Promise<Result<Emergency[], CapRefusal>> => {
    const ended: Emergency[] = []
    for (const id of raisedFor(message.references)) {
      const done = await emergencies.cancel(id, { actor: `cap:${message.sender}`, reason: `CAP ${message.msgType} ${message.identifier}`, correction })
      if (done.ok) ended.push(done.value)
      else if (done.code !== 'already-over') return done
    }
    return ok(ended)
  }

  const cancel = async (judged: Judged): Promise<Answered> => {
    const ended = await cancelAll(judged.message, cancelWords(judged.message) ?? deps.correction?.() ?? CORRECTION)
    if (!ended.ok) return ended
    keep(judged, { kind: 'accepted', emergencies: [], beginsAt: null }, { cancelled: ended.value.map(({ id }) => id) })
    return ok(viewOf('cancelled', ended.value))
  }

  const raiseAll = async (judged: Judged, calls: readonly CapCall[]): Promise<Result<Emergency[], CapRefusal>> => {
    const raised: Emergency[] = []
    for (const [n, { order }] of calls.entries()) {
      const replaces = raisedFor(judged.message.references)
      const done = await emergencies.raise({ ...order, origin: originOf(judged.key, n), ...(replaces.length > 0 ? { replaces } : {}) })
      if (done.ok) raised.push(done.value)
      // the first ones of this message came before a crash: the rest is still to be said
      else if (done.code !== 'duplicate' || calls.length === 1) return done
    }
    return ok(raised)
  }

  const raise = async (judged: Judged): Promise<Answered> => {
    const { message, settings, sender } = judged
    const judgement = judgeCap(message, { settings, sender, ground: ground(settings), now: clock.wall() })
    if (!judgement.ok) return judgement.code === 'no-cluster' && raisedFor(message.references).length > 0 ? moveAway(judged) : judgement
    const { calls, beginsAt } = judgement.value
    if (beginsAt !== null) {
      keep(judged, { kind: 'waiting', emergencies: [], beginsAt }, { beginsAt })
      return ok(viewOf('waiting', [], judgement.value))
    }
    const raised = await raiseAll(judged, calls)
    if (!raised.ok) return raised
    keep(judged, { kind: 'accepted', emergencies: raised.value.map(({ id }) => id), beginsAt: null }, { emergencies: raised.value.map(({ id }) => id) })
    return ok(viewOf('accepted', raised.value, judgement.value))
  }

  /** The Update speaks of another place: what it replaces is over here, and nothing follows. */
  const moveAway = async (judged: Judged): Promise<Answered> => {
    const ended = await cancelAll(judged.message, null)
    if (!ended.ok) return ended
    keep(judged, { kind: 'accepted', emergencies: [], beginsAt: null }, { ended: ended.value.map(({ id }) => id) })
    return ok(viewOf('cancelled', ended.value))
  }

  const seen = (key: string): Answered | null => {
    const before = stores.cap.byKey(key)
    if (before?.kind === 'superseded') return refuse('superseded', 'A later message has taken the place of this alert, or has cancelled it.')
    if (before || emergencies.byOrigin(originOf(key, 0))) return refuse('duplicate', 'This alert (sender, identifier, sent) has come before: it is not read out again.')
    return null
  }

  const judge = async (signed: Signed, settings: CapSettings): Promise<Answered> => {
    const { message, document } = signed
    const admitted = admitCap(message, settings, { certificate: document.certificate, now: clock.wall() })
    if (!admitted.ok) return admitted
    const judged = { ...signed, settings, sender: admitted.value }
    return message.msgType === 'Cancel' ? cancel(judged) : raise(judged)
  }

  const open = async (bytes: Uint8Array): Promise<Result<{ signed: Signed; settings: CapSettings }, CapRefusal>> => {
    const settings = await seal.settings()
    if (!settings.ok) return settings
    const document = await seal.open(bytes, clock.wall())
    if (!document.ok) return document
    const message = readCap(document.value.root)
    return message.ok ? ok({ settings: settings.value, signed: { document: document.value, message: message.value, key: keyOf(message.value) } }) : message
  }

  return {
    async receive(bytes, address) {
      if (!limit.take(address, clock.mono())) return refused(TOO_MANY)
      const opened = await open(bytes)
      if (!opened.ok) {
        book.stranger(address, opened)
        return refused(capRefusal(opened))
      }
      limit.giveBack(address)
      const { signed, settings } = opened.value
      const { key, message } = signed
      const answered = await inTurn([key, ...message.references.map((reference) => reference.key)], async () => seen(key) ?? (await judge(signed, settings)))
      if (answered.ok) return accepted(answered.value)
      book.sender(message.sender, key, answered)
      return refused(capRefusal(answered))
    },
    async tick() {
      for (const record of stores.cap.due(clock.wall())) await wake(record)
    },
  }

  async function wake(record: CapRecord): Promise<void> {
    const stored = JSON.parse(record.doc ?? 'null') as { text: string; certificate: string } | null
    const root = stored && seal.reread(stored.text)
    const message = root && readCap(root)
    const settings = await seal.settings()
    if (!stored || !root || !message?.ok || !settings.ok) {
      // tried again each second: senders.yaml may just be being written
      if (settings.ok) stores.cap.put({ ...record, kind: 'superseded', doc: null, beginsAt: null })
      return deps.log.error({ key: record.key }, 'a warning that waited for its time cannot be read')
    }
    const signed = { document: { root, ...stored }, message: message.value, key: record.key }
    await inTurn([record.key], async () => {
      // cancelled or replaced while it was waited for
      if (stores.cap.byKey(record.key)?.kind !== 'waiting') return
      const answered = await judge(signed, settings.value)
      if (answered.ok) return
      book.sender(message.value.sender, record.key, answered)
      stores.cap.put({ ...record, kind: 'superseded', doc: null, beginsAt: null })
    })
  }
}

const originOf = (key: string, n: number): string => (n === 0 ? `cap:${key}` : `cap:${key}#${n}`)

/** Work on the same message, or on messages that refer to each other, is done one after another; all else at once. */
function createTurns(): <T>(keys: readonly string[], work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return async (keys, work) => {
    const before = keys.flatMap((key) => last.get(key) ?? [])
    const mine = Promise.allSettled(before).then(work)
    for (const key of keys) last.set(key, mine)
    try {
      return await mine
    } finally {
      for (const key of keys) if (last.get(key) === mine) last.delete(key)
    }
  }
}
