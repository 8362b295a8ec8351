import t from 'tap'
import {
  createLevelScan, firstLevelling, loudestDb, nextLevelling, peakAllowed, soundingSpan, waveformPeaks, wellLevelled, MAX_GAIN_DB,
} from '../../server/core/levels.ts'
import { attention, chime, testTone, TONE_RATE_HZ, wavFile } from '../../server/core/tones.ts'
import { oggIsCut, wavIsCut } from '../../server/features/programmes/import-ending.ts'

const goal = { targetLufs: -16, maxTruePeakDb: -1.5 }

t.test('a scan sees the same windows however the sound is cut into pieces', async (t) => {
  const sound = Float32Array.from({ length: 5_000 }, (_, i) => Math.sin(i / 7) * (i / 5_000))
  const whole = createLevelScan(48_000)
  whole.add(sound)
  const pieces = createLevelScan(48_000)
  for (let at = 0; at < sound.length; at += 333) pieces.add(sound.subarray(at, at + 333))
  t.same(pieces.windows(), whole.windows())
  t.equal(whole.windows().length, 11, 'ten full windows of 480 samples and a short one')
  t.equal(pieces.samples(), 5_000)
})

t.test('the sounding span lies between two silences', async (t) => {
  t.same(soundingSpan([0, 0, 0.1, 0, 0.2, 0], -50), { from: 2, to: 5 })
  t.equal(soundingSpan([0, 0.001], -50), null)
  t.equal(loudestDb([0, 1, 0.5]), 0)
  t.equal(loudestDb([]), -Infinity)
})

t.test('the picture has as many points as asked, or as there are windows, and loses no peak', async (t) => {
  t.same([...waveformPeaks([0, 0.5, 1, 2], 400)], [0, 128, 255, 255])
  const windows = Array.from({ length: 10_001 }, (_, i) => (i === 7_777 ? 1 : 0.1))
  const peaks = waveformPeaks(windows, 400)
  t.equal(peaks.length, 400)
  t.equal(Math.max(...peaks), 255)
})

t.test('plain gain is enough where the peak has room, a limiter comes in where it has none', async (t) => {
  t.same(firstLevelling({ integratedLufs: -20, truePeakDb: -12 }, goal), { gainDb: 4, ceilingDb: null })
  t.not(firstLevelling({ integratedLufs: -20, truePeakDb: -3 }, goal).ceilingDb, null)
  t.equal(firstLevelling({ integratedLufs: -Infinity, truePeakDb: -90 }, goal).gainDb, MAX_GAIN_DB)
})

t.test('tries are corrected towards the goal: less ceiling after a high peak, more gain after a soft result', async (t) => {
  const levelling = { gainDb: 4, ceilingDb: -2.4 }
  const high = nextLevelling({ levelling, levels: { integratedLufs: -16, truePeakDb: -0.5 } }, null, goal)
  t.ok((high.ceilingDb ?? 0) < -3.3)
  t.equal(high.gainDb, 4)
  const soft = nextLevelling({ levelling, levels: { integratedLufs: -18, truePeakDb: -2 } }, null, goal)
  t.ok(soft.gainDb > 6, 'a limiter gives back only a part of the gain')
  t.equal(soft.ceilingDb, -2.4)
  t.ok(wellLevelled({ integratedLufs: -16.2, truePeakDb: -1.6 }, goal))
  t.notOk(wellLevelled({ integratedLufs: -16.6, truePeakDb: -1.6 }, goal))
  t.notOk(peakAllowed({ integratedLufs: -16, truePeakDb: -1.4 }, goal))
})

for (const [name, make, seconds] of [['chime', chime, 2.6], ['attention', attention, 4.8], ['test tone', testTone, 5]] as const) {
  t.test(`the ${name} is the same every time, does not clip, and begins and ends without a click`, async (t) => {
    const sound = make()
    t.same(make(), sound)
    t.equal(sound.length, seconds * TONE_RATE_HZ)
    t.ok(sound.every((s) => Math.abs(s) <= 1))
    t.ok(sound.some((s) => Math.abs(s) > 0.2))
    for (const edge of [sound.subarray(0, 48), sound.subarray(-48)]) t.ok(edge.every((s) => Math.abs(s) < 0.02))
  })
}

t.test('a WAV file has its true length in its head, and clips', async (t) => {
  const wav = wavFile(Float32Array.from([0, 2, -2]), 48_000)
  const view = new DataView(wav.buffer)
  t.equal(view.getUint32(4, true), wav.length - 8)
  t.equal(view.getUint32(40, true), 6)
  t.same([view.getInt16(44, true), view.getInt16(46, true), view.getInt16(48, true)], [0, 32_767, -32_767])
})

t.test('a WAV is cut when it is shorter than its head says, unless the head could not know', async (t) => {
  const whole = wavFile(new Float32Array(10_000), 8_000)
  t.notOk(wavIsCut(whole, whole.length))
  t.ok(wavIsCut(whole, whole.length / 2))
  for (const unknown of [0xffff_ffff, 0x7fff_0000, 0]) {
    const piped = whole.slice()
    new DataView(piped.buffer).setUint32(4, unknown, true)
    t.notOk(wavIsCut(piped, 500), String(unknown))
  }
  t.ok(wavIsCut(whole.subarray(0, 5), 5))
})

t.test('an Ogg is cut when its last page is', async (t) => {
  const page = new Uint8Array([...'OggS'].map((c) => c.charCodeAt(0)).concat(new Array<number>(22).fill(0), [2, 255, 10], new Array<number>(265).fill(7)))
  t.notOk(oggIsCut(page))
  for (const length of [0, 10, 27, 28, 30, page.length - 1]) t.ok(oggIsCut(page.subarray(0, length)), String(length))
})
