import { readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { MqttClient } from 'mqtt'
import type { Connect, LinkConnection, LinkEvents, LinkOptions } from '../core/ports.ts'
import type { Log } from '../../shared/core/log.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import { raceDial, watchPatience, wayTo, type Way } from './mqtt-dial.ts'
import { frameGuard } from './mqtt-frames.ts'

/** A ping when nothing was acknowledged for this long. Beats are acknowledged every 40 s, so an ordinary link sends none. */
export const KEEPALIVE_S = 90
/** For the connection to be accepted, and again for the subscriptions. */
export const CONNECT_TIMEOUT_MS = 10_000
/** Nothing at all received for so long although an acknowledgement is due: the connection is half open. */
export const ACK_TIMEOUT_MS = 30_000
/** Unsent bytes at which a QoS 0 packet is turned away: it would only be late, and make the next one later. */
export const MAX_BEHIND_BYTES = 64 * 1024
/** QoS 1 packets without an acknowledgement at a time; more are turned away. */
export const MAX_UNACKNOWLEDGED = 64
/** Greatest packet that the agent takes in: eight blocks of 8 KiB. */
export const MAX_PACKET_BYTES = 64 * 1024
/** Left to flush what was written before a close; then the socket is destroyed. */
const CLOSE_GRACE_MS = 500

export interface MqttLinkOptions {
  /** `mqtt://HOST[:1883]` or `mqtts://HOST[:8883]`. */
  readonly url: string
  readonly username: string
  readonly password: string
  /** File with the certificates that sign the server's, PEM; the system's own when absent. */
  readonly caFile?: string
  /** The address of this machine that the connection leaves by; any when absent. */
  readonly localAddress?: string
  /** A stream in place of a socket: an in-process pair in tests. */
  readonly stream?: () => Duplex
  readonly maxPacketBytes?: number
  /** Deadlines, for tests of a dead link. */
  readonly connectTimeoutMs?: number
  readonly ackTimeoutMs?: number
  readonly log: Log
}

/** Checks the settings once, so that a mistake is a sentence at start and not a loop of failures. */
export function createConnect(options: MqttLinkOptions): Result<Connect, 'bad-mqtt-url' | 'bad-ca'> {
  const way: Result<Way, 'bad-mqtt-url' | 'bad-ca'> = options.stream === undefined ? wayOf(options) : ok({ open: options.stream })
  if (!way.ok) return way
  return ok((link, events) => begin(options, way.value, link, events))
}

function wayOf({ url, caFile, localAddress }: MqttLinkOptions): Result<Way, 'bad-mqtt-url' | 'bad-ca'> {
  const at = URL.canParse(url) ? new URL(url) : null
  if (at === null || (at.protocol !== 'mqtt:' && at.protocol !== 'mqtts:') || at.hostname === '') {
    return refuse('bad-mqtt-url', `"${url}" is no address of an MQTT server; it must read mqtts://HOST or mqtts://HOST:PORT (mqtt:// without encryption).`)
  }
  if (at.username !== '' || at.password !== '' || (at.pathname !== '' && at.pathname !== '/')) {
    return refuse('bad-mqtt-url', 'The address of the MQTT server must hold a host and a port only: no user, no password, no path.')
  }
  const host = at.hostname.replace(/^\[(.*)\]$/, '$1')
  const from = localAddress === undefined ? {} : { localAddress }
  if (at.protocol === 'mqtt:') return ok(wayTo({ host, port: Number(at.port || 1883), tls: null, ...from }))
  const ca = caFile === undefined ? ok(undefined) : readCa(caFile)
  if (!ca.ok) return ca
  return ok(wayTo({ host, port: Number(at.port || 8883), tls: ca.value === undefined ? {} : { ca: ca.value }, ...from }))
}

/** The authorities in a PEM file; refused with a sentence when there is none. */
export function readCa(path: string): Result<Buffer | undefined, 'bad-ca'> {
  try {
    const pem = readFileSync(path)
    if (pem.includes('BEGIN CERTIFICATE')) return ok(pem)
    return refuse('bad-ca', `${path} holds no certificate in PEM form.`)
  } catch (e) {
    return refuse('bad-ca', `The certificate file ${path} cannot be read (${sentenceOf(e)}).`)
  }
}

const sentenceOf = (e: unknown): string => (e instanceof Error && e.message !== '' ? e.message : String(e))

/** An attempt, behind as many dials as its patience asks for. */
function begin(options: MqttLinkOptions, way: Way, link: LinkOptions, events: LinkEvents): LinkConnection {
  const { dial, speak, forget } = way
  const { redialMs, dialMs = 0 } = link.patience ?? {}
  if (redialMs === undefined || !dial || !speak || !forget) return attempt(options, way.open(), link, events)
  let inner: LinkConnection | null = null
  let over = false
  const end = raceDial({ dial, forget }, { redialMs, dialMs }, (socket, why) => {
    over = socket === null
    if (socket) inner = attempt(options, speak(socket), link, events)
    else events.down(why)
  })
  const not = (): Promise<void> => Promise.reject(new Error('not connected'))
  return {
    publish: (topic, payload, qos) => inner?.publish(topic, payload, qos) ?? not(),
    subscribe: (topic) => inner?.subscribe(topic) ?? not(),
    unsubscribe: (topic) => inner?.unsubscribe(topic) ?? not(),
    ping: () => inner?.ping() ?? not(),
    close: () => {
      if (inner) return inner.close()
      if (over) return
      over = true
      end()
      process.nextTick(() => events.down('closed by this agent'))
    },
  }
}

/** One attempt, from the first byte to its only `down`. */
function attempt(options: MqttLinkOptions, stream: Duplex, link: LinkOptions, events: LinkEvents): LinkConnection {
  const pending = new Set<(reason: Error) => void>()
  const asked = new Set<(reason: Error | null) => void>()
  let state: 'connecting' | 'up' | 'closing' | 'over' = 'connecting'
  let reason: string | null = null
  let heardAt = performance.now()

  const guard = frameGuard(options.maxPacketBytes ?? MAX_PACKET_BYTES)
  const fail = (why: string): void => {
    reason ??= why
    stream.destroy()
  }
  stream.on('data', (chunk: Buffer) => {
    heardAt = performance.now()
    if (!guard.admits(chunk)) fail('the server sent a packet that is too large')
  })
  // errors reach the client as well, but it forwards only those that carry a code
  stream.on('error', (e) => (reason ??= sentenceOf(e)))

  const client = new MqttClient(() => stream, clientOptions(options, link))
  const deadline = setTimeout(() => fail('the server did not answer in time'), options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS)
  const ackTimeoutMs = options.ackTimeoutMs ?? ACK_TIMEOUT_MS
  const watch = setInterval(() => {
    if (pending.size > 0 && performance.now() - heardAt > ackTimeoutMs) fail(`no acknowledgement for ${Math.round(ackTimeoutMs / 1000)} s`)
  }, ackTimeoutMs / 4)
  const patience = link.patience && watchPatience(stream, link.patience, { heardAt: () => heardAt, fail })

  const over = (): void => {
    if (state === 'over') return
    state = 'over'
    clearTimeout(deadline)
    clearInterval(watch)
    patience?.()
    for (const reject of [...pending, ...asked]) reject(new Error('the connection ended'))
    client.end(true)
    client.removeAllListeners()
    // an emitter without a listener throws: what comes after the end is told to the log
    client.on('error', (e) => options.log.debug({ error: sentenceOf(e) }, 'mqtt: after the end'))
    events.down(reason ?? 'the server closed the connection')
  }
  const up = (): void => {
    if (state !== 'connecting') return
    clearTimeout(deadline)
    patience?.()
    state = 'up'
    events.up()
  }

  client.on('error', (e) => fail(refusalOf(e)))
  client.on('message', (topic, payload) => {
    if (state === 'up' || state === 'connecting') events.message(topic, payload)
  })
  client.on('connect', () => subscribeAll(client, link.subscriptions, up, fail))
  const pings: ((e: Error | null) => void)[] = []
  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'pingresp') for (const done of pings.splice(0)) done(null)
  })
  stream.once('close', over)

  /** What the broker answers: settles with that, when the connection ends, or when the answer is overdue. */
  const answered = (what: string, ask: (done: (e: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      if (state !== 'up') return reject(new Error('not connected'))
      if (asked.size >= MAX_UNACKNOWLEDGED) return reject(new Error('too many questions await their answer'))
      const done = (e: Error | null): void => {
        if (!asked.delete(done)) return
        clearTimeout(overdue)
        if (e) reject(e)
        else resolve()
      }
      const overdue = setTimeout(() => done(new Error(`the server did not answer a ${what} in time`)), options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS)
      asked.add(done)
      ask(done)
    })

  return {
    publish: (topic, payload, qos) => {
      if (state !== 'up') return Promise.reject(new Error('not connected'))
      if (qos === 0 && stream.writableLength > MAX_BEHIND_BYTES) return Promise.reject(new Error('the link is behind; the packet was dropped'))
      if (qos === 1 && pending.size >= MAX_UNACKNOWLEDGED) return Promise.reject(new Error('too many packets await their acknowledgement'))
      // the time counts from here: an idle link hears nothing either
      if (qos === 1 && pending.size === 0) heardAt = performance.now()
      return publishOne(client, pending, { topic, payload, qos })
    },
    subscribe: (topic) =>
      answered('subscription', (done) => client.subscribe(topic, { qos: 0 }, (e, granted) => {
        const refused = !e && (granted ?? []).some((g) => (g.qos as number) > 2)
        done(e ?? (refused ? new Error(`the server refused the subscription to ${topic}`) : null))
      })),
    unsubscribe: (topic) => answered('unsubscription', (done) => client.unsubscribe(topic, (e) => done(e ?? null))),
    ping: () =>
      answered('sign of life', (done) => {
        pings.push(done)
        if (pings.length === 1) client.sendPing()
      }),
    close: () => {
      if (state === 'over' || state === 'closing') return
      const wasUp = state === 'up'
      state = 'closing'
      reason ??= 'closed by this agent'
      // no DISCONNECT: the broker then says the last will at once, and the server knows that the cluster is gone
      if (!wasUp) return void stream.destroy()
      stream.end()
      setTimeout(() => stream.destroy(), CLOSE_GRACE_MS).unref()
    },
  }
}

function clientOptions(options: MqttLinkOptions, link: LinkOptions): ConstructorParameters<typeof MqttClient>[1] {
  return {
    clientId: link.clientId,
    username: options.username,
    password: options.password,
    protocolVersion: 4,
    clean: true,
    resubscribe: false,
    // one call is one attempt: back-off belongs to the core
    reconnectPeriod: 0,
    keepalive: link.keepaliveS ?? KEEPALIVE_S,
    reschedulePings: true,
    // behind our own deadline, which also covers the subscriptions
    connectTimeout: 2 * (options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS),
    queueQoSZero: false,
    // the cache of all 65 536 packet numbers costs several MB on a box of 64
    writeCache: false,
    timerVariant: 'native',
    ...(link.will === undefined ? {} : { will: { topic: link.will.topic, payload: Buffer.from(link.will.payload), qos: 1, retain: false } }),
  }
}

function subscribeAll(client: MqttClient, topics: readonly string[], up: () => void, fail: (why: string) => void): void {
  if (topics.length === 0) return up()
  client.subscribe([...topics], { qos: 1 }, (e, granted) => {
    if (e) return fail(`the server refused the subscriptions (${sentenceOf(e)})`)
    const refused = granted?.find((g) => (g.qos as number) > 2)
    if (refused) fail(`the server refused the subscription to ${refused.topic}`)
    else up()
  })
}

interface Packet {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1
}

function publishOne(client: MqttClient, pending: Set<(reason: Error) => void>, packet: Packet): Promise<void> {
  const payload = Buffer.from(packet.payload.buffer, packet.payload.byteOffset, packet.payload.byteLength)
  if (packet.qos === 0) {
    // without a callback: the client would keep it for a 'drain' that never comes when the link ends
    client.publish(packet.topic, payload, { qos: 0 })
    return Promise.resolve()
  }
  return new Promise((resolve, reject) => {
    const giveUp = (e: Error): void => {
      pending.delete(giveUp)
      reject(e)
    }
    pending.add(giveUp)
    client.publish(packet.topic, payload, { qos: 1 }, (e) => {
      if (e) return giveUp(e)
      pending.delete(giveUp)
      resolve()
    })
  })
}

/** The broker's answers in words that say what to do. */
function refusalOf(e: unknown): string {
  const code = e instanceof Error && 'code' in e ? e.code : undefined
  if (code === 4 || code === 5) return 'the server does not accept the credential of this cluster; enrol it again if that lasts'
  if (code === 2) return 'the server does not accept the client id of this cluster'
  if (code === 3) return 'the server is not ready'
  return sentenceOf(e)
}
