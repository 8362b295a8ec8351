import type { MicAnswer, MicFormat, MicMessage, MicStart } from '../../../../../core/mic-protocol.ts'

type Started = Extract<MicAnswer, { t: 'started' }>
type State = Extract<MicAnswer, { t: 'state' }>
export interface Words {
  readonly vi: string
  readonly en: string
}

/** What is spoken into: places, or an emergency that has been raised. */
export type Into = { readonly kind: 'broadcast'; readonly start: Omit<MicStart, 't' | 'format'> } | { readonly kind: 'emergency'; readonly id: string }

/** One person's speaking, from the first try to the last word: what the station said of it, and what became of the link. */
export interface Course {
  readonly into: Into
  /** null until the station has begun it. */
  readonly started: Pick<Started, 'id' | 'token' | 'resumeWithinMs'> | null
  /** What is said leaves the horns so much later, ms; null while it is not known. */
  readonly delayMs: number | null
  readonly state: State | null
  readonly talking: boolean
  /** When the station said something last, ms of this device's steady clock. */
  readonly heardAt: number
  readonly linked: boolean
  /** A server that was started anew knows the emergency, and not who spoke into it. */
  readonly anew: boolean
  /** When the speaker was first told to speak; null before. */
  readonly cuedAt: number | null
  readonly notes: readonly Words[]
  /** Why it is over, in the station's words; null while it is not, or ended as it should. */
  readonly problem: Words | null
  /** `ended`: by its speaker, or by the station · `refused`: never begun · `lost`: the link stayed away for too long. */
  readonly over: 'ended' | 'refused' | 'lost' | null
}

/** The station speaks twice a second: without a word for this long the link is taken for lost. */
export const SILENT_LINK_MS = 2_500
/** An emergency that nobody spoke into yet waits for its first connection. */
const EMERGENCY_WAITS_MS = 15_000
const CUE_MS = 5_000

export const beginning = (into: Into, now: number): Course => ({
  into, started: null, delayMs: null, state: null, talking: true, heardAt: now, linked: false, anew: false, cuedAt: null, notes: [], problem: null, over: null,
})

/** What is said first on a new connection. */
export function firstWord({ into, started, anew }: Course, format: MicFormat): MicMessage {
  if (started !== null && !anew) return { t: 'resume', token: started.token, format }
  return into.kind === 'emergency' ? { t: 'speak', emergency: into.id, format } : { t: 'start', ...into.start, format }
}

function begun(course: Course, { id, token, resumeWithinMs, delayMs, skipped, warnings }: Started, now: number): Course {
  const notes = [...skipped.map(({ name, because }) => ({ vi: `${name}: ${because.vi}`, en: `${name}: ${because.en}` })), ...warnings.map(({ vi, en }) => ({ vi, en }))]
  return { ...course, started: { id, token, resumeWithinMs }, delayMs: delayMs > 0 ? delayMs : course.delayMs, heardAt: now, linked: true, anew: false, notes: notes.length > 0 ? notes : course.notes }
}
function troubled(course: Course, { code, fatal, vi, en }: Extract<MicAnswer, { t: 'problem' }>): Course {
  // of an emergency the station knows where it sounds: whoever raised it speaks into it anew
  if (code === 'too-late' && course.into.kind === 'emergency' && !course.anew) return { ...course, anew: true }
  return { ...course, problem: { vi, en }, over: fatal ? (course.started === null ? 'refused' : 'ended') : course.over }
}

/** What becomes of it when the station says something. */
export function hear(course: Course, answer: MicAnswer, now: number): Course {
  if (answer.t === 'started') return begun(course, answer, now)
  if (answer.t === 'problem') return troubled({ ...course, heardAt: now }, answer)
  if (answer.t !== 'state') return { ...course, heardAt: now }
  const speaksNow = answer.speakInMs === 0 && course.talking && (answer.state === 'waiting' || answer.state === 'on-air')
  return {
    ...course, heardAt: now, linked: true, state: answer,
    cuedAt: course.cuedAt ?? (speaksNow ? now : null),
    over: answer.state === 'ended' ? 'ended' : course.over,
  }
}

/** Until when, on this device's clock, the station waits for a link that is away. Nothing waits for what never began. */
export function waitsUntil({ started, into, heardAt }: Course): number {
  if (started !== null) return heardAt + started.resumeWithinMs
  return into.kind === 'emergency' ? heardAt + EMERGENCY_WAITS_MS : heardAt
}

/** The connection is gone, or silent. Over where the station has given up waiting. */
export function lose(course: Course, now: number): Course {
  if (course.over !== null) return { ...course, linked: false }
  return { ...course, linked: false, over: now > waitsUntil(course) ? 'lost' : null }
}
export const isSilent = (course: Course, now: number): boolean => course.linked && now - course.heardAt > SILENT_LINK_MS

export type Shown = 'opening' | 'lost' | 'tone' | 'speak' | 'waiting' | 'on-air' | 'paused' | 'ending' | 'over'
/** The one thing that a speaker must know now. */
export function shownOf(course: Course, now: number): Shown {
  const { over, state, linked, started, cuedAt, talking } = course
  if (over !== null && state?.state !== 'ending') return 'over'
  if (state?.state === 'ending') return 'ending'
  if (!linked) return started === null ? 'opening' : 'lost'
  if (state === null) return 'opening'
  if (state.state === 'ended') return 'over'
  if (!talking || state.state === 'paused') return 'paused'
  if (state.speakInMs > 0) return 'tone'
  if (cuedAt !== null && now - cuedAt < CUE_MS) return 'speak'
  return state.state
}
