import type { Clock, WallMs } from '../../../shared/core/clock.ts'
import { ok, refuse } from '../../../shared/core/result.ts'
import type { EmergencyRecord, EmergencySound, EmergencyStore, VoiceEnd } from '../../core/emergency-record.ts'
import { BACK_WITHIN_MS, FIRST_WORD_WITHIN_MS, lastWordAt, REST_MS, soonest, speakFromOf, withVoiceEnd, type EmergencyVoices } from '../../core/emergency-voice.ts'
import type { LiveCount } from '../../core/live-book.ts'
import type { Problem } from '../../core/mic-problems.ts'
import type { Decide, Stores } from '../../core/stores.ts'
import { OWN_SOUNDS, SERVER, streamOf } from './making.ts'
import type { EmergencySounds } from './sounds.ts'
import type { Watchers } from './watchers.ts'

export interface VoicesDeps {
  readonly clock: Clock
  readonly store: EmergencyStore
  readonly stores: Pick<Stores, 'presence'>
  readonly decide: Decide
  readonly sounds: Pick<EmergencySounds, 'own'>
  readonly watchers: Pick<Watchers, 'watch'>
  /** It has a new revision: its clusters are to be told. */
  readonly revised: (record: EmergencyRecord) => void
}
export interface Voices extends EmergencyVoices {
  /** Of those in force: ends what nobody speaks into. */
  look(record: EmergencyRecord): void
  /** Somebody is speaking into it now. */
  isOpen(id: string): boolean
}

const END_OF: Readonly<Record<string, VoiceEnd>> = { 'too-long': 'too-long', 'nobody-spoke': 'nobody-spoke', silent: 'silent', 'link-lost': 'link-lost', stopping: 'server-stopped' }
const isOpenTo = (record: EmergencyRecord | null): record is EmergencyRecord => record !== null && record.endedAt === null && record.course.voice?.endAt === null

/** Live voices of emergencies, from the first who speaks to the closing chime. The record is the truth; who speaks now is known here only. */
export function createVoices(deps: VoicesDeps): Voices {
  const { clock, store, decide, sounds, watchers } = deps
  const startedAt = clock.wall()
  /** Emergencies that somebody speaks into. */
  const open = new Set<string>()
  const chimeOf = (id: string): EmergencySound | null => sounds.own(OWN_SOUNDS.chime, streamOf(id, 'ch'))

  const end = (id: string, at: WallMs, why: VoiceEnd): void => {
    open.delete(id)
    const record = store.byId(id)
    if (!isOpenTo(record)) return
    const ended = withVoiceEnd(record, { at, why, chime: chimeOf(id) })
    decide({ actor: SERVER, action: 'emergency.voice-end', subject: id, detail: { why, at: ended.course.voice?.endAt ?? null } }, () => {
      store.save(ended)
      store.revise(id, clock.wall())
    })
    deps.revised(ended)
  }
  const count = (id: string): LiveCount => {
    const isOnline = ({ cluster }: { readonly cluster: string }): boolean => deps.stores.presence.byCluster(cluster)?.online === true
    const rows = store.rows(id)
    const online = rows.filter(isOnline)
    return { sounding: online.filter(({ heard, stopped }) => heard?.state === 'sounding' && stopped === null).length, online: online.length, total: rows.length }
  }

  return {
    open: (id) => {
      const record = store.byId(id)
      const stream = record?.course.message?.find(({ media }) => media === null)?.stream
      if (!record?.course.voice) return refuse('no-such-emergency', `There is no emergency ${id} that is spoken live.`)
      if (stream === undefined || !isOpenTo(record) || clock.wall() >= record.expiresAt) return refuse('already-over', 'The emergency is over already: raise another one.')
      decide({ actor: SERVER, action: 'emergency.voice-open', subject: id }, () => undefined)
      open.add(id)
      // looked at fifty times a second: read when it has changed
      let now = record
      const unwatch = watchers.watch(id, (change) => {
        if (change?.clusters === 'all') now = store.byId(id) ?? now
      })
      return ok({
        id, stream,
        title: record.title,
        speakFrom: speakFromOf(record),
        resumeWithinMs: BACK_WITHIN_MS,
        patience: { firstWordMs: FIRST_WORD_WITHIN_MS, restMs: REST_MS },
        to: () => lastWordAt(now, chimeOf(id)?.ms ?? 0),
        count: () => count(id),
        isEnded: () => !isOpenTo(now),
        isOver: () => {
          const record = store.byId(id)
          return record === null || record.endedAt !== null || clock.wall() >= record.expiresAt
        },
        end: (at: WallMs, because: Problem | null) => {
          unwatch()
          end(id, at, because === null ? 'spoken' : (END_OF[because.code] ?? 'spoken'))
          now = store.byId(id) ?? now
        },
      })
    },
    titleOf: (id) => store.byId(id)?.title ?? null,
    isOpen: (id) => open.has(id),
    look: (record) => {
      if (!isOpenTo(record) || open.has(record.id)) return
      const now = clock.wall()
      // what a server before this one left is waited for like a link that was lost
      const isLeft = record.acceptedAt < startedAt
      const due = isLeft ? Math.max(startedAt + BACK_WITHIN_MS, speakFromOf(record)) : speakFromOf(record) + FIRST_WORD_WITHIN_MS
      if (now >= due) end(record.id, soonest(now), isLeft ? 'server-stopped' : 'nobody-spoke')
    },
  }
}
