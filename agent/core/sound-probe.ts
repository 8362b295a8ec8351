import type { MonoMs } from '../../shared/core/clock.ts'
import { FRAMES_PER_MS } from './render.ts'

/** Silence is fed to the device for so long, ms: enough to see that it takes it at its pace. */
export const PROBE_MS = 4_000

/**
 * `swallows`: it takes sound and lets none leave. `starved`: it ran dry although it was fed. `lost`: it could not be opened,
 * or broke off. `taken-over`: something was to sound, which goes before any test.
 */
export const PROBE_VERDICTS = ['well', 'lost', 'swallows', 'starved', 'wrong-rate', 'taken-over'] as const
export type ProbeVerdict = (typeof PROBE_VERDICTS)[number]

/** What came of feeding silence to the device. */
export interface ProbeResult {
  readonly verdict: ProbeVerdict
  /** Sound that has left it, ms. */
  readonly takenMs: number
  readonly underruns: number
  /** Times that it took less than it had room for. */
  readonly refusals: number
  /** How much faster than 48 kHz it runs, millionths; null where that could not be seen. */
  readonly ratePpm: number | null
  /** What the device says of itself, a sentence. */
  readonly why?: string
}

/** The device at one instant; frames since it was opened. */
export interface ProbeLook {
  readonly at: MonoMs
  readonly given: number
  readonly taken: number
  /** When the next frame that it is given would leave. */
  readonly nextAt: MonoMs
}

/** A device that has let nothing leave for so long, although it holds something, swallows it. */
const STUCK_MS = 1_000
/** Less than this part of what the time would have let leave. */
const TAKEN_SHARE = 0.8
/** Fewer are a hiccup of a busy box. */
const MANY_UNDERRUNS = 3
/** Beyond every crystal: another rate than the one that was asked for. */
const WRONG_PPM = 5_000
const LEAST_LOOKS = 10
const LEAST_SPAN_MS = 1_000

/** Notes the device while it is fed, and judges at the end. */
export interface ProbeNotes {
  look(look: Omit<ProbeLook, 'given'>, starved: boolean): void
  given(frames: number): void
  refused(): void
  /** `lost`: why the device is gone. */
  result(end: { readonly lost?: string; readonly takenOver?: true }): ProbeResult
}

export function createProbeNotes(): ProbeNotes {
  const looks: ProbeLook[] = []
  let [given, underruns, refusals] = [0, 0, 0]
  return {
    look: (look, starved) => {
      looks.push({ ...look, given })
      if (starved) underruns++
    },
    given: (frames) => void (given += frames),
    refused: () => void refusals++,
    result: ({ lost, takenOver }) => {
      const ratePpm = underruns > 0 ? null : rateOf(looks)
      const verdict = takenOver ? 'taken-over' : lost !== undefined ? 'lost' : judge(looks, underruns, ratePpm)
      return { verdict, takenMs: Math.round((looks.at(-1)?.taken ?? 0) / FRAMES_PER_MS), underruns, refusals, ratePpm, ...(lost === undefined ? {} : { why: lost }) }
    },
  }
}

function judge(looks: readonly ProbeLook[], underruns: number, ratePpm: number | null): ProbeVerdict {
  const [first, last] = [looks.find(({ given }) => given > 0), looks.at(-1)]
  // it had no room for a single frame
  if (!first || !last) return 'swallows'
  const grew = looks.findLast((look, n) => look.taken > (looks[n - 1]?.taken ?? 0))
  const isStuck = last.given > last.taken && last.at - (grew?.at ?? first.at) > STUCK_MS
  if (isStuck || last.taken === 0) return 'swallows'
  if (underruns >= MANY_UNDERRUNS) return 'starved'
  if (ratePpm !== null && Math.abs(ratePpm) > WRONG_PPM) return 'wrong-rate'
  const began = looks.find(({ taken }) => taken > 0) ?? last
  const could = (last.at - began.at) * FRAMES_PER_MS
  return last.taken - began.taken < could * TAKEN_SHARE ? 'swallows' : 'well'
}

/** Of the line through what was given and when it leaves: one look that came late says little. */
function rateOf(looks: readonly ProbeLook[]): number | null {
  const points = looks.filter(({ given }) => given > 0).map(({ given, nextAt }) => ({ x: given / FRAMES_PER_MS, y: nextAt as number }))
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last || points.length < LEAST_LOOKS || last.x - first.x < LEAST_SPAN_MS) return null
  const n = points.length
  const [mx, my] = [points.reduce((sum, { x }) => sum + x, 0) / n, points.reduce((sum, { y }) => sum + y, 0) / n]
  const sxy = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0)
  const sxx = points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0)
  return sxy <= 0 ? null : Math.round((sxx / sxy - 1) * 1e6)
}
