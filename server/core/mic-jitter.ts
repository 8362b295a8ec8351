import { createPcmFifo } from './pcm-fifo.ts'

/** Sound comes from a browser in gusts and leaves it in step with the clock. Mono, 48 kHz. */
export interface MicJitter {
  /** What has come in. What is more than MAX_HELD_MS is old: it goes. */
  add(pcm: Int16Array): void
  /** The next samples that are to go out, at most `samples`; fewer, or none, while there is nothing: edges are soft. */
  take(samples: number): Int16Array
  /** All that is held: for the end. */
  drain(): Int16Array
  readonly heldMs: number
  /** Sound held back so that the next gap is not heard, ms. */
  readonly targetMs: number
  /** How often nothing was there in time. */
  readonly gaps: number
  /** ms thrown away because they came too late. */
  readonly droppedMs: number
}

const PER_MS = 48
const FIRST_TARGET_MS = 120
const MIN_TARGET_MS = 80
const MAX_TARGET_MS = 600
/** A gap shows that the link is worse than was thought; a quiet while that it is better. */
const WORSE_MS = 80
const BETTER_MS = 20
const BETTER_AFTER_MS = 20_000
/** So much above the target: the time of a pause for breath is given up, and nobody hears it. */
const SPARE_MS = 150
const MAX_HELD_MS = 1_500
/** A pause for breath; mean square of −45 dBFS. */
const QUIET = (32_768 * 10 ** (-45 / 20)) ** 2
const EDGE = 5 * PER_MS

export function createMicJitter(): MicJitter {
  const fifo = createPcmFifo((MAX_HELD_MS + 1_000) * PER_MS)
  let [target, gaps, dropped, calm, last] = [FIRST_TARGET_MS, 0, 0, 0, 0]
  let flowing = false

  const read = (samples: number): Int16Array => {
    const out = new Int16Array(samples)
    return out.subarray(0, fifo.read(out, 1))
  }
  /** From the last sample down to nothing. */
  const tail = (): Int16Array => Int16Array.from({ length: EDGE }, (_, i) => Math.round(last * (1 - (i + 1) / EDGE)))
  const rise = (pcm: Int16Array): Int16Array => pcm.map((sample, i) => (i < EDGE ? Math.round((sample * i) / EDGE) : sample))

  const dropOld = (): void => {
    if (fifo.held <= MAX_HELD_MS * PER_MS) return
    dropped += fifo.held / PER_MS - target
    fifo.skipTo(target * PER_MS)
    flowing = false
  }
  const giveUpQuiet = (samples: number): void => {
    if (fifo.held < (target + SPARE_MS) * PER_MS + samples) return
    const next = read(samples)
    if (next.reduce((sum, s) => sum + s * s, 0) / samples < QUIET) dropped += samples / PER_MS
    else put = next
  }
  /** Looked at, and not given up after all. */
  let put: Int16Array | null = null

  return {
    add: (pcm) => {
      fifo.write(pcm)
      dropOld()
    },
    take: (samples) => {
      if (samples <= 0) return new Int16Array(0)
      if (!flowing && fifo.held < target * PER_MS) return new Int16Array(0)
      const begins = !flowing
      flowing = true
      if (!begins) giveUpQuiet(samples)
      const pcm = put ?? read(samples)
      put = null
      calm += samples / PER_MS
      if (calm >= BETTER_AFTER_MS) {
        calm = 0
        target = Math.max(MIN_TARGET_MS, target - BETTER_MS)
      }
      if (pcm.length > 0) last = pcm[pcm.length - 1] as number
      const out = begins ? rise(pcm) : pcm
      if (pcm.length === samples) return out
      gaps++
      calm = 0
      flowing = false
      target = Math.min(MAX_TARGET_MS, target + WORSE_MS)
      const end = tail()
      const both = new Int16Array(out.length + end.length)
      both.set(out)
      both.set(end, out.length)
      return both
    },
    drain: () => {
      const rest = read(fifo.held)
      flowing = false
      return rest
    },
    get heldMs() {
      return fifo.held / PER_MS
    },
    get targetMs() {
      return target
    },
    get gaps() {
      return gaps
    },
    get droppedMs() {
      return dropped
    },
  }
}
