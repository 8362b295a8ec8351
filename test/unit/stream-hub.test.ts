import t from 'tap'
import { createOpusDecoder } from '../../agent/adapters/sound/opus-decoder.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { createOpusEncoder } from '../../server/adapters/opus-encoder.ts'
import { STREAM_KINDS, type StreamKind } from '../../server/core/sound-stream.ts'
import { createPcmFifo } from '../../server/core/pcm-fifo.ts'
import { createStreamHub } from '../../server/features/streams/plugin.ts'
import { certifyKey, createCertificateCache, KEY_USES } from '../../shared/protocol/keys.ts'
import { createStreamOpener, type StreamPacket } from '../../shared/protocol/stream.ts'
import { createTurnedClock } from '../support/turned-clock.ts'

const T0 = Date.UTC(2026, 10, 22, 22, 30)
const RATE = 48_000
const crypto = nodeCrypto()

function bench() {
  const clock = createTurnedClock(T0)
  const [root, secret] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const certificate = certifyKey(crypto, root, { key: crypto.publicKey(secret), uses: KEY_USES.streams, notBeforeMs: T0 - 1e9, notAfterMs: T0 + 1e9 })
  const sent: { at: number; to: string; packet: StreamPacket; bytes: number }[] = []
  const opener = createStreamOpener()
  const context = { crypto, certified: createCertificateCache(crypto, crypto.publicKey(root)), at: null }
  const note = (to: string, bytes: Uint8Array): void => {
    const read = opener(bytes, context)
    if (!read.ok) throw new Error(read.why)
    sent.push({ at: clock.wall(), to, packet: { ...read.value, frames: read.value.frames.map((f) => f.slice()) }, bytes: bytes.length })
  }
  const hub = createStreamHub({
    clock, crypto, random: () => 0.5, signing: () => ({ secret, certificate }), encoder: createOpusEncoder,
    link: { send: (stream, bytes) => note(`*${stream}`, bytes), sendTo: note, joined: () => 7 },
  })
  return { clock, hub, sent }
}

/** Writes a tone in gusts of 80 ms, `ppm` faster than the clock. */
function speak({ clock, write, seconds, ppm = 0, hz = 440, from = 0 }: { clock: ReturnType<typeof createTurnedClock>; write: (pcm: Int16Array) => void; seconds: number; ppm?: number; hz?: number; from?: number }): void {
  let n = Math.round(from * RATE)
  for (let ms = 0; ms < seconds * 1000; ms += 80) {
    const end = Math.round(from * RATE + (ms + 80) * 48 * (1 + ppm / 1e6))
    write(Int16Array.from({ length: end - n }, (_, i) => Math.round(8_000 * Math.sin((2 * Math.PI * hz * (n + i)) / RATE))))
    n = end
    clock.turn(80)
  }
}

/** Sound by its place after `zeroUs`, decoded in order. */
function decoded(packets: readonly StreamPacket[]): { pcm: Float64Array; fromUs: number } {
  const decoder = createOpusDecoder()
  const parts: number[] = []
  for (const packet of packets) for (const frame of packet.frames) parts.push(...decoder.decode(frame).pcm)
  return { pcm: Float64Array.from(parts), fromUs: packets[0]?.atUs ?? 0 }
}

const finish = async (ended: Promise<void>, clock: ReturnType<typeof createTurnedClock>): Promise<void> => {
  clock.turn(4_000)
  await ended
}

for (const kind of ['relay', 'voice', 'urgent'] as StreamKind[]) {
  t.test(`a ${kind} goes out in packets of its length, each before it sounds, one joining the next`, async (t) => {
    const { clock, hub, sent } = bench()
    const stream = hub.open('vov1', kind)
    speak({ clock, write: stream.write, seconds: 8 })
    const { bufferMs, packetMs, frameMs } = STREAM_KINDS[kind]
    const sounding = sent.filter((s) => !s.packet.silent)
    t.ok(sounding.length >= (8_000 - 600) / packetMs - 2, `${sounding.length} packets`)
    for (const [i, { at, packet }] of sounding.entries()) {
      const ahead = packet.atUs / 1000 - at
      t.ok(ahead > bufferMs - packetMs - 30 && ahead <= bufferMs, `${ahead} ms ahead`)
      t.equal(packet.frames.length, packetMs / frameMs)
      const before = sounding[i - 1]?.packet
      if (before) t.equal(packet.atUs - before.atUs, packetMs * 1000)
    }
    const { pcm } = decoded(sounding.map((s) => s.packet))
    const steps = pcm.slice(RATE / 10, -RATE / 10).reduce((most, x, i, all) => Math.max(most, Math.abs(x - (all[i - 1] ?? x))), 0)
    t.ok(steps < 2 * 8_000 * ((2 * Math.PI * 440) / RATE), `no click: greatest step ${steps}`)
    const bytes = sounding.reduce((sum, s) => sum + s.bytes, 0)
    t.comment(`${Math.round((bytes * 8) / ((sounding.length * packetMs) / 1000))} bit/s signed`)
    await finish(stream.end(), clock)
  })
}

t.test('what is written sounds where the stream says it does', async (t) => {
  const { clock, hub, sent } = bench()
  const stream = hub.open('~k2m4x9', 'urgent')
  clock.turn(500)
  const quiet = new Int16Array(480 * 8)
  for (let i = 0; i < 10; i++) {
    stream.write(quiet)
    clock.turn(80)
  }
  const promised = stream.soundsAt()
  speak({ clock, write: stream.write, seconds: 1 })
  const sounding = sent.filter((s) => !s.packet.silent).map((s) => s.packet)
  const { pcm, fromUs } = decoded(sounding)
  const onset = pcm.findIndex((x) => Math.abs(x) > 1_000)
  const at = fromUs / 1000 + onset / 48
  t.ok(Math.abs(at - promised) < 25, `onset at ${at - promised} ms of the promise`)
})

t.test('a source that is 300 ppm fast or slow is followed for minutes without a hole', async (t) => {
  for (const ppm of [300, -300]) {
    const { clock, hub, sent } = bench()
    const stream = hub.open('vov1', 'voice')
    speak({ clock, write: stream.write, seconds: 120, ppm })
    t.ok(stream.facts().missedMs < 1, `${ppm} ppm: ${stream.facts().missedMs} ms missed`)
    const sounding = sent.filter((s) => !s.packet.silent)
    t.equal(new Set(sounding.map((s) => s.packet.epoch)).size, 1)
    t.ok(sounding.length > 590)
  }
})

t.test('a silent source says so each second, and sound comes back where the clock is', async (t) => {
  const { clock, hub, sent } = bench()
  const stream = hub.open('vov1', 'urgent')
  speak({ clock, write: stream.write, seconds: 2 })
  sent.length = 0
  clock.turn(10_000)
  const silent = sent.filter((s) => s.packet.silent)
  t.ok(silent.length >= 9 && silent.length <= 12, `${silent.length} in ten seconds`)
  sent.length = 0
  speak({ clock, write: stream.write, seconds: 1 })
  const first = sent.find((s) => !s.packet.silent)
  t.ok(first && first.packet.atUs / 1000 - first.at <= STREAM_KINDS.urgent.bufferMs, 'nothing old')
  t.equal(((first?.packet.atUs ?? 0) - (silent[0]?.packet.atUs ?? 0)) % 100_000, 0, 'on the same beat')
})

t.test('the substitute is said with its beginning until it is over', async (t) => {
  const { clock, hub, sent } = bench()
  const stream = hub.open('vov1', 'relay')
  speak({ clock, write: stream.write, seconds: 3 })
  stream.substitute(true)
  speak({ clock, write: stream.write, seconds: 5 })
  stream.substitute(false)
  speak({ clock, write: stream.write, seconds: 3 })
  const states = sent.map((s) => s.packet.substituteSinceUs)
  const since = states.find((one) => one !== null)
  const packets = sent.filter((s) => s.packet.substituteSinceUs !== null)
  t.ok(packets.length >= 4, `${packets.length} packets`)
  t.equal(packets[0]?.packet.atUs, since, 'from its first packet on')
  t.ok(packets.every((s) => s.packet.silent && s.packet.substituteSinceUs === since))
  t.equal(states.at(-1), null)
  t.notOk(sent.at(-1)?.packet.silent)
})

t.test('whoever joins late is sent what can still sound, and can check it at once', async (t) => {
  const { clock, hub, sent } = bench()
  const stream = hub.open('vov1', 'relay')
  speak({ clock, write: stream.write, seconds: 40 })
  sent.length = 0
  hub.join('k7m2p9qx4t', { s: 'vov1', from: clock.wall() })
  t.ok(sent.length >= 11 && sent.length <= 13, `${sent.length} packets of a second`)
  t.ok(sent.every((s) => s.to === 'k7m2p9qx4t' && s.packet.atUs / 1000 > clock.wall() - 1_000))
  hub.join('k7m2p9qx4t', { s: 'vov1', from: clock.wall() })
  t.ok(sent.length <= 13, 'not twice at once')
  hub.join('k7m2p9qx4t', { s: 'nothing', from: 0 })
  await finish(stream.end(), clock)
  t.equal(sent.at(-1)?.packet.last, true)
})

t.test('a clock that is set anew begins a new epoch on the new time', async (t) => {
  const { clock, hub, sent } = bench()
  const stream = hub.open('vov1', 'relay')
  speak({ clock, write: stream.write, seconds: 5 })
  clock.step(-3_600_000)
  sent.length = 0
  speak({ clock, write: stream.write, seconds: 5 })
  const ahead = sent.filter((s) => !s.packet.silent).map((s) => s.packet.atUs / 1000 - s.at)
  t.ok(ahead.length > 3 && ahead.slice(1).every((ms) => ms > 10_000 && ms <= 12_000), `${ahead.map(Math.round).join(' ')}`)
})

t.test('a clip goes to each cluster, the first packet to all of them before the second', async (t) => {
  const { clock, hub, sent } = bench()
  const encoder = createOpusEncoder(24_000)
  const packets = Array.from({ length: 150 }, (_, i) => ({ bytes: encoder.encode(new Int16Array(960).fill(i)), startFrame: i * 960 - 312, frames: 960 }))
  hub.burst({ stream: '~k2m4x9', packets }, ['aaaaaaaaaa', 'bbbbbbbbbb'])
  clock.turn(10)
  t.same(sent.map((s) => `${s.to[0]}${s.packet.seq}`), ['a0', 'b0', 'a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
  t.equal(sent[0]?.packet.atUs, Math.round((648 / 48) * 1000))
  t.equal(sent.filter((s) => s.to.startsWith('a')).reduce((n, s) => n + s.packet.frames.length, 0), 149)
  t.ok(sent.at(-1)?.packet.last)
  sent.length = 0
  hub.join('cccccccccc', { s: '~k2m4x9', from: 1_500, to: 2_500 })
  t.same(sent.map((s) => s.packet.seq), [1, 2])
  hub.forget('~k2m4x9')
  clock.turn(1_000)
  hub.join('cccccccccc', { s: '~k2m4x9', from: 0 })
  t.equal(sent.length, 2, 'forgotten')
})

t.test('samples that wait are read whole at rate 1, and without a click at any other', async (t) => {
  const fifo = createPcmFifo(10_000)
  fifo.write(Int16Array.from({ length: 5_000 }, (_, i) => i))
  const out = new Int16Array(100)
  t.equal(fifo.read(out, 1), 100)
  t.same([out[0], out[99]], [0, 99])
  fifo.read(out, 1.0005)
  fifo.read(out, 0.9995)
  t.ok(out.every((x, i) => i === 0 || x - (out[i - 1] ?? 0) <= 2 && x >= (out[i - 1] ?? 0)))
  const before = fifo.held
  t.equal(fifo.write(new Int16Array(9_000)), before + 9_000 - 9_999, 'what does not fit is the oldest')
  t.equal(fifo.held, 9_999)
  fifo.skipTo(10)
  t.equal(fifo.held, 10)
  t.equal(fifo.read(new Int16Array(100), 1), 10, 'and no more than there is')
})
