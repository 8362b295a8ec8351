/** Rate at which sounds are compared: 62.5 µs a sample, and speech has little above its 8 kHz. */
export const COMPARED_HZ = 16_000
const FROM_HZ = 48_000
const DECIMATE = FROM_HZ / COMPARED_HZ

/** 48 kHz PCM at COMPARED_HZ, −1 … 1, without its mean. */
export function thinned(pcm: Int16Array): Float64Array {
  const out = new Float64Array(Math.floor(pcm.length / DECIMATE))
  let sum = 0
  for (let i = 0; i < out.length; i++) {
    let value = 0
    for (let k = 0; k < DECIMATE; k++) value += pcm[i * DECIMATE + k] ?? 0
    out[i] = value / DECIMATE / 32_768
    sum += out[i] ?? 0
  }
  const mean = sum / Math.max(1, out.length)
  return out.map((value) => value - mean)
}

/** In place, length a power of two; `sign` −1 forward, +1 back (unscaled). */
function transform(re: Float64Array, im: Float64Array, sign: 1 | -1): void {
  const n = re.length
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1
    for (; j & bit; bit >>= 1) j ^= bit
    j ^= bit
    if (i < j) [re[i], re[j], im[i], im[j]] = [re[j] ?? 0, re[i] ?? 0, im[j] ?? 0, im[i] ?? 0]
  }
  for (let size = 2; size <= n; size *= 2) {
    const [half, step] = [size / 2, (sign * 2 * Math.PI) / size]
    for (let k = 0; k < half; k++) {
      const [wr, wi] = [Math.cos(step * k), Math.sin(step * k)]
      for (let at = k; at < n; at += size) {
        const to = at + half
        const [ar, ai, br, bi] = [re[at] ?? 0, im[at] ?? 0, re[to] ?? 0, im[to] ?? 0]
        const [tr, ti] = [br * wr - bi * wi, br * wi + bi * wr]
        re[at] = ar + tr
        im[at] = ai + ti
        re[to] = ar - tr
        im[to] = ai - ti
      }
    }
  }
}

const energy = (x: Float64Array): number => x.reduce((sum, value) => sum + value * value, 0)

export interface Shift {
  /** How much later `b` sounds than `a`, ms. */
  readonly ms: number
  /** Height of the peak, 1 = the same sound. */
  readonly likeness: number
}

/**
 * How much later the sound of `b` is than that of `a`, two pieces of PCM at COMPARED_HZ that begin at the same instant, by their
 * cross-correlation within ± `mostMs`. null when one of them is silent.
 */
export function shiftOf(a: Float64Array, b: Float64Array, mostMs: number): Shift | null {
  const scale = Math.sqrt(energy(a) * energy(b))
  if (scale < 1e-6) return null
  let n = 1
  while (n < a.length + b.length) n *= 2
  const [ar, ai, br, bi] = [new Float64Array(n), new Float64Array(n), new Float64Array(n), new Float64Array(n)]
  ar.set(a)
  br.set(b)
  transform(ar, ai, -1)
  transform(br, bi, -1)
  for (let i = 0; i < n; i++) {
    const [xr, xi, yr, yi] = [ar[i] ?? 0, -(ai[i] ?? 0), br[i] ?? 0, bi[i] ?? 0]
    ar[i] = xr * yr - xi * yi
    ai[i] = xr * yi + xi * yr
  }
  transform(ar, ai, 1)
  const most = Math.round((mostMs * COMPARED_HZ) / 1_000)
  const at = (lag: number): number => (ar[(lag + n) % n] ?? 0) / n
  let best = 0
  for (let lag = -most; lag <= most; lag++) if (at(lag) > at(best)) best = lag
  // the top of the parabola through the three highest
  const [before, top, after] = [at(best - 1), at(best), at(best + 1)]
  const bend = before - 2 * top + after
  const fraction = bend < 0 ? (before - after) / (2 * bend) : 0
  return { ms: ((best + fraction) * 1_000) / COMPARED_HZ, likeness: top / scale }
}
