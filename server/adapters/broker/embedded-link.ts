import type { Aedes, AedesOptions } from 'aedes'
import type { Log } from '../../../shared/core/log.ts'
import { BrokenInvariant } from '../../../shared/core/result.ts'
import { MAX_STREAM_PACKET_BYTES } from '../../../shared/protocol/stream.ts'
import { mayPublish, parseTopic, streamTopicOf, topicOf, TOPICS } from '../../../shared/protocol/topics.ts'
import type { PublishOptions, ServerLink } from '../../core/ports.ts'
import type { FanOut } from './fan-out.ts'
import type { BrokerCount, BrokerLimits } from './limits.ts'

/** A message of the server that its own table does not allow is a bug of ours, wherever the broker lives. */
export function checkOwnMessage(topic: string, payload: Uint8Array): void {
  const row = parseTopic(topic)
  if (!row || !mayPublish({ kind: 'server' }, topic)) throw new BrokenInvariant(`the server does not publish on ${topic}`)
  if (TOPICS[row.name].kind === 'stream') throw new BrokenInvariant(`what is sent on ${topic} goes through the link’s streams`)
  if (payload.length > TOPICS[row.name].limit) throw new BrokenInvariant(`${payload.length} B on ${topic}: its limit is ${TOPICS[row.name].limit}`)
}

/** The topic of a stream, or of a cluster's `audio`, for a packet that may travel on it; anything else is a bug of ours. */
export function checkOwnSound(topic: string, packet: Uint8Array): string {
  if (!mayPublish({ kind: 'server' }, topic)) throw new BrokenInvariant(`the server does not publish on ${topic}`)
  if (packet.length > MAX_STREAM_PACKET_BYTES) throw new BrokenInvariant(`${packet.length} B on ${topic}: its limit is ${MAX_STREAM_PACKET_BYTES}`)
  return topic
}

export interface EmbeddedLinkDeps {
  readonly limits: BrokerLimits
  readonly log: Log
  count(name: BrokerCount): void
  /** The sender was in order, the message too long for its row. */
  isDropped(packet: object): boolean
  /** False when the store of retained topics is full. */
  hasRoomFor(topic: string): boolean
  readonly fanOut: FanOut
}

export interface EmbeddedLink {
  readonly link: ServerLink
  /** aedes' hook: called once for every message that it has accepted. */
  readonly published: NonNullable<AedesOptions['published']>
  attach(aedes: Aedes): void
  inFlight(): number
  stopped(): boolean
}

/** The server's side of the embedded broker: no socket, no copy over loopback. */
export function createEmbeddedLink({ limits, log, count, isDropped, hasRoomFor, fanOut }: EmbeddedLinkDeps): EmbeddedLink {
  let aedes: Aedes | null = null
  let handler: (topic: string, payload: Uint8Array) => void = () => undefined
  let inFlight = 0
  let stopped = false

  const hand = (topic: string, payload: string | Buffer): void => {
    count('received')
    try {
      // a copy of its own: the parser's slices keep whole socket reads alive
      handler(topic, Uint8Array.from(Buffer.from(payload as Buffer)))
    } catch (error) {
      count('handlerError')
      log.error({ error, topic }, 'handler of agent messages failed')
    }
  }

  const publish = async (topic: string, payload: Uint8Array, { qos, retain }: PublishOptions): Promise<void> => {
    checkOwnMessage(topic, payload)
    if (stopped || !aedes) throw new Error('the broker is stopped')
    if (inFlight >= limits.maxInFlight) throw new Error(`the broker is behind: ${inFlight} messages under way`)
    if (retain && payload.length > 0 && !hasRoomFor(topic)) throw new Error(`the broker holds ${limits.maxRetained} retained topics: clear those of clusters that are gone`)
    inFlight++
    count('published')
    // done comes when every subscriber's socket has taken it, up to the drain time-out; the promise does not wait for that
    aedes.publish({ cmd: 'publish', topic, payload: Buffer.from(payload), qos, retain, dup: false }, (error) => {
      inFlight--
      if (!error) return
      count('brokerError')
      log.error({ error, topic }, 'message not published')
    })
  }

  const pass = (topic: string, packet: Uint8Array): void => {
    checkOwnSound(topic, packet)
    if (!stopped) fanOut.send(topic, packet)
  }

  return {
    link: {
      publish,
      streams: {
        send: (stream, packet) => pass(streamTopicOf(stream), packet),
        sendTo: (cluster, packet) => pass(topicOf('audio', cluster), packet),
        joined: (stream) => fanOut.joined(streamTopicOf(stream)),
      },
      onMessage: (fn) => void (handler = fn),
      connected: () => !stopped,
      stop: async () => void (stopped = true),
    },
    published(packet, client, done) {
      // without a client it is the server's own message, or a note of aedes to itself
      if (client && !stopped && !isDropped(packet)) hand(packet.topic, packet.payload)
      done(null)
    },
    attach: (broker) => void (aedes = broker),
    inFlight: () => inFlight,
    stopped: () => stopped,
  }
}
