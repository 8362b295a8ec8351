import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { Result } from '../../shared/core/result.ts'
import type { Emergency } from './emergency.ts'
import { AHEAD_MS } from './emergency-order.ts'
import type { EmergencyRecord, EmergencySound, VoiceEnd } from './emergency-record.ts'
import type { SpokenInto } from './mic-ports.ts'

/** From the instant at which the first word could be heard: who has not begun by then is not waited for. */
export const FIRST_WORD_WITHIN_MS = 30_000
/** Whoever is still there may rest so long; the horns are silent meanwhile, and nothing else sounds from them. */
export const REST_MS = 60_000
/** A link that dropped, and a server that was started anew, are waited for so long. */
export const BACK_WITHIN_MS = 15_000

/** Who speaks in emergencies. */
export interface EmergencyVoices {
  /** Somebody is there to speak. Whoever spoke before gives way; what was said until now has been heard. */
  open(id: string): Result<SpokenInto & { readonly stream: string; readonly title: string }, 'no-such-emergency' | 'already-over'>
  /** null where it is not known. */
  titleOf(id: string): string | null
}

const lengthOf = (sounds: readonly EmergencySound[]): number => sounds.reduce((sum, { ms }) => sum + ms, 0)

/** When the first word can be heard: behind the attention tone and what says that it is an exercise. */
export const speakFromOf = ({ startAt, course }: Pick<EmergencyRecord, 'startAt' | 'course'>): WallMs =>
  wallMs(startAt + (course.tone?.ms ?? 0) * course.tones + lengthOf(course.notice))

const isVoice = ({ media }: EmergencySound): boolean => media === null

/** When what is said must end: its longest time, and room for the closing chime before it expires. */
export function lastWordAt(record: Pick<EmergencyRecord, 'startAt' | 'course' | 'expiresAt'>, chimeMs: number): WallMs {
  const longest = record.course.message?.find(isVoice)?.ms ?? 0
  return wallMs(Math.min(speakFromOf(record) + longest, record.expiresAt - chimeMs))
}

/** The last word is, or was, at `at`; the closing chime follows it. Where nothing was said there is no voice in it any more. */
export function withVoiceEnd(record: EmergencyRecord, { at, why, chime }: { readonly at: WallMs; readonly why: VoiceEnd; readonly chime: EmergencySound | null }): EmergencyRecord {
  const endAt = wallMs(Math.ceil(Math.max(at, speakFromOf(record))))
  const saidMs = endAt - speakFromOf(record)
  const voice = saidMs > 0 ? (record.course.message ?? []).filter(isVoice).map((sound) => ({ ...sound, ms: saidMs })) : []
  return { ...record, course: { ...record.course, message: [...voice, ...(chime ? [chime] : [])], voice: { endAt, why } } }
}

/** An end that nobody spoke up to is still ahead of every cluster: all begin the closing chime together. */
export const soonest = (now: WallMs): WallMs => wallMs(now + AHEAD_MS)

/** When its last sound is through; null while it may be spoken, and of what is no voice. */
export function voiceOverAt({ course }: Pick<EmergencyRecord, 'course'>): WallMs | null {
  const endAt = course.voice?.endAt ?? null
  return endAt === null ? null : wallMs(endAt + lengthOf((course.message ?? []).filter((sound) => !isVoice(sound))))
}

export const endedBecauseOf = (why: VoiceEnd | null | undefined): NonNullable<Emergency['endedBecause']> => (why === 'spoken' || why === 'too-long' || !why ? 'finished' : 'no-voice')
