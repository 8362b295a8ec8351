/**
 * What was read of a relay and has not sounded yet. Sources come in gusts (an HLS segment is ten seconds at once, Icecast
 * begins with what it kept), the stream wants its sound in step with the clock.
 */
export interface Reservoir {
  add(pcm: Int16Array): void
  /** Exactly so many samples; null when there are too few, and then until the cushion is there again. */
  take(samples: number): Int16Array | null
  /** The reader is to wait: nothing is thrown away, the source's own buffers hold it. */
  full(): boolean
  samples(): number
  /** Forgets the oldest sound that was never needed since the last call, so that less is late. */
  catchUp(): void
}
export interface ReservoirBounds {
  /** Held before anything is taken after a gap, samples. */
  readonly cushion: number
  /** From here on the reader waits, samples. What the reader had in hand still fits. */
  readonly most: number
}
const RATE_HZ = 48_000
export const RESERVOIR_BOUNDS: ReservoirBounds = { cushion: 2 * RATE_HZ, most: 20 * RATE_HZ }

export function createReservoir({ cushion, most }: ReservoirBounds = RESERVOIR_BOUNDS): Reservoir {
  const pieces: Int16Array[] = []
  let held = 0
  let filling = true
  let least = Infinity
  const drop = (samples: number): Int16Array => {
    const out = new Int16Array(samples)
    let at = 0
    while (at < samples) {
      const piece = pieces[0] as Int16Array
      const part = piece.subarray(0, samples - at)
      out.set(part, at)
      at += part.length
      if (part.length === piece.length) pieces.shift()
      else pieces[0] = piece.subarray(part.length)
    }
    held -= samples
    return out
  }
  return {
    add(pcm) {
      if (pcm.length === 0) return
      pieces.push(pcm)
      held += pcm.length
    },
    take(samples) {
      if (held < (filling ? Math.max(samples, cushion) : samples)) {
        filling = true
        least = 0
        return null
      }
      filling = false
      const out = drop(samples)
      least = Math.min(least, held)
      return out
    },
    full: () => held >= most,
    samples: () => held,
    catchUp() {
      const surplus = Math.min(least, held) - cushion
      if (surplus > 0 && Number.isFinite(surplus)) drop(surplus)
      least = Infinity
    },
  }
}
