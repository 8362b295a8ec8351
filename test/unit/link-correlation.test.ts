import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { shiftOf, thinned } from '../../scripts/bench/correlation.ts'
import { pieceOf } from '../../scripts/bench/recorded.ts'
import { chanceFrom } from '../../scripts/sim/chance.ts'

/** Noise without its highest part, 48 kHz. */
function noise(seed: string, frames: number): Int16Array {
  const { random } = chanceFrom(seed)
  let [a, b] = [0, 0]
  return Int16Array.from({ length: frames }, () => {
    a += 0.3 * (random() - 0.5 - a)
    b += 0.3 * (a - b)
    return Math.round(b * 60_000)
  })
}

t.test('the shift of two recordings of one sound is found to a fraction of a millisecond, at any level', async (t) => {
  const sound = noise('one', 96_000)
  for (const late of [0, 7, 480, -480, 1_441, -14_000]) {
    const a = thinned(sound.subarray(20_000, 68_000))
    const b = thinned(sound.subarray(20_000 - late, 68_000 - late).map((sample) => Math.round(sample / 3)))
    const shift = shiftOf(a, b, 400)
    t.ok(shift && Math.abs(shift.ms - late / 48) < 0.1, `${late} frames: ${shift?.ms} ms`)
    t.ok((shift?.likeness ?? 0) > 0.6)
  }
})

t.test('another sound is not taken for the same, and silence for none', async (t) => {
  const [a, b] = [thinned(noise('one', 48_000)), thinned(noise('two', 48_000))]
  t.ok((shiftOf(a, b, 400)?.likeness ?? 1) < 0.4)
  t.equal(shiftOf(a, new Float64Array(a.length), 400), null)
})

t.test('a piece of a recording is found by its wall time, silent beyond the ends', async (t) => {
  const path = join(t.testdir(), 'sound.wav')
  const pcm = Int16Array.from({ length: 480 }, (_, i) => i + 1)
  writeFileSync(path, Buffer.concat([Buffer.alloc(44), Buffer.from(pcm.buffer)]))
  writeFileSync(`${path}.json`, JSON.stringify({ startedAtMs: 1_000 }))
  t.same([...pieceOf(path, 1_001, 1)].slice(0, 2), [49, 50])
  const across = pieceOf(path, 999, 12)
  t.same([across[47], across[48], across[527], across[528]], [0, 1, 480, 0])
  t.same([...pieceOf(path, 5_000, 1)], new Array(48).fill(0))
  t.same([...pieceOf(path, 0, 1)], new Array(48).fill(0))
})
