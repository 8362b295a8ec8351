import { performance } from 'node:perf_hooks'
import type { AedesOptions, AedesPublishPacket, Client, ConnectPacket, PublishPacket } from 'aedes'
import type { Log } from '../../../shared/core/log.ts'
import { clientIdOf, CONNECTIONS, mayPublish, maySubscribe, parseStreamTopic, parseTopic, topicOf, TOPICS, type Connection, type Identity } from '../../../shared/protocol/topics.ts'
import type { Authenticate } from '../../core/ports.ts'
import type { ConnectLimits } from './connect-limits.ts'
import { isSoundTopic } from './fan-out.ts'
import type { BrokerCount, BrokerLimits } from './limits.ts'

/** Whose connection it is, as its credential proved. */
export interface Session {
  readonly cluster: string
  readonly connection: Connection
  /** A second's worth of publishes, against floods. */
  windowMs: number
  publishes: number
  /** Topics of the streams that it has joined. */
  readonly streams: Set<string>
}

export interface GateDeps {
  readonly authenticate: Authenticate
  readonly limits: BrokerLimits
  readonly connects: ConnectLimits
  readonly log: Log
  count(name: BrokerCount): void
  /** Where a client's socket comes from. */
  addressOf(client: Client): string
  /** The client has shown a right credential. */
  passed(client: Client): void
}

type Hooks = Required<Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>>

/** The broker's door, closed by default: who may come in, speak and hear. */
export interface Gate {
  readonly hooks: Hooks
  sessionOf(client: Client): Session | undefined
  /** True for a message whose sender stays but whose content is to be dropped. */
  isDropped(packet: object): boolean
  /** The client has unsubscribed: it may join other streams. */
  left(client: Client, topics: readonly string[]): void
}

/** CONNACK return codes of MQTT 3.1.1 §3.2.2.3. */
const BAD_CLIENT_ID = 2
const TRY_LATER = 3
const BAD_CREDENTIAL = 4
const NOT_ALLOWED = 5

const refusal = (text: string, returnCode: number): Error & { returnCode: number } => Object.assign(new Error(text), { returnCode })

export function createGate(deps: GateDeps): Gate {
  const connecting = new WeakMap<Client, ConnectPacket>()
  const sessions = new WeakMap<Client, Session>()
  const dropped = new WeakSet<object>()
  const identityOf = (client: Client | null): Identity | null => {
    const session = client && sessions.get(client)
    return session ? { kind: 'cluster', cluster: session.cluster } : null
  }
  return {
    sessionOf: (client) => sessions.get(client),
    isDropped: (packet) => dropped.has(packet),
    left: (client, topics) => topics.forEach((topic) => sessions.get(client)?.streams.delete(topic)),
    hooks: {
      preConnect(client, packet, done) {
        // a session kept for an absent agent would be an unbounded queue of old orders: state is retained instead
        if (!packet.clean) deps.count('sessionMadeClean')
        packet.clean = true
        connecting.set(client, packet)
        if (packet.keepalive && packet.keepalive <= deps.limits.maxKeepaliveS) return done(null, true)
        deps.count('refusedKeepalive')
        done(new Error(`keep-alive must be 1 to ${deps.limits.maxKeepaliveS} s`), false)
      },
      authenticate(client, username, password, done) {
        const judged = judgeConnect(deps, { client, username, password, will: connecting.get(client)?.will })
        connecting.delete(client)
        if ('refused' in judged) {
          deps.count(judged.refused)
          deps.log.debug({ address: deps.addressOf(client), clientId: client.id, username }, `connection refused: ${judged.why}`)
          return done(refusal(judged.why, judged.returnCode), false)
        }
        sessions.set(client, judged)
        deps.passed(client)
        done(null, true)
      },
      authorizePublish(client, packet, done) {
        const who = identityOf(client)
        const fault = who && client ? judgePublish(deps, { who, packet, session: sessions.get(client) }) : 'refusedPublish'
        if (fault === 'oversized') dropped.add(packet)
        if (fault) deps.count(fault)
        if (fault === null || fault === 'oversized') return done(null)
        deps.log.debug({ clientId: client?.id, topic: packet.topic.slice(0, 128), fault }, 'publish refused, connection cut')
        done(new Error(fault))
      },
      authorizeSubscribe(client, subscription, done) {
        const session = sessions.get(client)
        const fault = session ? judgeSubscribe(deps.limits, session, subscription.topic) : 'refusedSubscribe'
        if (fault) deps.count(fault)
        done(null, fault ? null : subscription)
      },
      authorizeForward: (client, packet) => judgeForward(deps, client, packet),
    },
  }
}

interface ConnectAttempt {
  readonly client: Client
  readonly username: string | undefined
  readonly password: Uint8Array | undefined
  readonly will: ConnectPacket['will']
}
type Judged = Session | { readonly refused: BrokerCount; readonly why: string; readonly returnCode: number }

function judgeConnect(deps: GateDeps, { client, username, password, will }: ConnectAttempt): Judged {
  const address = deps.addressOf(client)
  const refuseCredential = (refused: BrokerCount, why: string): Judged => {
    deps.connects.noteFailure(address)
    return { refused, why, returnCode: BAD_CREDENTIAL }
  }
  if (!username || !password) return refuseCredential('refusedAnonymous', 'no user name or no password')
  const who = deps.authenticate(username, password, client.id)
  // the server speaks through its link, never over a socket
  if (who?.kind !== 'cluster') return refuseCredential('refusedCredential', 'unknown user name or wrong password')
  const connection = CONNECTIONS.find((name) => client.id === clientIdOf(who.cluster, name))
  if (!connection) return { refused: 'refusedClientId', why: 'the client id is not one of this credential', returnCode: BAD_CLIENT_ID }
  if (will && !willIsOwn(will, who.cluster)) return { refused: 'refusedWill', why: 'the last will must be the cluster’s own, not retained', returnCode: NOT_ALLOWED }
  if (!deps.connects.mayConnect(client.id)) return { refused: 'refusedRate', why: 'connects too often', returnCode: TRY_LATER }
  return { cluster: who.cluster, connection, windowMs: 0, publishes: 0, streams: new Set() }
}

const willIsOwn = (will: NonNullable<ConnectPacket['will']>, cluster: string): boolean =>
  will.topic === topicOf('gone', cluster) && will.retain !== true && will.qos !== 2 && will.payload.length <= TOPICS.gone.limit

/** null when it may hear; a stream is noted as joined. Sound goes to `aud` alone: on `ctl` an order would wait behind it. */
function judgeSubscribe({ maxStreamsPerClient }: BrokerLimits, session: Session, topic: string): BrokerCount | null {
  if (!maySubscribe({ kind: 'cluster', cluster: session.cluster }, topic)) return 'refusedSubscribe'
  if (isSoundTopic(topic) && session.connection !== 'aud') return 'refusedSubscribe'
  if (parseStreamTopic(topic) === null || session.streams.has(topic)) return null
  if (session.streams.size >= maxStreamsPerClient) return 'refusedStreams'
  session.streams.add(topic)
  return null
}

interface PublishAttempt {
  readonly who: Identity
  readonly packet: PublishPacket
  readonly session: Session | undefined
}

/** null when the message may pass. Every fault but `oversized` ends the connection: our own agents commit none of them. */
function judgePublish(deps: GateDeps, { who, packet, session }: PublishAttempt): BrokerCount | null {
  if (session && floods(session, deps.limits.maxPublishesPerS)) return 'flooded'
  if (!mayPublish(who, packet.topic)) return 'refusedPublish'
  if (packet.qos === 2) return 'refusedQos2'
  if (packet.retain) {
    deps.count('retainStripped')
    packet.retain = false
  }
  const row = parseTopic(packet.topic)
  return row && packet.payload.length > TOPICS[row.name].limit ? 'oversized' : null
}

function floods(session: Session, maxPerS: number): boolean {
  const now = performance.now()
  if (now - session.windowMs >= 1_000) {
    session.windowMs = now
    session.publishes = 0
  }
  return ++session.publishes > maxPerS
}

function judgeForward(deps: GateDeps, client: Client, packet: AedesPublishPacket): AedesPublishPacket | null {
  const waiting = client.conn.writableLength
  if (packet.qos === 0 && waiting > deps.limits.behindBytes) {
    deps.count('droppedBehind')
    return null
  }
  if (waiting <= deps.limits.cutBytes) return packet
  deps.count('cutBehind')
  client.conn.destroy(new Error('too far behind'))
  return null
}
