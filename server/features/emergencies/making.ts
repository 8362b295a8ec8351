import type { Clock, WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { ok } from '../../../shared/core/result.ts'
import type { EmergencyMessage } from '../../core/emergency.ts'
import type { EmergencyAsk, EmergencyAskStore } from '../../core/emergency-ask.ts'
import { placeMessage } from '../../core/emergency-order.ts'
import { AHEAD_RANK, ENDING_RANK, rankOf } from '../../core/emergency-rank.ts'
import type { EmergencyProblem, EmergencyRecord, EmergencySound, EmergencyStore } from '../../core/emergency-record.ts'
import type { Decide } from '../../core/stores.ts'
import { createRankedWork } from './ranked-work.ts'
import type { EmergencySounds } from './sounds.ts'

export interface MakingDeps {
  readonly clock: Clock
  readonly store: EmergencyStore
  readonly asks: EmergencyAskStore
  readonly decide: Decide
  readonly sounds: EmergencySounds
  readonly log: Log
  /** It has a new revision: its clusters are to be told. */
  readonly revised: (record: EmergencyRecord) => void
  /** What waits for a second person is ready to sound. */
  readonly readyAhead: (ask: EmergencyAsk) => void
}
export interface Making {
  /** The message is prepared while a second person is waited for, behind everything that was accepted. */
  ahead(ask: EmergencyAsk): void
  /** The message is spoken or prepared, by rank, and the order completed. */
  message(record: EmergencyRecord): void
  correction(record: EmergencyRecord): void
  stop(): Promise<void>
}

/** The station's own words, by the names that a timetable uses. */
export const OWN_SOUNDS = { tone: 'bao-dong', chime: 'nhac-hieu', drill: 'dien-tap', fallback: 'chu-y', correction: 'dinh-chinh' } as const
export const streamOf = (id: string, mark: string): string => `~${id}${mark}`
export const SERVER = 'server'
const keyOf = (id: string): string => `${id} message`

type Made = { readonly kind: 'stopped' } | { readonly kind: 'made'; readonly sounds: readonly EmergencySound[]; readonly problem: EmergencyProblem | null }

/** Makes the sounds that have to be made, the highest emergency first; what fails is replaced by a pinned clip, and said. */
export function createMaking({ clock, store, asks, decide, sounds, log, revised, readyAhead }: MakingDeps): Making {
  const work = createRankedWork((key, error) => log.error({ key, error: String(error) }, 'the sound of an emergency could not be made'))

  const makeAll = async (messages: readonly EmergencyMessage[], id: string, signal: AbortSignal): Promise<Made> => {
    const made: EmergencySound[] = []
    let problem: EmergencyProblem | null = null
    // of what somebody agreed to, the recordings that were there then
    const agreed = asks.byId(id)?.known ?? []
    for (const [n, message] of messages.entries()) {
      const there = agreed[n]
      const sound = there ? ok({ sound: there, otherVoice: false }) : await sounds.make(message, streamOf(id, String(n)), signal)
      if (sound.ok) {
        made.push(sound.value.sound)
        if (sound.value.otherVoice) problem ??= 'other-voice'
      } else if (sound.code === 'stopped') return { kind: 'stopped' }
      else {
        problem = sound.code === 'speech-failed' ? 'speech-failed' : 'recording-failed'
        log.error({ emergency: id, message: n, code: sound.code }, sound.why)
      }
    }
    return { kind: 'made', sounds: made, problem }
  }
  /** Thrown errors are a failure like any other here: people must hear something. */
  const makeSafely = async (messages: readonly EmergencyMessage[], id: string, signal: AbortSignal): Promise<Made> => {
    try {
      return await makeAll(messages, id, signal)
    } catch (error) {
      if (signal.aborted) return { kind: 'stopped' }
      log.error({ emergency: id, error: String(error) }, 'the sound of an emergency could not be made')
      return { kind: 'made', sounds: [], problem: 'speech-failed' }
    }
  }
  const orOwn = (made: readonly EmergencySound[], name: string, stream: string): readonly EmergencySound[] => {
    const own = made.length > 0 ? null : sounds.own(name, stream)
    return own ? [own] : made
  }
  const complete = (record: EmergencyRecord, action: string, now: WallMs): void => {
    decide({ actor: SERVER, action, subject: record.id, detail: { problem: record.course.problem } }, () => {
      store.save(record)
      store.revise(record.id, now)
    })
    revised(record)
  }

  /** What was prepared for one that still waits is kept with it. */
  const keepAhead = (id: string, made: NonNullable<EmergencyAsk['made']>): void => {
    const ask = asks.byId(id)
    if (ask?.course.state !== 'waiting') return
    const ready = { ...ask, made }
    asks.save(ready)
    readyAhead(ready)
  }
  const toSay = (id: string): readonly EmergencyMessage[] | null => {
    const record = store.byId(id)
    if (record) return record.course.message ? null : record.order.messages
    const ask = asks.byId(id)
    return ask?.course.state === 'waiting' && !ask.made ? ask.order.messages : null
  }
  const makeMessage = async (id: string, signal: AbortSignal): Promise<'done' | 'stopped'> => {
    const messages = toSay(id)
    if (!messages) return 'done'
    const made = await makeSafely(messages, id, signal)
    if (made.kind === 'stopped') return 'stopped'
    const message = orOwn(made.sounds, OWN_SOUNDS.fallback, streamOf(id, 'f'))
    const problem = message.length === 0 ? 'nothing-to-say' : made.problem
    // whatever happened to it meanwhile counts
    const record = store.byId(id)
    if (!record) keepAhead(id, { sounds: message, problem })
    if (!record || record.course.message) return 'done'
    const now = clock.wall()
    // what is over already is not moved any more
    const { startAt, tones } = record.endedAt === null ? placeMessage(record, message.length, now) : { startAt: record.startAt, tones: record.course.tones }
    complete({ ...record, startAt, course: { ...record.course, tones, message, problem } }, 'emergency.ready', now)
    return 'done'
  }

  const makeCorrection = async (id: string, signal: AbortSignal): Promise<'done' | 'stopped'> => {
    const before = store.byId(id)
    const words = before?.course.correction
    if (!before || !words || before.course.correctionSounds) return 'done'
    const made = await makeSafely([words], `${id}c`, signal)
    if (made.kind === 'stopped') return 'stopped'
    const said = orOwn(made.sounds, OWN_SOUNDS.correction, streamOf(id, 'cf'))
    const chime = sounds.own(OWN_SOUNDS.chime, streamOf(id, 'ch'))
    const record = store.byId(id)
    if (!record || said.length === 0) return 'done'
    const problem = made.problem === 'other-voice' || !made.problem ? (made.problem ?? record.course.problem) : 'correction-failed'
    complete({ ...record, course: { ...record.course, correctionSounds: [...(chime ? [chime] : []), ...said], problem } }, 'emergency.correction-ready', clock.wall())
    return 'done'
  }

  return {
    ahead: ({ id }) => work.add(keyOf(id), AHEAD_RANK, (signal) => makeMessage(id, signal)),
    // what was begun while somebody else was asked is not begun anew
    message: (record) => void (work.promote(keyOf(record.id), rankOf(record)) || work.add(keyOf(record.id), rankOf(record), (signal) => makeMessage(record.id, signal))),
    correction: (record) => work.add(`${record.id} correction`, ENDING_RANK, (signal) => makeCorrection(record.id, signal)),
    stop: work.stop,
  }
}
