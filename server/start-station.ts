import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { every, wallMs } from '../shared/core/clock.ts'
import type { Log } from '../shared/core/log.ts'
import { ok, refuse, type Result } from '../shared/core/result.ts'
import { createBodyStore } from './adapters/body-store.ts'
import { openBroker, type Broker } from './adapters/broker/open-broker.ts'
import { realClock } from './adapters/clock.ts'
import { nodeCrypto } from './adapters/crypto.ts'
import { nodeDeflate } from './adapters/deflate.ts'
import { createFfmpeg } from './adapters/ffmpeg.ts'
import { startHeartbeat } from './adapters/heartbeat.ts'
import { loadServerKeys, type ServerKeys } from './adapters/key-store.ts'
import { createMediaStore, type MediaStore } from './adapters/media-store.ts'
import { createOpusEncoder } from './adapters/opus-encoder.ts'
import { startSignOfLife } from './adapters/sign-of-life.ts'
import { createDecide } from './adapters/sqlite/audit.ts'
import { openDatabases } from './adapters/sqlite/open.ts'
import { createTts } from './adapters/tts-choice.ts'
import { openReleaseFiles } from './adapters/update-files.ts'
import { createAgentWords, type AgentWords } from './core/agent-words.ts'
import type { DecisionListener, ServerDeps } from './core/server-deps.ts'
import type { ServerSettings } from './core/server-settings.ts'
import type { StreamHub } from './core/sound-stream.ts'
import { createStationEvents, type StationEvents } from './core/station-events.ts'
import type { Decide, Stores } from './core/stores.ts'
import type { ReleaseFiles } from './core/update-files.ts'
import { editionOf } from './core/evidence-store.ts'
import { datedBounds } from './core/timetable-dated.ts'
import { createStores } from './create-stores.ts'
import { pinnedFiles, type RunningEmergencies } from './features/emergencies/plugin.ts'
import { startFleet, type Fleet } from './features/fleet/plugin.ts'
import { createFindMedia, type StationSoundDeps } from './features/programmes/plugin.ts'
import { speechDictionary } from './features/speech/plugin.ts'
import { standingFor } from './features/standing/plugin.ts'
import { createStreamHub } from './features/streams/plugin.ts'
import { chance, openEmergencies } from './start-broadcasting.ts'

export type Closers = (() => Promise<void> | void)[]
export interface StationSetting {
  readonly log: Log
  /** Undone in reverse. */
  readonly closers: Closers
}

/** Minute samples are kept this long (DESIGN §8). */
const TELEMETRY_KEPT_MS = 14 * 86_400_000
const HOURLY_MS = 3_600_000

/** A revoked cluster stays connected this long, for the order that silences it. */
const LAST_WORD_MS = 5_000

/** What a station has before it speaks to its clusters. */
export interface StationBase {
  readonly stores: Stores
  readonly keys: ServerKeys
  readonly decide: Decide
  readonly broker: Broker
  readonly media: MediaStore
  readonly sounds: StationSoundDeps
  readonly releases: ReleaseFiles
  readonly words: AgentWords
  readonly streams: StreamHub
  readonly events: StationEvents
}
/** What runs before anybody can reach it by HTTP. */
export interface Station extends StationBase {
  readonly emergencies: RunningEmergencies
  readonly fleet: Fleet
}

/** Opens the folder, the broker and the stores, and starts what speaks to the clusters. What it opened is on `closers`, also when it refuses. */
export async function openStation(settings: ServerSettings, tls: ServerDeps['tls'], setting: StationSetting): Promise<Result<Station>> {
  const { log, closers } = setting
  const clock = realClock
  const crypto = nodeCrypto()
  const opened = openDatabases(settings.folder)
  if (!opened.ok) return opened
  closers.push(() => opened.value.close())
  const stores = createStores(opened.value, clock)
  const keyFolder = join(settings.folder, 'keys')
  // a new root would be silence everywhere: clusters obey the one that they pinned, and nothing else
  if (!existsSync(join(keyFolder, 'root.key')) && stores.clusters.active().length > 0) return refuse('no-root-key', noRootKey(keyFolder))
  const keys = loadServerKeys(keyFolder, crypto, clock.wall())
  const broker = await openBroker(settings, { stores, tls, log })
  if (!broker.ok) return broker
  closers.push(broker.value.stop)
  const media = createMediaStore(join(settings.folder, 'media'))
  await media.start()
  closers.push(() => media.stop())
  const words = createAgentWords()
  const streams = createStreamHub({
    clock, crypto, random: chance, signing: () => keys.streams, link: broker.value.link.streams, encoder: createOpusEncoder,
  })
  words.onJoin(streams.join)
  closers.push(() => streams.stop())
  const base: StationBase = {
    stores, keys, broker: broker.value, media, words, streams,
    releases: await openReleaseFiles(join(settings.folder, 'releases')),
    events: createStationEvents(),
    sounds: { ffmpeg: createFfmpeg(), store: media, tts: createTts({ engine: settings.tts ?? null, log }), dictionary: speechDictionary(stores.meta) },
    decide: createDecide(opened.value.decisions, stores.audit),
  }
  const emergencies = await openEmergencies(base, settings.folder, setting)
  const fleet = startFleet({
    clock, crypto, deflate: nodeDeflate(), keys, link: broker.value.link, stores, log, words,
    bodies: createBodyStore(join(settings.folder, 'plans')),
    findFor: createFindMedia(stores.programmes, crypto).findFor,
    fileOf: (sha) => stores.programmes.bySha(sha),
    pinned: () => pinnedFiles(stores, clock),
    own: () => ({ editionOf: (cluster) => editionOf(stores.presence, cluster), standing: standingFor({ stores, clock }), datedOf: datedBounds(stores, clock.wall()) }),
    beside: emergencies.on,
    events: base.events,
    readBlock: async (sha, index) => (await base.releases.readBlock(sha, index)) ?? media.readBlock(sha, index),
  })
  closers.push(() => fleet.stop())
  return ok({ ...base, emergencies, fleet })
}

const noRootKey = (folder: string): string =>
  `The file root.key is not in ${folder}, and the clusters of this station obey no other: put the folder back from a backup. · Thiếu tệp root.key, các cụm loa sẽ không nghe lệnh: hãy khôi phục thư mục này từ bản sao lưu.`

/** A change of the timetable is planned at once, and what it names and the store lacks is made. */
export const listenerOf = ({ stores, broker, fleet }: Station, prepare: () => void): DecisionListener => ({
  clusterChanged: (id) => {
    fleet.listener.clusterChanged(id)
    // it hears that it is to be silent before it is shut out
    if (stores.clusters.byId(id)?.revokedAt !== null) realClock.after(LAST_WORD_MS, () => broker.disconnect(id))
  },
  timetableChanged: (only) => {
    fleet.listener.timetableChanged(only)
    prepare()
  },
})

/** The heartbeat, the sign of life that hangs on it, and once an hour the end of old telemetry and of old certificates. */
export function keepBeating(settings: ServerSettings, { stores, broker, fleet, keys }: Station, { log, closers }: StationSetting): void {
  const clock = realClock
  closers.push(startHeartbeat(fleet.heartbeat, log))
  const hourly = (what: string, work: () => void): void => {
    const guarded = (): void => {
      try {
        work()
      } catch (error) {
        log.error({ error: String(error) }, what)
      }
    }
    closers.push(every(clock, HOURLY_MS, guarded))
  }
  hourly('old telemetry not forgotten', () => {
    stores.telemetry.prune(wallMs(clock.wall() - TELEMETRY_KEPT_MS))
    stores.rings.prune(clock.wall())
  })
  hourly('certificates not renewed', () => {
    // plans that were signed under the old one are issued again
    if (keys.renew(clock.wall())) fleet.listener.timetableChanged()
  })
  if (settings.heartbeatUrl === null) return
  const well = (): boolean => broker.link.connected() && clock.wall() - (fleet.lastHeartbeat() ?? 0) < 10_000
  closers.push(startSignOfLife({ url: settings.heartbeatUrl, clock, log, well }))
}
