import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the kernel tells about a running playback stream. */
export interface AlsaStatus {
  /** Time until a frame that is written now leaves the device. */
  readonly delayMs: number
}

const numberAfter = (text: string, key: string): number | null => {
  const found = new RegExp(`^${key}\\s*:\\s*(-?\\d+)`, 'm').exec(text)
  return found?.[1] === undefined ? null : Number(found[1])
}

/** A file that vanishes between listing and reading belongs to a stream that has just been closed. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}

function listOrNone(path: string, pattern: RegExp): string[] {
  try {
    return readdirSync(path).filter((name) => pattern.test(name))
  } catch {
    return []
  }
}

/** The folder of the playback stream that a process has opened, e.g. /proc/asound/card0/pcm0p/sub0; null if none. */
export function findAlsaStream(pid: number, root = '/proc/asound'): string | null {
  for (const card of listOrNone(root, /^card\d+$/)) {
    for (const pcm of listOrNone(join(root, card), /^pcm\d+p$/)) {
      for (const sub of listOrNone(join(root, card, pcm), /^sub\d+$/)) {
        const path = join(root, card, pcm, sub)
        const status = readOrNull(join(path, 'status'))
        if (status !== null && numberAfter(status, 'owner_pid') === pid) return path
      }
    }
  }
  return null
}

/** Null while the stream does not run or is closed. */
export function readAlsaStatus(stream: string): AlsaStatus | null {
  const status = readOrNull(join(stream, 'status'))
  if (status === null || !/^state\s*:\s*RUNNING/m.test(status)) return null
  const delay = numberAfter(status, 'delay')
  const rateHz = numberAfter(readOrNull(join(stream, 'hw_params')) ?? '', 'rate')
  if (delay === null || rateHz === null || rateHz <= 0 || delay < 0) return null
  return { delayMs: (delay * 1_000) / rateHz }
}
