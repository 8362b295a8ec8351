import type { LanguageCode } from '../../../shared/core/languages.ts'
import type { Log } from '../../../shared/core/log.ts'
import { soundsOf } from '../../core/emergency-order.ts'
import type { EmergencyRecord, EmergencySound, EmergencyStore } from '../../core/emergency-record.ts'
import type { StreamHub } from '../../core/sound-stream.ts'
import type { EmergencySounds } from './sounds.ts'

export interface ClipsDeps {
  readonly store: EmergencyStore
  readonly sounds: EmergencySounds
  readonly hub: StreamHub
  readonly lacks: (cluster: string, sha: string) => boolean
  readonly languagesOf: (cluster: string) => readonly LanguageCode[]
  readonly log: Log
}
export interface Clips {
  /** Sends the sounds of an emergency that clusters do not hold: to all of its clusters, or to these. What was sent is not sent again. */
  burst(id: string, clusters?: readonly string[]): void
  /** Makes them ready for clusters that ask, and sends nothing. */
  offer(id: string): void
  forget(id: string): void
}

/** The audio behind the orders. */
export function createClips({ store, sounds, hub, lacks, languagesOf, log }: ClipsDeps): Clips {
  /** Streams of an emergency that the hub has, with those to whom they were sent. */
  const held = new Map<string, Map<string, Set<string>>>()

  const soundsIn = ({ course, endedAt }: EmergencyRecord): EmergencySound[] => {
    const all = [...(endedAt === null ? soundsOf(course) : []), ...(course.correctionSounds ?? [])]
    return [...new Map(all.filter((sound) => sound.media !== null).map((sound) => [sound.stream, sound])).values()]
  }
  /** Nobody pays for sound in a language that is not sounded there. */
  const isFor = ({ course }: EmergencyRecord, sound: EmergencySound, cluster: string): boolean =>
    sound.language === undefined || soundsOf(course, () => languagesOf(cluster)).some(({ stream }) => stream === sound.stream)

  const give = async (id: string, asked: readonly string[] | 'all' | 'none'): Promise<void> => {
    const record = store.byId(id)
    if (!record) return
    const clusters = asked === 'none' ? [] : asked === 'all' ? store.clustersOf(id) : asked
    const streams = held.get(id) ?? new Map<string, Set<string>>()
    held.set(id, streams)
    for (const sound of soundsIn(record)) {
      const { media, stream, pinned } = sound
      const isFirst = !streams.has(stream)
      const to = clusters.filter((cluster) => isFor(record, sound, cluster) && (!pinned || lacks(cluster, media ?? '')) && (asked !== 'all' || streams.get(stream)?.has(cluster) !== true))
      if (to.length === 0 && (pinned || !isFirst)) continue
      // taken before the file is read: who asks meanwhile is not served twice
      streams.set(stream, new Set([...(streams.get(stream) ?? []), ...to]))
      const clip = await sounds.clip(sound)
      if (!held.has(id)) return
      if (clip) hub.burst(clip, to)
      else log.error({ emergency: id, media }, 'the sound of an emergency is not in the store')
    }
  }
  const begin = (id: string, to: readonly string[] | 'all' | 'none'): void => {
    give(id, to).catch((error: unknown) => log.error({ emergency: id, error: String(error) }, 'the sound of an emergency was not sent'))
  }

  return {
    burst: (id, clusters) => begin(id, clusters ?? 'all'),
    offer: (id) => begin(id, 'none'),
    forget: (id) => {
      for (const stream of held.get(id)?.keys() ?? []) hub.forget(stream)
      held.delete(id)
    },
  }
}
