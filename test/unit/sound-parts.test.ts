import fc from 'fast-check'
import t from 'tap'
import { monoMs } from '../../shared/core/clock.ts'
import { hostMs } from '../../agent/adapters/sound/host-time.ts'
import { Ledger } from '../../agent/adapters/sound/ledger.ts'
import { CardModel, PERIOD_FRAMES } from '../../agent/adapters/sound/sinks/card-model.ts'
import type { CardOutput } from '../../agent/adapters/sound/sinks/card-model.ts'
import { findAlsaStream, readAlsaStatus } from '../../agent/adapters/sound/sinks/alsa-status.ts'
import { openSink } from '../../agent/adapters/sound/sinks/open-sink.ts'
import { levelDbfs, renderInto, sampleAt, settlingRate, toPcm, volumeGain } from '../../agent/core/render.ts'
import type { PcmWindow } from '../../agent/core/render.ts'
import { wrongClock } from '../support/sound-rig.ts'

const window = (samples: number[]): PcmWindow => {
  const pcm = new Int16Array(1_024)
  pcm.set(samples)
  return { pcm, mask: 1_023, startFrame: 0, endFrame: samples.length }
}

t.test('reading between samples follows a tone within 1 %, and is exact on whole places', (t) => {
  const tone = Array.from({ length: 1_000 }, (_, i) => Math.round(20_000 * Math.sin((2 * Math.PI * 1_000 * i) / 48_000)))
  const of = window(tone)
  fc.assert(
    fc.property(fc.double({ min: 10, max: 900, noNaN: true }), (place) => {
      const wanted = 20_000 * Math.sin((2 * Math.PI * 1_000 * place) / 48_000)
      return Math.abs(sampleAt(of, place) - wanted) < 200
    }),
  )
  t.equal(sampleAt(of, 17), tone[17])
  t.equal(sampleAt(of, 5_000), 0)
  t.end()
})

t.test('a sound begins and ends at zero, and its energy is what was added', (t) => {
  const mix = new Float32Array(960)
  const of = window(Array.from({ length: 1_000 }, () => 10_000))
  const part = { mix, from: 0, frames: 960, window: of, place: 0, rate: 1, gain: 1, targetGain: 1, sinceEdge: 0, untilEdge: 960, fadeOutFrames: 288 }
  const { energy, place } = renderInto(part)
  t.equal(mix[0], 0)
  t.equal(mix[959], 0)
  t.equal(mix[480], 10_000)
  t.equal(place, 960)
  const added = mix.reduce((sum, v) => sum + v * v, 0)
  t.ok(Math.abs(energy / added - 1) < 1e-6)
  const pcm = new Int16Array(2)
  toPcm(Float32Array.of(40_000, -40_000), 2, pcm)
  t.same([...pcm], [32_767, -32_768], 'too loud is clipped, not wrapped')
  t.end()
})

t.test('volume goes from silence to full scale without a step upwards anywhere', (t) => {
  t.equal(volumeGain(0), 0)
  t.equal(volumeGain(100), 1)
  t.equal(volumeGain(250), 1)
  for (let v = 1; v <= 100; v++) t.ok(volumeGain(v) > volumeGain(v - 1))
  t.equal(levelDbfs(0, 0), null)
  t.equal(levelDbfs(32_768 ** 2 * 10, 10), 0)
  t.end()
})

t.test('a card looked at rarely plays exactly what it plays when looked at often', (t) => {
  const plays = fc.array(fc.record({ waitMs: fc.integer({ min: 1, max: 400 }), frames: fc.integer({ min: 1, max: 4_800 }) }), { maxLength: 20 })
  fc.assert(
    fc.property(plays, (steps) => {
      const play = (lookEveryMs: number): { out: number[]; starved: number } => {
        const out: number[] = []
        const card = new CardModel({ startedAt: hostMs(0), ppm: 0, capacityFrames: 9_600, output: { take: (pcm) => out.push(...pcm), silence: (frames) => out.push(...new Array<number>(frames).fill(0)) } })
        let now = 0
        let value = 1
        for (const { waitMs, frames } of steps) {
          for (let at = now; at < now + waitMs; at += lookEveryMs) card.advance(hostMs(at))
          now += waitMs
          card.advance(hostMs(now))
          value += card.write(Int16Array.from({ length: frames }, (_, i) => ((value + i) % 30_000) + 1))
        }
        card.advance(hostMs(now + 500))
        return { out, starved: card.starved }
      }
      const often = play(3)
      const rarely = play(1_000_000)
      return often.starved === rarely.starved && often.out.length === rarely.out.length && often.out.every((v, i) => v === rarely.out[i])
    }),
    { numRuns: 30 },
  )
  t.end()
})

t.test('a card holds 200 ms, tells when the next frame leaves, and runs at its own rate', (t) => {
  const card = new CardModel({ startedAt: hostMs(1_000), ppm: 500, capacityFrames: 9_600, output: null })
  card.advance(hostMs(1_000))
  t.equal(card.starved, PERIOD_FRAMES, 'the first period is taken at the start')
  t.equal(card.write(new Int16Array(20_000)), 9_600)
  t.equal(card.room, 0)
  t.ok(Math.abs(card.nextAt() - (1_000 + 210 / 1.0005)) < 1e-6)
  card.advance(hostMs(11_000))
  t.equal(card.consumed + card.starved, 480 * 1_001, 'ten seconds at +500 ppm are ten seconds and half a period')
  t.end()
})

t.test('a card without an output keeps the same count as one that plays', (t) => {
  const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), frames: fc.integer({ min: 0, max: 4_800 }), flush: fc.boolean() }), { maxLength: 30 })
  fc.assert(
    fc.property(steps, (all) => {
      const count = (output: CardOutput | null): number[] => {
        const card = new CardModel({ startedAt: hostMs(0), ppm: -70, capacityFrames: 9_600, output })
        let now = 0
        return all.flatMap(({ waitMs, frames, flush }) => {
          card.advance(hostMs((now += waitMs)))
          const taken = card.write(new Int16Array(frames))
          return [taken, flush ? card.flush() : 0, card.consumed, card.starved, card.queued, card.room, card.nextAt()]
        })
      }
      const played = count({ take: () => undefined, silence: () => undefined })
      return count(null).every((v, i) => v === played[i])
    }),
  )
  t.end()
})

t.test('a card that rests is told of its silence in one piece, however long that was', (t) => {
  const rests: number[] = []
  const card = new CardModel({ startedAt: hostMs(0), ppm: 0, capacityFrames: 9_600, output: { take: () => t.fail('nothing was written'), silence: (frames) => rests.push(frames) } })
  card.advance(hostMs(24 * 3_600_000))
  t.same(rests, [24 * 3_600 * 48_000 + PERIOD_FRAMES])
  t.equal(card.starved, rests[0])
  t.equal(card.nextAt(), 24 * 3_600_000 + 10)
  t.end()
})

t.test('sound that left its place comes back to whole frames at once, by at most 500 ppm', (t) => {
  fc.assert(
    fc.property(fc.double({ min: 10, max: 1_000, noNaN: true }), fc.integer({ min: 1, max: 4_800 }), (place, frames) => {
      const rate = settlingRate(place, frames)
      const end = place + frames * rate
      return Math.abs(rate - 1) <= 500e-6 && (frames < 1_000 ? rate === 1 || Math.abs(end - Math.round(end)) < 1e-6 : Math.abs(end - Math.round(end)) < 1e-6)
    }),
  )
  t.equal(settlingRate(77, 480), 1, 'on a whole frame there is nothing to settle')
  t.end()
})

t.test('a stretch between frames sounds as if every sample were read by itself, and stays within its window', (t) => {
  const noise = Array.from({ length: 1_000 }, (_, i) => Math.round(20_000 * Math.sin(i * i)))
  const of = window(noise)
  const places = fc.double({ min: 0, max: 600, noNaN: true })
  fc.assert(
    fc.property(places, fc.double({ min: 0.9995, max: 1.0005, noNaN: true }), fc.integer({ min: 1, max: 398 }), (place, rate, frames) => {
      const mix = new Float32Array(frames)
      const part = { mix, from: 0, frames, window: of, place, rate, gain: 0.5, targetGain: 0.5, sinceEdge: 48_000, untilEdge: 48_000, fadeOutFrames: 288 }
      const done = renderInto(part)
      let energy = 0
      for (let i = 0; i < frames; i++) {
        const value = 0.5 * sampleAt(of, place + i * rate)
        if (Math.abs((mix[i] ?? NaN) - value) > 0.01) return false
        energy += value * value
      }
      return Math.abs(done.energy - energy) <= 1e-6 * energy + 1e-3 && Math.abs(done.place - (place + frames * rate)) < 1e-5
    }),
  )
  t.end()
})

t.test('only what the device took counts as played, and a flush says where to go on', (t) => {
  const paid: [string, number, number][] = []
  const ledger = new Ledger<string>((voice, frames, _energy, leftAt) => paid.push([voice, frames, leftAt]))
  const mark = { place: 100, rate: 1, gain: 1, targetGain: 1, sinceEdge: 0, rampFrames: 480, fadeLeft: null }
  ledger.note(480, monoMs(0), [{ voice: 'a', from: 240, frames: 240, energy: 1, mark }])
  ledger.note(480, monoMs(10), [{ voice: 'a', from: 0, frames: 480, energy: 1, mark: { ...mark, place: 340 } }])
  ledger.settle(300)
  t.same(paid, [['a', 60, 5]])
  t.ok(ledger.holds('a'))
  const marks = ledger.rewind(960 - 600)
  t.equal(marks.get('a')?.place, 340 + 120)
  ledger.settle(600)
  t.same(paid, [['a', 60, 5], ['a', 180, 6.25], ['a', 120, 10]])
  t.notOk(ledger.holds('a'))
  t.end()
})

t.test('a wrong sink description is refused with what is allowed', (t) => {
  const folder = t.testdir({})
  for (const spec of ['', 'speaker', 'wav:', 'alsa:', `wav:${folder}/x.wav?ppm=lots`, 'null:x', 'fifo:']) {
    const opened = openSink(spec, { clock: wrongClock() })
    t.notOk(opened.ok, spec)
    if (!opened.ok) t.match(opened.why, /alsa:DEVICE/)
  }
  const unusable = openSink('wav:/proc/no/x.wav', { clock: wrongClock() })
  t.match(unusable, { ok: false, code: 'sink-unusable' })
  t.end()
})

t.test("the kernel's delay of a stream is found by its owner", (t) => {
  const status = 'state: RUNNING\nowner_pid   : 4711\ntrigger_time: 1.0\ntstamp      : 0.0\ndelay       : 2205\navail       : 0\n'
  const root = t.testdir({
    card0: { pcm0p: { sub0: { status: 'closed\n' } } },
    card1: { pcm0c: { sub0: { status } }, pcm3p: { sub0: { status, hw_params: 'access: RW\nrate: 44100 (44100/1)\n' } } },
  })
  t.equal(findAlsaStream(1, root), null)
  const stream = findAlsaStream(4711, root)
  t.equal(stream, `${root}/card1/pcm3p/sub0`)
  t.same(stream && readAlsaStatus(stream), { delayMs: 50 })
  t.equal(findAlsaStream(4711, `${root}/absent`), null)
  t.end()
})
