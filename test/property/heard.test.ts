import { execFileSync } from 'node:child_process'
import t from 'tap'
import { EnvelopeRing } from '../../agent/core/heard-envelope.ts'
import { judgeCurrent, learnCurrent } from '../../agent/core/heard-current.ts'
import { judgeStretch, learnPath, measure, SEARCH_FRAMES, WINDOW_FRAMES, type HeardVerdict, type Measured, type Path } from '../../agent/core/heard.ts'

/** Speech of a voice that the machine has, 48 kHz mono, at −20 dBFS. */
function speech(words: string, voice: string): Float32Array {
  const wav = execFileSync('espeak-ng', ['-v', voice, '-s', '150', '--stdout', words], { maxBuffer: 1 << 26 })
  const raw = execFileSync('ffmpeg', ['-v', 'error', '-i', 'pipe:0', '-ac', '1', '-ar', '48000', '-f', 's16le', 'pipe:1'], { input: wav, maxBuffer: 1 << 27 })
  const pcm = new Int16Array(new Uint8Array(raw).buffer)
  return levelled(Float32Array.from(pcm), -20)
}
const powerDb = (x: Float32Array): number => 10 * Math.log10(x.reduce((sum, v) => sum + v * v, 0) / x.length / 32_768 ** 2 + 1e-12)
function levelled(x: Float32Array, db: number): Float32Array {
  const gain = 10 ** ((db - powerDb(x)) / 20)
  return x.map((v) => v * gain)
}
const times = (x: Float32Array, db: number): Float32Array => x.map((v) => v * 10 ** (db / 20))
const late = (x: Float32Array, ms: number): Float32Array => {
  const out = new Float32Array(x.length)
  out.set(x.subarray(0, Math.max(0, x.length - ms * 48)), ms * 48)
  return out
}
const sum = (...xs: Float32Array[]): Float32Array => (xs[0] as Float32Array).map((_, i) => xs.reduce((s, x) => s + (x[i] ?? 0), 0))

t.setTimeout(180_000)
let seed = Number(process.env['SEED'] ?? Date.now() % 100_000)
t.comment(`SEED=${String(seed)}`)
const chance = (): number => {
  seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32
  return seed / 2 ** 32
}
const noise = (length: number, db: number): Float32Array => levelled(Float32Array.from({ length }, () => (chance() + chance() + chance() - 1.5) * 8_000), db)
/** A street: noise that swells and fades over seconds. */
const street = (length: number, db: number): Float32Array => {
  const phase = chance() * 6
  return levelled(noise(length, -20).map((v, i) => v * (1.2 + Math.sin(i / 48_000 / 1.3 + phase) + 0.6 * Math.sin(i / 9_000))), db)
}
/** Walls: eight reflections within 400 ms. */
const room = (x: Float32Array): Float32Array => sum(x, ...Array.from({ length: 8 }, (_, i) => times(late(x, Math.round(20 + i * 45 + chance() * 20)), -6 - i * 1.5)))
/** A horn passes 300 Hz to 5 kHz. */
function horn(x: Float32Array): Float32Array {
  const out = new Float32Array(x.length)
  let [low, rumble] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    low += 0.48 * ((x[i] as number) - low)
    rumble += 0.038 * (low - rumble)
    out[i] = low - rumble
  }
  return out
}

const toPcm = (x: Float32Array): Int16Array => Int16Array.from(x, (v) => Math.max(-32_768, Math.min(32_767, v)))
function windowsOf(played: Float32Array, captured: Float32Array, delayMs: number | null): Measured[] {
  const [a, b] = [new EnvelopeRing(), new EnvelopeRing()]
  a.put(toPcm(played), 480_000)
  b.put(toPcm(captured), 480_000)
  const out: Measured[] = []
  for (let from = 1_000; from + WINDOW_FRAMES + SEARCH_FRAMES <= a.endFrame; from += WINDOW_FRAMES)
    out.push(measure({ played: a.read(from, WINDOW_FRAMES), captured: b.read(from - SEARCH_FRAMES, WINDOW_FRAMES + 2 * SEARCH_FRAMES) }, delayMs))
  return out
}

const PATH_MS = 40
const GAIN_DB = -12
const own = (x: Float32Array): Float32Array => times(late(horn(x), PATH_MS), GAIN_DB)
const TEXT_A = 'Kính thưa bà con, ngày mai thôn ta tổ chức tiêm phòng cho trẻ em tại nhà văn hóa, từ bảy giờ sáng. Đề nghị các gia đình đưa con em đến đúng giờ, mang theo sổ tiêm chủng và giấy khai sinh. Sau đó Ủy ban nhân dân xã sẽ thông báo lịch cắt điện, lịch thu gom rác và việc nạo vét kênh mương trước mùa mưa bão năm nay. Xin trân trọng cảm ơn bà con đã lắng nghe.'
const TEXT_B = 'Sau đây là bản tin thời sự buổi chiều. Giá lúa vụ đông xuân tăng nhẹ, nông dân các huyện phía nam đang khẩn trương thu hoạch. Dự báo thời tiết đêm nay có mưa rào và dông vài nơi, gió đông bắc cấp ba, nhiệt độ thấp nhất hai mươi hai độ. Mời quý vị đón nghe chương trình ca nhạc dân ca theo yêu cầu thính giả lúc mười tám giờ.'
const a = speech(TEXT_A, 'vi')
const b = speech(TEXT_B, 'vi').subarray(0, a.length)
const quiet = noise(a.length, -75)
const path = ((): Path => {
  const learnt = windowsOf(a, sum(own(a), quiet), null).map(learnPath).find((one) => one !== null)
  if (!learnt) throw new Error('the self-test was not heard')
  return learnt
})()
const judge = (played: Float32Array, captured: Float32Array): HeardVerdict => {
  const verdict = judgeStretch(windowsOf(played, captured, path.delayMs), path)
  t.comment(JSON.stringify(verdict))
  return verdict
}
const ROUNDS = [1]
const expected = powerDb(own(a))

t.test('a self-test teaches the delay and the level of a box', async (t) => {
  t.ok(Math.abs(path.delayMs - PATH_MS) <= 20, `delay ${String(path.delayMs)} ms`)
  t.ok(Math.abs(path.gainDb[0] - GAIN_DB) < 4, `low band ${String(path.gainDb[0])} dB`)
})

t.test('its own horn is heard, with walls around and a neighbour behind, and as long as the street is not louder', async (t) => {
  t.equal(judge(a, sum(own(a), quiet)).verdict, 'heard')
  t.equal(judge(a, sum(room(own(a)), quiet)).verdict, 'heard', 'between walls')
  t.equal(judge(a, sum(own(a), times(late(horn(a), 870), GAIN_DB - 20), quiet)).verdict, 'heard', 'beside the neighbour')
  for (const snr of [15, 6]) t.equal(judge(a, sum(own(a), street(a.length, expected - snr))).verdict, 'heard', `${String(snr)} dB over the street`)
  t.equal(judge(times(a, -18), sum(own(times(a, -18)), quiet)).verdict, 'heard', 'turned down for the night')
})

t.test('a neighbour’s horn with the same programme is never taken for its own', async (t) => {
  const neighbour = (lateMs: number, db: number): Float32Array => times(late(horn(a), lateMs), GAIN_DB + db)
  for (const lateMs of [870, 300]) {
    const verdict = judge(a, sum(neighbour(lateMs, -20), quiet))
    t.equal(verdict.verdict, 'not-heard', `${String(lateMs)} ms late, 20 dB down`)
  }
  t.equal(judge(a, sum(neighbour(870, -20), quiet)).why, 'neighbour')
  t.not(judge(a, sum(neighbour(870, 0), quiet)).verdict, 'heard', 'as loud as its own, but late')
  t.not(judge(a, sum(neighbour(60, -20), quiet)).verdict, 'heard', 'in time, but 20 dB down')
  for (const _ of ROUNDS) for (const db of [0, 12]) t.not(judge(a, sum(neighbour(870, -20), street(a.length, expected - db))).verdict, 'heard', 'with a street')
  for (const _ of ROUNDS) for (const db of [0, 10]) t.not(judge(a, sum(neighbour(60, -20), street(a.length, expected - db))).verdict, 'heard', 'near, with a street')
})

t.test('noise, another programme and silence are never taken for it', async (t) => {
  for (const _ of ROUNDS) {
    for (const db of [5, -8]) {
      t.not(judge(a, street(a.length, expected + db)).verdict, 'heard', 'street')
      t.not(judge(a, noise(a.length, expected + db)).verdict, 'heard', 'noise')
    }
  }
  for (const db of [6, -6]) {
    t.not(judge(a, sum(times(own(b), db), quiet)).verdict, 'heard', 'another programme')
    t.not(judge(b, sum(times(own(a), db), quiet)).verdict, 'heard', 'another programme')
  }
  t.same([judge(a, quiet).verdict, judge(a, quiet).why], ['not-heard', 'silent'])
  t.equal(judge(a, new Float32Array(a.length)).verdict, 'not-heard')
})

t.test('a horn that falls silent in the middle was not heard', async (t) => {
  const half = own(a).map((v, i) => (i < a.length / 2 ? v : 0))
  const verdict = judge(a, sum(half, quiet))
  t.same([verdict.verdict, verdict.why], ['not-heard', 'cut'])
})

t.test('nothing is said of what was not learnt, or is a pause', async (t) => {
  t.equal(judgeStretch(windowsOf(a, own(a), 0), null).why, 'not-calibrated')
  t.equal(judge(times(a, -60), quiet).why, 'short')
  t.equal(judgeStretch([], path).verdict, 'cannot-tell')
})

t.test('a current that flows with the sound is heard, one that does not flow is not, one that always flows says nothing', async (t) => {
  const readings = (on: number, off: number): { value: number; isSounding: boolean }[] =>
    Array.from({ length: 60 }, (_, i) => ({ value: (i % 2 === 0 ? on : off) + chance() * 0.02, isSounding: i % 2 === 0 }))
  const learnt = learnCurrent(readings(1.4, 0.2))
  t.ok(learnt)
  t.equal(learnCurrent(readings(0.2, 0.2)), null, 'nothing to learn')
  t.equal(judgeCurrent(readings(1.2, 0.2), learnt).verdict, 'heard')
  t.equal(judgeCurrent(readings(0.21, 0.2), learnt).verdict, 'not-heard')
  t.equal(judgeCurrent(readings(1.3, 1.3), learnt).verdict, 'cannot-tell')
  t.equal(judgeCurrent(readings(1.3, 0.2), null).why, 'not-calibrated')
})
