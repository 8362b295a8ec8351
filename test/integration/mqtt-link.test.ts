import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { createServer as createTlsServer } from 'node:tls'
import { Aedes } from 'aedes'
import t, { type Test } from 'tap'
import type { LinkConnection } from '../../agent/core/ports.ts'
import { createConnect, MAX_BEHIND_BYTES, MAX_UNACKNOWLEDGED, type MqttLinkOptions } from '../../agent/adapters/mqtt-link.ts'

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const will = { topic: 't/gone', payload: bytes('gone') }

async function startBroker(t: Test): Promise<{ aedes: Aedes; port: number }> {
  const aedes = await Aedes.createBroker({})
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    aedes.handle(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await new Promise<void>((resolve) => aedes.close(resolve))
  })
  return { aedes, port: (server.address() as AddressInfo).port }
}

interface Watched {
  connection: LinkConnection
  ups: number
  downs: string[]
  messages: [string, string][]
  /** Resolves at the first up or down. */
  settled: Promise<'up' | 'down'>
  down: Promise<string>
}

function open(options: Partial<MqttLinkOptions>, subscriptions: string[] = [], clientId = 'c.ctl'): Watched {
  const made = createConnect({ url: 'mqtt://127.0.0.1:1', username: 'c', password: 'p', log, ...options })
  if (!made.ok) throw new Error(made.why)
  let settle: (how: 'up' | 'down') => void
  let ended: (why: string) => void
  const watched: Watched = {
    ups: 0, downs: [], messages: [],
    settled: new Promise((resolve) => (settle = resolve)),
    down: new Promise((resolve) => (ended = resolve)),
    connection: made.value({ clientId, subscriptions, will }, {
      up: () => { watched.ups++; settle('up') },
      down: (why) => { watched.downs.push(why); settle('down'); ended(why) },
      message: (topic, payload) => watched.messages.push([topic, Buffer.from(payload).toString()]),
    }),
  }
  return watched
}

async function until(what: () => boolean, why: string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (what()) return
    await wait(20)
  }
  throw new Error(`waited in vain: ${why}`)
}

t.test('an attempt comes up once, subscribed, and carries packets both ways', async (t) => {
  const { aedes, port } = await startBroker(t)
  aedes.publish({ cmd: 'publish', topic: 't/plan', payload: 'kept', qos: 1, retain: true, dup: false }, () => undefined)
  const heard: string[] = []
  aedes.on('publish', (packet, client) => { if (client) heard.push(`${packet.topic}=${packet.payload.toString()}`) })
  const link = open({ url: `mqtt://127.0.0.1:${port}` }, ['t/plan', 't/now'])
  t.equal(await link.settled, 'up')
  await link.connection.publish('t/beat', bytes('một'), 1)
  await link.connection.publish('t/want', bytes('hai'), 0)
  await until(() => heard.length === 2 && link.messages.length === 1, 'both packets and the retained one')
  t.same(heard, ['t/beat=một', 't/want=hai'])
  t.same(link.messages, [['t/plan', 'kept']])
  link.connection.close()
  link.connection.close()
  await link.down
  await wait(50)
  t.same([link.ups, link.downs], [1, ['closed by this agent']])
  await t.rejects(link.connection.publish('t/beat', bytes('x'), 0))
})

t.test('the broker says the last will when the link is closed, because the cluster is gone', async (t) => {
  const { aedes, port } = await startBroker(t)
  const said: string[] = []
  aedes.on('publish', (packet) => { if (packet.topic === 't/gone') said.push(packet.payload.toString()) })
  const link = open({ url: `mqtt://127.0.0.1:${port}` })
  await link.settled
  link.connection.close()
  await until(() => said.length > 0, 'the will')
  t.same(said, ['gone'])
})

t.test('what was handed over before a close still leaves', async (t) => {
  const { aedes, port } = await startBroker(t)
  let got = 0
  aedes.on('publish', (packet) => { if (packet.topic === 't/want') got++ })
  const link = open({ url: `mqtt://127.0.0.1:${port}` })
  await link.settled
  for (let i = 0; i < 20; i++) await link.connection.publish('t/want', bytes('x'), 0)
  link.connection.close()
  await link.down
  await until(() => got === 20, 'twenty packets')
})

t.test('a refused credential, a refused subscription and an absent server are each one sentence', async (t) => {
  const { aedes, port } = await startBroker(t)
  aedes.authenticate = (_c, username, _p, done) => (username === 'c' ? done(null, true) : done(Object.assign(new Error('no'), { returnCode: 5 }), null))
  aedes.authorizeSubscribe = (_c, sub, done) => done(null, sub.topic === 't/other' ? null : sub)
  const url = `mqtt://127.0.0.1:${port}`
  const stranger = open({ url, username: 'x' })
  t.match(await stranger.down, /credential/)
  const curious = open({ url }, ['t/plan', 't/other'])
  t.match(await curious.down, /refused the subscription/)
  const lonely = open({ url: 'mqtt://127.0.0.1:1' })
  t.match(await lonely.down, /ECONNREFUSED/)
  await wait(50)
  for (const one of [stranger, curious, lonely]) t.same([one.ups, one.downs.length], [0, 1])
})

t.test('a server that accepts and says nothing is given up after the deadline', async (t) => {
  const server = createServer(() => undefined)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const link = open({ url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, connectTimeoutMs: 200 })
  t.match(await link.down, /did not answer/)
  await wait(300)
  t.equal(link.downs.length, 1)
})

/** A stream in place of the socket, whose far end the test holds. */
function pair(): [Duplex, Duplex] {
  const make = (other: () => Duplex): Duplex => new Duplex({
    read: () => undefined,
    write: (chunk, _e, done) => { if (!other().destroyed) other().push(chunk); done() },
    final: (done) => { if (!other().destroyed) other().push(null); done() },
  })
  const a: Duplex = make(() => b)
  const b: Duplex = make(() => a)
  return [a, b]
}

t.test('it works over an in-process pair of streams', async (t) => {
  const aedes = await Aedes.createBroker({})
  t.teardown(() => new Promise<void>((resolve) => aedes.close(resolve)))
  const link = open({ stream: () => { const [near, far] = pair(); aedes.handle(far); return near } }, ['t/plan'])
  t.equal(await link.settled, 'up')
  await link.connection.publish('t/beat', bytes('x'), 1)
  link.connection.close()
  await link.down
  t.equal(link.downs.length, 1)
})

const CONNACK = Buffer.from([0x20, 2, 0, 0])

t.test('a link that goes dark is given up when an acknowledgement is overdue, and what waited is rejected', async (t) => {
  const [near, far] = pair()
  far.resume()
  const link = open({ stream: () => near, ackTimeoutMs: 200 })
  near.push(CONNACK)
  t.equal(await link.settled, 'up')
  await wait(400)
  t.equal(link.downs.length, 0, 'an idle link is left alone')
  await t.rejects(link.connection.publish('t/beat', bytes('x'), 1), /ended/)
  t.match(await link.down, /acknowledgement/)
})

t.test('an acknowledgement that takes its time after a long silence is waited for', async (t) => {
  const { aedes, port } = await startBroker(t)
  aedes.authorizePublish = (_c, _p, done) => { setTimeout(() => done(null), 300) }
  const link = open({ url: `mqtt://127.0.0.1:${port}`, ackTimeoutMs: 1_000 })
  await link.settled
  await wait(1_500)
  await link.connection.publish('t/beat', bytes('x'), 1)
  t.equal(link.downs.length, 0)
  link.connection.close()
  await link.down
})

t.test('a socket that does not drain turns QoS 0 away, and bounds what awaits an acknowledgement', async (t) => {
  const [, far] = pair()
  const stuck = new Duplex({ read: () => undefined, write: (_c, _e, done) => { if (stuck.writableLength < 200) done() } })
  far.resume()
  const link = open({ stream: () => stuck })
  stuck.push(CONNACK)
  t.equal(await link.settled, 'up')
  const packet = new Uint8Array(8_192)
  let sent = 0
  const full = async (): Promise<void> => { for (;;) { await link.connection.publish('t/want', packet, 0); sent++ } }
  await t.rejects(full(), /behind/)
  t.ok(sent * packet.length <= MAX_BEHIND_BYTES + 2 * packet.length, `${sent} packets were taken`)
  const waiting = Array.from({ length: MAX_UNACKNOWLEDGED }, () => t.rejects(link.connection.publish('t/beat', bytes('x'), 1), /ended/))
  await t.rejects(link.connection.publish('t/beat', bytes('x'), 1), /acknowledgement/)
  link.connection.close()
  await link.down
  await Promise.all(waiting)
})

t.test('a packet that announces too much ends the connection at its first bytes', async (t) => {
  const [near, far] = pair()
  far.resume()
  const link = open({ stream: () => near, maxPacketBytes: 1_000 })
  near.push(CONNACK)
  await link.settled
  near.push(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1]))
  t.match(await link.down, /too large/)
  t.equal(link.messages.length, 0)
})

t.test('bytes that are no MQTT end in one sentence, not in a crash', async (t) => {
  const seed = Date.now() % 100_000
  t.comment(`seed ${seed}`)
  let x = seed
  const random = (): number => { x = (x * 1_103_515_245 + 12_345) % 2 ** 31; return x / 2 ** 31 }
  for (let i = 0; i < 60; i++) {
    const [near, far] = pair()
    far.resume()
    const link = open({ stream: () => near })
    if (i % 2 === 0) near.push(CONNACK)
    near.push(Buffer.from(Array.from({ length: 1 + Math.floor(random() * 60) }, () => Math.floor(random() * 256))))
    near.push(null)
    setTimeout(() => near.destroy(), 50)
    await link.down
    t.equal(link.downs.length, 1)
  }
})

t.test('a hundred attempts leave no listener and no timer behind', async (t) => {
  const { aedes, port } = await startBroker(t)
  const before = process.listenerCount('warning')
  for (let i = 0; i < 100; i++) {
    const link = open({ url: `mqtt://127.0.0.1:${port}` }, ['t/plan'], `c${i}.ctl`)
    await link.settled
    link.connection.close()
    await link.down
  }
  await until(() => aedes.connectedClients === 0, 'the broker sees them gone')
  t.equal(process.listenerCount('warning'), before)
  const held = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')
  t.ok(held.length < 20, `${held.length} timers`)
})

const openssl = spawnSync('openssl', ['version']).error === undefined ? false : 'openssl is not installed, so there is no certificate to test with'
t.test('over TLS only a server whose certificate is known and names it is spoken to', { skip: openssl }, async (t) => {
  const dir = t.testdir()
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert])
  const aedes = await Aedes.createBroker({})
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, aedes.handle)
  server.on('tlsClientError', () => undefined)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(async () => {
    server.close()
    await new Promise<void>((resolve) => aedes.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const known = open({ url: `mqtts://localhost:${port}`, caFile: cert }, ['t/plan'])
  t.equal(await known.settled, 'up')
  await known.connection.publish('t/beat', bytes('x'), 1)
  known.connection.close()
  await known.down
  t.match(await open({ url: `mqtts://localhost:${port}` }).down, /self.signed certificate/)
  t.match(await open({ url: `mqtts://127.0.0.1:${port}`, caFile: cert }).down, /127\.0\.0\.1/)
  t.match(await open({ url: `mqtt://127.0.0.1:${port}` }).down, /closed|ECONNRESET/)
})

t.test('a bad address or certificate is a sentence before the first attempt', async (t) => {
  const why = (options: Partial<MqttLinkOptions>): string => {
    const made = createConnect({ url: '', username: 'c', password: 'p', log, ...options })
    return made.ok ? '' : made.why
  }
  for (const url of ['', 'broker', 'http://broker', 'mqtt://', 'mqtts://u:p@broker', 'mqtt://broker/path']) t.match(why({ url }), /MQTT/, url)
  t.match(why({ url: 'mqtts://broker', caFile: '/nonexistent/ca.pem' }), /cannot be read/)
  t.match(why({ url: 'mqtts://broker', caFile: new URL(import.meta.url).pathname }), /no certificate/)
  t.equal(why({ url: 'mqtt://[::1]:1883' }), '')
})
