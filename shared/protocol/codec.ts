import type { Static } from 'typebox'
import { Value } from 'typebox/value'
import { ok, refuse, type Result } from '../core/result.ts'
import { parseJson } from './orders.ts'
import { TOPICS, type TopicName } from './topics.ts'
import { utf8 } from './wire.ts'

type JsonTopic = { [K in TopicName]: (typeof TOPICS)[K]['kind'] extends 'json' ? K : never }[TopicName]
export type MessageOf<K extends JsonTopic> = Static<(typeof TOPICS)[K]['message']>

export const encodeMessage = <K extends JsonTopic>(_name: K, message: MessageOf<K>): Uint8Array => utf8(JSON.stringify(message))

/** Decoding returns a value that says why it failed; it never throws. */
export function decodeMessage<K extends JsonTopic>(name: K, payload: Uint8Array): Result<MessageOf<K>, 'too-large' | 'malformed'> {
  const row = TOPICS[name]
  if (payload.length > row.limit) return refuse('too-large', `${name}: ${payload.length} bytes, at most ${row.limit} are allowed`)
  const value = parseJson(payload)
  if (!Value.Check(row.message, value)) return refuse('malformed', `${name}: does not fit the message of version 1`)
  return ok(value as MessageOf<K>)
}
