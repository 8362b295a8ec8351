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

/** Loudness every 50 ms. */
const envelope = (pcm: Int16Array): number[] => Array.from({ length: Math.floor(pcm.length / 2_400) }, (_, n) => Math.sqrt(pcm.subarray(n * 2_400, (n + 1) * 2_400).reduce((sum, x) => sum + x * x, 0)))
const SPAN = 2.5 * 48_000

/** How much the rise and fall of some seconds of what was heard is that of the file, which is played round and round: −1 … 1. A busy machine makes gaps: the best seconds count. */
export function likeness(heard: Int16Array, file: Int16Array): number {
  const starts = Array.from({ length: Math.max(1, Math.floor((heard.length - SPAN) / 24_000)) }, (_, n) => n * 24_000)
  return Math.max(...starts.map((from) => likenessOf(heard.subarray(from, from + SPAN), file)))
}
function likenessOf(heard: Int16Array, file: Int16Array): number {
  const [a, b] = [envelope(heard), envelope(file)]
  const correlation = (shift: number): number => {
    const pairs = a.map((x, i) => [x, b[(i + shift) % b.length] ?? 0] as const)
    const mean = (n: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[n], 0) / pairs.length
    const [ma, mb] = [mean(0), mean(1)]
    const product = (f: (x: number, y: number) => number): number => pairs.reduce((sum, [x, y]) => sum + f(x - ma, y - mb), 0)
    return product((x, y) => x * y) / Math.sqrt(product((x) => x * x) * product((_, y) => y * y) + 1e-9)
  }
  return Math.max(...b.map((_, shift) => correlation(shift)))
}
