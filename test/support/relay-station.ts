import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createDecide } from '../../server/adapters/sqlite/audit.ts'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import { createRelaySource } from '../../server/adapters/relay-source.ts'
import { openRelayRecordings } from '../../server/adapters/relay-recording.ts'
import { WATCH_BOUNDS } from '../../server/core/relay-watch.ts'
import { rmsDb } from '../../server/core/relay-level.ts'
import type { ImportedMedia } from '../../server/core/server-deps.ts'
import type { SoundStream, StreamHub } from '../../server/core/sound-stream.ts'
import type { Stores } from '../../server/core/stores.ts'
import { createStores } from '../../server/create-stores.ts'
import { startRelays, type Relays, type RelaysDeps, type RelaySettings } from '../../server/features/relays/plugin.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { clockText, msOfDay } from '../../shared/core/civil.ts'
import type { Log } from '../../shared/core/log.ts'
import type { Relay, Session } from '../../shared/core/timetable.ts'
import { realClock } from './real-clock.ts'

/** What a hub would have sent, with the time at which it came. */
export interface HeardStream {
  readonly name: string
  readonly openedAt: WallMs
  endedAt: WallMs | null
  readonly pcm: Int16Array[]
  readonly switches: { readonly on: boolean; readonly at: WallMs }[]
  samples(): number
  /** Longest time for which nothing was written so far, ms. */
  longestGapMs(): number
}

/** A hub that keeps what it is given instead of sending it. */
export function listeningHub(bufferMs: number): { readonly hub: Pick<StreamHub, 'open'>; readonly streams: HeardStream[] } {
  const streams: HeardStream[] = []
  const open = (name: string): SoundStream => {
    if (streams.some((s) => s.name === name && s.endedAt === null)) throw new Error(`the stream ${name} is open already`)
    const pcm: Int16Array[] = []
    let [samples, lastAt, gap] = [0, realClock.wall() as number, 0]
    const heard: HeardStream = { name, openedAt: realClock.wall(), endedAt: null, pcm, switches: [], samples: () => samples, longestGapMs: () => gap }
    streams.push(heard)
    return {
      name,
      write(piece) {
        gap = Math.max(gap, realClock.wall() - lastAt)
        lastAt = realClock.wall()
        samples += piece.length
        pcm.push(piece)
      },
      substitute: (on) => void heard.switches.push({ on, at: realClock.wall() }),
      soundsAt: () => wallMs(realClock.wall() + bufferMs),
      facts: () => ({ packets: 0, bytes: 0, missedMs: 0, joined: null }),
      async end() {
        heard.endedAt = realClock.wall()
      },
    }
  }
  return { hub: { open }, streams }
}

/** RMS level of what was written, dBFS. */
export const levelOf = (pcm: readonly Int16Array[]): number => {
  const all = new Int16Array(pcm.reduce((sum, piece) => sum + piece.length, 0))
  pcm.reduce((at, piece) => (all.set(piece, at), at + piece.length), 0)
  return rmsDb(all)
}

export interface RelayStation {
  readonly relays: Relays
  readonly stores: Stores
  readonly streams: readonly HeardStream[]
  readonly warnings: { readonly facts: object; readonly text: string }[]
  /** A session with this relay alone, from a second of today on. */
  session(id: string, relay: string, from: WallMs, seconds: number): void
  relay(relay: Relay): void
}

const dateOf = (at: WallMs): string => new Date(at + 7 * 3_600_000).toISOString().slice(0, 10)

/** Real stores, a real clock and real readers; only the hub is made up. One cluster hears everything. */
export async function relayStation(t: Test, folder: string, settings: Partial<RelaySettings> = {}): Promise<RelayStation> {
  const opened = openDatabases(join(folder, 'station'))
  if (!opened.ok) throw new Error(opened.why)
  const stores = createStores(opened.value, realClock)
  stores.clusters.insert({ id: 'abcdefghjk', name: 'Cụm 1', created: realClock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
  const { hub, streams } = listeningHub(settings.bufferMs ?? 12_000)
  const warnings: { facts: object; text: string }[] = []
  const log: Log = { debug: () => undefined, info: () => undefined, warn: (facts, text) => void warnings.push({ facts, text }), error: (facts, text) => void warnings.push({ facts, text }) }
  let ids = 0
  const imported: ImportedMedia = { sha: 'A'.repeat(43), bytes: 1_000, durationMs: 5_000, loudnessLufs: -16, truePeakDb: -2, peaks: 'AAAA' }
  const deps: RelaysDeps = {
    clock: realClock, random: () => 0.5, log, stores, hub, settings,
    decide: createDecide(opened.value.decisions, stores.audit),
    find: () => null,
    openFeed: createRelaySource({ readTimeoutMs: 3_000 }),
    openRecording: await openRelayRecordings(join(folder, 'recordings')),
    importer: async () => ({ ok: true, value: imported }),
    newId: () => `recording-${++ids}`,
  }
  const relays = startRelays(deps)
  t.teardown(async () => {
    await relays.stop()
    opened.value.close()
  })
  return {
    relays, stores, streams, warnings,
    relay(relay) {
      stores.relays.put(relay)
      relays.changed()
    },
    session(id, relay, from, seconds) {
      const second = Math.floor(msOfDay(from) / 1000)
      const session: Session = {
        id, name: id, at: fullTime(second), until: fullTime(second + seconds), days: { once: dateOf(from) }, targets: 'all',
        items: [{ relay, length: `${seconds}s`, substitute: 'thay.opus' }],
      }
      stores.sessions.put(session, realClock.wall())
      relays.changed()
    },
  }
}

/** With its seconds, also past midnight. */
function fullTime(second: number): string {
  const text = clockText(second % 86_400)
  return text.length === 5 ? `${text}:00` : text
}

/** The real course, some times as fast. */
export const FAST = {
  openAheadMs: 6_000,
  bufferMs: 1_000,
  replanMs: 1_000,
  checkAheadMs: { 'before-10': 100_000, 'before-2': 7_000 },
  checkListenMs: 1_000,
  checkTimeoutMs: 4_000,
  bounds: { ...WATCH_BOUNDS, graceMs: 3_000, silenceMs: 4_000, backMs: 2_000 },
}
/** The next whole second that is at least so far away. */
export const soon = (ms: number): WallMs => wallMs(Math.ceil((Date.now() + ms) / 1_000) * 1_000)

/** Waits for something that is to happen within `ms`; throws with its name otherwise. */
export async function until(what: string, isSo: () => boolean, ms = 15_000): Promise<void> {
  const end = Date.now() + ms
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise((tick) => setTimeout(tick, 50))
  }
}
/** Readers of relays that this process has now. */
export const readersRunning = (): number =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')
    .filter((pid) => pid !== '' && existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('pipe:1')).length
export const stateOf = (station: RelayStation, relay: string): string | null => station.relays.facts(relay)?.state ?? null
