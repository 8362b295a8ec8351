import { wallMs, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { Emergency } from '../../core/emergency.ts'
import type { EmergencyFiles } from '../../core/emergency-files.ts'
import { ENDING_RANK, rankOf } from '../../core/emergency-rank.ts'
import type { EmergencyRecord, EmergencyStore } from '../../core/emergency-record.ts'
import { endedBecauseOf, voiceOverAt } from '../../core/emergency-voice.ts'
import { finishedEverywhere, UNREACHED_AFTER_MS } from '../../core/emergency-verdict.ts'
import type { Decide } from '../../core/stores.ts'
import type { Clips } from './clips.ts'
import type { Dispatch } from './dispatch.ts'
import { SERVER, type Making } from './making.ts'
import type { Voices } from './voices.ts'
import type { Watchers } from './watchers.ts'

export interface SweepDeps {
  readonly clock: Clock
  readonly store: EmergencyStore
  readonly decide: Decide
  readonly dispatch: Dispatch
  readonly clips: Clips
  readonly watchers: Watchers
  readonly voices: Pick<Voices, 'look'>
  readonly files: EmergencyFiles
  readonly log: Log
}
export interface Sweep {
  /** A cluster has answered: it may have been the last one. */
  look(id: string): void
  /** Once a second. */
  run(): void
  /** Goes on with what the server before this one left. */
  resume(making: Making): void
}

/** The last words of clusters are on their way; whoever has not answered by then was not there. */
const VOICE_ANSWERS_MS = 5_000
/** What an external broker may still retain after a server was away so long is worth clearing. */
const LOOK_BACK_MS = 48 * 3_600_000

/** Ends what has expired or is finished, clears what was retained, and says when a cluster is given up for lost. */
export function createSweep(deps: SweepDeps): Sweep {
  const { clock, store, decide, dispatch, clips, watchers, voices, files, log } = deps
  const answered = new Set<string>()
  /** Emergencies that clusters are told of, and until when the board waits for the first answer. */
  const told = new Map<string, { verdictDue: WallMs | null }>()

  const end = (record: EmergencyRecord, endedAt: WallMs, endedBecause: NonNullable<Emergency['endedBecause']>): void => {
    decide({ actor: SERVER, action: `emergency.${endedBecause}`, subject: record.id }, () => store.save({ ...record, endedAt, endedBecause }))
    watchers.tell(record.id)
  }
  const recordings = (record: EmergencyRecord): readonly string[] => record.order.messages.flatMap((message) => (message.kind === 'recording' ? [message.file] : []))
  const forget = (id: string): void => {
    told.delete(id)
    clips.forget(id)
    const record = store.byId(id)
    if (record && record.endedAt === null) end(record, record.expiresAt, 'expired')
    // retained topics must not outlive it
    for (const cluster of store.clustersOf(id)) dispatch.tell(cluster)
    for (const name of record ? recordings(record) : []) files.remove(name).catch((error: unknown) => log.warn({ error: String(error) }, 'a recording was not removed'))
  }

  const look = (record: EmergencyRecord, now: WallMs): void => {
    const { id, course } = record
    if (now >= record.expiresAt) return end(record, record.expiresAt, 'expired')
    const isDone = answered.has(id) && course.message && finishedEverywhere(store.rows(id))
    if (isDone || now >= (voiceOverAt(record) ?? Infinity) + VOICE_ANSWERS_MS) return end(record, now, endedBecauseOf(course.voice?.why))
    if (course.voice) voices.look(record)
  }

  const runNow = (): void => {
    const now = clock.wall()
    const current = store.current(now)
    const ids = new Set(current.map((record) => record.id))
    for (const id of [...told.keys()]) if (!ids.has(id)) forget(id)
    for (const record of current) {
      const known = told.get(record.id) ?? { verdictDue: wallMs(record.acceptedAt + UNREACHED_AFTER_MS) }
      told.set(record.id, known)
      if (known.verdictDue !== null && now >= known.verdictDue) {
        known.verdictDue = null
        watchers.tell(record.id)
      }
      if (record.endedAt === null) look(record, now)
    }
    answered.clear()
    dispatch.retry()
  }

  return {
    look: (id) => void answered.add(id),
    run: () => {
      try {
        runNow()
      } catch (error) {
        // a full disk must not end the server: what is in force goes on, and the next second tries again
        log.error({ error: String(error) }, 'emergencies were not looked after')
      }
    },
    resume: (making) => {
      const now = clock.wall()
      for (const record of store.current(wallMs(now - LOOK_BACK_MS))) {
        told.set(record.id, { verdictDue: wallMs(record.acceptedAt + UNREACHED_AFTER_MS) })
        if (record.until <= now) continue
        clips.offer(record.id)
        answered.add(record.id)
        // an order that was decided but not sent when the server ended; who has it already takes it for the same
        const unheard = store.rows(record.id).flatMap(({ heard, cluster }) => (heard === null ? [cluster] : []))
        dispatch.send(record.id, record.endedAt === null ? rankOf(record) : ENDING_RANK, { sent: () => clips.burst(record.id, unheard) })
        if (record.endedAt === null && !record.course.message) making.message(record)
        if (record.course.correction && !record.course.correctionSounds) making.correction(record)
      }
    },
  }
}
