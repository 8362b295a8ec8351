import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { Aedes } from 'aedes'
import { startEmbeddedBroker } from '../../server/adapters/broker/embedded.ts'
import { silentLog } from '../../shared/core/log.ts'
import { streamTopicOf, topicOf } from '../../shared/protocol/topics.ts'
import { rawPublish } from '../../test/support/raw-mqtt.ts'
import { passwordOf } from './reconnect-fleet.ts'
import { RELAY_NAME, type FrozenReport, type FrozenTask } from './frozen-task.ts'

/**
 * A broker that sends a relay to all and orders to each, in a process of its own so that its memory can be told. `fill PORT` fills the
 * server's end of that connection until bytes wait in the process; `report` tells how many of those are full, and what was sent since;
 * `cuts` which of them were closed.
 */
const { who, clusters } = JSON.parse(process.argv[2] ?? '{}') as FrozenTask

const SOUND_EVERY_MS = 200
/** Each cluster has an order a second. */
const ROUNDS_OF_ORDERS = 5
const SOUND_BYTES = 700
const ORDER_BYTES = 400
const FILL_BYTES = 16_000

const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`)

interface Subject {
  accept(socket: Socket): void
  sound(payload: Buffer): void
  order(cluster: string, payload: Buffer): void
}

async function ours(): Promise<Subject> {
  const started = await startEmbeddedBroker({ port: 0, host: '127.0.0.1', log: silentLog, authenticate: (username, password) => (passwordOf(username) === Buffer.from(password).toString() ? { kind: 'cluster', cluster: username } : null) })
  if (!started.ok) throw new Error(started.why)
  const { handle, link } = started.value
  return {
    accept: (socket) => handle(socket),
    sound: (payload) => link.streams.send(RELAY_NAME, payload),
    order: (cluster, payload) => void link.publish(topicOf('now', cluster), payload, { qos: 1, retain: false }),
  }
}

async function stock(): Promise<Subject> {
  const aedes = await Aedes.createBroker()
  return {
    accept: (socket) => void aedes.handle(socket),
    sound: (payload) => aedes.publish({ cmd: 'publish', topic: streamTopicOf(RELAY_NAME), payload, qos: 0, retain: false, dup: false }, () => undefined),
    order: (cluster, payload) => aedes.publish({ cmd: 'publish', topic: topicOf('now', cluster), payload, qos: 1, retain: false, dup: false }, () => undefined),
  }
}

const subject = await (who === 'ours' ? ours() : stock())
const nears = new Map<number, Socket>()
const toBeFull = new Map<number, Socket>()
let cut = 0
let cutPorts: number[] = []
const server = createServer({ noDelay: true }, (socket) => {
  const port = socket.remotePort ?? 0
  nears.set(port, socket)
  socket.on('error', () => socket.destroy())
  socket.once('close', () => {
    nears.delete(port)
    if (!toBeFull.delete(port)) return
    cut++
    cutPorts.push(port)
  })
  subject.accept(socket)
})
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))

/** The kernel takes megabytes before the process keeps any; whole packets, so that whoever reads again could. */
async function fill(port: number, topic: string): Promise<void> {
  const near = nears.get(port)
  if (!near) return
  toBeFull.set(port, near)
  const packet = rawPublish({ topic, payload: Buffer.alloc(FILL_BYTES) })
  for (let calm = 0; calm < 3 && !near.destroyed; calm++) {
    while (near.writableLength === 0) near.write(packet)
    await new Promise((tick) => setTimeout(tick, 5))
    if (near.writableLength === 0) calm = -1
  }
}

let [sounds, orders] = [0, 0]
const stamped = (bytes: number): Buffer => {
  const payload = Buffer.alloc(bytes, 0x55)
  payload.writeBigUInt64BE(process.hrtime.bigint())
  return payload
}
let round = 0
setInterval(() => {
  subject.sound(stamped(SOUND_BYTES))
  sounds++
  for (let n = round++ % ROUNDS_OF_ORDERS; n < clusters.length; n += ROUNDS_OF_ORDERS) {
    subject.order(clusters[n] as string, stamped(ORDER_BYTES))
    orders++
  }
}, SOUND_EVERY_MS)

function report(): FrozenReport {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  const unsent = [...nears.values()].reduce((sum, { writableLength }) => sum + writableLength, 0)
  const answer = { heapMib: heapUsed / 2 ** 20, outsideMib: (external + arrayBuffers) / 2 ** 20, unsentKib: unsent / 1_024, frozen: toBeFull.size, full: [...toBeFull.values()].filter(({ writableLength }) => writableLength > 0).length, sounds, orders, cut }
  sounds = orders = cut = 0
  return answer
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [order, port, topic] = line.split(' ')
  if (order === 'fill') void fill(Number(port), topic ?? '')
  else if (order === 'report') say(report())
  else if (order === 'cuts') {
    say(cutPorts)
    cutPorts = []
  }
}).once('close', () => process.exit(0))
say({ port: (server.address() as AddressInfo).port })
