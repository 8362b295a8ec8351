/** Bars of a waveform, 0 … 255 each, as the server keeps them. */
const LOUDEST = 255

/** The waveform of the server: base64url, one byte a bar. */
export function peaksOfText(text: string): Uint8Array {
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(bytes, (letter) => letter.charCodeAt(0))
}

/** The loudest sample of each of `count` stretches, over all channels. `samples`: −1 … 1. */
export function peaksOfSamples(channels: readonly Float32Array[], count: number): Uint8Array {
  const length = channels[0]?.length ?? 0
  const out = new Uint8Array(count)
  for (let n = 0; n < count; n++) {
    const from = Math.floor((n * length) / count)
    const to = Math.max(from + 1, Math.floor(((n + 1) * length) / count))
    let loudest = 0
    for (const channel of channels) for (let at = from; at < Math.min(to, length); at++) loudest = Math.max(loudest, Math.abs(channel[at] ?? 0))
    out[n] = Math.min(LOUDEST, Math.round(loudest * LOUDEST))
  }
  return out
}

/** As many bars as there is room for: the loudest of those that fall together. */
export function barsOf(peaks: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(count)
  for (let n = 0; n < count; n++) {
    const from = Math.floor((n * peaks.length) / count)
    const to = Math.max(from + 1, Math.floor(((n + 1) * peaks.length) / count))
    for (let at = from; at < Math.min(to, peaks.length); at++) out[n] = Math.max(out[n] ?? 0, peaks[at] ?? 0)
  }
  return out
}

/** Where the known waveform of a cut stands in the whole recording; what was cut away is not known and stays empty. */
export function placed(peaks: Uint8Array, cut: { readonly fromMs: number; readonly toMs: number } | null, fullMs: number): Uint8Array {
  if (cut === null || fullMs <= 0) return peaks
  const count = Math.max(1, Math.round((peaks.length * fullMs) / Math.max(1, cut.toMs - cut.fromMs)))
  const out = new Uint8Array(Math.min(count, 20_000))
  const scale = out.length / fullMs
  const inside = barsOf(peaks, Math.max(1, Math.round((cut.toMs - cut.fromMs) * scale)))
  out.set(inside.subarray(0, Math.max(0, out.length - Math.round(cut.fromMs * scale))), Math.round(cut.fromMs * scale))
  return out
}
