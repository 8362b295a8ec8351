import { randomBytes, randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openEmergencyFiles } from './adapters/emergency-files.ts'
import { createFfmpeg } from './adapters/ffmpeg.ts'
import { realClock } from './adapters/clock.ts'
import { nodeCrypto } from './adapters/crypto.ts'
import { createCapSeal } from './adapters/xml-seal.ts'
import { openRelayRecordings } from './adapters/relay-recording.ts'
import { createQuickSpeech } from './adapters/quick-speech.ts'
import { createRelaySource } from './adapters/relay-source.ts'
import { createMicDecoders } from './adapters/mic-decoder.ts'
import { openMicRecordings } from './adapters/mic-recordings.ts'
import type { Broadcasting } from './build-app.ts'
import { packetsOf } from './core/emergency-clip.ts'
import type { EmergencyMessage } from './core/emergency.ts'
import type { DecisionListener } from './core/server-deps.ts'
import { startEmergencies, type RunningEmergencies } from './features/emergencies/plugin.ts'
import { startLive } from './features/live/plugin.ts'
import { startMicrophone } from './features/microphone/plugin.ts'
import { chimeKey, createFindMedia, importMedia } from './features/programmes/plugin.ts'
import { startRelays } from './features/relays/plugin.ts'
import type { Station, StationBase, StationSetting } from './start-station.ts'

export const chance = (): number => randomInt(2 ** 32) / 2 ** 32
/** "The notice just now has been called off", as a timetable would name it. */
const CORRECTION = 'dinh-chinh'
export const secretBytes = (count: number): Uint8Array => new Uint8Array(randomBytes(count))

/** What must be there before the first cluster says hello: it is told of the emergencies in force. */
export async function openEmergencies(base: StationBase, folder: string, { log, closers }: StationSetting): Promise<RunningEmergencies> {
  const { keys, broker, words, streams, stores, decide, sounds, events } = base
  const quick = createQuickSpeech(log)
  closers.push(() => quick.stop())
  const running = startEmergencies({
    clock: realClock, crypto: nodeCrypto(), secretBytes, keys, link: broker.link, hub: streams, words, stores, decide, events, log,
    // an ffmpeg of its own that gives way to nobody: no long recording that is being imported stands before it
    sounds: { ...sounds, quick, ffmpeg: createFfmpeg({ niceness: 0 }) },
    files: await openEmergencyFiles(join(folder, 'emergencies')),
  })
  closers.push(() => running.stop())
  return running
}

export interface BroadcastingSetting extends StationSetting {
  readonly listener: DecisionListener
  /** Folder of the certificates of those who may warn; null = none may. */
  readonly capCertificates: string | null
}

/** Everything that people broadcast beside the timetable. */
export async function startBroadcasting(station: Station, folder: string, setting: BroadcastingSetting): Promise<Broadcasting> {
  const { log, closers, listener } = setting
  const { stores, decide, words, streams, media, sounds, emergencies } = station
  const packets = async (sha: string): ReturnType<Parameters<typeof startLive>[0]['packetsOf']> => {
    const path = await media.path(sha)
    return path === null ? null : packetsOf(new Uint8Array(await readFile(path)))
  }
  const live = startLive({ clock: realClock, stores, decide, secretBytes, listener, words, hub: streams, packetsOf: packets, log })
  closers.push(() => live.stop())
  const microphone = startMicrophone({
    clock: realClock, live, voices: emergencies.voices, hub: streams, stores, decide, listener, secretBytes, log,
    decoder: createMicDecoders(),
    recordings: await openMicRecordings(join(folder, 'microphone'), log),
    importer: ({ path }) => importMedia(sounds, { path }),
  })
  closers.push(() => microphone.stop())
  const relays = startRelays({
    clock: realClock, random: chance, stores, decide, hub: streams, log,
    find: createFindMedia(stores.programmes, nodeCrypto()),
    openFeed: createRelaySource(),
    openRecording: await openRelayRecordings(join(folder, 'relays')),
    importer: ({ path }) => importMedia(sounds, { path }),
    newId: () => randomBytes(8).toString('hex'),
  })
  closers.push(() => relays.stop())
  const seal = createCapSeal(setting.capCertificates, (why) => log.warn({}, why))
  const correction = (): EmergencyMessage | null => (stores.programmes.byKey(chimeKey(CORRECTION)) ? { kind: 'programme', programme: CORRECTION } : null)
  return { emergencies, live, microphone, relays, seal, sounds, correction }
}
