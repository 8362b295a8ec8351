import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import type { Cancel, Clock, MonoMs, Random } from '../../../shared/core/clock.ts'
import { sinceMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { parseTopic, serverSubscriptions, streamTopicOf, topicOf, TOPICS } from '../../../shared/protocol/topics.ts'
import type { PublishOptions, ServerLink, StreamLink } from '../../core/ports.ts'
import { checkOwnMessage, checkOwnSound } from './embedded-link.ts'

export const SERVER_CLIENT_ID = 'tl-server'
const BACK_OFF_BASE_MS = 1_000
const BACK_OFF_CAP_MS = 30_000
/** A connection that ends sooner counts as a failed attempt, or a broker that throws us out is hammered. */
const STABLE_AFTER_MS = 60_000
const CONNECT_TIMEOUT_MS = 10_000
/** Messages handed to the socket and not yet acknowledged; beyond it `publish` rejects. */
const MAX_IN_FLIGHT = 20_000
/** Sound that comes while the oldest unsent byte is older, or so much waits, is dropped: it would only be late, and hold up the orders. */
const BEHIND_MS = 1_000
const BEHIND_BYTES = 8 * 1_024 * 1_024

export interface ExternalBrokerOptions {
  /** `mqtt://host:1883` or `mqtts://host:8883` (TL_MQTT_URL). */
  readonly url: string
  readonly username: string
  readonly password: string
  /** PEM of the authority that signed the broker's certificate, where the system does not know it. */
  readonly ca?: string | Uint8Array
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
}

export interface ExternalLink extends ServerLink {
  /** What went wrong so far: attempts that failed, connections lost, messages of agents dropped, handlers that threw, sound dropped because the broker was behind. */
  readonly counts: { readonly failed: number; readonly lost: number; readonly dropped: number; readonly handlerError: number; readonly soundBehind: number }
}

/**
 * The server's connection to a broker that is not ours. It connects by itself, with full jitter between attempts, and
 * subscribes anew on every connection. While the broker is out of reach `publish` **rejects at once and queues
 * nothing**: desired state is sent again when the agents say hello, and an old order must not come out of a queue later.
 */
export function connectExternalBroker(options: ExternalBrokerOptions): ExternalLink {
  const link = new Link(options)
  link.start()
  return link
}

class Link implements ExternalLink {
  readonly streams: StreamLink = {
    send: (stream, packet) => this.#pass(checkOwnSound(streamTopicOf(stream), packet), packet),
    sendTo: (cluster, packet) => this.#pass(checkOwnSound(topicOf('audio', cluster), packet), packet),
    joined: () => null,
  }
  readonly counts = { failed: 0, lost: 0, dropped: 0, handlerError: 0, soundBehind: 0 }
  readonly #options: ExternalBrokerOptions
  #handler: (topic: string, payload: Uint8Array) => void = () => undefined
  #client: MqttClient | null = null
  #up = false
  #upSince: MonoMs | null = null
  #attempt = 0
  #stopped = false
  #retry: Cancel = () => undefined
  /** At `at` the socket had been handed `total` bytes: while they have not all left, the oldest that waits is older than `at`. */
  #handed: { readonly total: number; readonly at: MonoMs } | null = null
  /** Rejects what is under way when the connection goes. */
  readonly #inFlight = new Set<(why: Error) => void>()

  constructor(options: ExternalBrokerOptions) {
    this.#options = options
  }

  onMessage(handler: (topic: string, payload: Uint8Array) => void): void {
    this.#handler = handler
  }

  connected(): boolean {
    return this.#up
  }

  async publish(topic: string, payload: Uint8Array, options: PublishOptions): Promise<void> {
    checkOwnMessage(topic, payload)
    const client = this.#client
    if (!client || !this.#up) throw new Error('the broker is out of reach')
    if (this.#inFlight.size >= MAX_IN_FLIGHT) throw new Error(`the broker is behind: ${MAX_IN_FLIGHT} messages wait for their acknowledgement`)
    await new Promise<void>((done, fail) => {
      this.#inFlight.add(fail)
      client.publish(topic, Buffer.from(payload), { qos: options.qos, retain: options.retain }, (error) => {
        this.#inFlight.delete(fail)
        if (error) fail(error)
        else done()
      })
    })
  }

  /** A packet that cannot go at once is dropped: it would only be late. */
  #pass(topic: string, packet: Uint8Array): void {
    if (!this.#up || !this.#client) return
    if (this.#isBehind(this.#client)) this.counts.soundBehind++
    else this.#client.publish(topic, Buffer.from(packet), { qos: 0 })
  }

  #isBehind({ stream }: MqttClient): boolean {
    const now = this.#options.clock.mono()
    const total = (stream as { readonly bytesWritten?: number }).bytesWritten ?? 0
    if (!this.#handed || total - stream.writableLength >= this.#handed.total) this.#handed = { total, at: now }
    return stream.writableLength > BEHIND_BYTES || sinceMs(this.#handed.at, now) >= BEHIND_MS
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#retry()
    const client = this.#client
    this.#client = null
    this.#fell('the link is stopped')
    if (client) await client.endAsync(true)
  }

  /** One attempt is one client of mqtt.js: its own reconnecting knows no chance, and would let 34 servers come in step. */
  start(): void {
    if (this.#stopped) return
    const { url, username, password, ca } = this.#options
    const settings: IClientOptions = {
      username, password, clientId: SERVER_CLIENT_ID, clean: true, protocolVersion: 4, keepalive: 30,
      reconnectPeriod: 0, connectTimeout: CONNECT_TIMEOUT_MS, resubscribe: false, queueQoSZero: false,
      ...(ca ? { ca: Buffer.from(ca) } : {}),
    }
    const client = connect(url, settings)
    this.#client = client
    this.#handed = null
    let why = 'connection closed'
    client.on('error', (error) => void (why = error.message || (error as NodeJS.ErrnoException).code || why))
    client.on('connect', () => void this.#subscribe(client))
    client.on('message', (topic, payload) => this.#take(topic, payload))
    client.once('close', () => {
      client.end(true)
      if (this.#client === client) this.#lost(why)
    })
  }

  async #subscribe(client: MqttClient): Promise<void> {
    const filters = serverSubscriptions()
    try {
      const granted = await client.subscribeAsync([...filters], { qos: 1 })
      const refused = granted.filter((grant) => grant.qos > 2).map((grant) => grant.topic)
      if (refused.length > 0) throw new Error(`it refuses to subscribe ${this.#options.username} to ${refused.join(', ')}: load the generated access list`)
      this.#up = true
      this.#upSince = this.#options.clock.mono()
      this.#options.log.info({ url: this.#options.url }, 'connected to the broker')
    } catch (error) {
      this.#options.log.error({ url: this.#options.url }, `the broker does not serve us: ${(error as Error).message}`)
      client.end(true)
      if (this.#client === client) this.#lost((error as Error).message)
    }
  }

  #take(topic: string, payload: Uint8Array): void {
    const row = parseTopic(topic)
    // other users of a shared broker may do as they like: only rows of the table, within their limits, come further
    if (!row || TOPICS[row.name].from !== 'agent' || payload.length > TOPICS[row.name].limit) {
      this.counts.dropped++
      return
    }
    try {
      this.#handler(topic, Uint8Array.from(payload))
    } catch (error) {
      this.counts.handlerError++
      this.#options.log.error({ error, topic }, 'handler of agent messages failed')
    }
  }

  #fell(why: string): void {
    this.#up = false
    for (const fail of this.#inFlight) fail(new Error(why))
    this.#inFlight.clear()
  }

  #lost(why: string): void {
    const { clock, random, log, url } = this.#options
    this.#client = null
    if (this.#up) this.counts.lost++
    else this.counts.failed++
    if (this.#upSince !== null && sinceMs(this.#upSince, clock.mono()) >= STABLE_AFTER_MS) this.#attempt = 0
    this.#upSince = null
    this.#fell('the connection to the broker ended')
    if (this.#stopped) return
    const waitMs = Math.round(Math.min(BACK_OFF_CAP_MS, BACK_OFF_BASE_MS * 2 ** Math.min(this.#attempt++, 10)) * random())
    log.warn({ url, waitMs }, `broker out of reach: ${why}`)
    this.#retry = clock.after(waitMs, () => this.start())
  }
}
