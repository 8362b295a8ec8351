import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { Aedes, type Client } from 'aedes'
import type { Log } from '../../../shared/core/log.ts'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import { clientIdOf, CONNECTIONS, type Connection } from '../../../shared/protocol/topics.ts'
import type { Authenticate, ServerLink } from '../../core/ports.ts'
import { createConnectLimits } from './connect-limits.ts'
import { createEmbeddedLink } from './embedded-link.ts'
import { createFanOut, type FanOut } from './fan-out.ts'
import { createGate, type Gate } from './gate.ts'
import { createGuests } from './guests.ts'
import { DEFAULT_LIMITS, zeroCounts, type BrokerCounts, type BrokerCount, type BrokerLimits } from './limits.ts'
import { RetainedStore } from './retained.ts'

export interface EmbeddedBrokerOptions {
  /** 0 takes a free one. */
  readonly port: number
  readonly host: string
  /** PEM. Without it the port is plain, for loopback only. */
  readonly tls?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array }
  readonly authenticate: Authenticate
  readonly log: Log
  readonly limits?: Partial<BrokerLimits>
}

export interface BrokerStats {
  readonly counts: Readonly<BrokerCounts>
  /** Sockets and in-process streams open now, authenticated or not. */
  readonly connections: number
  readonly clients: number
  readonly retainedTopics: number
  /** Messages of the server that are not yet written to every subscriber. */
  readonly inFlight: number
  /** Bytes that wait in this process for all sockets together; the kernel's buffers are not seen. */
  readonly unsentBytes: number
  /** Sockets that have some. */
  readonly unsentSockets: number
  /** Topics of sound that somebody has joined. */
  readonly soundTopics: number
  /** Packets of sound that are not yet written to all who have joined. */
  readonly soundWaiting: number
}

export type PresenceHandler = (cluster: string, connection: Connection, online: boolean) => void

export interface EmbeddedBroker {
  readonly port: number
  readonly link: ServerLink
  /** Ends both connections of a cluster, as when its credential is withdrawn. */
  disconnect(cluster: string): void
  /** One handler for connections that come and go; the last will is the protocol's own word on it. */
  onPresence(handler: PresenceHandler): void
  /** Serves a stream within the process, under the same rules as a socket. */
  handle(stream: Duplex): void
  stats(): BrokerStats
  /** Closes the port and every connection; last wills caused by it are not handed on. Twice is once. */
  stop(): Promise<void>
}

export type BrokerRefusal = 'port-in-use' | 'port-forbidden' | 'address-unknown' | 'bad-certificate' | 'cannot-listen'

/** Starts the broker inside the server process. Refuses with a sentence when the port or the certificate will not do. */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<Result<EmbeddedBroker, BrokerRefusal>> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const made = makeServer(options, limits)
  if (!made.ok) return made
  const core = await startCore({ ...options, limits })
  const listening = await listen(made.value, options)
  if (!listening.ok) {
    await core.stop()
    return listening
  }
  made.value.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => core.accept(socket, socket.remoteAddress ?? 'unknown'))
  made.value.on('tlsClientError', (_error: Error, socket: Socket) => {
    core.count('tlsFailed')
    // Node tells of a handshake that took too long and leaves the socket open
    socket.destroy()
  })
  made.value.on('drop', () => core.count('refusedFull'))
  made.value.on('error', (error) => options.log.error({ error }, 'MQTT port failed'))
  let stopping: Promise<void> | null = null
  return ok({
    port: listening.value,
    link: core.link,
    disconnect: core.disconnect,
    onPresence: core.onPresence,
    handle: (stream) => core.accept(stream, 'in-process'),
    stats: core.stats,
    stop() {
      stopping ??= stopAll(made.value, core)
      return stopping
    },
  })
}

async function stopAll(server: Server, core: Core): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()))
  await core.stop()
  await closed
}

function makeServer(options: EmbeddedBrokerOptions, limits: BrokerLimits): Result<Server, BrokerRefusal> {
  if (!options.tls) {
    const server = createServer({ noDelay: true })
    server.maxConnections = limits.maxConnections
    return ok(server)
  }
  const { cert, key } = options.tls
  try {
    const server = createTlsServer({ cert: Buffer.from(cert), key: Buffer.from(key), noDelay: true, minVersion: 'TLSv1.2', handshakeTimeout: limits.connectTimeoutMs })
    server.maxConnections = limits.maxConnections
    return ok(server)
  } catch (error) {
    return refuse('bad-certificate', `The certificate or key is not usable (${(error as Error).message}). Set TL_TLS_CERT and TL_TLS_KEY to PEM files that belong together.`)
  }
}

/** The port that was taken. */
function listen(server: Server, { port, host, tls }: EmbeddedBrokerOptions): Promise<Result<number, BrokerRefusal>> {
  return new Promise((settle) => {
    const failed = (error: NodeJS.ErrnoException): void => settle(sayWhy(error, { port, host }))
    server.once('error', failed)
    // a storm of 3 000 waits here rather than be refused; the kernel caps it at net.core.somaxconn
    server.listen({ port, host, backlog: tls ? 2_048 : 4_096 }, () => {
      server.removeListener('error', failed)
      settle(ok((server.address() as AddressInfo).port))
    })
  })
}

function sayWhy(error: NodeJS.ErrnoException, { port, host }: { port: number; host: string }): Result<never, BrokerRefusal> {
  if (error.code === 'EADDRINUSE') return refuse('port-in-use', `Port ${port} is in use, perhaps by a Mosquitto on this machine or by a second server. Set TL_MQTT_PORT to a free port, or stop the other program.`)
  if (error.code === 'EACCES') return refuse('port-forbidden', `Port ${port} needs rights that this user does not have. Set TL_MQTT_PORT to a port above 1023.`)
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') return refuse('address-unknown', `The address ${host} is not one of this machine. Set TL_BIND to an address that it has.`)
  return refuse('cannot-listen', `Port ${port} on ${host} cannot be opened (${error.message}). Set TL_MQTT_PORT or TL_BIND to another one.`)
}

interface CoreOptions extends Omit<EmbeddedBrokerOptions, 'limits'> {
  readonly limits: BrokerLimits
}
interface Core {
  readonly link: ServerLink
  accept(stream: Duplex, address: string): void
  count(name: BrokerCount): void
  disconnect(cluster: string): void
  onPresence(handler: PresenceHandler): void
  stats(): BrokerStats
  stop(): Promise<void>
}
async function startCore({ limits, authenticate, log }: CoreOptions): Promise<Core> {
  const counts = zeroCounts()
  const count = (name: BrokerCount): void => void counts[name]++
  const clients = new Map<string, Client>()
  const connects = createConnectLimits(limits)
  const guests = createGuests({ limits, connects, count })
  const retained = new RetainedStore(limits.maxRetained)
  const passed = (client: Client): void => {
    guests.settle(client.conn)
    if (clients.has(client.id)) count('takenOver')
  }
  const gate = createGate({ authenticate, limits, connects, log, count, addressOf: (client) => guests.addressOf(client.conn), passed })
  const fanOut = createFanOut({ limits, count })
  const link = createEmbeddedLink({ limits, log, count, isDropped: gate.isDropped, hasRoomFor: (topic) => retained.hasRoomFor(topic), fanOut })
  const aedes = await Aedes.createBroker({
    ...gate.hooks,
    persistence: retained,
    published: link.published,
    // no common queue: with a limit here a hundred frozen sockets would hold up everyone else's orders
    concurrency: 0,
    drainTimeout: limits.drainTimeoutMs,
    connectTimeout: limits.connectTimeoutMs,
    heartbeatInterval: 3_600_000,
  })
  link.attach(aedes)
  let presence: PresenceHandler = () => undefined
  const tell = (client: Client, online: boolean): void => {
    const session = gate.sessionOf(client)
    if (!session) return
    count(online ? 'connected' : 'disconnected')
    if (!link.stopped()) presence(session.cluster, session.connection, online)
  }
  watch(aedes, { count, log })
  follow(aedes, clients, tell)
  followSound(aedes, fanOut, gate)
  const accept = (stream: Duplex, address: string): void => {
    if (!link.stopped() && guests.admit(stream, address)) aedes.handle(stream)
    else stream.destroy()
  }
  return {
    link: link.link,
    accept,
    count,
    disconnect: (cluster) => CONNECTIONS.forEach((connection) => clients.get(clientIdOf(cluster, connection))?.close()),
    onPresence: (handler) => void (presence = handler),
    stats() {
      const unsent = [...guests.open()].map((socket) => socket.writableLength).filter((bytes) => bytes > 0)
      return {
        counts: { ...counts }, connections: guests.open().size, clients: clients.size, retainedTopics: retained.size, inFlight: link.inFlight(),
        unsentBytes: unsent.reduce((sum, bytes) => sum + bytes, 0), unsentSockets: unsent.length,
        soundTopics: fanOut.topics(), soundWaiting: fanOut.waiting(),
      }
    },
    async stop() {
      await link.link.stop()
      await new Promise<void>((done) => aedes.close(() => done()))
      for (const stream of guests.open()) stream.destroy()
    },
  }
}

/** Keeps `clients` by client id, and tells when one comes and goes. */
function follow(aedes: Aedes, clients: Map<string, Client>, tell: (client: Client, online: boolean) => void): void {
  aedes.on('client', (client) => void clients.set(client.id, client))
  aedes.on('clientReady', (client) => tell(client, true))
  aedes.on('clientDisconnect', (client) => {
    if (clients.get(client.id) === client) clients.delete(client.id)
    tell(client, false)
  })
}

/** Refused subscriptions are told as well, with 128 for their QoS. */
function followSound(aedes: Aedes, fanOut: FanOut, gate: Gate): void {
  aedes.on('subscribe', (subscriptions, client) => fanOut.subscribed(client, subscriptions.flatMap(({ topic, qos }) => (qos < 128 ? [topic] : []))))
  aedes.on('unsubscribe', (topics, client) => {
    fanOut.unsubscribed(client, topics)
    gate.left(client, topics)
  })
  aedes.on('clientDisconnect', (client) => fanOut.gone(client))
}

function watch(aedes: Aedes, { count, log }: { count: (name: BrokerCount) => void; log: Log }): void {
  aedes.on('keepaliveTimeout', () => count('keepaliveTimeout'))
  const seen = new WeakSet<Client>()
  const failed = (client: Client, error: Error): void => {
    // aedes tells the end of a slow socket once for every message that waited
    if (seen.has(client)) return
    seen.add(client)
    count(error.message === 'drain timeout' ? 'cutSlow' : error.message === 'connect did not arrive in time' ? 'connectTimeout' : 'clientError')
    log.debug({ clientId: client.id, why: error.message }, 'MQTT connection failed')
  }
  aedes.on('clientError', failed)
  aedes.on('connectionError', failed)
  // aedes' own types leave out the event that it emits when a delivery fails inside
  ;(aedes as NodeJS.EventEmitter).on('error', (error: Error) => {
    count('brokerError')
    log.error({ error }, 'broker failed inside')
  })
}
