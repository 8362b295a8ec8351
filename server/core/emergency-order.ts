import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { LanguageCode } from '../../shared/core/languages.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { repeatMsOf, type AlertOrder } from '../../shared/protocol/messages/orders.ts'
import { soundPart, type Part } from '../../shared/protocol/messages/parts.ts'
import type { EmergencyClusterRow, EmergencyCourse, EmergencyRecord, EmergencySound } from './emergency-record.ts'
import { forAudience, isForSome } from './emergency-audience.ts'
import { rankOf } from './emergency-rank.ts'

/** From acceptance to the first sound, where every sound is pinned on the clusters (DESIGN §5). */
export const PINNED_START_MS = 700
/** The same with new audio, which has to be made and sent. */
export const NEW_AUDIO_START_MS = 2_000
/** Before a message sounds, its order and its first 300 ms must have reached the clusters. */
export const AHEAD_MS = 1_200
/** While the message is being made the tone goes on at most so often (half a minute of 4.8 s each): longer, and nobody would wait for words. */
export const HOLDING_TONES = 6
const MAX_PARTS = 6

/**
 * When a message that is ready now begins. The tone has been sounding over and over since `startAt`; the message follows the first
 * of them that ends late enough, so that no word is lost and whoever is in phase stays so. Where that would take more parts than an
 * order holds, all begin anew.
 */
export function placeMessage(record: Pick<EmergencyRecord, 'startAt' | 'course'>, messages: number, now: WallMs): { readonly startAt: WallMs; readonly tones: number } {
  const { tone, notice } = record.course
  if (!tone) return { startAt: wallMs(Math.max(record.startAt, now + AHEAD_MS)), tones: 0 }
  const needed = Math.max(1, Math.ceil((now + AHEAD_MS - record.startAt) / tone.ms))
  const room = MAX_PARTS - notice.length - messages
  return needed <= room ? { startAt: record.startAt, tones: needed } : { startAt: wallMs(now + PINNED_START_MS), tones: 1 }
}

/** What one repeat is made of for all, or for an audience; empty while there is nothing to sound. */
export function soundsOf({ tone, tones, notice, message, voice }: EmergencyCourse, audience?: () => readonly LanguageCode[]): readonly EmergencySound[] {
  if (!message) return tone ? [tone] : []
  // somebody who speaks speaks to all of them
  const theirs = audience && !voice && isForSome(message) ? forAudience(message, audience()) : message
  return [...Array.from({ length: tone ? tones : 0 }, () => tone as EmergencySound), ...notice, ...theirs]
}

/** How much of a repeat calls for attention and says nothing: whoever has heard no more needs no correction. */
const leadMsOf = ({ tone, tones, message }: EmergencyCourse): number => (tone?.ms ?? 0) * (message ? tones : 1)

/** A pinned file needs its name only; one that is not held there says how it comes. */
function partOf({ media, bytes, ms, stream, pinned }: EmergencySound, lacks: (sha: string) => boolean): Part {
  if (media === null) return { s: stream, ms }
  return pinned && !lacks(media) ? { m: media, ms } : { m: media, b: bytes, s: stream, ms }
}

export interface OrderContext {
  readonly issuedAt: WallMs
  /** The cluster is known not to hold a pinned file. */
  readonly lacks: (sha: string) => boolean
  /** Languages of its people, best first; absent = all that is said is for them. */
  readonly audience?: () => readonly LanguageCode[]
}

/** Since when it is over on this cluster; null = it goes on, or ends by itself. */
function endedOn({ endedAt, endedBecause }: EmergencyRecord, { stopped }: EmergencyClusterRow): number | null {
  if (stopped) return stopped.at
  return endedBecause === 'cancelled' || endedBecause === 'replaced' ? endedAt : null
}

/** The order that is in force for one cluster, whole; null while there is nothing to sound. */
export function orderFor(record: EmergencyRecord, row: EmergencyClusterRow, { issuedAt, lacks, audience }: OrderContext): AlertOrder | null {
  const sounds = soundsOf(record.course, audience)
  if (sounds.length === 0) return null
  const holding = record.course.message === null
  const { danger, authority } = rankOf(record)
  const corr = record.course.correctionSounds
  return {
    t: 'alert', c: row.cluster, iat: issuedAt, exp: record.endedBecause === 'cancelled' ? record.until : record.expiresAt, rev: row.rev, id: record.id,
    drill: record.drill, danger, auth: authority, at: record.startAt,
    times: holding ? HOLDING_TONES : record.order.times,
    gap: holding ? 0 : record.order.gapMs,
    vol: record.order.volume,
    parts: sounds.map((sound) => partOf(sound, lacks)),
    lead: leadMsOf(record.course),
    ended: endedOn(record, row),
    ...(corr && record.endedBecause === 'cancelled' ? { corr: corr.map((sound) => partOf(sound, lacks)) } : {}),
  }
}

/** What an order sounds where it was heard in time; null once it is over. The cluster's own account may differ: it counts what it sounded. */
export function slotOfOrder(order: AlertOrder): Slot | null {
  if (order.ended !== null) return null
  const id = `a.${order.id}`
  return {
    id, session: id, class: 'emergency', start: wallMs(order.at), end: wallMs(order.exp), lengthMs: repeatMsOf(order), repeats: order.times,
    source: { kind: 'parts', parts: order.parts.map(soundPart) },
    resume: order.parts.some(({ m }) => m === undefined) ? 'where-it-would-be-now' : 'from-the-beginning', policy: '', music: false, order: 0, staggerMs: 0, issuedAt: wallMs(order.iat), danger: order.danger, authority: order.auth,
  }
}
