import type { Clock, WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { EmergencyMessage } from '../../core/emergency.ts'
import { placeMessage } from '../../core/emergency-order.ts'
import { ENDING_RANK, rankOf } from '../../core/emergency-rank.ts'
import type { EmergencyProblem, EmergencyRecord, EmergencySound, EmergencyStore } from '../../core/emergency-record.ts'
import type { Decide } from '../../core/stores.ts'
import { createRankedWork } from './ranked-work.ts'
import type { EmergencySounds } from './sounds.ts'

export interface MakingDeps {
  readonly clock: Clock
  readonly store: EmergencyStore
  readonly decide: Decide
  readonly sounds: EmergencySounds
  readonly log: Log
  /** It has a new revision: its clusters are to be told. */
  readonly revised: (record: EmergencyRecord) => void
}
export interface Making {
  /** The message is spoken or prepared, by rank, and the order completed. */
  message(record: EmergencyRecord): void
  correction(record: EmergencyRecord): void
  stop(): Promise<void>
}

/** The station's own words, by the names that a timetable uses. */
export const OWN_SOUNDS = { tone: 'bao-dong', chime: 'nhac-hieu', drill: 'dien-tap', fallback: 'chu-y', correction: 'dinh-chinh' } as const
export const streamOf = (id: string, mark: string): string => `~${id}${mark}`
export const SERVER = 'server'

type Made = { readonly kind: 'stopped' } | { readonly kind: 'made'; readonly sounds: readonly EmergencySound[]; readonly problem: EmergencyProblem | null }

/** Makes the sounds that have to be made, the highest emergency first; what fails is replaced by a pinned clip, and said. */
export function createMaking({ clock, store, decide, sounds, log, revised }: MakingDeps): Making {
  const work = createRankedWork((key, error) => log.error({ key, error: String(error) }, 'the sound of an emergency could not be made'))

  const makeAll = async (messages: readonly EmergencyMessage[], id: string, signal: AbortSignal): Promise<Made> => {
    const made: EmergencySound[] = []
    let problem: EmergencyProblem | null = null
    for (const [n, message] of messages.entries()) {
      const sound = await sounds.make(message, streamOf(id, String(n)), signal)
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

  const makeMessage = async (id: string, signal: AbortSignal): Promise<'done' | 'stopped'> => {
    const before = store.byId(id)
    if (!before || before.course.message) return 'done'
    const made = await makeSafely(before.order.messages, id, signal)
    if (made.kind === 'stopped') return 'stopped'
    // whatever happened to it meanwhile counts
    const record = store.byId(id)
    if (!record) return 'done'
    const message = orOwn(made.sounds, OWN_SOUNDS.fallback, streamOf(id, 'f'))
    const now = clock.wall()
    const problem = message.length === 0 ? 'nothing-to-say' : made.problem
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
    message: (record) => work.add(`${record.id} message`, rankOf(record), (signal) => makeMessage(record.id, signal)),
    correction: (record) => work.add(`${record.id} correction`, ENDING_RANK, (signal) => makeCorrection(record.id, signal)),
    stop: work.stop,
  }
}
