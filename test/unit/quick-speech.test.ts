import t from 'tap'
import { packetsOf } from '../../server/core/emergency-clip.ts'
import { createLoudnessMeter } from '../../server/core/loudness-meter.ts'
import { oggOpus } from '../../server/core/ogg-write.ts'
import { readMonoWav } from '../../server/core/pcm-wav.ts'
import { prepareQuickly } from '../../server/core/quick-speech.ts'
import { resampled } from '../../server/core/resample.ts'
import { wavFile } from '../../server/core/tones.ts'

const GOAL = { targetLufs: -16, maxTruePeakDb: -1.5, silenceDb: -50, keepSilenceMs: 100 }
const sine = (hz: number, rateHz: number, seconds: number, level = 0.3): Float32Array => Float32Array.from({ length: rateHz * seconds }, (_, n) => level * Math.sin((2 * Math.PI * hz * n) / rateHz))
const rms = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length)
/** Bursts of voice-like sound with pauses, seconds of silence before and behind. */
const speech = (rateHz: number, level: number): Float32Array => {
  const words = sine(220, rateHz, 6, level).map((x, n) => ((n / rateHz) % 0.6 < 0.4 ? x + x * Math.sin(n * 0.31) : 0))
  const out = new Float32Array(words.length + 2 * rateHz)
  out.set(words, rateHz)
  return out
}

t.test('packets that are written as Ogg Opus are read again as they were, to the sample', (t) => {
  // 20 ms of one frame each (configuration 31), of lengths around the steps of the lacing
  const packets = [0, 1, 253, 254, 255, 509, 510, 700, ...Array.from({ length: 200 }, (_, n) => n % 90)].map((length, n) => Uint8Array.from([0xf8, ...Array.from({ length }, (_, i) => (i * 7 + n) & 255)]))
  const samples = packets.length * 960 - 500
  const file = oggOpus({ packets, preSkip: 312, samples })
  const read = packetsOf(file) ?? []
  t.same(read.map(({ bytes }) => [...bytes]), packets.map((packet) => [...packet]))
  t.equal(read[0]?.startFrame, -312)
  t.same(oggOpus({ packets, preSkip: 312, samples }), file, 'the same packets give the same bytes')
  t.end()
})

t.test('a WAV of an engine is read whatever stands in its head, and another kind is left alone', (t) => {
  const samples = sine(440, 22_050, 1)
  const wav = wavFile(samples, 22_050)
  t.equal(readMonoWav(wav)?.rateHz, 22_050)
  t.equal(readMonoWav(wav)?.samples.length, samples.length)
  const piped = wav.slice()
  new DataView(piped.buffer).setUint32(40, 0xffff_ffff, true)
  t.equal(readMonoWav(piped)?.samples.length, samples.length, 'a length that nobody knew')
  const stereo = wav.slice()
  new DataView(stereo.buffer).setUint16(22, 2, true)
  t.equal(readMonoWav(stereo), null)
  t.equal(readMonoWav(wav.subarray(0, 30)), null)
  t.equal(readMonoWav(Uint8Array.of(1, 2, 3)), null)
  t.end()
})

t.test('sound keeps its pitch, level and length at another rate, and nothing comes back mirrored', (t) => {
  for (const rateHz of [8_000, 16_000, 22_050, 24_000, 44_100]) {
    for (const hz of [200, 1_000, 0.35 * rateHz]) {
      const out = resampled(sine(hz, rateHz, 1), rateHz)
      const whole = sine(hz, 48_000, 1)
      const length = Math.min(out.length, whole.length) - 2_000
      t.ok(Math.abs(out.length - 48_000) < 8, `${rateHz} Hz: ${out.length} samples`)
      const wrong = Float32Array.from({ length: length - 2_000 }, (_, n) => (out[n + 2_000] as number) - (whole[n + 2_000] as number))
      t.ok(20 * Math.log10(rms(wrong) / rms(whole)) < -38, `${rateHz} → 48 000 Hz, ${hz} Hz: what is wrong lies ${(20 * Math.log10(rms(wrong) / rms(whole))).toFixed(1)} dB below`)
    }
  }
  t.end()
})

t.test('spoken words come to the station\'s loudness, their peaks held and the silence around them cut, however loud the engine is', (t) => {
  for (const level of [0.01, 0.1, 0.45]) {
    const made = prepareQuickly({ rateHz: 22_050, samples: speech(22_050, level) }, GOAL)
    if (!made) return t.fail('nothing was made')
    const meter = createLoudnessMeter({ seconds: Infinity })
    const samples = Float32Array.from(made.pcm, (x) => x / 32_768)
    meter.add(samples)
    t.ok(Math.abs((meter.lufs() ?? 0) - GOAL.targetLufs) < 1, `at ${level}: ${meter.lufs()?.toFixed(2)} LUFS`)
    t.ok(samples.every((x) => Math.abs(x) <= 10 ** (-2.9 / 20)), 'peaks are held')
    t.equal(made.pcm.length % 48, 0, 'a whole number of milliseconds')
    t.ok(made.pcm.length / 48 > 5_700 && made.pcm.length / 48 < 6_300, `${made.pcm.length / 48} ms of 8 s are left`)
  }
  t.equal(prepareQuickly({ rateHz: 22_050, samples: new Float32Array(22_050) }, GOAL), null, 'silence is nothing')
  t.end()
})
