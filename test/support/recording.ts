import { existsSync, readFileSync } from 'node:fs'

/** What a virtual sound card recorded: frame n sounded at startedAtMs + n/48 (host wall time). */
export interface Recording {
  readonly pcm: Int16Array
  readonly startedAtMs: number
}

const RATE_PER_MS = 48

export function readRecording(path: string): Recording {
  const bytes = readFileSync(path)
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 36, 40) !== 'data') throw new Error('not a WAV file')
  const length = bytes.readUInt32LE(40)
  if (bytes.length < 44 + length) throw new Error(`the header says ${String(length)} bytes, there are ${String(bytes.length - 44)}`)
  // a copy in one go: sample by sample it would hold up the agents that play in the test's own process
  const from = bytes.byteOffset + 44
  const pcm = new Int16Array(bytes.buffer.slice(from, from + length))
  const side = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as { startedAtMs: number }
  return { pcm, startedAtMs: side.startedAtMs }
}

const dbfs = (rms: number): number => 20 * Math.log10(Math.max(rms, 1e-6) / 32_768)

/** Level of each block of `blockMs`. */
export function levels(pcm: Int16Array, blockMs = 5): number[] {
  const step = blockMs * RATE_PER_MS
  const out: number[] = []
  for (let at = 0; at + step <= pcm.length; at += step) {
    let energy = 0
    for (let i = at; i < at + step; i++) energy += (pcm[i] ?? 0) ** 2
    out.push(dbfs(Math.sqrt(energy / step)))
  }
  return out
}

const AUDIBLE = 330 // −40 dBFS

/** Wall time of the first and last audible sample; null when all is silent. */
export function soundSpan(recording: Recording): { fromMs: number; toMs: number } | null {
  const { pcm, startedAtMs } = recording
  const first = pcm.findIndex((sample) => Math.abs(sample) > AUDIBLE)
  if (first < 0) return null
  let last = pcm.length - 1
  while (Math.abs(pcm[last] ?? 0) <= AUDIBLE) last--
  return { fromMs: startedAtMs + first / RATE_PER_MS, toMs: startedAtMs + (last + 1) / RATE_PER_MS }
}

/** Silences (below −55 dBFS) of at least `minMs` within the sound, in ms. */
export function gaps(recording: Recording, minMs: number): number[] {
  const blockMs = 2
  const quiet = levels(recording.pcm, blockMs).map((level) => level < -55)
  const first = quiet.indexOf(false)
  const last = quiet.lastIndexOf(false)
  const found: number[] = []
  let run = 0
  for (let i = first; first >= 0 && i <= last; i++) {
    if (quiet[i]) run++
    else {
      if (run * blockMs >= minMs) found.push(run * blockMs)
      run = 0
    }
  }
  return found
}

/** Jumps between neighbouring samples that the sound around them does not explain. */
export function clicks(recording: Recording): number {
  const { pcm } = recording
  let mean = 0
  let found = 0
  for (let i = 1; i < pcm.length; i++) {
    const step = Math.abs((pcm[i] ?? 0) - (pcm[i - 1] ?? 0)) / 32_768
    if (step > 0.1 && step > 12 * mean) found++
    mean += (step - mean) / 480
  }
  return found
}

/**
 * Phase of a tone at `hz` around a wall instant, in ms of its period: tells where in a steady tone one is, far below a
 * millisecond.
 */
export function tonePhaseMs(recording: Recording, hz: number, atMs: number, spanMs = 200): number {
  const { pcm, startedAtMs } = recording
  const from = Math.round((atMs - startedAtMs) * RATE_PER_MS)
  let re = 0
  let im = 0
  for (let i = 0; i < spanMs * RATE_PER_MS; i++) {
    const angle = (2 * Math.PI * hz * i) / 48_000
    const sample = pcm[from + i] ?? 0
    re += sample * Math.cos(angle)
    im -= sample * Math.sin(angle)
  }
  return (Math.atan2(im, re) / (2 * Math.PI)) * (1_000 / hz)
}

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Wall times of every sound that is not the same sound: silences up to `joinMs` do not part it. */
export function soundSpans(recording: Recording, joinMs = 400): Span[] {
  const { pcm, startedAtMs } = recording
  const join = joinMs * RATE_PER_MS
  const found: { from: number; to: number }[] = []
  for (let i = 0; i < pcm.length; i++) {
    if (Math.abs(pcm[i] ?? 0) <= AUDIBLE) continue
    const last = found.at(-1)
    if (last && i - last.to <= join) last.to = i + 1
    else found.push({ from: i, to: i + 1 })
  }
  return found.map(({ from, to }) => ({ fromMs: startedAtMs + from / RATE_PER_MS, toMs: startedAtMs + to / RATE_PER_MS }))
}

/** Everything that a virtual card at `path` recorded, also before it was opened anew; oldest first. */
export function spansAt(path: string, joinMs?: number): Span[] {
  return [`${path}.1`, path].filter((file) => existsSync(file)).flatMap((file) => soundSpans(readRecording(file), joinMs))
}

/** Frequency of a tone around a wall instant, Hz, from its zero crossings. */
export function toneHz(recording: Recording, atMs: number, spanMs = 200): number {
  const { pcm, startedAtMs } = recording
  const from = Math.round((atMs - spanMs / 2 - startedAtMs) * RATE_PER_MS)
  let crossings = 0
  let [first, last] = [0, 0]
  for (let i = from + 1; i < from + spanMs * RATE_PER_MS; i++) {
    if (!((pcm[i - 1] ?? 0) < 0 && (pcm[i] ?? 0) >= 0)) continue
    if (crossings++ === 0) first = i
    last = i
  }
  return crossings < 2 ? 0 : ((crossings - 1) * RATE_PER_MS * 1000) / (last - first)
}
