import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createLeveller, LEVELLER_DELAY_SAMPLES, LIVE_TARGET_LUFS } from '../../server/core/loudness-leveller.ts'
import { createLimiter } from '../../server/core/loudness-limiter.ts'
import { createLoudnessMeter } from '../../server/core/loudness-meter.ts'
import { IMPORT_DEFAULTS } from '../../server/features/programmes/import.ts'
import { makeSpeech, tool } from '../support/sound-files.ts'

const RATE = 48_000
const pcmOf = (bytes: Buffer): Int16Array => new Int16Array(new Uint8Array(bytes).buffer)
const floats = (pcm: Int16Array): Float32Array => Float32Array.from(pcm, (v) => v / 32_768)
const decoded = (path: string): Int16Array => pcmOf(tool('ffmpeg', ['-v', 'error', '-i', path, '-f', 's16le', '-ac', '1', '-ar', String(RATE), '-']))
const atGain = (pcm: Int16Array, db: number): Int16Array => pcm.map((v) => Math.max(-32_768, Math.min(32_767, Math.round(v * 10 ** (db / 20)))))
const joined = (parts: readonly Int16Array[]): Int16Array => {
  const out = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0))
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0)
  return out
}

/** As ffmpeg's ebur128 measures it. */
function ebur128(folder: string, pcm: Int16Array): { lufs: number; truePeakDb: number } {
  const path = join(folder, 'measured.s16')
  writeFileSync(path, Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength))
  const run = spawnSync('ffmpeg', ['-hide_banner', '-nostats', '-nostdin', '-f', 's16le', '-ar', String(RATE), '-ac', '1', '-i', path, '-af', 'ebur128=peak=true:framelog=verbose', '-f', 'null', '-'])
  const said = run.stderr.toString()
  const summary = said.slice(said.lastIndexOf('Summary:'))
  return { lufs: Number(/I:\s+(\S+) LUFS/.exec(summary)?.[1]), truePeakDb: Number(/Peak:\s+(\S+) dBFS/.exec(summary)?.[1]) }
}

/** In pieces of odd lengths, as a network gives them. */
function levelled(pcm: Int16Array): Int16Array {
  const leveller = createLeveller()
  const parts: Int16Array[] = []
  for (let at = 0, n = 0; at < pcm.length; n++) {
    const length = 1_000 + ((n * 977) % 9_000)
    parts.push(leveller.process(pcm.subarray(at, at + length)))
    at += length
  }
  return joined(parts).subarray(LEVELLER_DELAY_SAMPLES)
}

t.test('the meter tells what ffmpeg tells', async (t) => {
  const folder = t.testdir()
  const speech = decoded(makeSpeech(join(folder, 'speech.wav'), 2))
  const meter = createLoudnessMeter({ seconds: Infinity })
  meter.add(floats(speech))
  const own = meter.lufs() ?? NaN
  t.ok(Math.abs(own - ebur128(folder, speech).lufs) < 0.15, `${own} against ${ebur128(folder, speech).lufs} LUFS`)
  const sine = Float32Array.from({ length: RATE * 2 }, (_, n) => Math.sin((2 * Math.PI * 997 * n) / RATE))
  const reference = createLoudnessMeter({ seconds: Infinity })
  reference.add(sine)
  t.ok(Math.abs((reference.lufs() ?? NaN) + 3.01) < 0.05, 'a sine of full scale is -3.01 LUFS, as BS.1770 says')
})

t.test('live sound aims where imported recordings are', async (t) => t.equal(LIVE_TARGET_LUFS, IMPORT_DEFAULTS.targetLufs))

t.test('digital silence has no loudness', async (t) => {
  const meter = createLoudnessMeter({ seconds: Infinity })
  meter.add(new Float32Array(RATE))
  t.equal(meter.lufs(), null)
})

t.test('the limiter holds true peaks below its ceiling and leaves what is softer alone', async (t) => {
  const folder = t.testdir()
  const speech = decoded(makeSpeech(join(folder, 'speech.wav')))
  const loud = atGain(speech, 12)
  const limiter = createLimiter({ ceilingDb: -3 })
  const out = limiter.process(floats(loud))
  const { truePeakDb } = ebur128(folder, Int16Array.from(out, (v) => Math.round(v * 32_768)))
  t.ok(truePeakDb <= -2.8 && truePeakDb > -4, `${truePeakDb} dBTP`)
  const soft = floats(atGain(speech, -20))
  const passed = createLimiter({ ceilingDb: -3 }).process(soft)
  t.same([...passed.subarray(limiter.delaySamples, 60_000)], [...soft.subarray(0, 60_000 - limiter.delaySamples)])
})

t.test('peaks between the samples are seen', async (t) => {
  // a quarter of the sampling rate, 45 degrees off: samples at 0.707 of the peak
  const sine = Float32Array.from({ length: RATE }, (_, n) => 0.99 * Math.sin((Math.PI / 2) * n + Math.PI / 4))
  const folder = t.testdir()
  const out = createLimiter({ ceilingDb: -3 }).process(sine)
  // cut without a fade, the sound would begin with a click of its own
  const faded = out.subarray(RATE / 2).map((v, n) => v * Math.min(1, n / 4_800))
  const { truePeakDb } = ebur128(folder, Int16Array.from(faded, (v) => Math.round(v * 32_768)))
  t.ok(truePeakDb <= -2.8 && truePeakDb > -4, `${truePeakDb} dBTP`)
})

t.test('a soft relay, a loud one, and a jump between them come within 2 LU of the programmes', async (t) => {
  const folder = t.testdir()
  // as dense as a radio station's: plain speech cannot be -10 LUFS without clipping
  const speech = decoded(makeSpeech(join(folder, 'speech.wav'), 2, 'acompressor=threshold=0.05:ratio=9:attack=2:release=60:makeup=6,alimiter=limit=0.7:level=false'))
  const { lufs } = ebur128(folder, speech)
  t.comment(`${lufs} LUFS before`)
  const soft = atGain(speech, -30 - lufs)
  const loud = atGain(speech, -10 - lufs)
  t.ok(Math.abs(ebur128(folder, soft).lufs + 30) < 0.5)
  t.ok(Math.abs(ebur128(folder, loud).lufs + 10) < 1.5)
  const out = levelled(joined([soft, loud, soft]))
  const stretch = (from: number, to: number): Int16Array => out.subarray(from, to)
  const n = soft.length
  const settle = 4 * RATE
  for (const [what, from, to] of [['soft', settle, n], ['loud', n + 2 * RATE, 2 * n], ['soft again', 2 * n + 2 * settle, out.length]] as const) {
    const measured = ebur128(folder, stretch(from, to))
    t.comment(`${what}: ${measured.lufs} LUFS, ${measured.truePeakDb} dBTP`)
    t.ok(Math.abs(measured.lufs - IMPORT_DEFAULTS.targetLufs) <= 2, `${what}: ${measured.lufs} LUFS`)
    t.ok(measured.truePeakDb <= -2.5, `${what}: ${measured.truePeakDb} dBTP`)
  }
  const jump = ebur128(folder, stretch(n, n + 1.5 * RATE))
  t.comment(`the jump's first 1.5 s: ${jump.lufs} LUFS`)
  t.ok(jump.lufs <= IMPORT_DEFAULTS.targetLufs + 6, 'and the jump itself is no shout')
})

t.test('a pause moves nothing: the noise of a line is not raised to a roar', async (t) => {
  const folder = t.testdir()
  const speech = decoded(makeSpeech(join(folder, 'speech.wav'), 1))
  const { lufs } = ebur128(folder, speech)
  const leveller = createLeveller({ targetLufs: -16 })
  leveller.process(atGain(speech, -26 - lufs))
  const before = leveller.gainDb()
  let seed = 7
  const noise = Int16Array.from({ length: 30 * RATE }, () => ((seed = (seed * 48_271) % 2_147_483_647) % 100) - 50)
  leveller.process(noise)
  t.ok(Math.abs(leveller.gainDb() - before) < 1, `${before} dB before, ${leveller.gainDb()} dB after half a minute of noise`)
})

t.test('ordinary speech is followed slowly: not faster than 1 dB in a second', async (t) => {
  const folder = t.testdir()
  const speech = decoded(makeSpeech(join(folder, 'speech.wav'), 2))
  const leveller = createLeveller({ targetLufs: -16 })
  const gains: number[] = []
  for (let at = 0; at + RATE / 10 <= speech.length; at += RATE / 10) {
    leveller.process(speech.subarray(at, at + RATE / 10))
    gains.push(leveller.gainDb())
  }
  for (let n = 60; n < gains.length; n++) t.ok(Math.abs((gains[n] as number) - (gains[n - 10] as number)) <= 1.01)
})
