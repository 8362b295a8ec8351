import { join } from 'node:path'
import t from 'tap'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { createOpusEncoder } from '../../server/adapters/opus-encoder.ts'
import { createDecide } from '../../server/adapters/sqlite/audit.ts'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import type { OpenRelayFeed, RelayFeedEars } from '../../server/core/relay-ports.ts'
import { createStores } from '../../server/create-stores.ts'
import { startRelays } from '../../server/features/relays/plugin.ts'
import { createStreamHub } from '../../server/features/streams/plugin.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { createStreamOpener, type StreamPacket } from '../../shared/protocol/stream.ts'
import { streamKeys } from '../support/stream-source.ts'
import { createTurnedClock } from '../support/turned-clock.ts'

const RATE = 48_000
/** 05:30 in Viet Nam. */
const START = Date.UTC(2026, 10, 22, 22, 30)
const LENGTH_S = 260
const S = 1_000

/** A station whose sound comes in gusts of six seconds, as HLS has it; `isUp` and `isLoud` by seconds from the session's start. */
function station(clock: ReturnType<typeof createTurnedClock>, isUp: (s: number) => boolean, isLoud: (s: number) => boolean) {
  const opened: number[] = []
  const second = (): number => (clock.wall() - START) / S
  const gust = (ears: RelayFeedEars, seconds: number): void => {
    const loud = isLoud(second())
    ears.onPcm(Int16Array.from({ length: seconds * RATE }, (_, n) => (loud ? Math.round(6_000 * Math.sin((2 * Math.PI * 440 * n) / RATE)) : n % 3)))
  }
  const openFeed: OpenRelayFeed = (_source, ears) => {
    opened.push(second())
    let over = false
    const end = (code: 'ended' | 'stopped'): void => {
      if (over) return
      over = true
      cancel()
      ears.onEnd({ code, said: 'Connection refused' })
    }
    const next = (): void => {
      if (!isUp(second())) return end('ended')
      gust(ears, 6)
      cancel = clock.after(6 * S, next)
    }
    let cancel = clock.after(300, () => {
      if (!isUp(second())) return end('ended')
      gust(ears, 12)
      cancel = clock.after(6 * S, next)
    })
    return { codec: () => 'aac, 44100 Hz, stereo', pause: () => undefined, resume: () => undefined, stop: async () => end('stopped') }
  }
  return { openFeed, opened }
}

t.test('a whole relay on its stream: opened a minute ahead, lost, back, silent, back, and over on the second', { timeout: 110_000 }, async (t) => {
  const opened = openDatabases(join(t.testdir(), 'station'))
  if (!opened.ok) throw new Error(opened.why)
  const clock = createTurnedClock(START - 11 * 60 * S)
  const stores = createStores(opened.value, clock)
  stores.clusters.insert({ id: 'abcdefghjk', name: 'Cụm 1', created: clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
  stores.relays.put({ id: 'vov1', name: 'VOV1', source: 'http://vov.example/1.m3u8' })
  stores.sessions.put({ id: 'sang', name: 'Sáng', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items: [{ relay: 'vov1', length: `${LENGTH_S}s`, substitute: 'x' }] }, clock.wall())
  const keys = streamKeys(START)
  const opener = createStreamOpener()
  const packets: StreamPacket[] = []
  const hub = createStreamHub({
    clock, crypto: nodeCrypto(), random: () => 0.5, signing: () => keys.signing, encoder: createOpusEncoder,
    link: {
      send: (_stream, bytes) => {
        const read = opener(bytes, { crypto: nodeCrypto(), certified: keys.certified, at: null })
        if (!read.ok) throw new Error(read.why)
        packets.push({ ...read.value, frames: read.value.frames.map((frame) => frame.slice()) })
      },
      sendTo: () => undefined,
      joined: () => null,
    },
  })
  const source = station(clock, (s) => s < 40 || s > 70, (s) => s < 100 || s > 210)
  const relays = startRelays({
    clock, random: () => 0.5, log: silentLog, stores, hub, find: () => null, openFeed: source.openFeed, openRecording: null,
    decide: createDecide(opened.value.decisions, stores.audit), importer: async () => ({ ok: false, code: 'x', why: 'x' }), newId: () => 'x',
  })
  t.teardown(async () => {
    await relays.stop()
    await hub.stop()
    opened.value.close()
  })
  const states = new Map<string, number>()
  const turnUntil = async (s: number): Promise<void> => {
    while (clock.wall() < START + s * S) {
      clock.turn(100)
      const state = relays.facts('vov1')?.state
      if (state !== undefined && !states.has(state)) states.set(state, (clock.wall() - START) / S)
      await new Promise((tick) => setImmediate(tick))
    }
  }
  await turnUntil(-100)
  t.same(stores.relays.checks('vov1', 9).map(({ trigger, outcome }) => [trigger, outcome]), [['before-2', 'good'], ['before-10', 'good']])
  t.same(source.opened.map(Math.round), [-600, -120], 'only the checks have opened it')
  await turnUntil(LENGTH_S + 20)

  t.equal(Math.round(source.opened[2] ?? 0), -60, 'a minute ahead it is opened')
  t.ok(Math.abs((states.get('preparing') ?? 0) + 60) < 1.2, 'and listened to')
  const at = (packet: StreamPacket): number => packet.atUs / 1e6 - START / S
  const [first] = packets
  t.ok(first && Math.abs(at(first)) < 0.11 && first.frames.length > 0, `the first packet sounds at the start: ${first && at(first)} s`)

  const spans: { substitute: boolean; from: number; to: number }[] = []
  for (const packet of packets) {
    const substitute = packet.substituteSinceUs !== null
    const last = spans.at(-1)
    if (last?.substitute === substitute) last.to = at(packet)
    else spans.push({ substitute, from: at(packet), to: at(packet) })
  }
  t.same(spans.map(({ substitute }) => substitute), [false, true, false, true, false], 'lost, back, silent, back')
  const [, lost, back, silent, again] = spans
  // what was read ahead still sounds, then the grace; 12 s lie between writing and sounding
  t.ok(lost && lost.from > 40 + 10 + 12 && lost.from < 40 + 20 + 10 + 12 + 2, `the substitute for the loss: ${lost?.from} s`)
  t.ok(back && back.from > 70 + 5 + 12 && back.from < 70 + 30 + 5 + 12 + 8, `the relay again: ${back?.from} s`)
  t.ok(silent && silent.from > 100 + 90 + 12 && silent.from < 100 + 90 + 12 + 30, `the substitute for the silence: ${silent?.from} s`)
  t.ok(again && again.from - (silent?.from ?? 0) > 5, `and the relay once more: ${again?.from} s`)

  const holes = packets.filter((packet) => packet.silent && packet.substituteSinceUs === null && at(packet) < 50)
  t.same(holes.map(at), [], 'gusts leave no hole in the stream')
  const last = packets.at(-1)
  t.ok(last?.last && Math.abs(at(last) - LENGTH_S) < 1.5, `the end is said, ${last && (at(last) - LENGTH_S).toFixed(2)} s from the end of the window`)
  t.equal(relays.facts('vov1'), null)
  t.match(relays.counts(), { substitutions: 2, faultyChecks: 0, open: { sound: 0, substitute: 0 } })
  t.ok(clock.wall() >= wallMs(START + LENGTH_S * S))
})
