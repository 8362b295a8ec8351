import t from 'tap'
import { Aedes } from 'aedes'
import { createServer, type AddressInfo } from 'node:net'
import type { Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { streamTopicOf, topicOf } from '../../shared/protocol/topics.ts'
import { connectExternalBroker, type ExternalLink } from '../../server/adapters/broker/external.ts'
import { until } from '../support/mqtt-client.ts'
import { realClock } from '../support/real-clock.ts'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const CLUSTER = '0123456789'
const plan = topicOf('plan', CLUSTER)
const order = { qos: 1, retain: true } as const

interface Rig {
  readonly aedes: Aedes
  readonly proxy: TcpProxy
  readonly link: ExternalLink
}

/** A broker that is not ours, behind a link that can break. */
async function rig(t: { teardown(fn: () => unknown): void }, allow: (filter: string) => boolean = () => true): Promise<Rig> {
  const aedes = await Aedes.createBroker({ authorizeSubscribe: (_client, sub, done) => done(null, allow(sub.topic) ? sub : null) })
  const server = createServer((socket) => void aedes.handle(socket))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const proxy = await startProxy({ target: { port: (server.address() as AddressInfo).port }, random: () => 0.5 })
  const link = connectExternalBroker({ url: `mqtt://127.0.0.1:${proxy.port}`, username: 'tl-server', password: 'x', log: silentLog, clock: realClock, random: () => 0.1 })
  t.teardown(async () => {
    await link.stop()
    await proxy.close()
    await new Promise<void>((done) => aedes.close(done))
    await new Promise((done) => server.close(done))
  })
  return { aedes, proxy, link }
}

const fromAgent = (aedes: Aedes, topic: string, payload: Buffer): void =>
  aedes.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, () => undefined)

t.test('it comes back by itself, subscribed, after the connection was reset', async (t) => {
  const { aedes, proxy, link } = await rig(t)
  const heard: string[] = []
  link.onMessage((topic, payload) => heard.push(`${topic} ${Buffer.from(payload).toString()}`))
  t.ok(await until(() => link.connected()))
  await link.publish(plan, Buffer.from('1'), order)
  fromAgent(aedes, topicOf('hello', CLUSTER), Buffer.from('a'))
  t.ok(await until(() => heard.length === 1))
  proxy.reset()
  t.ok(await until(() => !link.connected()))
  await t.rejects(link.publish(plan, Buffer.from('2'), order), /out of reach/, 'meanwhile nothing is queued')
  t.ok(await until(() => link.connected()))
  await link.publish(plan, Buffer.from('3'), order)
  fromAgent(aedes, topicOf('hello', CLUSTER), Buffer.from('b'))
  t.ok(await until(() => heard.length === 2))
  t.same(heard, [`${topicOf('hello', CLUSTER)} a`, `${topicOf('hello', CLUSTER)} b`])
  t.equal(link.counts.lost, 1)
})

t.test('what is under way when the connection breaks is rejected, not left hanging', async (t) => {
  const { proxy, link } = await rig(t)
  t.ok(await until(() => link.connected()))
  proxy.stall()
  const waiting = link.publish(plan, Buffer.from('1'), order)
  proxy.reset()
  await t.rejects(waiting)
})

t.test('messages that are no row of the table, or too long, and handlers that throw are counted', async (t) => {
  const { aedes, link } = await rig(t)
  let heard = 0
  link.onMessage(() => {
    heard++
    throw new Error('a bug')
  })
  t.ok(await until(() => link.connected()))
  fromAgent(aedes, 'tl/1/c/not-a-cluster/hello', Buffer.from('x'))
  fromAgent(aedes, topicOf('want', CLUSTER), Buffer.alloc(257))
  fromAgent(aedes, topicOf('want', CLUSTER), Buffer.alloc(256))
  t.ok(await until(() => link.counts.dropped === 2 && link.counts.handlerError === 1))
  t.equal(heard, 1)
  t.ok(link.connected())
})

t.test('a broker that refuses the server’s subscriptions is not taken for connected', async (t) => {
  const { link } = await rig(t, (filter) => !filter.endsWith('/hello'))
  t.ok(await until(() => link.counts.failed >= 2))
  t.notOk(link.connected())
})

t.test('the server’s own message outside the table is a bug, not a message', async (t) => {
  const { link } = await rig(t)
  t.ok(await until(() => link.connected()))
  await t.rejects(link.publish(topicOf('hello', CLUSTER), Buffer.alloc(1), order), /does not publish/)
})

t.test('attempts on a broker that is away are spread ever wider, to half a minute', async (t) => {
  const waits: number[] = []
  const clock: Clock = {
    wall: () => realClock.wall(),
    mono: () => realClock.mono(),
    after(delayMs, fn) {
      waits.push(delayMs)
      return realClock.after(0, fn)
    },
  }
  const link = connectExternalBroker({ url: 'mqtt://127.0.0.1:1', username: 'x', password: 'x', log: silentLog, clock, random: () => 1 })
  t.teardown(() => link.stop())
  t.ok(await until(() => waits.length >= 8))
  t.same(waits.slice(0, 8), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  await link.stop()
  const after = waits.length
  await new Promise((tick) => setTimeout(tick, 50))
  t.equal(waits.length, after, 'a stopped link tries no more')
})

t.test('sound is dropped while the socket to the broker is behind, and goes on when it is not', async (t) => {
  const { aedes, proxy, link } = await rig(t)
  const heard: string[] = []
  aedes.on('publish', ({ topic, payload }) => void (topic === streamTopicOf('vov1') && heard.push(payload.toString('utf8', 0, 5))))
  t.ok(await until(() => link.connected()))
  link.streams.send('vov1', Buffer.from('first'))
  t.ok(await until(() => heard.length === 1))
  proxy.stall()
  // as much as the kernel and the bound take, and more
  for (let i = 0; i < 6_000; i++) link.streams.send('vov1', Buffer.alloc(6_000, 'stale'))
  const { soundBehind } = link.counts
  t.ok(soundBehind > 1_000, `${soundBehind} of 6000 dropped by their number`)
  await new Promise((tick) => setTimeout(tick, 1_200))
  link.streams.send('vov1', Buffer.from('late.'))
  t.equal(link.counts.soundBehind, soundBehind + 1, 'what waits is older than a second: dropped by its age')
  proxy.resume()
  t.ok(await until(() => heard.length === 1 + 6_000 - soundBehind), 'what was taken arrives')
  link.streams.send('vov1', Buffer.from('fresh'))
  t.ok(await until(() => heard.at(-1) === 'fresh'), 'and so does what comes now')
  t.notOk(heard.includes('late.'))
  t.equal(link.streams.joined('vov1'), null, 'who has joined is not told')
})

t.test('sound that is too long, or goes where none belongs, is a bug, not a packet', async (t) => {
  const { link } = await rig(t)
  t.throws(() => link.streams.send('NOT A NAME', Buffer.alloc(1)), /does not publish/)
  t.throws(() => link.streams.send('vov1', Buffer.alloc(6_145)), /limit is 6144/)
  t.throws(() => link.streams.sendTo('nobody', Buffer.alloc(1)), /does not publish/)
  await t.rejects(link.publish(topicOf('audio', CLUSTER), Buffer.alloc(1), { qos: 0, retain: false }), /through the link’s streams/)
})
