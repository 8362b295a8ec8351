/** The station's own sounds, by arithmetic: no recording, no licence, the same bytes on every machine. */

/** Samples a second of everything here. */
export const TONE_RATE_HZ = 48_000

const TAU = 2 * Math.PI
const make = (seconds: number, at: (second: number) => number): Float32Array =>
  Float32Array.from({ length: Math.round(seconds * TONE_RATE_HZ) }, (_, n) => at(n / TONE_RATE_HZ))

/** 0 → 1 over `rise` seconds, as a quarter of a cosine: no click at either end. */
const soft = (position: number, rise: number): number => (position <= 0 ? 0 : position >= rise ? 1 : (1 - Math.cos((Math.PI * position) / rise)) / 2)

/** Partials of a struck bar: ratio to the note, strength, seconds until it has fallen to a third. */
const BAR = [[1, 1, 0.9], [2.0, 0.35, 0.5], [3.01, 0.18, 0.3], [5.4, 0.06, 0.12]] as const

function bell(noteHz: number, second: number): number {
  if (second < 0) return 0
  let sum = 0
  for (const [ratio, strength, fallSeconds] of BAR) sum += strength * Math.sin(TAU * noteHz * ratio * second) * Math.exp(-second / fallSeconds)
  return sum * soft(second, 0.006)
}

/** Three soft bell notes, rising (E5, G5, C6: well inside what a horn reproduces), 2.6 s. Samples −1 … 1. */
export function chime(): Float32Array {
  const notes = [[0.05, 659.26], [0.5, 783.99], [0.95, 1046.5]] as const
  const seconds = 2.6
  return make(seconds, (t) => {
    const sum = notes.reduce((total, [at, hz]) => total + bell(hz, t - at), 0)
    return 0.4 * sum * soft(seconds - t, 0.3)
  })
}

/**
 * Attention tone before an emergency: a siren that climbs from 500 to 1 100 Hz in 1.2 s and falls back, three times,
 * 4.8 s. It is like no country's alert code, so that no receiver takes it for a command.
 */
export function attention(): Float32Array {
  const seconds = 4.8
  const [low, high, up, period] = [500, 1_100, 1.2, 1.6]
  let phase = 0
  return make(seconds, (t) => {
    const at = t % period
    const share = at < up ? at / up : 1 - (at - up) / (period - up)
    phase += (TAU * (low + (high - low) * share)) / TONE_RATE_HZ
    // a few odd harmonics carry further through wind and leaves than a pure sine
    const wave = Math.sin(phase) + 0.3 * Math.sin(3 * phase) + 0.12 * Math.sin(5 * phase)
    return 0.5 * wave * soft(t, 0.02) * soft(seconds - t, 0.05)
  })
}

/** 1 kHz sine for measuring, 5 s, faded over 20 ms. */
export function testTone(): Float32Array {
  const seconds = 5
  return make(seconds, (t) => 0.25 * Math.sin(TAU * 1_000 * t) * soft(t, 0.02) * soft(seconds - t, 0.02))
}

/** A WAV file, mono, 16 bit; samples beyond ±1 are clipped. */
export function wavFile(samples: Float32Array, rateHz: number): Uint8Array {
  const out = new Uint8Array(44 + samples.length * 2)
  const view = new DataView(out.buffer)
  const word = (at: number, text: string): void => [...text].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)))
  word(0, 'RIFF')
  view.setUint32(4, 36 + samples.length * 2, true)
  word(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rateHz, true)
  view.setUint32(28, rateHz * 2, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  word(36, 'data')
  view.setUint32(40, samples.length * 2, true)
  samples.forEach((s, i) => view.setInt16(44 + i * 2, Math.round(Math.max(-1, Math.min(1, s)) * 32_767), true))
  return out
}
