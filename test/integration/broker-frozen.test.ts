import t from 'tap'
import { connect } from 'node:net'
import { once } from 'node:events'
import { clientIdOf, subscriptionsOf, topicOf } from '../../shared/protocol/topics.ts'
import { startTestBroker } from '../support/embedded-broker.ts'
import { CLUSTERS, FROZEN_CLUSTERS, openFleet, rank, sixSeconds, told, type BrokerInProcess } from '../support/frozen-fleet.ts'
import { openClient, until } from '../support/mqtt-client.ts'
import { rawConnect, rawReader, rawSubscribe } from '../support/raw-mqtt.ts'

const FROZEN = '000000frzn'
const HEALTHY = Array.from({ length: 5 }, (_, i) => `00000hea${i}y`)

t.test('a frozen cluster is cut, and meanwhile the others get their orders as ever', async (t) => {
  const { broker, url, provision } = await startTestBroker()
  t.teardown(() => broker.stop())
  const frozen = connect(broker.port, '127.0.0.1')
  frozen.on('error', () => frozen.destroy())
  let subscribed = false
  frozen.on('data', rawReader(({ type }) => void (subscribed ||= type === 9)))
  await once(frozen, 'connect')
  frozen.write(rawConnect({ clientId: clientIdOf(FROZEN, 'ctl'), ...provision(FROZEN) }))
  await once(frozen, 'data')
  frozen.write(rawSubscribe(1, subscriptionsOf(FROZEN)))
  t.ok(await until(() => subscribed))

  const gaps: number[] = []
  const whileFull: number[] = []
  let fullSince = Infinity
  const clients = await Promise.all(HEALTHY.map(async (cluster) => {
    const client = await openClient(url, { clientId: clientIdOf(cluster, 'ctl'), ...provision(cluster) })
    await client.subscribe(topicOf('now', cluster))
    client.client.on('message', (_topic, payload) => {
      const at = Number(payload.toString())
      gaps.push(performance.now() - at)
      if (at >= fullSince) whileFull.push(performance.now() - at)
    })
    return client
  }))

  frozen.pause()
  let sent = 0
  let worstWaiting = 0
  const orders: Promise<void>[] = []
  const began = performance.now()
  // blocks of 8 kB at the speed that it takes to fill the kernel's buffers too; orders to everybody all the while
  while (performance.now() - began < 8_000 && broker.stats().clients > HEALTHY.length) {
    for (let i = 0; i < 20; i++) orders.push(broker.link.publish(topicOf('block', FROZEN), Buffer.alloc(8_192), { qos: 0, retain: false }))
    orders.push(broker.link.publish(topicOf('now', FROZEN), Buffer.alloc(1_000), { qos: 1, retain: false }))
    for (const cluster of HEALTHY) orders.push(broker.link.publish(topicOf('now', cluster), Buffer.from(String(performance.now())), { qos: 1, retain: false }))
    sent += HEALTHY.length
    worstWaiting = Math.max(worstWaiting, broker.stats().unsentBytes)
    if (broker.stats().unsentBytes > 0) fullSince = Math.min(fullSince, performance.now())
    await new Promise((tick) => setTimeout(tick, 20))
  }
  await Promise.all(orders)
  t.ok(worstWaiting > 0, `the socket was really full: ${worstWaiting} B waited`)
  t.ok(await until(() => gaps.length === sent), 'every order of the others arrived')
  const sorted = [...whileFull].sort((a, b) => a - b)
  const at = (q: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN)
  t.comment(`orders of the others while the socket was full (${Math.round(performance.now() - fullSince)} ms): ${sorted.length}, delay p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`)
  t.ok(sorted.length > 100 && at(1) < 1_000, `none of them waited a second: max ${at(1)} ms`)
  const { counts, clients: left } = broker.stats()
  t.ok(counts.droppedBehind > 0, `${counts.droppedBehind} blocks passed the frozen one by`)
  t.equal(counts.cutSlow + counts.cutBehind, 1, 'it is cut, and counted')
  t.equal(left, HEALTHY.length)
  await Promise.all(clients.map((client) => client.end()))
  frozen.destroy()
})

t.test('with a tenth of 200 clusters frozen, sound and orders of the others come as ever', async (t) => {
  const { broker, provision } = await startTestBroker()
  const subject: BrokerInProcess = {
    accept: (socket) => broker.handle(socket),
    provision,
    sound: (payload) => broker.link.streams.send('vov1', payload),
    order: (cluster, payload) => void broker.link.publish(topicOf('now', cluster), payload, { qos: 1, retain: false }).catch((error: Error) => t.fail(error.message)),
  }
  const fleet = await openFleet(subject, CLUSTERS)
  t.teardown(async () => {
    await fleet.close()
    await broker.stop()
  })
  t.equal(broker.link.streams.joined('vov1'), CLUSTERS)
  const control = await fleet.measure(2_000)
  const sets = fleet.lines.filter((line) => Number(line.cluster.slice(4)) < FROZEN_CLUSTERS)
  const sound = sets.filter((line) => line.connection === 'aud')
  const orders = sets.filter((line) => line.connection === 'ctl')
  const [frozen, spared] = [[...sound, ...orders.slice(0, FROZEN_CLUSTERS / 2)], orders.slice(FROZEN_CLUSTERS / 2)]
  await fleet.freeze(frozen)
  t.ok(frozen.every(({ near }) => near.writableLength > 0), `${frozen.length} sockets of ${FROZEN_CLUSTERS} clusters are really full`)

  await sixSeconds(subject)
  const began = performance.now()
  const unsent: { at: number; bytes: number; full: number }[] = []
  const under = await fleet.measure(4_500, () => {
    unsent.push({ at: performance.now() - began, bytes: broker.stats().unsentBytes, full: sound.filter(({ near }) => near.writableLength > 0).length })
  })
  t.comment(`before: ${told(control)}`)
  t.comment(`frozen: ${told(under)}`)
  t.ok(unsent.every(({ full }) => full === FROZEN_CLUSTERS), 'they stayed full all the while')
  for (const kind of ['sound', 'orders'] as const) {
    t.ok(under[kind].length > 500, `${under[kind].length} of them`)
    t.ok(rank(under[kind], 0.99) <= rank(control[kind], 0.99) + 200, `${kind}: p99 ${rank(control[kind], 0.99)} ms before, ${rank(under[kind], 0.99)} ms with frozen clusters`)
    t.ok(rank(under[kind], 1) <= 1_000, `${kind}: none waited a second`)
  }
  t.equal(under.missing, 0, 'and none is missing')
  const most = (from: number, to: number): number => Math.max(0, ...unsent.filter(({ at }) => at >= from && at < to).map(({ bytes }) => bytes))
  t.ok(most(2_000, 9_999) <= most(0, 2_000), `what waits in the process does not grow: ${most(0, 2_000)} B in the first two seconds, ${most(2_000, 9_999)} B after them`)
  t.ok(broker.stats().counts.streamBehindQueue > 0)

  await fleet.measure(5_500)
  t.ok(await until(() => sound.every(({ near }) => near.destroyed), 10_000), 'in the end their sound is cut, so that they come back fresh')
  t.equal(broker.stats().counts.streamCut, FROZEN_CLUSTERS)
  t.notOk(spared.some(({ near }) => near.destroyed), 'where orders were still read, the connection for orders is not touched')
  t.equal(broker.link.streams.joined('vov1'), CLUSTERS - FROZEN_CLUSTERS)
})
