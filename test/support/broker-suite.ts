import type { Test } from 'tap'
import { clientIdOf, CONNECTIONS, connectionOf, filterOf, mayPublish, maySubscribe, parseStreamTopic, parseTopic, serverSubscriptions, streamTopicOf, subscriptionsOf, TOPIC_NAMES, TOPICS, topicOf, type Connection, type Identity } from '../../shared/protocol/topics.ts'
import type { ServerLink } from '../../server/core/ports.ts'
import { openClient, until, type Credential, type TestClient } from './mqtt-client.ts'

/** A broker under test. Any broker that serves the fleet passes the whole suite. */
export interface BrokerUnderTest {
  readonly url: string
  readonly serverLink: ServerLink
  provision(cluster: string): Promise<Credential>
  revoke(cluster: string): Promise<void>
  /** The server's own credential, where the server comes over a socket. */
  readonly server?: Credential & { readonly clientId: string }
  /** What the broker cannot do, said aloud: the suite then checks what remains. */
  readonly can: { readonly bindClientIds: boolean; readonly refuseSubscriptions: boolean }
}

const OWN = '0123456789'
const OTHER = 'abcdefghjk'
const STREAM = streamTopicOf('vov1')

interface Bench {
  readonly broker: BrokerUnderTest
  readonly credentials: Record<string, Credential>
  /** What the server's link has heard. */
  readonly heard: { topic: string; text: string }[]
  open(cluster: string, connection?: 'ctl' | 'aud', more?: object): Promise<TestClient>
}

export async function runBrokerSuite(t: Test, start: () => Promise<BrokerUnderTest>): Promise<void> {
  const broker = await start()
  const credentials: Record<string, Credential> = { [OWN]: await broker.provision(OWN), [OTHER]: await broker.provision(OTHER) }
  const heard: Bench['heard'] = []
  broker.serverLink.onMessage((topic, payload) => heard.push({ topic, text: Buffer.from(payload).toString() }))
  t.ok(await until(() => broker.serverLink.connected()), 'the server is connected')
  const open: Bench['open'] = (cluster, connection = 'ctl', more = {}) =>
    openClient(broker.url, { ...credentials[cluster], clientId: clientIdOf(cluster, connection), ...more })
  const bench = { broker, credentials, heard, open }
  await t.test('strangers are turned away', (t) => strangers(t, bench))
  await t.test('who may publish what is the topic table, and nothing else', (t) => publishMatrix(t, bench))
  await t.test('who may hear what is the topic table, and nothing else', (t) => subscribeMatrix(t, bench))
  await t.test('streams reach exactly those who have joined, and audio its cluster alone', (t) => streams(t, bench))
  await t.test('a retained order reaches a late subscriber, a cleared one does not', (t) => retained(t, bench))
  await t.test('order and number of QoS 1 messages are kept both ways', (t) => ordered(t, bench))
  await t.test('a burst of many clusters reaches the server whole', (t) => burst(t, bench))
  await t.test('the last will comes when a connection breaks, and not when it ends well', (t) => lastWill(t, bench))
  await t.test('a client id belongs to its credential', (t) => clientIds(t, bench))
  await t.test('packets beyond the limit are refused and the broker stays up', (t) => bigPackets(t, bench))
  await t.test('a withdrawn credential ends its connections', (t) => withdrawn(t, bench))
}

/** A message of the server that arrives proves that everything before it has been decided. */
async function fence(bench: Bench, listener: TestClient, cluster: string): Promise<void> {
  const text = `fence ${Math.random()}`
  await bench.broker.serverLink.publish(topicOf('ack', cluster), Buffer.from(text), { qos: 1, retain: false })
  if (!(await until(() => listener.received.some((m) => m.payload.toString() === text)))) throw new Error('the fence did not come: the broker does not deliver')
}

async function strangers(t: Test, { broker, credentials }: Bench): Promise<void> {
  const right = credentials[OWN] as Credential
  const clientId = clientIdOf(OWN, 'ctl')
  await t.rejects(openClient(broker.url, { clientId }), 'anonymous')
  await t.rejects(openClient(broker.url, { clientId, username: right.username }), 'without a password')
  await t.rejects(openClient(broker.url, { clientId, username: right.username, password: 'wrong' }), 'with a wrong password')
  await t.rejects(openClient(broker.url, { clientId, username: 'zzzzzzzzzz', password: right.password }), 'with an unknown name')
  await t.rejects(openClient(broker.url, { clientId, username: OTHER, password: right.password }), 'with another cluster’s name')
}

async function publishMatrix(t: Test, bench: Bench): Promise<void> {
  const listener = await bench.open(OWN, 'aud')
  for (const filter of [...subscriptionsOf(OWN), ...subscriptionsOf(OWN, 'aud'), STREAM]) await listener.subscribe(filter)
  for (const topic of [...TOPIC_NAMES.map((name) => topicOf(name, OWN)), STREAM]) {
    for (const actor of [OWN, OTHER, ...(bench.broker.server ? ['server'] : [])]) {
      const who: Identity = actor === 'server' ? { kind: 'server' } : { kind: 'cluster', cluster: actor }
      const text = `${actor}`.slice(0, 10)
      bench.heard.length = 0
      listener.received.length = 0
      // the server's own connection would be thrown out by a second one of the same id
      const client = actor === 'server' ? await openClient(bench.broker.url, { ...bench.broker.server, clientId: 'tl-server-2' }) : await bench.open(actor)
      await client.publish(topic, text, { qos: 1 })
      await fence(bench, listener, OWN)
      const came = (): boolean => bench.heard.some((m) => m.topic === topic && m.text === text) || listener.received.some((m) => m.topic === topic && m.payload.toString() === text)
      const may = mayPublish(who, topic)
      t.equal(may ? await until(came) : came(), may, `${actor === OWN ? 'the cluster' : actor === OTHER ? 'another cluster' : 'the server'} → ${topic}`)
      await client.end()
    }
  }
  for (const topic of ['tl/1/c', 'tl/2/c/0123456789/plan', `tl/1/c/${OWN}/hello/x`, `tl/1/c/${OWN}`, '$SYS/broker', 'x'.repeat(300)]) {
    const client = await bench.open(OWN)
    bench.heard.length = 0
    await client.publish(topic, 'x')
    await fence(bench, listener, OWN)
    t.same(bench.heard, [], `nobody hears ${topic.slice(0, 40)}`)
    await client.end()
  }
  await listener.end()
}

const isSound = (topic: string): boolean => {
  const row = parseTopic(topic)
  return parseStreamTopic(topic) !== null || (row !== null && connectionOf(row.name) === 'aud')
}

/** Every filter that one could think of, on one connection of the cluster: granted is what it may hear, and sound on `aud` alone. */
async function askForAll(t: Test, bench: Bench, connection: Connection): Promise<TestClient> {
  const wild = ['#', 'tl/#', '+/+/+/+/+', 'tl/1/c/+/plan', `tl/1/c/${OTHER}/#`, `tl/1/c/${OWN}/#`, 'tl/1/s/#', 'tl/1/s/Not-A-Stream', '$SYS/#', `$share/g/${topicOf('plan', OTHER)}`]
  const filters = [...TOPIC_NAMES.flatMap((name) => [topicOf(name, OWN), topicOf(name, OTHER), filterOf(name)]), STREAM, streamTopicOf('~aaaa'), ...wild]
  const client = await bench.open(OWN, connection)
  for (const filter of filters) {
    const may = maySubscribe({ kind: 'cluster', cluster: OWN }, filter) && (!isSound(filter) || connection === 'aud')
    const granted = await client.subscribe(filter)
    if (may || bench.broker.can.refuseSubscriptions) t.equal(granted === 1, may, `the cluster on ${filter}, on its ${connection}: ${may ? 'granted' : 'refused'}`)
  }
  return client
}

async function subscribeMatrix(t: Test, bench: Bench): Promise<void> {
  const { serverLink } = bench.broker
  const clients = await Promise.all(CONNECTIONS.map((connection) => askForAll(t, bench, connection)))
  const other = await bench.open(OTHER)
  for (const filter of subscriptionsOf(OTHER)) await other.subscribe(filter)
  for (const cluster of [OTHER, OWN]) {
    for (const name of TOPIC_NAMES.filter((name) => TOPICS[name].from === 'server')) {
      if (connectionOf(name) === 'aud') serverLink.streams.sendTo(cluster, Buffer.from(`for ${cluster}`))
      else await serverLink.publish(topicOf(name, cluster), Buffer.from(`for ${cluster}`), { qos: 1, retain: false })
    }
  }
  for (const name of TOPIC_NAMES.filter((name) => TOPICS[name].from === 'agent')) await other.publish(topicOf(name, OTHER), 'x')
  await fence(bench, other, OTHER)
  const allowed = [...subscriptionsOf(OWN), ...subscriptionsOf(OWN, 'aud')]
  for (const client of clients) {
    await fence(bench, client, OWN)
    t.same(client.received.map((m) => m.topic).filter((topic) => !allowed.includes(topic)), [], 'the cluster hears nothing but its own orders, whatever it asked for')
  }
  for (const topic of allowed) t.ok(await until(() => clients.some((client) => client.received.some((m) => m.topic === topic))), `it hears ${topic}`)
  await Promise.all([...clients, other].map((client) => client.end()))
}

async function streams(t: Test, bench: Bench): Promise<void> {
  const { streams: link } = bench.broker.serverLink
  const told = link.joined('vov1') !== null
  const joined = (stream: string, n: number): Promise<boolean> => (told ? until(() => link.joined(stream) === n) : Promise.resolve(true))
  const text = (client: TestClient): string[] => client.received.filter((m) => isSound(m.topic)).map((m) => `${m.topic} ${m.payload.toString()}`)
  const [own, other] = [await bench.open(OWN, 'aud'), await bench.open(OTHER, 'aud')]
  for (const [client, cluster] of [[own, OWN], [other, OTHER]] as const) {
    for (const filter of [STREAM, topicOf('audio', cluster), topicOf('ack', cluster)]) await client.subscribe(filter)
  }
  await other.subscribe(streamTopicOf('~mic1'))
  t.ok(await joined('vov1', 2), 'both have joined')
  for (const n of [1, 2, 3]) link.send('vov1', Buffer.from(`relay ${n}`))
  link.send('~mic1', Buffer.from('voice'))
  link.send('vov2', Buffer.from('of nobody'))
  link.sendTo(OWN, Buffer.from('a clip'))
  const relay = [1, 2, 3].map((n) => `${STREAM} relay ${n}`)
  t.ok(await until(() => text(own).length === 4 && text(other).length === 4), 'all arrive')
  for (const [client, cluster] of [[own, OWN], [other, OTHER]] as const) await fence(bench, client, cluster)
  t.same(text(own), [...relay, `${topicOf('audio', OWN)} a clip`], 'the stream in its order, and what was for this cluster')
  t.same(text(other), [...relay, `${streamTopicOf('~mic1')} voice`], 'two streams, and nothing that was for another')

  await other.client.unsubscribeAsync(STREAM)
  t.ok(await joined('vov1', 1), 'one has left')
  link.send('vov1', Buffer.from('relay 4'))
  t.ok(await until(() => text(own).length === 5))
  await fence(bench, other, OTHER)
  t.equal(text(other).length, 4, 'who has left hears no more of it')

  const again = await bench.open(OWN, 'aud')
  t.ok(await joined('vov1', 0), 'a new connection has joined nothing')
  await again.subscribe(STREAM)
  link.send('vov1', Buffer.from('relay 5'))
  t.ok(await until(() => text(again).length === 1), 'until it joins')
  t.equal(text(own).length, 5, 'the one that it took over from is out of it')
  again.client.stream.destroy()
  t.ok(await joined('vov1', 0), 'so is one that breaks')
  await Promise.all([own.end(), other.end(), again.end()])
}

async function retained(t: Test, bench: Bench): Promise<void> {
  const { serverLink } = bench.broker
  const [plan, now] = [topicOf('plan', OWN), topicOf('now', OWN)]
  await serverLink.publish(plan, Buffer.from('plan 1'), { qos: 1, retain: true })
  await serverLink.publish(plan, Buffer.from('plan 2'), { qos: 1, retain: true })
  await serverLink.publish(now, Buffer.from('gone'), { qos: 1, retain: true })
  await serverLink.publish(now, Buffer.alloc(0), { qos: 1, retain: true })
  await serverLink.publish(topicOf('plan', OTHER), Buffer.from('not yours'), { qos: 1, retain: true })
  const late = await bench.open(OWN)
  for (const filter of subscriptionsOf(OWN)) await late.subscribe(filter)
  await fence(bench, late, OWN)
  t.ok(await until(() => late.received.some((m) => m.topic === plan)), 'it comes')
  t.same(late.received.filter((m) => m.topic !== topicOf('ack', OWN)).map((m) => [m.topic, m.payload.toString(), m.retain]), [[plan, 'plan 2', true]], 'the newest, once, marked as retained')
  await late.publish(topicOf('beat', OWN), 'kept', { retain: true })
  await late.end()
  for (const cluster of [OWN, OTHER]) await serverLink.publish(topicOf('plan', cluster), Buffer.alloc(0), { qos: 1, retain: true })
}

async function ordered(t: Test, bench: Bench): Promise<void> {
  const n = 200
  const want = Array.from({ length: n }, (_, i) => String(i))
  const client = await bench.open(OWN)
  await client.subscribe(topicOf('ack', OWN))
  bench.heard.length = 0
  await Promise.all(want.slice(0, 90).map((text) => bench.broker.serverLink.publish(topicOf('ack', OWN), Buffer.from(text), { qos: 1, retain: false })))
  for (const text of want) await client.publish(topicOf('beat', OWN), text)
  t.ok(await until(() => client.received.length >= 90 && bench.heard.length >= n), 'all arrive')
  t.same(client.received.map((m) => m.payload.toString()), want.slice(0, 90), 'to the cluster, in order, once')
  t.same(bench.heard.filter((m) => m.topic === topicOf('beat', OWN)).map((m) => m.text), want, 'to the server, in order, once')
  await client.end()
}

async function burst(t: Test, bench: Bench): Promise<void> {
  const clusters = Array.from({ length: 50 }, (_, i) => `burst${String(i).padStart(5, '0')}`.replaceAll('u', 'v'))
  for (const cluster of clusters) bench.credentials[cluster] = await bench.broker.provision(cluster)
  const clients = await Promise.all(clusters.map((cluster) => bench.open(cluster)))
  bench.heard.length = 0
  await Promise.all(clients.flatMap((client, i) => Array.from({ length: 20 }, (_, k) => client.publish(topicOf('reported', clusters[i] ?? ''), `${i}.${k}`.padEnd(1_000)))))
  await until(() => bench.heard.length >= 1_000)
  t.equal(new Set(bench.heard.map((m) => m.text)).size, 1_000, 'a thousand reports at once, and none is lost')
  await Promise.all(clients.map((client) => client.end()))
}

async function lastWill(t: Test, bench: Bench): Promise<void> {
  const topic = topicOf('gone', OWN)
  const will = { topic, payload: Buffer.from('broken'), qos: 1 as const, retain: false }
  const breaking = await bench.open(OWN, 'ctl', { will })
  bench.heard.length = 0
  breaking.client.stream.destroy()
  t.ok(await until(() => bench.heard.some((m) => m.topic === topic && m.text === 'broken')), 'it comes when the socket breaks')
  const polite = await bench.open(OWN, 'ctl', { will })
  bench.heard.length = 0
  await polite.client.endAsync(false)
  const listener = await bench.open(OWN)
  await listener.subscribe(topicOf('ack', OWN))
  await fence(bench, listener, OWN)
  t.same(bench.heard, [], 'it does not come after a goodbye')
  await listener.end()
  await t.test('a will in another’s name is worth nothing', async (t) => {
    const forged = { ...will, topic: topicOf('gone', OTHER) }
    bench.heard.length = 0
    const opened = await bench.open(OWN, 'ctl', { will: forged }).catch(() => null)
    opened?.client.stream.destroy()
    const listener = await bench.open(OTHER)
    await listener.subscribe(topicOf('ack', OTHER))
    await fence(bench, listener, OTHER)
    t.same(bench.heard, [])
    await listener.end()
  })
}

async function clientIds(t: Test, bench: Bench): Promise<void> {
  const victim = await bench.open(OWN)
  await victim.subscribe(topicOf('ack', OWN))
  const thief = bench.open(OTHER, 'ctl', { clientId: clientIdOf(OWN, 'ctl') })
  if (bench.broker.can.bindClientIds) {
    await t.rejects(thief, 'another credential cannot take it')
    await t.rejects(bench.open(OWN, 'ctl', { clientId: 'anything' }), 'nor does a credential come under a name of its choice')
    await fence(bench, victim, OWN)
    t.notOk(victim.closed(), 'the owner stays')
  } else {
    // said in mosquitto.ts: the thief can throw the owner out, and that is all that it can do
    const opened = await thief
    for (const filter of subscriptionsOf(OWN)) await opened.subscribe(filter)
    const again = await bench.open(OWN, 'aud')
    await again.subscribe(topicOf('ack', OWN))
    await fence(bench, again, OWN)
    t.same(opened.received, [], 'under another’s client id one hears nothing')
    await Promise.all([opened.end(), again.end()])
  }
  await victim.end()
  const first = await bench.open(OWN)
  const second = await bench.open(OWN)
  t.ok(await until(() => first.closed()), 'the same credential takes over from its own older connection')
  t.notOk(second.closed())
  await second.end()
}

async function bigPackets(t: Test, bench: Bench): Promise<void> {
  const client = await bench.open(OWN)
  bench.heard.length = 0
  t.equal(await client.publish(topicOf('evidence', OWN), Buffer.alloc(TOPICS.evidence.limit, 120)), 'sent', 'the longest allowed passes')
  t.ok(await until(() => bench.heard.length === 1))
  await client.publish(topicOf('beat', OWN), Buffer.alloc(TOPICS.beat.limit + 1, 120))
  await client.publish(topicOf('evidence', OWN), Buffer.alloc(2_000_000))
  await client.end()
  const after = await bench.open(OWN)
  await after.subscribe(topicOf('ack', OWN))
  await fence(bench, after, OWN)
  t.equal(bench.heard.length, 1, 'what is longer than its row allows reaches nobody')
  await after.end()
}

async function withdrawn(t: Test, bench: Bench): Promise<void> {
  const client = await bench.open(OTHER)
  await bench.broker.revoke(OTHER)
  t.ok(await until(() => client.closed()), 'the connection is cut')
  await t.rejects(bench.open(OTHER), 'and the credential opens no new one')
  const still = await bench.open(OWN)
  t.notOk(still.closed(), 'the others stay')
  await still.end()
  t.ok(serverSubscriptions().length > 0 && bench.broker.serverLink.connected(), 'so does the server')
}
