import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

const TEXT = 'Kính mời bà con thôn Đông đến nhà văn hoá lúc bảy giờ tối nay để họp bàn việc làm đường. Xin trân trọng cảm ơn bà con đã lắng nghe.'

/** A spoken sentence as a WAV file, for browsers to take for a microphone: noise suppression takes a plain tone for noise. */
export function spokenFile(t: Test): { readonly path: string; readonly pcm: Int16Array } {
  const folder = mkdtempSync(join(tmpdir(), 'tl-voice-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const [raw, path] = [join(folder, 'raw.wav'), join(folder, 'voice.wav')]
  for (const [program, ...args] of [['espeak-ng', '-v', 'vi', '-w', raw, TEXT], ['ffmpeg', '-v', 'error', '-i', raw, '-ar', '48000', '-ac', '1', '-y', path]] as const) {
    const made = spawnSync(program, args, { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(made.stderr)
  }
  const bytes = readFileSync(path)
  const from = bytes.indexOf('data') + 8
  return { path, pcm: new Int16Array(new Uint8Array(bytes.subarray(from)).buffer.slice(0, (bytes.length - from) & ~1)) }
}

const BLOCK = 2_400
/** Loudness every 50 ms. */
function envelope(pcm: Int16Array): Float64Array {
  const out = new Float64Array(Math.floor(pcm.length / BLOCK))
  for (let n = 0; n < out.length; n++) {
    let sum = 0
    for (let i = n * BLOCK; i < (n + 1) * BLOCK; i++) sum += (pcm[i] ?? 0) ** 2
    out[n] = Math.sqrt(sum)
  }
  return out
}
const SPAN = 50
const STEP = 10

/** How much two stretches rise and fall together: −1 … 1. The second is read round and round from `at`. */
function together(a: Float64Array, b: Float64Array, at: number): number {
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[(at + i) % b.length] ?? 0]
    sa += x
    sb += y
    saa += x * x
    sbb += y * y
    sab += x * y
  }
  const n = a.length
  return (sab - (sa * sb) / n) / Math.sqrt((saa - (sa * sa) / n) * (sbb - (sb * sb) / n) + 1e-9)
}

/**
 * How much the rise and fall of some 2.5 s of what was heard is that of the file, which is played round and round: −1 … 1. A busy
 * machine makes gaps: the best seconds count. Quick: agents play in the test's own process.
 */
export function likeness(heard: Int16Array, file: Int16Array): number {
  const [mine, other] = [envelope(heard), envelope(file)]
  let best = -1
  for (let from = 0; from + SPAN <= mine.length; from += STEP) {
    for (let at = 0; at < other.length; at++) best = Math.max(best, together(mine.subarray(from, from + SPAN), other, at))
  }
  return best
}
