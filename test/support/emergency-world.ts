import { copyFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Test } from 'tap'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { openEmergencyFiles } from '../../server/adapters/emergency-files.ts'
import { createFfmpeg } from '../../server/adapters/ffmpeg.ts'
import { loadServerKeys } from '../../server/adapters/key-store.ts'
import { createMediaStore } from '../../server/adapters/media-store.ts'
import { createDecide } from '../../server/adapters/sqlite/audit.ts'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import type { TtsProvider } from '../../server/adapters/tts.ts'
import { createAgentWords, type AgentWordsHub } from '../../server/core/agent-words.ts'
import type { NewEmergency } from '../../server/core/emergency.ts'
import type { StreamHub } from '../../server/core/sound-stream.ts'
import { createStationEvents, type StationEvent } from '../../server/core/station-events.ts'
import type { Stores } from '../../server/core/stores.ts'
import { createStores } from '../../server/create-stores.ts'
import { startEmergencies, type RunningEmergencies } from '../../server/features/emergencies/plugin.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { createCertificateCache } from '../../shared/protocol/keys.ts'
import type { AlertOrder } from '../../shared/protocol/messages/orders.ts'
import { openOrder } from '../../shared/protocol/orders.ts'
import { parseTopic } from '../../shared/protocol/topics.ts'
import { makeOpus } from './sound-rig.ts'
import { createTurnedClock, type TurnedClock } from './turned-clock.ts'

export const CLUSTERS = ['c0000000a1', 'c0000000a2'] as const
export const START = 1_800_000_000_000

export interface Published {
  readonly cluster: string
  /** null: the retained topic was cleared. */
  readonly order: AlertOrder | null
  readonly retain: boolean
}

/** Speaks when it is told to. */
export interface HeldVoice {
  readonly tts: TtsProvider
  /** Texts that are being spoken now. */
  readonly speaking: string[]
  /** Every text in the order in which its speaking began. */
  readonly begun: string[]
  /** Lets one end: with sound, with that of another engine, or as a failure. */
  release(text: string, how: 'spoken' | 'instead' | 'failed'): void
}

export interface EmergencyWorld {
  readonly clock: TurnedClock
  readonly stores: Stores
  readonly words: AgentWordsHub
  readonly published: Published[]
  readonly bursts: { readonly stream: string; readonly clusters: readonly string[] }[]
  readonly voice: HeldVoice
  readonly running: RunningEmergencies
  readonly errors: string[]
  /** Events of the station. */
  readonly told: StationEvent[]
  /** While false nothing reaches the broker. */
  reach(isReached: boolean): void
  /** A second server over the same folder; the first must have been stopped. */
  again(): RunningEmergencies
  order(over?: Partial<NewEmergency>): NewEmergency
  raise(over?: Partial<NewEmergency>): Promise<string>
  newest(cluster: string, id: string): AlertOrder | undefined
}

/** Half a second of a tone, as the engine would give it. */
function wav(): Uint8Array {
  const samples = 11_025
  const out = Buffer.alloc(44 + samples * 2)
  out.write('RIFF', 0, 'latin1')
  out.writeUInt32LE(36 + samples * 2, 4)
  out.write('WAVEfmt ', 8, 'latin1')
  out.writeUInt32LE(16, 16)
  out.writeUInt16LE(1, 20)
  out.writeUInt16LE(1, 22)
  out.writeUInt32LE(22_050, 24)
  out.writeUInt32LE(44_100, 28)
  out.writeUInt16LE(2, 32)
  out.writeUInt16LE(16, 34)
  out.write('data', 36, 'latin1')
  out.writeUInt32LE(samples * 2, 40)
  for (let n = 0; n < samples; n++) out.writeInt16LE(Math.round(9_000 * Math.sin(n / 8)), 44 + n * 2)
  return out
}

function heldVoice(): HeldVoice {
  const speaking: string[] = []
  const begun: string[] = []
  const waiting = new Map<string, (how: 'spoken' | 'instead' | 'failed' | 'stopped') => void>()
  return {
    speaking, begun,
    release: (text, how) => waiting.get(text)?.(how),
    tts: {
      identity: () => Promise.resolve('held 1'),
      listVoices: () => Promise.resolve([{ id: 'vi', name: 'Giọng thử', region: 'north' }]),
      synthesize: (text, { signal }) =>
        new Promise((done) => {
          speaking.push(text)
          begun.push(text)
          const end = (how: 'spoken' | 'instead' | 'failed' | 'stopped'): void => {
            waiting.delete(text)
            speaking.splice(speaking.indexOf(text), 1)
            if (how === 'instead') return done({ ok: true, value: wav(), instead: { engine: 'espeak-ng', why: 'as the test wanted' } })
            done(how === 'spoken' ? { ok: true, value: wav() } : { ok: false, code: how, why: 'as the test wanted' })
          }
          waiting.set(text, end)
          if (signal?.aborted === true) end('stopped')
          else signal?.addEventListener('abort', () => end('stopped'))
        }),
    },
  }
}

/** Emergencies over real SQLite and a real store of media; the clock is turned by hand, the broker and the voice are made up. */
export async function emergencyWorld(t: Test, sounds: readonly string[] = ['bao-dong', 'nhac-hieu', 'chu-y', 'dinh-chinh', 'dien-tap', 'bao-yen']): Promise<EmergencyWorld> {
  const folder = t.testdir()
  const clock = createTurnedClock(START)
  const opened = openDatabases(folder)
  if (!opened.ok) throw new Error(opened.why)
  const stores = createStores(opened.value, clock)
  const crypto = nodeCrypto()
  const keys = loadServerKeys(join(folder, 'keys'), crypto, wallMs(START))
  const certified = createCertificateCache(crypto, keys.rootPublic)
  const media = createMediaStore(join(folder, 'media'))
  await media.start()
  const made = join(folder, 'made.opus')
  makeOpus(made, 'sine=frequency=500:duration=2')
  for (const name of sounds) {
    const copy = join(folder, `${name}.copy`)
    copyFileSync(made, copy)
    const { sha, bytes } = await media.keep(copy)
    // all of them are the same sound: lengths tell them apart
    const ms = name === 'bao-dong' ? 4_800 : 2_000
    stores.programmes.insert({ id: name, name, folder: '', sha, bytes, ms, lufs: null, truePeak: null, peaks: new Uint8Array(), kind: 'chime', music: false, key: `chime:${name}`, createdAt: wallMs(START) })
  }
  for (const id of CLUSTERS) stores.clusters.insert({ id, name: id, created: wallMs(START), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })

  const published: Published[] = []
  const bursts: { stream: string; clusters: readonly string[] }[] = []
  const errors: string[] = []
  let isReached = true
  const hub: StreamHub = {
    open: () => { throw new Error('no stream is opened for an emergency') },
    burst: ({ stream }, clusters) => void bursts.push({ stream, clusters }),
    forget: () => undefined, join: () => undefined, stop: () => Promise.resolve(),
  }
  const publish = async (topic: string, payload: Uint8Array, { retain }: { readonly retain: boolean }): Promise<void> => {
    if (!isReached) throw new Error('the broker is out of reach')
    const cluster = parseTopic(topic)?.cluster ?? ''
    if (payload.length === 0) return void published.push({ cluster, order: null, retain })
    const order = openOrder(Buffer.from(payload).toString(), 'alert', { crypto, cluster, at: clock.wall(), certified })
    if (!order.ok) throw new Error(order.why)
    published.push({ cluster, order: order.value, retain })
  }
  const voice = heldVoice()
  const files = await openEmergencyFiles(join(folder, 'emergencies'))
  const words = createAgentWords()
  const events = createStationEvents()
  const told: StationEvent[] = []
  events.onEvent((event) => void told.push(event))
  const start = (): RunningEmergencies =>
    startEmergencies({
      clock, crypto, keys, hub, words, stores, files, events,
      secretBytes: (count) => new Uint8Array(randomBytes(count)),
      link: { streams: { send: () => undefined, sendTo: () => undefined, joined: () => null }, publish, onMessage: () => undefined, connected: () => isReached, stop: () => Promise.resolve() },
      decide: createDecide(opened.value.decisions, stores.audit),
      sounds: { ffmpeg: createFfmpeg({ niceness: 0 }), store: media, tts: voice.tts },
      log: { ...silentLog, error: (facts, text) => void errors.push(`${text} ${JSON.stringify(facts)}`) },
    })
  let running = start()
  t.teardown(async () => {
    await running.stop()
    await media.stop()
    opened.value.close()
  })
  const order = (over: Partial<NewEmergency> = {}): NewEmergency => ({
    title: 'Vỡ đê', messages: [{ kind: 'programme', programme: 'bao-yen' }], targets: 'all', drill: false, danger: 5, authority: 1, times: 3, gapMs: 1_000, volume: null,
    expiresAt: wallMs(clock.wall() + 600_000), actor: 'administrator', ...over,
  })
  return {
    clock, stores, words, published, bursts, voice, errors, told, running, order,
    reach: (reached) => void (isReached = reached),
    again: () => (running = start()),
    raise: async (over) => {
      const raised = await running.raise(order(over))
      if (!raised.ok) throw new Error(raised.why)
      return raised.value.id
    },
    newest: (cluster, id) => published.flatMap((one) => (one.cluster === cluster && one.order?.id === id ? [one.order] : [])).toSorted((a, b) => b.rev - a.rev)[0],
  }
}
