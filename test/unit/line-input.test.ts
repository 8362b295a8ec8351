import t from 'tap'
import { createLineInput, LINE_DELAY_MS, openLineInput } from '../../agent/adapters/line-input.ts'
import type { LineSource } from '../../agent/adapters/line-source.ts'
import { createLineWatch, levelDbOf } from '../../agent/core/line-level.ts'
import { LineRing, positionOf } from '../../agent/core/line-ring.ts'
import { monoMs, wallMs } from '../../shared/core/clock.ts'
import { handClock, T0 } from '../support/alert-rig.ts'

const CHUNK = 960
const ramp = (from: number, frames = CHUNK): Int16Array => Int16Array.from({ length: frames }, (_, i) => ((from + i) % 20_000) + 1)
const tone = (amplitude: number, frames = CHUNK): Int16Array => Int16Array.from({ length: frames }, (_, i) => amplitude * Math.sin(i / 5))

t.test('sound is found again where it was taken, also when its way was uneven', async (t) => {
  const ring = new LineRing()
  for (let n = 0; n < 100; n++) ring.put(ramp(n * CHUNK), monoMs(10_000 + (n + 1) * 20 + (n % 3 === 1 ? 15 : 0)))
  const out = new Int16Array(480)
  t.equal(ring.read(positionOf(11_000), out), 480)
  const taken = (out[0] ?? 0) - 1
  t.ok(Math.abs(taken - ((1_000 * 48) % 20_000)) < 48, `the sample of this instant, to a millisecond: ${taken}`)
  t.equal(ring.read(positionOf(13_000), out), 0, 'nothing has come yet')
  t.equal(ring.read(positionOf(11_995), out), 5 * 48, 'as much as has come')
  t.equal(ring.read(positionOf(9_000), out), 480)
  t.equal(out[0], 0, 'what was never taken is silence')
})

t.test('a crystal that is off by 300 ppm is followed without a jump, and a hole is a hole', async (t) => {
  const ring = new LineRing()
  const every = 20 * (1 + 300e-6)
  let at = 5_000
  for (let n = 0; n < 6_000; n++) ring.put(tone(8_000), monoMs((at += every)))
  const out = new Int16Array(4_800)
  t.ok(Math.abs(ring.read(positionOf(at) - 4_800, out) - 4_800) < 48 * 8, 'two minutes on, the newest sound ends where the clock is, to some milliseconds')
  let steps = 0
  for (let i = 1; i < 3_000; i++) steps = Math.max(steps, Math.abs((out[i] ?? 0) - (out[i - 1] ?? 0)))
  t.ok(steps < 3_500, 'no click')
  const cut = at
  for (let n = 0; n < 150; n++) ring.put(tone(8_000), monoMs((at = n === 0 ? cut + 1_020 : at + every)))
  t.ok(Math.abs(ring.read(positionOf(at) - 4_800, out) - 4_800) < 48 * 8, 'found again where the clock is')
  ring.read(positionOf(cut + 1_500), out)
  t.ok(out.every((sample) => sample === 0), 'what never came is silent')
})

t.test('foreign sound is told once, within seconds, and its end after a while of quiet', async (t) => {
  t.equal(levelDbOf(new Int16Array(10)), -120)
  t.ok(Math.abs(levelDbOf(tone(32_767, 48_000)) + 3) < 0.1)
  const watch = createLineWatch()
  const told: [number, string][] = []
  const say = (from: number, to: number, amplitude: number, inside = false): void => {
    for (let at = from; at < to; at += 20) {
      const change = watch.note(tone(amplitude), monoMs(at), inside)
      if (change) told.push([at, change])
    }
  }
  say(0, 5_000, 20)
  say(5_000, 5_400, 9_000)
  say(5_400, 9_000, 20)
  t.same(told, [], 'neither noise nor a crack')
  say(9_000, 12_000, 9_000)
  say(12_000, 15_000, 20)
  say(15_000, 16_000, 9_000)
  t.same(told, [[9_980, 'began']])
  say(16_000, 30_000, 20)
  t.same(told.slice(1), [[26_000, 'ended']])
  say(30_000, 40_000, 9_000, true)
  t.equal(told.length, 2, 'inside a window it is what was ordered')
})

function rig(watch: boolean) {
  const { clock, turn } = handClock()
  const outside: boolean[] = []
  let opened = 0
  let sound: ((pcm: Int16Array) => void) | null = null
  let fail: (why: string) => void = () => undefined
  const source: LineSource = {
    spec: 'test',
    open: (given, failed) => {
      opened++
      ;[sound, fail] = [given, failed]
      return () => (sound = null)
    },
  }
  const line = createLineInput(source, { clock, log: () => undefined, monoOf: (wall) => monoMs(wall - T0), watch, outside: (is) => void outside.push(is) })
  const hear = (ms: number, amplitude: number, feed?: ReturnType<typeof line.feed>): void => {
    for (let t = 0; t < ms; t += 20) {
      turn(20)
      sound?.(tone(amplitude))
      feed?.read(0, new Int16Array(10))
    }
  }
  return { line, hear, clock, turn, outside, isOpen: () => sound !== null, opened: () => opened, fail: (why: string) => fail(why) }
}

t.test('without a watch the input is open only while a slot asks for its sound', async (t) => {
  const { line, hear, isOpen } = rig(false)
  hear(10_000, 9_000)
  t.notOk(isOpen())
  const feed = line.feed(wallMs(T0 + 12_000))
  t.ok(isOpen())
  hear(20_000, 9_000, feed)
  t.ok(isOpen())
  const out = new Int16Array(960)
  t.equal(feed.read(48 * 17_000, out), 960, 'what was taken a moment ago is to leave now')
  t.ok(out.some((sample) => sample !== 0))
  t.equal(feed.read(48 * (18_000 + LINE_DELAY_MS), out), 0, 'and no sooner')
  hear(15_000, 9_000)
  t.notOk(isOpen())
  line.stop()
})

t.test('a watch tells what sounds outside the windows, and nothing of what sounds inside', async (t) => {
  const { line, hear, outside } = rig(true)
  hear(3_000, 9_000)
  t.same(outside, [true])
  hear(15_000, 5)
  t.same(outside, [true, false])
  hear(20_000, 9_000, line.feed(wallMs(T0 + 20_000)))
  t.same(outside, [true, false])
  t.notOk(line.foreign())
  hear(5_000, 9_000)
  t.same(outside, [true, false, true], 'within five seconds of the end of the window')
  line.stop()
})

t.test('a device that fails is opened again', async (t) => {
  const { line, hear, isOpen, opened, fail } = rig(true)
  hear(1_000, 5)
  fail('the cable is out')
  hear(6_000, 5)
  t.ok(isOpen())
  t.equal(opened(), 2)
  line.stop()
  t.notOk(isOpen())
})

function wavOf(pcm: Int16Array, rate = 48_000): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + pcm.length * 2, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(pcm.length * 2, 40)
  return Buffer.concat([head, Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength)])
}

t.test('a file stands for a line, and what is no line is refused with the kinds that there are', async (t) => {
  const dir = t.testdir({ 'line.wav': wavOf(ramp(0, 4_800)), 'other.wav': wavOf(ramp(0, 4_800), 44_100), 'text.wav': 'nothing' })
  const { clock, turn } = handClock()
  const deps = { clock, log: () => undefined, monoOf: (wall: number) => monoMs(wall - T0), watch: false, outside: () => undefined }
  t.same(openLineInput('none', deps), { ok: true, value: null })
  for (const spec of ['hw:1', 'alsa:hw 1;rm', `file:${dir}/none.wav`, `file:${dir}/other.wav`, `file:${dir}/text.wav`]) t.equal(openLineInput(spec, deps).ok, false, spec)
  t.ok(openLineInput('alsa:plughw:CARD=USB,DEV=0', deps).ok)
  const line = openLineInput(`file:${dir}/line.wav`, deps)
  const feed = line.ok ? line.value?.feed(wallMs(T0 + LINE_DELAY_MS)) : undefined
  turn(1_000)
  const out = new Int16Array(48_000)
  t.equal(feed?.read(0, out), 48_000)
  t.same([out[1], out[4_799], out[4_800]], [2, 4_800, 1], 'over and over')
})
