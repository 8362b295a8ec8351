import { Ack, AlertOrder, NowOrder, PlanOrder } from './messages/orders.ts'
import { Beat } from './messages/beat.ts'
import { Delivery } from './messages/delivery.ts'
import { EvidenceBatch } from './messages/evidence.ts'
import { Gone, Hello } from './messages/presence.ts'
import { Health } from './messages/health.ts'
import { Join } from './messages/join.ts'
import { Reported } from './messages/reported.ts'
import { Served, ServiceOrder } from './messages/service.ts'
import { UpdateOrder } from './messages/update.ts'
import { Want } from './messages/want.ts'
import { MAX_STREAM_PACKET_BYTES, STREAM_NAME } from './stream.ts'

/** How the payload of a topic is laid out. `order` is a JWS (orders.ts), the binary ones are in blocks.ts, time.ts and stream.ts. */
export type BodyKind = 'json' | 'order' | 'block' | 'time-ask' | 'time' | 'stream'

/** Version 1 of the protocol: its number is part of every topic, so that two versions can live on one broker. */
export const PROTOCOL_VERSION = 1

/**
 * Every topic there is. Builder, parser, subscriptions, access list and the table of PROTOCOL.md come from these rows.
 * `limit` is the greatest payload in bytes that the receiver looks at; longer ones are counted and dropped.
 */
export const TOPICS = {
  plan: { path: 'tl/1/c/{cluster}/plan', from: 'server', qos: 1, retain: true, kind: 'order', message: PlanOrder, limit: 600, what: 'Desired state, head: which plan is in force' },
  now: { path: 'tl/1/c/{cluster}/now', from: 'server', qos: 1, retain: true, kind: 'order', message: NowOrder, limit: 2_048, what: 'Desired state, immediate: stop, mute, volume, live broadcasts' },
  alert: { path: 'tl/1/c/{cluster}/alert', from: 'server', qos: 1, retain: true, kind: 'order', message: AlertOrder, limit: 2_560, what: 'Desired state: one emergency. The newest is retained; all that are in force come again after every hello' },
  ack: { path: 'tl/1/c/{cluster}/ack', from: 'server', qos: 1, retain: false, kind: 'order', message: Ack, limit: 600, what: 'Evidence up to here is on the server’s disk' },
  service: { path: 'tl/1/c/{cluster}/service', from: 'server', qos: 1, retain: false, kind: 'order', message: ServiceOrder, limit: 900, what: 'One act of service: restart, test tone, log bundle, listen in' },
  update: { path: 'tl/1/c/{cluster}/update', from: 'server', qos: 1, retain: false, kind: 'order', message: UpdateOrder, limit: 900, what: 'Desired state: which release of the agent is to run. Said again after every hello until it is settled' },
  block: { path: 'tl/1/c/{cluster}/block', from: 'server', qos: 0, retain: false, kind: 'block', message: null, limit: 8_240, what: 'One block of a file that the cluster asked for' },
  time: { path: 'tl/1/c/{cluster}/time', from: 'server', qos: 0, retain: false, kind: 'time', message: null, limit: 256, what: 'Answer to a time question, signed over its nonce' },
  audio: { path: 'tl/1/c/{cluster}/audio', from: 'server', qos: 0, retain: false, kind: 'stream', message: null, limit: MAX_STREAM_PACKET_BYTES, what: 'Stream packets for this cluster alone: clips of an emergency, and what it lacks of a stream' },
  hello: { path: 'tl/1/c/{cluster}/hello', from: 'agent', qos: 1, retain: false, kind: 'json', message: Hello, limit: 1_024, what: 'Said on every connection: revisions held, version, state of the clock' },
  want: { path: 'tl/1/c/{cluster}/want', from: 'agent', qos: 0, retain: false, kind: 'json', message: Want, limit: 256, what: 'Blocks that the cluster lacks' },
  join: { path: 'tl/1/c/{cluster}/join', from: 'agent', qos: 0, retain: false, kind: 'json', message: Join, limit: 160, what: 'Packets of a stream that the cluster lacks' },
  delivery: { path: 'tl/1/c/{cluster}/delivery', from: 'agent', qos: 1, retain: false, kind: 'json', message: Delivery, limit: 320, what: 'How far an emergency or a live broadcast has come here' },
  timeAsk: { path: 'tl/1/c/{cluster}/ask', from: 'agent', qos: 0, retain: false, kind: 'time-ask', message: null, limit: 16, what: 'Time question: a nonce' },
  reported: { path: 'tl/1/c/{cluster}/reported', from: 'agent', qos: 1, retain: false, kind: 'json', message: Reported, limit: 4_096, what: 'Reported state: revisions applied, media held, what is playing, refusals' },
  beat: { path: 'tl/1/c/{cluster}/beat', from: 'agent', qos: 1, retain: false, kind: 'json', message: Beat, limit: 512, what: 'Every 40 s: alive, signal, link, clock, buffer, cache' },
  health: { path: 'tl/1/c/{cluster}/health', from: 'agent', qos: 1, retain: false, kind: 'json', message: Health, limit: 2_048, what: 'On change, and every hour: everything that a beat leaves out' },
  evidence: { path: 'tl/1/c/{cluster}/evidence', from: 'agent', qos: 1, retain: false, kind: 'json', message: EvidenceBatch, limit: 16_384, what: 'What was played, until acknowledged' },
  served: { path: 'tl/1/c/{cluster}/served', from: 'agent', qos: 1, retain: false, kind: 'json', message: Served, limit: 2_048, what: 'What came of an act of service' },
  piece: { path: 'tl/1/c/{cluster}/piece', from: 'agent', qos: 1, retain: false, kind: 'block', message: null, limit: 8_240, what: 'One block of a file that the cluster announced in `served`' },
  gone: { path: 'tl/1/c/{cluster}/gone', from: 'agent', qos: 1, retain: false, kind: 'json', message: Gone, limit: 128, what: 'Last will of one connection' },
} as const

export type TopicName = keyof typeof TOPICS
export const TOPIC_NAMES = Object.keys(TOPICS) as readonly TopicName[]

/** A cluster's identity: ten characters of Crockford's base32 in lower case. Also its MQTT user name. */
export const CLUSTER_ID = /^[0-9a-hjkmnp-tv-z]{10}$/

/** The two connections of a cluster: orders, state and blocks on one; streams on the other. */
export const CONNECTIONS = ['ctl', 'aud'] as const
export type Connection = (typeof CONNECTIONS)[number]
export const clientIdOf = (cluster: string, connection: Connection): string => `${cluster}.${connection}`

/** Of the server's rows, the one that travels on `aud`: an order never waits behind audio. */
export const connectionOf = (name: TopicName): Connection => (TOPICS[name].kind === 'stream' ? 'aud' : 'ctl')

/** What every cluster that joined it hears alike. Its payload is that of `audio`. */
export const STREAM_TOPIC = 'tl/1/s/{stream}'
export const streamTopicOf = (stream: string): string => STREAM_TOPIC.replace('{stream}', stream)
const STREAM_PREFIX = 'tl/1/s/'

/** The stream's name; null for any other topic. */
export function parseStreamTopic(topic: string): string | null {
  if (!topic.startsWith(STREAM_PREFIX)) return null
  const name = topic.slice(STREAM_PREFIX.length)
  return STREAM_NAME.test(name) ? name : null
}

/** The topic of a row for one cluster. */
export const topicOf = (name: TopicName, cluster: string): string => TOPICS[name].path.replace('{cluster}', cluster)

/** The server's subscription for a row that agents publish. */
export const filterOf = (name: TopicName): string => TOPICS[name].path.replace('{cluster}', '+')

export interface ParsedTopic {
  readonly name: TopicName
  readonly cluster: string
}

const LAST_WORD = new Map<string, TopicName>(
  TOPIC_NAMES.map((name) => [TOPICS[name].path.slice(TOPICS[name].path.lastIndexOf('/') + 1), name]),
)
const PREFIX = 'tl/1/c/'

/** null for anything that is not exactly a row of the table. */
export function parseTopic(topic: string): ParsedTopic | null {
  if (!topic.startsWith(PREFIX)) return null
  const [cluster, word, ...rest] = topic.slice(PREFIX.length).split('/')
  const name = word === undefined ? undefined : LAST_WORD.get(word)
  if (cluster === undefined || name === undefined || rest.length > 0 || !CLUSTER_ID.test(cluster)) return null
  return { name, cluster }
}

/** Topics that a cluster subscribes to as soon as it is connected, exact, no wildcard. Streams are joined when they are due. */
export const subscriptionsOf = (cluster: string, connection: Connection = 'ctl'): readonly string[] =>
  TOPIC_NAMES.filter((name) => TOPICS[name].from === 'server' && connectionOf(name) === connection).map((name) => topicOf(name, cluster))

/** Filters that the server subscribes to. */
export const serverSubscriptions = (): readonly string[] =>
  TOPIC_NAMES.filter((name) => TOPICS[name].from === 'agent').map(filterOf)

/** Who is on a connection, as its credential proved. */
export type Identity = { readonly kind: 'server' } | { readonly kind: 'cluster'; readonly cluster: string }

/** The access list, closed by default: a cluster speaks and hears under its own name only. */
export function mayPublish(who: Identity, topic: string): boolean {
  if (who.kind === 'server' && parseStreamTopic(topic) !== null) return true
  const parsed = parseTopic(topic)
  if (!parsed) return false
  const { from } = TOPICS[parsed.name]
  return who.kind === 'server' ? from === 'server' : from === 'agent' && parsed.cluster === who.cluster
}

/** A cluster may subscribe to exact topics of its own and, one by one, to the station's streams: all may hear what is broadcast. The server to its filters. */
export function maySubscribe(who: Identity, filter: string): boolean {
  if (who.kind === 'server') return serverSubscriptions().includes(filter)
  if (parseStreamTopic(filter) !== null) return true
  const parsed = parseTopic(filter)
  return parsed !== null && TOPICS[parsed.name].from === 'server' && parsed.cluster === who.cluster
}
