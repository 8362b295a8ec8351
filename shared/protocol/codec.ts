import type { Static } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { ok, refuse, type Result } from '../core/result.ts'
import { parseJson } from './orders.ts'
import { TOPICS, type TopicName } from './topics.ts'
import { utf8 } from './wire.ts'

type JsonTopic = { [K in TopicName]: (typeof TOPICS)[K]['kind'] extends 'json' ? K : never }[TopicName]
export type MessageOf<K extends JsonTopic> = Static<(typeof TOPICS)[K]['message']>

export const encodeMessage = <K extends JsonTopic>(_name: K, message: MessageOf<K>): Uint8Array => utf8(JSON.stringify(message))

/** A schema that has been compiled checks forty times as fast; each is compiled when its first message comes. */
const checks = new Map<TopicName, Validator>()
function checkOf(name: JsonTopic): Validator {
  const known = checks.get(name)
  if (known) return known
  const made = Compile(TOPICS[name].message)
  checks.set(name, made)
  return made
}

/** Decoding returns a value that says why it failed; it never throws. */
export function decodeMessage<K extends JsonTopic>(name: K, payload: Uint8Array): Result<MessageOf<K>, 'too-large' | 'malformed'> {
  const row = TOPICS[name]
  if (payload.length > row.limit) return refuse('too-large', `${name}: ${payload.length} bytes, at most ${row.limit} are allowed`)
  const value = parseJson(payload)
  if (!checkOf(name).Check(value)) return refuse('malformed', `${name}: does not fit the message of version 1`)
  return ok(value as MessageOf<K>)
}
