import { TOPIC_NAMES, TOPICS } from '../../../shared/protocol/topics.ts'
import type { BacklogLimits } from './backlog.ts'

/** Every limit of the embedded broker, with its reason and its loser. */
export interface BrokerLimits {
  /** Sockets in all. Two for each of 5 000 clusters and some that linger; the newest loses. */
  readonly maxConnections: number
  /** Sockets of one address that have not shown a credential yet. A whole province may sit behind one carrier NAT. */
  readonly maxPendingPerAddress: number
  /** Refused credentials of one address in a minute; after that its new sockets are closed unread until the minute is over. */
  readonly maxFailuresPerAddress: number
  /** Accepted connects of one client id in a minute; an agent backs off far below. Beyond it: "server unavailable". */
  readonly maxConnectsPerClient: number
  /** A socket that has not sent its CONNECT, or finished its TLS handshake, by then is closed. */
  readonly connectTimeoutMs: number
  /** Longest keep-alive that a client may ask for; none at all (0) is refused, or a dead link would never be noticed. */
  readonly maxKeepaliveS: number
  /** Greatest packet before the credential is known: a CONNECT with its will. */
  readonly maxConnectBytes: number
  /** Greatest packet afterwards. The connection loses. */
  readonly maxPacketBytes: number
  /** Messages of one connection in a second; the connection loses. */
  readonly maxPublishesPerS: number
  /** Unsent bytes of a socket beyond which QoS 0 passes it by: a late block or time answer is worth nothing. */
  readonly behindBytes: number
  /** Unsent bytes beyond which a socket is cut instead of losing an order in silence: it comes back to the retained state. */
  readonly cutBytes: number
  /** A socket that takes no byte for so long while some wait is cut. */
  readonly drainTimeoutMs: number
  /** Messages of the server under way inside the broker; beyond it `publish` rejects. */
  readonly maxInFlight: number
  /** Retained topics; three for each of 5 000 clusters, and alerts. */
  readonly maxRetained: number
  /** Streams that one connection may have joined: relay, microphone and emergency at once, and some that are ending. The newest is refused. */
  readonly maxStreamsPerClient: number
  /** When a packet of a stream passes a socket by. What waits for a second finds a full kernel buffer before it; one that waits for ten is late altogether. */
  readonly stream: BacklogLimits
  /** A packet of a stream that has waited so long for this process to begin with it is dropped for all alike: the next ones shall not be late as well. */
  readonly streamLateMs: number
  /** The same for a cluster's own `audio`: a clip comes in one burst, and its packets have no hour. */
  readonly audio: BacklogLimits
  /** Longest wait of its packets, whose reason is a burst and not a lack of time. */
  readonly audioLateMs: number
  /** Longest stretch of writing after which orders and timers have their turn. 3 000 sockets in one go are 40 ms and more. */
  readonly sliceMs: number
  /** Packets that are not yet written to everybody; a clip of half a minute for 3 000 clusters. The newest loses. */
  readonly maxWaitingPackets: number
  /** Sockets cut in a second because of late sound: where the whole network is behind, thousands that come back at once would not help it. The others are passed by. */
  readonly maxCutsPerS: number
}

/** Topic, its length and the packet id, generously. */
const ROOM_FOR_TOPIC = 128
const greatestFromAgents = Math.max(...TOPIC_NAMES.filter((name) => TOPICS[name].from === 'agent').map((name) => TOPICS[name].limit))

export const DEFAULT_LIMITS: BrokerLimits = {
  maxConnections: 12_000,
  maxPendingPerAddress: 4_000,
  maxFailuresPerAddress: 300,
  maxConnectsPerClient: 30,
  connectTimeoutMs: 10_000,
  maxKeepaliveS: 120,
  maxConnectBytes: 1_024,
  maxPacketBytes: greatestFromAgents + ROOM_FOR_TOPIC,
  maxPublishesPerS: 200,
  behindBytes: 32 * 1_024,
  cutBytes: 256 * 1_024,
  drainTimeoutMs: 3_000,
  maxInFlight: 20_000,
  maxRetained: 50_000,
  maxStreamsPerClient: 8,
  stream: { bytes: 8 * 1_024, packets: 2, behindMs: 1_000, staleMs: 10_000 },
  streamLateMs: 300,
  audio: { bytes: 128 * 1_024, packets: 2, behindMs: 3_000, staleMs: 10_000 },
  audioLateMs: 5_000,
  sliceMs: 10,
  maxWaitingPackets: 100_000,
  maxCutsPerS: 50,
}

/** What the broker counts, by reason. */
export const COUNTS = [
  'connected', 'disconnected', 'takenOver', 'received', 'published', 'droppedBehind', 'cutBehind', 'cutSlow',
  'refusedAnonymous', 'refusedCredential', 'refusedClientId', 'refusedWill', 'refusedKeepalive', 'refusedRate', 'refusedAddress',
  'refusedFull', 'connectTimeout', 'tooBig', 'malformed', 'refusedPublish', 'refusedSubscribe', 'refusedStreams', 'refusedQos2', 'flooded',
  'oversized', 'retainStripped', 'sessionMadeClean', 'keepaliveTimeout', 'tlsFailed', 'clientError', 'brokerError', 'handlerError',
  // of sound: written to a socket; passed by because of its queue or its age; cut; of nobody; too late or too many in our own queue
  'streamWritten', 'streamBehindQueue', 'streamBehindAge', 'streamCut', 'streamUnheard', 'streamLate', 'streamOverflow',
] as const
export type BrokerCount = (typeof COUNTS)[number]
export type BrokerCounts = Record<BrokerCount, number>

export const zeroCounts = (): BrokerCounts => Object.fromEntries(COUNTS.map((name) => [name, 0])) as BrokerCounts
