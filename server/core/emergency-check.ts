import type { WallMs } from '../../shared/core/clock.ts'
import { refuse, type Result } from '../../shared/core/result.ts'
import type { EmergencyMessage, EmergencyRefusal, NewEmergency } from './emergency.ts'

export const MAX_LIFE_MS = 24 * 3_600_000
export const DEFAULT_LIFE_MS = 30 * 60_000
/** Order, tone and one short sentence: nothing shorter can be of use. */
export const MIN_LIFE_MS = 10_000
/** One after another in a repeat: the same word in as many languages. */
export const MAX_MESSAGES = 3
/** About five minutes of speech: who must hear it stands in the rain. */
export const MAX_TEXT_CHARACTERS = 5_000
export const MAX_VOICE_MS = 30 * 60_000
const MAX_TITLE = 200

type Refused = Extract<Result<never, EmergencyRefusal>, { ok: false }>
const bad = (why: string): Refused => refuse('bad-message', why)
const whole = (value: number, from: number, to: number): boolean => Number.isInteger(value) && value >= from && value <= to

/** null when it can be said; the programme it names is looked up by the caller. */
export function checkMessage(message: EmergencyMessage): Refused | null {
  switch (message.kind) {
    case 'text':
      if (message.text.trim() === '') return bad('The text is empty: write what is to be said.')
      return message.text.length > MAX_TEXT_CHARACTERS ? bad(`The text has ${message.text.length} characters: shorten it to ${MAX_TEXT_CHARACTERS}.`) : null
    case 'voice':
      return whole(message.maxMs, 1_000, MAX_VOICE_MS) ? null : bad(`A live voice lasts 1 s to ${MAX_VOICE_MS / 60_000} minutes.`)
    case 'programme':
    case 'recording':
      return null
  }
}

/** What is wrong with an order by itself, before anything is looked up. */
export function checkOrder(order: NewEmergency, now: WallMs): Refused | null {
  const { messages, expiresAt } = order
  if (order.title.trim() === '' || order.title.length > MAX_TITLE) return bad(`The title must have 1 to ${MAX_TITLE} characters.`)
  if (messages.length < 1 || messages.length > MAX_MESSAGES) return bad(`An emergency says one to ${MAX_MESSAGES} messages.`)
  if (messages.length > 1 && messages.some((message) => message.kind === 'voice')) return bad('A live voice stands alone: take the other messages out.')
  for (const message of messages) {
    const wrong = checkMessage(message)
    if (wrong) return wrong
  }
  if (!whole(order.times, 1, 1_000) || !whole(order.gapMs, 0, 600_000)) return bad('It is repeated 1 to 1000 times, with a gap of at most ten minutes.')
  if (order.volume !== null && !whole(order.volume, 0, 100)) return bad('The volume is 0 to 100 percent, or null for that of each cluster.')
  if (!whole(order.danger, 0, 9) || !whole(order.authority, 0, 3)) return bad('Danger is 0 to 9, authority 0 to 3.')
  if (!Number.isFinite(expiresAt) || expiresAt < now + MIN_LIFE_MS || expiresAt > now + MAX_LIFE_MS) {
    return refuse('bad-expiry', 'The expiry must lie between ten seconds and 24 hours from now: set it anew.')
  }
  return null
}
