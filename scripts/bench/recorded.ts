import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'

const HEADER_BYTES = 44
const FRAMES_PER_MS = 48

/** A piece of a virtual card's recording, from a wall instant on: frame n sounded at startedAtMs + n/48. Beyond its ends it is silent. */
export function pieceOf(path: string, fromMs: number, lengthMs: number): Int16Array {
  const pcm = new Int16Array(Math.round(lengthMs * FRAMES_PER_MS))
  if (!existsSync(path)) return pcm
  const { startedAtMs } = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as { startedAtMs: number }
  const first = Math.round((fromMs - startedAtMs) * FRAMES_PER_MS)
  const skip = Math.max(0, -first)
  if (skip >= pcm.length) return pcm
  const bytes = new Uint8Array(pcm.buffer, 2 * skip)
  const file = openSync(path, 'r')
  try {
    readSync(file, bytes, 0, bytes.length, HEADER_BYTES + 2 * Math.max(0, first))
  } finally {
    closeSync(file)
  }
  return pcm
}

const LOUD = 32_768 * 10 ** (-40 / 20)
const LOOK_MS = 2_000

/** Wall instant of the first sample above −40 dBFS in [from, to); null when there is none. */
export function firstLoudMs(path: string, fromMs: number, toMs: number): number | null {
  for (let at = fromMs; at < toMs; at += LOOK_MS) {
    const found = pieceOf(path, at, Math.min(LOOK_MS, toMs - at)).findIndex((sample) => Math.abs(sample) > LOUD)
    if (found >= 0) return at + found / FRAMES_PER_MS
  }
  return null
}

/** Wall instant of the last such sample in [from, to); null when there is none. */
export function lastLoudMs(path: string, fromMs: number, toMs: number): number | null {
  const found = pieceOf(path, fromMs, toMs - fromMs).findLastIndex((sample) => Math.abs(sample) > LOUD)
  return found >= 0 ? fromMs + found / FRAMES_PER_MS : null
}
