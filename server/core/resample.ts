const OUT_HZ = 48_000
/** Of the filter, at each side of a sample, counted in samples of the source. */
const REACH = 16
/** Passes up to this share of the source's band: what is above would come back as a mirror image. */
const PASS = 0.9

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))
const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))
/** Blackman: side lobes 58 dB down. */
const blackman = (x: number): number => 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x)

/** The filter at each place that an output sample can have between two of the source; each row sums to 1. */
function rowsOf(steps: number): Float32Array[] {
  return Array.from({ length: steps }, (_, step) => {
    const row = Float32Array.from({ length: 2 * REACH }, (__, tap) => {
      const x = tap - (REACH - 1) - step / steps
      return PASS * sinc(PASS * x) * blackman(x / REACH)
    })
    const sum = row.reduce((a, b) => a + b, 0)
    return row.map((value) => value / sum)
  })
}

/** Mono sound of 8 … 48 kHz at 48 kHz, by a windowed sinc of 32 taps. */
export function resampled(samples: Float32Array, rateHz: number): Float32Array {
  if (rateHz === OUT_HZ) return samples
  const common = gcd(OUT_HZ, rateHz)
  const [up, down] = [OUT_HZ / common, rateHz / common]
  const rows = rowsOf(up)
  const padded = new Float32Array(samples.length + 2 * REACH)
  padded.set(samples, REACH - 1)
  const out = new Float32Array(Math.floor((samples.length * up) / down))
  for (let n = 0, at = 0, step = 0; n < out.length; n++) {
    const row = rows[step] as Float32Array
    let sum = 0
    for (let tap = 0; tap < 2 * REACH; tap++) sum += (row[tap] as number) * (padded[at + tap] as number)
    out[n] = sum
    step += down
    while (step >= up) {
      step -= up
      at++
    }
  }
  return out
}
