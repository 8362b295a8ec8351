/** Samples of 48 kHz mono that wait to be sent, read at a rate a little above or below 1 so that a source's clock may differ from ours. */
export interface PcmFifo {
  /** Whole samples held. */
  readonly held: number
  /** What does not fit is the oldest: it goes. Returns how many samples went. */
  write(pcm: Int16Array): number
  /** Fills `out` from its beginning, at `rate` samples of the source for each; how many were filled. The rest is left as it is. */
  read(out: Int16Array, rate: number): number
  /** Throws away the oldest but `keep` samples. */
  skipTo(keep: number): void
}

/** Interpolation looks at one sample behind the place and two ahead of it. */
const AHEAD = 2

export function createPcmFifo(capacity: number): PcmFifo {
  const ring = new Int16Array(capacity)
  /** Samples written and the place of reading, counted from the beginning. */
  let written = 0
  let place = 0
  let fraction = 0
  const at = (n: number): number => (n < 0 || n >= written ? 0 : (ring[n % capacity] as number))
  const held = (): number => Math.max(0, written - place)

  return {
    get held() {
      return held()
    },
    write: (pcm) => {
      for (const sample of pcm) ring[written++ % capacity] = sample
      // one sample behind the place is looked at as well
      const lost = Math.max(0, held() - (capacity - 1))
      place += lost
      return lost
    },
    read: (out, rate) => {
      if (rate === 1 && fraction === 0) {
        const n = Math.min(out.length, held())
        for (let i = 0; i < n; i++) out[i] = at(place + i)
        place += n
        return n
      }
      let n = 0
      for (; n < out.length && place + AHEAD < written; n++) {
        out[n] = hermite({ before: at(place - 1), from: at(place), to: at(place + 1), behind: at(place + 2) }, fraction)
        fraction += rate
        const whole = Math.floor(fraction)
        place += whole
        fraction -= whole
      }
      return n
    },
    skipTo: (keep) => {
      place = Math.max(place, written - keep)
      fraction = 0
    },
  }
}

interface Neighbours {
  readonly before: number
  readonly from: number
  readonly to: number
  readonly behind: number
}

/** Catmull-Rom through four samples: at rates within 500 ppm of 1 its error lies below what 16 bits hold of speech. */
function hermite({ before, from, to, behind }: Neighbours, x: number): number {
  const c1 = (to - before) / 2
  const c2 = before - 2.5 * from + 2 * to - behind / 2
  const c3 = (behind - before) / 2 + 1.5 * (from - to)
  const y = ((c3 * x + c2) * x + c1) * x + from
  return y > 32_767 ? 32_767 : y < -32_768 ? -32_768 : Math.round(y)
}
