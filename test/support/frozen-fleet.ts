import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { clientIdOf, streamTopicOf, topicOf, type Connection } from '../../shared/protocol/topics.ts'
import { until, type Credential } from './mqtt-client.ts'
import { rawConnect, rawPuback, rawPublish, rawReader, rawSubscribe } from './raw-mqtt.ts'

/** A broker within this process that is handed its sockets, so that the server's end of each can be looked at. */
export interface BrokerInProcess {
  accept(socket: Socket): void
  provision(cluster: string): Credential
  /** To all who have joined the relay. */
  sound(payload: Buffer): void
  order(cluster: string, payload: Buffer): void
}

/** One connection: what is read at the far end, and the server's own end. */
export interface Line {
  readonly cluster: string
  readonly connection: Connection
  readonly far: Socket
  readonly near: Socket
}
/** Milliseconds from sending to reading; what has not come by then counts with its age. */
export interface Delays {
  readonly sound: readonly number[]
  readonly orders: readonly number[]
  readonly missing: number
}

export interface FrozenFleet {
  readonly lines: readonly Line[]
  /** The far ends stop reading, and the server's ends are filled with whole packets until bytes wait in the process. */
  freeze(lines: readonly Line[]): Promise<void>
  /** A packet of sound every 60 ms for all, three orders a second for each cluster that reads both its lines. */
  measure(forMs: number, eachRound?: () => void): Promise<Delays>
  close(): Promise<void>
}

const RELAY = 'vov1'
const ROUND_MS = 60
const ORDER_EVERY_ROUNDS = 5
/** What has not come so long after the last was sent is missing. */
const GRACE_MS = 1_500
export const clusterOf = (i: number): string => `frzn${String(i).padStart(6, '0')}`

interface Sent {
  readonly at: number
  readonly kind: 'sound' | 'orders'
  readonly waiting: Set<string>
}

/** Opens both connections of `clusters` clusters as raw sockets. */
export async function openFleet(broker: BrokerInProcess, clusters: number): Promise<FrozenFleet> {
  const nears = new Map<number, Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    nears.set(socket.remotePort ?? 0, socket)
    socket.on('error', () => socket.destroy())
    broker.accept(socket)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const frozen = new Set<string>()
  const sent = new Map<number, Sent>()
  const delays = { sound: [] as number[], orders: [] as number[] }
  const take = (line: string, id: number): void => {
    const message = sent.get(id)
    if (message?.waiting.delete(line)) delays[message.kind].push(performance.now() - message.at)
  }
  const lines: Line[] = []
  for (let i = 0; i < clusters; i++) {
    const cluster = clusterOf(i)
    const credential = broker.provision(cluster)
    for (const connection of ['ctl', 'aud'] as const) {
      const filters = connection === 'ctl' ? [topicOf('now', cluster)] : [streamTopicOf(RELAY), topicOf('audio', cluster)]
      const far = await join({ port, clientId: clientIdOf(cluster, connection), credential, filters, take: (id) => take(clientIdOf(cluster, connection), id) })
      const near = nears.get(far.localPort ?? 0)
      if (!near) throw new Error('the server’s end of a socket is not known')
      lines.push({ cluster, connection, far, near })
    }
  }
  const name = ({ cluster, connection }: Line): string => clientIdOf(cluster, connection)
  const reading = (connection: Connection): string[] => lines.filter((line) => line.connection === connection && !frozen.has(name(line))).map(name)
  let ids = 0
  const note = (kind: Sent['kind'], waiting: readonly string[]): Buffer => {
    const payload = Buffer.alloc(300)
    payload.writeUInt32BE(++ids)
    sent.set(ids, { at: performance.now(), kind, waiting: new Set(waiting) })
    return payload
  }
  return {
    lines,
    async freeze(which) {
      for (const line of which) {
        line.far.pause()
        frozen.add(name(line))
      }
      for (const line of which) await fill(line)
    },
    async measure(forMs, eachRound = () => undefined) {
      sent.clear()
      delays.sound = []
      delays.orders = []
      const end = performance.now() + forMs
      for (let round = 0; performance.now() < end; round++) {
        broker.sound(note('sound', reading('aud')))
        const whole = lines.filter((line) => line.connection === 'ctl' && !frozen.has(name(line)))
        for (const line of whole.filter((_, i) => (i + round) % ORDER_EVERY_ROUNDS === 0)) broker.order(line.cluster, note('orders', [name(line)]))
        eachRound()
        await new Promise((tick) => setTimeout(tick, ROUND_MS))
      }
      await until(() => [...sent.values()].every(({ waiting }) => waiting.size === 0), GRACE_MS)
      const now = performance.now()
      let missing = 0
      for (const { at, kind, waiting } of sent.values()) {
        missing += waiting.size
        for (let i = 0; i < waiting.size; i++) delays[kind].push(now - at)
      }
      return { sound: delays.sound, orders: delays.orders, missing }
    },
    async close() {
      for (const { far, near } of lines) {
        far.destroy()
        near.destroy()
      }
      await new Promise((done) => server.close(done))
    },
  }
}

interface Joining {
  readonly port: number
  readonly clientId: string
  readonly credential: Credential
  readonly filters: readonly string[]
  take(id: number): void
}

async function join({ port, clientId, credential, filters, take }: Joining): Promise<Socket> {
  const far = connect({ port, host: '127.0.0.1', noDelay: true })
  let subscribed = false
  far.on('error', () => far.destroy())
  far.on('data', rawReader(({ type, flags, body }) => {
    if (type === 2) far.write(rawSubscribe(1, filters))
    else if (type === 9) subscribed = true
    else if (type === 3) {
      const at = 2 + body.readUInt16BE(0)
      const acknowledged = (flags & 6) > 0
      if (acknowledged) far.write(rawPuback(body.readUInt16BE(at)))
      const from = at + (acknowledged ? 2 : 0)
      if (body.length >= from + 4) take(body.readUInt32BE(from))
    }
  }))
  await once(far, 'connect')
  far.write(rawConnect({ clientId, ...credential }))
  if (!(await until(() => subscribed))) throw new Error(`${clientId} was not let in`)
  return far
}

/** The kernel takes megabytes before the process keeps any. */
async function fill({ cluster, connection, near }: Line): Promise<void> {
  const topic = topicOf(connection === 'aud' ? 'audio' : 'now', cluster)
  const packet = rawPublish({ topic, payload: Buffer.alloc(16_000) })
  for (let calm = 0; calm < 3; calm++) {
    while (near.writableLength === 0) near.write(packet)
    // the kernel may still find room
    await new Promise((tick) => setTimeout(tick, 2))
    if (near.writableLength === 0) calm = -1
  }
}

export const CLUSTERS = 200
/** Six seconds of sound at once: as much as a stock aedes has under way before it waits. */
const PACKETS_AHEAD = 100
/** A tenth of them; half of these freeze on both connections, the others on the one for sound alone. */
export const FROZEN_CLUSTERS = 20

/** And a moment in which whoever reads has read it. */
export async function sixSeconds({ sound }: BrokerInProcess): Promise<void> {
  for (let i = 0; i < PACKETS_AHEAD; i++) sound(Buffer.alloc(300))
  await new Promise((tick) => setTimeout(tick, 500))
}

/** The value below which the share `q` of them lies, whole ms. */
export const rank = (values: readonly number[], q: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN)
}
/** For a comment of the test. */
export const told = ({ sound, orders, missing }: Delays): string =>
  [['sound', sound] as const, ['orders', orders] as const].map(([what, ms]) => `${what} ${ms.length}: p50 ${rank(ms, 0.5)}, p99 ${rank(ms, 0.99)}, max ${rank(ms, 1)} ms`).join('; ') + `; missing ${missing}`
