import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { readToPractice, type FromPractice, type ToPractice } from '../core/practice-line.ts'

/** The practice station's end of the channel to the station that started it. */
export interface PracticeLine {
  say(word: FromPractice): void
  /** At most one listener. */
  onWord(fn: (word: ToPractice) => void): void
  /** The station is no more, however it ended. */
  onCut(fn: () => void): void
  /** Somebody else ends this process, such as a service manager that stops everything. */
  onEnd(fn: () => void): void
  /** Ends this process, at the latest after some seconds. `folder`: its own, to be thrown away. */
  leave(folder: string | null, last: () => Promise<void>): void
}

/** Where memory runs out the kernel looks here first: for practice before anything that is on the air. From −1000 to 1000. */
const FIRST_TO_GO = '900'
/** Less than the station waits. */
const LEAVES_WITHIN_MS = 6_000
const SCORE = '/proc/self/oom_score_adj'

function goFirst(): void {
  try {
    if (existsSync(SCORE)) writeFileSync(SCORE, FIRST_TO_GO)
  } catch (error) {
    // some containers forbid it: the station is then no worse off than with any other program beside it
    process.stderr.write(`${String(error)}\n`)
  }
}

/** null where no station has started this process. */
export function openPracticeLine(): PracticeLine | null {
  if (!process.connected) return null
  goFirst()
  return {
    say: (word) => void (process.connected && process.send?.(word)),
    onWord: (fn) =>
      void process.on('message', (message) => {
        const word = readToPractice(message)
        if (word) fn(word)
      }),
    onCut: (fn) => void process.on('disconnect', fn),
    onEnd: (fn) => void ['SIGTERM', 'SIGINT', 'SIGHUP'].forEach((signal) => process.on(signal, fn)),
    leave(folder, last) {
      const go = (): void => {
        if (folder !== null) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
        process.exit(0)
      }
      setTimeout(go, LEAVES_WITHIN_MS)
      last().then(go, (error: unknown) => {
        process.stderr.write(`${String(error)}\n`)
        go()
      })
    },
  }
}
