import t from 'tap'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import fc from 'fast-check'
import { clientIdOf, streamTopicOf, topicOf, TOPIC_NAMES } from '../../shared/protocol/topics.ts'
import { silentLog } from '../../shared/core/log.ts'
import { startEmbeddedBroker } from '../../server/adapters/broker/embedded.ts'
import { duplexPair } from '../support/duplex.ts'
import { startTestBroker, type TestBroker } from '../support/embedded-broker.ts'
import { openClient, until } from '../support/mqtt-client.ts'
import { rawConnect, rawPacket, rawPublish, rawReader, rawSubscribe, type RawPacket } from '../support/raw-mqtt.ts'

const CLUSTER = '0123456789'
const lenient = { limits: { maxConnectsPerClient: 1e9, maxFailuresPerAddress: 1e9 } }

interface RawClient {
  readonly socket: Socket
  readonly packets: RawPacket[]
  closed(): boolean
}

async function raw(broker: TestBroker, login = false): Promise<RawClient> {
  const socket = connect(broker.broker.port, '127.0.0.1')
  const packets: RawPacket[] = []
  let closed = false
  socket.on('error', () => socket.destroy())
  socket.once('close', () => void (closed = true))
  socket.on('data', rawReader((packet) => packets.push(packet)))
  await once(socket, 'connect')
  if (login) {
    socket.write(rawConnect({ clientId: clientIdOf(CLUSTER, 'ctl'), ...broker.provision(CLUSTER) }))
    await until(() => packets.length > 0 || closed)
  }
  return { socket, packets, closed: () => closed }
}

async function stillServes(broker: TestBroker): Promise<boolean> {
  const client = await openClient(broker.url, { clientId: clientIdOf(CLUSTER, 'aud'), ...broker.provision(CLUSTER) })
  await client.subscribe(topicOf('ack', CLUSTER))
  await broker.broker.link.publish(topicOf('ack', CLUSTER), Buffer.from('alive'), { qos: 1, retain: false })
  const came = await until(() => client.received.length === 1)
  await client.end()
  return came
}

t.test('whatever bytes come, before the login or after it, the broker serves on and counts', async (t) => {
  const broker = await startTestBroker(lenient)
  t.teardown(() => broker.broker.stop())
  let heard = 0
  broker.broker.link.onMessage(() => heard++)
  const topic = fc.oneof(fc.string({ maxLength: 60 }), fc.constantFrom(...TOPIC_NAMES).map((name) => topicOf(name, CLUSTER)), fc.integer({ min: 90, max: 400 }).map((n) => 'a/'.repeat(n)), fc.constantFrom('#', '+', '$SYS/x', ''))
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((junk) => Buffer.from(junk)),
    fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 60 })).map(([first, body]) => rawPacket(first, Buffer.from(body))),
    fc.tuple(topic, fc.uint8Array({ maxLength: 300 }), fc.constantFrom<0 | 1 | 2>(0, 1, 2), fc.boolean()).map(([name, body, qos, retain]) => rawPublish({ topic: name, payload: Buffer.from(body), qos, retain })),
    topic.map((filter) => rawSubscribe(1, [filter])),
  )
  const result = await fc.check(
    fc.asyncProperty(fc.boolean(), fc.array(bytes, { minLength: 1, maxLength: 6 }), async (login, parts) => {
      const client = await raw(broker, login)
      for (const part of parts) client.socket.write(part)
      client.socket.end()
      await until(client.closed, 3_000)
      client.socket.destroy()
      return broker.broker.link.connected()
    }),
    { numRuns: 300 },
  )
  t.notOk(result.failed, `seed ${result.seed}: ${JSON.stringify(result.counterexample)}`)
  t.ok(await stillServes(broker))
  const { counts } = broker.broker.stats()
  t.ok(counts.malformed > 0 && counts.refusedPublish > 0 && counts.refusedSubscribe > 0 && counts.clientError > 0, 'counted by kind')
  t.equal(counts.brokerError + counts.handlerError, 0)
  t.comment(`heard ${heard}; ${JSON.stringify(Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0)))}`)
})

t.test('a packet of 2 MB is cut at its length, before its body is collected', async (t) => {
  const broker = await startTestBroker(lenient)
  t.teardown(() => broker.broker.stop())
  const client = await raw(broker, true)
  const whole = rawPublish({ topic: topicOf('beat', CLUSTER), payload: Buffer.alloc(2_000_000), qos: 1 })
  client.socket.write(whole.subarray(0, 1_000))
  t.ok(await until(client.closed), 'the first kilobyte is enough')
  const stranger = await raw(broker)
  stranger.socket.write(rawPacket(0x10, Buffer.alloc(2_000)).subarray(0, 10))
  t.ok(await until(stranger.closed), 'a stranger may send far less')
  t.equal(broker.broker.stats().counts.tooBig, 2)
  t.ok(await stillServes(broker))
})

t.test('a topic of more than a hundred levels ends its connection, as publish and as filter', async (t) => {
  const broker = await startTestBroker(lenient)
  t.teardown(() => broker.broker.stop())
  for (const bytes of [rawPublish({ topic: 'a/'.repeat(150), payload: Buffer.alloc(1) }), rawSubscribe(1, ['a/'.repeat(150)])]) {
    const client = await raw(broker, true)
    client.socket.write(bytes)
    t.ok(await until(client.closed))
  }
  t.ok(await stillServes(broker))
})

t.test('a socket that never says who it is, or stops within its CONNECT, is closed', async (t) => {
  const broker = await startTestBroker({ limits: { connectTimeoutMs: 300 } })
  t.teardown(() => broker.broker.stop())
  const silent = await raw(broker)
  const slow = await raw(broker)
  slow.socket.write(rawConnect({ clientId: 'x' }).subarray(0, 5))
  t.ok(await until(() => silent.closed() && slow.closed(), 5_000))
  t.equal(broker.broker.stats().counts.connectTimeout, 2)
  t.equal(broker.broker.stats().connections, 0, 'nothing is left behind')
})

t.test('strangers of one address have a number and a rate', async (t) => {
  const broker = await startTestBroker({ limits: { maxPendingPerAddress: 3, maxFailuresPerAddress: 2 } })
  t.teardown(() => broker.broker.stop())
  const waiting = [await raw(broker), await raw(broker), await raw(broker)]
  const fourth = await raw(broker)
  t.ok(await until(fourth.closed), 'the fourth that says nothing is closed')
  t.notOk(waiting.some((client) => client.closed()))
  for (const client of waiting) client.socket.destroy()
  t.ok(await until(() => broker.broker.stats().connections === 0))
  for (let i = 0; i < 2; i++) await t.rejects(openClient(broker.url, { clientId: 'x', username: 'x', password: 'x' }))
  const barred = await raw(broker)
  t.ok(await until(barred.closed), 'after two wrong passwords the address waits out its minute')
  t.equal(broker.broker.stats().counts.refusedAddress, 2)
  t.equal(broker.broker.stats().counts.refusedCredential, 2)
})

t.test('a cluster that comes back all the time is told to wait, a flood is cut', async (t) => {
  const broker = await startTestBroker({ limits: { maxConnectsPerClient: 2, maxPublishesPerS: 50 } })
  t.teardown(() => broker.broker.stop())
  const first = await raw(broker, true)
  for (let i = 0; i < 60; i++) first.socket.write(rawPublish({ topic: topicOf('beat', CLUSTER), payload: Buffer.from('x') }))
  t.ok(await until(first.closed))
  await raw(broker, true)
  const third = await raw(broker, true)
  t.same([third.packets[0]?.type, third.packets[0]?.body[1]], [2, 3], 'CONNACK: server unavailable')
  const { counts } = broker.broker.stats()
  t.same([counts.flooded, counts.refusedRate], [1, 1])
})

t.test('no keep-alive, or a very long one, is refused', async (t) => {
  const broker = await startTestBroker(lenient)
  t.teardown(() => broker.broker.stop())
  for (const keepalive of [0, 3_600]) {
    const client = await raw(broker)
    client.socket.write(rawConnect({ clientId: clientIdOf(CLUSTER, 'ctl'), ...broker.provision(CLUSTER), keepalive }))
    t.ok(await until(client.closed))
  }
  t.equal(broker.broker.stats().counts.refusedKeepalive, 2)
})

t.test('a client that asks for a kept session gets a clean one: no queue waits for it', async (t) => {
  const broker = await startTestBroker(lenient)
  t.teardown(() => broker.broker.stop())
  const open = (): ReturnType<typeof openClient> => openClient(broker.url, { clientId: clientIdOf(CLUSTER, 'ctl'), ...broker.provision(CLUSTER), clean: false })
  const before = await open()
  await before.subscribe(topicOf('ack', CLUSTER))
  await before.end()
  await broker.broker.link.publish(topicOf('ack', CLUSTER), Buffer.from('missed'), { qos: 1, retain: false })
  const after = await open()
  await after.subscribe(topicOf('ack', CLUSTER))
  await broker.broker.link.publish(topicOf('ack', CLUSTER), Buffer.from('new'), { qos: 1, retain: false })
  t.ok(await until(() => after.received.length > 0))
  t.same(after.received.map((m) => m.payload.toString()), ['new'])
  t.equal(broker.broker.stats().counts.sessionMadeClean, 2)
  await after.end()
})

t.test('a retained flag of an agent is taken off, QoS 2 ends the connection', async (t) => {
  const broker = await startTestBroker(lenient)
  t.teardown(() => broker.broker.stop())
  const client = await raw(broker, true)
  client.socket.write(rawPublish({ topic: topicOf('beat', CLUSTER), payload: Buffer.from('x'), retain: true }))
  client.socket.write(rawPublish({ topic: topicOf('beat', CLUSTER), payload: Buffer.from('x'), qos: 2 }))
  t.ok(await until(client.closed))
  const { counts, retainedTopics } = broker.broker.stats()
  t.same([counts.retainStripped, counts.refusedQos2, retainedTopics], [1, 1, 0])
})

t.test('sound is served on the connection for sound alone, and eight streams at a time', async (t) => {
  const { broker, url, provision } = await startTestBroker(lenient)
  t.teardown(() => broker.stop())
  const credential = provision(CLUSTER)
  const orders = await openClient(url, { clientId: clientIdOf(CLUSTER, 'ctl'), ...credential })
  t.same([await orders.subscribe(streamTopicOf('vov1')), await orders.subscribe(topicOf('audio', CLUSTER))], [128, 128], 'an order would wait behind it')
  const sound = await openClient(url, { clientId: clientIdOf(CLUSTER, 'aud'), ...credential })
  const names = Array.from({ length: 9 }, (_, i) => `kenh-${i}`)
  // mqtt.js takes a refusal of one for a failure of all: the answer itself is what counts
  const granted = await new Promise((done) => sound.client.subscribe(names.map(streamTopicOf), { qos: 0 }, (_error, _granted, packet) => done(packet?.granted)))
  t.same(granted, [0, 0, 0, 0, 0, 0, 0, 0, 128], 'the ninth is refused, in one packet too')
  t.equal(await sound.subscribe(streamTopicOf('kenh-0')), 1, 'again is not one more')
  t.equal(await sound.subscribe(topicOf('audio', CLUSTER)), 1, 'its own topic does not count')
  await sound.client.unsubscribeAsync(streamTopicOf('kenh-3'))
  t.equal(await sound.subscribe(streamTopicOf('kenh-8')), 1, 'who leaves one may join another')
  t.same(names.map((name) => broker.link.streams.joined(name)), [1, 1, 1, 0, 1, 1, 1, 1, 1])
  t.same([broker.stats().counts.refusedSubscribe, broker.stats().counts.refusedStreams], [2, 1])
  broker.disconnect(CLUSTER)
  t.ok(await until(() => broker.stats().soundTopics === 0), 'with the connection all of it ends')
})

t.test('a handler that throws does not take the broker down', async (t) => {
  const broker = await startTestBroker(lenient)
  t.teardown(() => broker.broker.stop())
  broker.broker.link.onMessage(() => {
    throw new Error('a bug')
  })
  const client = await raw(broker, true)
  client.socket.write(rawPublish({ topic: topicOf('beat', CLUSTER), payload: Buffer.from('x') }))
  t.ok(await until(() => broker.broker.stats().counts.handlerError === 1))
  t.ok(await stillServes(broker))
})

t.test('the server itself is held to the table', async (t) => {
  const { broker } = await startTestBroker()
  const send = (topic: string, bytes: number): Promise<void> => broker.link.publish(topic, Buffer.alloc(bytes), { qos: 1, retain: false })
  await t.rejects(send(topicOf('hello', CLUSTER), 1), /does not publish/)
  await t.rejects(send('anything', 1), /does not publish/)
  await t.rejects(send(topicOf('plan', CLUSTER), 601), /limit is 600/)
  await broker.stop()
  await broker.stop()
  await t.rejects(send(topicOf('plan', CLUSTER), 1), /stopped/)
  t.notOk(broker.link.connected())
})

t.test('presence tells who comes and goes, within the process too', async (t) => {
  const { broker, provision } = await startTestBroker()
  const seen: string[] = []
  broker.onPresence((cluster, connection, online) => seen.push(`${cluster}.${connection} ${online ? 'on' : 'off'}`))
  const [here, there] = duplexPair()
  broker.handle(there)
  here.write(rawConnect({ clientId: clientIdOf(CLUSTER, 'aud'), ...provision(CLUSTER) }))
  t.ok(await until(() => seen.length === 1))
  broker.disconnect(CLUSTER)
  t.ok(await until(() => here.destroyed), 'the other end learns of it')
  t.same(seen, [`${CLUSTER}.aud on`, `${CLUSTER}.aud off`])
  await broker.stop()
})

t.test('a port in use, a forbidden address and a bad certificate are sentences', async (t) => {
  const other = createServer()
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  t.teardown(() => other.close())
  const { port } = other.address() as AddressInfo
  const options = { port, host: '127.0.0.1', authenticate: () => null, log: silentLog }
  const busy = await startEmbeddedBroker(options)
  t.match(busy, { ok: false, code: 'port-in-use' })
  t.match(busy.ok ? '' : busy.why, /Port \d+ is in use, perhaps by a Mosquitto.*TL_MQTT_PORT/)
  t.match(await startEmbeddedBroker({ ...options, port: 0, host: '203.0.113.1' }), { ok: false, code: 'address-unknown' })
  t.match(await startEmbeddedBroker({ ...options, port: 0, tls: { cert: 'x', key: 'y' } }), { ok: false, code: 'bad-certificate' })
})
