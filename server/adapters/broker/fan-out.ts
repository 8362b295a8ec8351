import { performance } from 'node:perf_hooks'
import type { Client } from 'aedes'
import { parseStreamTopic, parseTopic, TOPICS } from '../../../shared/protocol/topics.ts'
import { emptyBacklog, judgeBacklog, type Backlog, type BacklogLimits } from './backlog.ts'
import type { BrokerCount, BrokerLimits } from './limits.ts'

/** What the fan-out needs of a client: aedes' public surface. */
export type FanOutClient = Pick<Client, 'closed'> & { readonly conn: FanOutSocket }
export interface FanOutSocket {
  readonly destroyed: boolean
  readonly writableLength: number
  write(bytes: Uint8Array): boolean
  destroy(error: Error): unknown
  once(event: 'close', listener: () => void): unknown
}

export interface FanOutDeps {
  readonly limits: Pick<BrokerLimits, 'stream' | 'streamLateMs' | 'audio' | 'audioLateMs' | 'sliceMs' | 'maxWaitingPackets' | 'maxCutsPerS'>
  count(name: BrokerCount): void
  /** Monotonic ms. */
  readonly nowMs?: () => number
  /** Calls once when other events have had their turn. */
  readonly later?: (fn: () => void) => void
}

/**
 * Sound on its way to whoever has joined: encoded once, written to each socket that is not behind. It never waits, and it never
 * holds the thread for longer than a slice.
 */
export interface FanOut {
  /** Topics that are none of sound are passed over, and so is a client that is closed. */
  subscribed(client: FanOutClient, topics: readonly string[]): void
  unsubscribed(client: FanOutClient, topics: readonly string[]): void
  gone(client: FanOutClient): void
  /** `payload` is not copied before it is sent: it must not change any more. */
  send(topic: string, payload: Uint8Array): void
  joined(topic: string): number
  /** Topics that somebody has joined. */
  topics(): number
  /** Packets that are not yet written to all who have joined. */
  waiting(): number
}

interface Listener {
  readonly client: FanOutClient
  readonly conn: FanOutSocket
  readonly topics: Set<string>
  readonly backlog: Backlog
}
interface Packet {
  readonly topic: string
  readonly payload: Uint8Array
  readonly sinceMs: number
  /** Live: who leaves meanwhile is not met any more. */
  readonly left: Iterator<Listener>
  bytes: Uint8Array | null
}
/** The packets of one kind in their order, and how far behind a socket may be for them. */
interface Lane {
  readonly limits: BacklogLimits
  readonly lateMs: number
  readonly packets: Packet[]
  at: number
}

/** So many writes between two looks at the clock. */
const LOOK_EVERY = 16
/** So many packets that are done with stay in a lane that is never empty. */
const FORGET_EVERY = 1_024

export const isSoundTopic = (topic: string): boolean => parseStreamTopic(topic) !== null || isAudio(topic)
function isAudio(topic: string): boolean {
  const row = parseTopic(topic)
  return row !== null && TOPICS[row.name].kind === 'stream'
}

/** A PUBLISH of QoS 0 (MQTT 3.1.1 §3.3): without a packet id it is the same for every subscriber. */
export function encodePublish(topic: string, payload: Uint8Array): Uint8Array {
  const name = Buffer.from(topic)
  let left = 2 + name.length + payload.length
  const head = [0x30]
  do {
    head.push((left % 128) | (left >= 128 ? 128 : 0))
    left = Math.floor(left / 128)
  } while (left > 0)
  return Buffer.concat([Buffer.from([...head, name.length >> 8, name.length & 255]), name, payload])
}

export function createFanOut(deps: FanOutDeps): FanOut {
  return new Lanes(deps)
}

class Lanes implements FanOut {
  readonly #limits: FanOutDeps['limits']
  readonly #count: FanOutDeps['count']
  readonly #nowMs: () => number
  readonly #later: (fn: () => void) => void
  readonly #listeners = new Map<FanOutClient, Listener>()
  readonly #byTopic = new Map<string, Set<Listener>>()
  readonly #streams: Lane
  readonly #audio: Lane
  #cuts = { fromMs: 0, count: 0 }
  /** A slice has run in this turn of the event loop: what comes waits for the next. */
  #worked = false

  constructor({ limits, count, nowMs = () => performance.now(), later = setImmediate }: FanOutDeps) {
    this.#limits = limits
    this.#count = count
    this.#nowMs = nowMs
    this.#later = (fn) => void later(fn)
    this.#streams = { limits: limits.stream, lateMs: limits.streamLateMs, packets: [], at: 0 }
    this.#audio = { limits: limits.audio, lateMs: limits.audioLateMs, packets: [], at: 0 }
  }

  subscribed(client: FanOutClient, topics: readonly string[]): void {
    for (const topic of topics) {
      if (isSoundTopic(topic) && !client.closed && !client.conn.destroyed) this.#join(client, topic)
    }
  }

  #join(client: FanOutClient, topic: string): void {
    let listener = this.#listeners.get(client)
    if (!listener) {
      listener = { client, conn: client.conn, topics: new Set(), backlog: emptyBacklog() }
      this.#listeners.set(client, listener)
      client.conn.once('close', () => this.gone(client))
    }
    listener.topics.add(topic)
    const joined = this.#byTopic.get(topic)
    if (joined) joined.add(listener)
    else this.#byTopic.set(topic, new Set([listener]))
  }

  unsubscribed(client: FanOutClient, topics: readonly string[]): void {
    const listener = this.#listeners.get(client)
    if (!listener) return
    for (const topic of topics) {
      const joined = this.#byTopic.get(topic)
      listener.topics.delete(topic)
      if (joined?.delete(listener) && joined.size === 0) this.#byTopic.delete(topic)
    }
    if (listener.topics.size === 0 && client.conn.destroyed) this.#listeners.delete(client)
  }

  gone(client: FanOutClient): void {
    const listener = this.#listeners.get(client)
    if (!listener) return
    this.unsubscribed(client, [...listener.topics])
    this.#listeners.delete(client)
  }

  joined(topic: string): number {
    return this.#byTopic.get(topic)?.size ?? 0
  }

  topics(): number {
    return this.#byTopic.size
  }

  waiting(): number {
    return this.#streams.packets.length - this.#streams.at + this.#audio.packets.length - this.#audio.at
  }

  send(topic: string, payload: Uint8Array): void {
    const joined = this.#byTopic.get(topic)
    if (!joined) return this.#count('streamUnheard')
    if (this.waiting() >= this.#limits.maxWaitingPackets) return this.#count('streamOverflow')
    const lane = parseStreamTopic(topic) === null ? this.#audio : this.#streams
    lane.packets.push({ topic, payload, sinceMs: this.#nowMs(), left: joined.values(), bytes: null })
    if (!this.#worked) this.#work()
  }

  #work(): void {
    this.#worked = true
    // what is for all goes first; what is for one has the rest, and half of the slice when there is more than enough
    const begun = this.#nowMs()
    const half = this.#audio.packets.length > this.#audio.at ? 0.5 : 1
    this.#serve(this.#streams, begun + this.#limits.sliceMs * half)
    this.#serve(this.#audio, begun + this.#limits.sliceMs)
    this.#later(() => {
      this.#worked = false
      if (this.waiting() > 0) this.#work()
    })
  }

  /** Writes until the lane is empty or the time is over. */
  #serve(lane: Lane, untilMs: number): void {
    let nowMs = this.#nowMs()
    let writes = 0
    for (let packet = lane.packets[lane.at]; packet; packet = lane.packets[lane.at]) {
      // what has begun is ended, or the last to join would be those who always lose
      if (packet.bytes === null && nowMs - packet.sinceMs >= lane.lateMs) this.#count('streamLate')
      else {
        for (let next = packet.left.next(); !next.done; next = packet.left.next()) {
          this.#offer(lane, packet, next.value, nowMs)
          if (++writes % LOOK_EVERY === 0) nowMs = this.#nowMs()
          if (nowMs >= untilMs) return
        }
      }
      if (++lane.at < FORGET_EVERY) continue
      lane.packets.splice(0, lane.at)
      lane.at = 0
    }
    lane.packets.length = 0
    lane.at = 0
  }

  #offer({ limits }: Lane, packet: Packet, { client, conn, backlog }: Listener, nowMs: number): void {
    if (client.closed || conn.destroyed) return this.gone(client)
    const bytes = (packet.bytes ??= encodePublish(packet.topic, packet.payload))
    const verdict = judgeBacklog(backlog, { waiting: conn.writableLength, packetBytes: bytes.length, nowMs }, limits)
    if (verdict === 'write') {
      conn.write(bytes)
      this.#count('streamWritten')
    } else if (verdict === 'stale' && this.#mayCut(nowMs)) {
      this.#count('streamCut')
      conn.destroy(new Error('too far behind the streams'))
    } else this.#count(verdict === 'queue' ? 'streamBehindQueue' : 'streamBehindAge')
  }

  #mayCut(nowMs: number): boolean {
    if (nowMs - this.#cuts.fromMs >= 1_000) this.#cuts = { fromMs: nowMs, count: 0 }
    return this.#cuts.count++ < this.#limits.maxCutsPerS
  }
}
