import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { createInterface } from 'node:readline'
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startEmbeddedBroker } from '../../server/adapters/broker/embedded.ts'
import { connectExternalBroker } from '../../server/adapters/broker/external.ts'
import { encodePublish } from '../../server/adapters/broker/fan-out.ts'
import { silentLog } from '../../shared/core/log.ts'
import { pageChecksum } from '../../shared/core/ogg.ts'
import { streamTopicOf } from '../../shared/protocol/topics.ts'
import { rawReader } from '../../test/support/raw-mqtt.ts'
import { until } from '../../test/support/mqtt-client.ts'
import { realClock } from '../../test/support/real-clock.ts'
import { passwordOf } from './reconnect-fleet.ts'

/**
 * Sends packets at their appointed times, each beginning with that time: through the embedded broker in this process, by bare writes of Node,
 * to a Mosquitto or to an Icecast. `send MS BYTES` begins anew, `hush` ends it, `held` tells how long the event loop was held since.
 */
export interface SenderTask {
  readonly who: 'embedded' | 'bare' | 'mosquitto' | 'icecast'
  readonly tls?: { readonly certFile: string; readonly keyFile: string }
  /** Where the other server listens. */
  readonly port?: number
  readonly stream: string
  readonly password?: string
}

const task = JSON.parse(process.argv[2] ?? '{}') as SenderTask
const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`)
const tls = task.tls && { cert: readFileSync(task.tls.certFile), key: readFileSync(task.tls.keyFile) }

interface Sender {
  readonly port: number
  send(packet: Buffer): void
  /** Packets that did not go to somebody, so far. */
  dropped?(): number
}

async function embedded(): Promise<Sender> {
  const started = await startEmbeddedBroker({
    port: 0, host: '127.0.0.1', log: silentLog, ...(tls ? { tls } : {}),
    authenticate: (username, password) => (passwordOf(username) === Buffer.from(password).toString() ? { kind: 'cluster', cluster: username } : null),
  })
  if (!started.ok) throw new Error(started.why)
  const { port, link, stats } = started.value
  return {
    port,
    send: (packet) => link.streams.send(task.stream, packet),
    dropped() {
      const { streamBehindAge, streamBehindQueue, streamLate, streamCut } = stats().counts
      return streamBehindAge + streamBehindQueue + streamLate * (link.streams.joined(task.stream) ?? 0) + streamCut
    },
  }
}

/** The least that Node can do: an answer to CONNECT and SUBSCRIBE, and one write for each socket. */
async function bare(): Promise<Sender> {
  const sockets = new Set<Socket>()
  const met = (socket: Socket): void => {
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
    socket.on('data', rawReader(({ type, body }) => {
      if (type === 1) socket.write(Buffer.from([0x20, 2, 0, 0]))
      if (type !== 8) return
      socket.write(Buffer.from([0x90, 3, body[0] ?? 0, body[1] ?? 0, 0]))
      sockets.add(socket)
    }))
  }
  const server = tls ? createTlsServer({ ...tls, noDelay: true, minVersion: 'TLSv1.2' }, met) : createServer({ noDelay: true }, met)
  await new Promise<void>((done) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, done))
  return {
    port: (server.address() as AddressInfo).port,
    send(packet) {
      const bytes = encodePublish(streamTopicOf(task.stream), packet)
      for (const socket of sockets) socket.write(bytes)
    },
  }
}

async function mosquitto(port: number): Promise<Sender> {
  const link = connectExternalBroker({
    url: `${tls ? 'mqtts' : 'mqtt'}://localhost:${port}`, username: 'tl-server', password: 'any', log: silentLog, clock: realClock, random: Math.random, ...(tls ? { ca: tls.cert } : {}),
  })
  if (!(await until(() => link.connected()))) throw new Error('Mosquitto does not serve')
  return { port, send: (packet) => link.streams.send(task.stream, packet) }
}

const SERIAL = 7
const FIRST = 2
const PCM_PER_MS = 48

/** One Opus packet of any bytes in a page of its own. */
function oggPage(body: Buffer, { type = 0, granule, number }: { type?: number; granule: number; number: number }): Buffer {
  const segments = [...Array.from({ length: Math.floor(body.length / 255) }, () => 255), body.length % 255]
  const head = Buffer.alloc(27)
  head.write('OggS')
  head[5] = type
  head.writeBigUInt64LE(BigInt(granule), 6)
  head.writeUInt32LE(SERIAL, 14)
  head.writeUInt32LE(number, 18)
  head[26] = segments.length
  const page = Buffer.concat([head, Buffer.from(segments), body])
  page.writeUInt32LE(pageChecksum(page), 22)
  return page
}

/** Feeds a mount as a source client does. */
async function icecast(port: number): Promise<Sender> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const credential = Buffer.from(`source:${task.password}`).toString('base64')
  socket.write(`SOURCE /${task.stream} HTTP/1.0\r\nAuthorization: Basic ${credential}\r\nContent-Type: application/ogg\r\n\r\n`)
  const answer = await new Promise<string>((done, fail) => {
    socket.once('error', fail)
    socket.once('data', (bytes) => done(bytes.toString()))
  })
  if (!answer.includes(' 200 ')) throw new Error(`Icecast refused the source: ${answer.split('\r\n')[0]}`)
  const id = Buffer.alloc(19)
  id.write('OpusHead')
  id.set([1, 1], 8)
  id.writeUInt32LE(48_000, 12)
  socket.write(oggPage(id, { type: FIRST, granule: 0, number: 0 }))
  const tags = Buffer.alloc(16)
  tags.write('OpusTags')
  socket.write(oggPage(tags, { granule: 0, number: 1 }))
  let number = 2
  const began = performance.now()
  return {
    port,
    send: (packet) => void socket.write(oggPage(packet, { granule: Math.round((performance.now() - began) * PCM_PER_MS), number: number++ })),
  }
}

const { port, send, dropped = () => 0 } = await { embedded, bare, mosquitto: () => mosquitto(task.port ?? 0), icecast: () => icecast(task.port ?? 0) }[task.who]()
const delay = monitorEventLoopDelay({ resolution: 5 })
let round = 0
let droppedBefore = 0

function begin(everyMs: number, bytes: number): void {
  const mine = ++round
  const fromNs = process.hrtime.bigint() + 20_000_000n
  const go = (k: number): void => {
    const atNs = fromNs + BigInt(Math.round(k * everyMs * 1e6))
    setTimeout(() => {
      if (mine !== round) return
      const packet = Buffer.alloc(bytes, 0x55)
      packet.writeBigUInt64BE(atNs)
      send(packet)
      go(k + 1)
    }, Math.max(0, Math.ceil(Number(atNs - process.hrtime.bigint()) / 1e6)))
  }
  go(0)
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [order, ms, bytes] = line.split(' ')
  if (order === 'send') begin(Number(ms), Number(bytes))
  else if (order === 'hush') round++
  else if (order === 'watch') {
    delay.reset()
    delay.enable()
    droppedBefore = dropped()
  } else if (order === 'held') {
    delay.disable()
    // the monitor's own timer is part of what it sees
    say({ p99: Math.max(0, delay.percentile(99) / 1e6 - 5), max: Math.max(0, delay.max / 1e6 - 5), dropped: dropped() - droppedBefore })
  }
}).once('close', () => process.exit(0))
say({ port })
