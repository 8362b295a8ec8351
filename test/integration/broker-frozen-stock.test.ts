import t from 'tap'
import { Aedes } from 'aedes'
import { streamTopicOf, topicOf } from '../../shared/protocol/topics.ts'
import { CLUSTERS, FROZEN_CLUSTERS, openFleet, rank, sixSeconds, told, type BrokerInProcess } from '../support/frozen-fleet.ts'

t.test('the clusters of broker-frozen.test.ts silence a stock aedes: so sound may not go through it', async (t) => {
  const aedes = await Aedes.createBroker()
  const subject: BrokerInProcess = {
    accept: (socket) => void aedes.handle(socket),
    provision: (cluster) => ({ username: cluster, password: 'any' }),
    sound: (payload) => aedes.publish({ cmd: 'publish', topic: streamTopicOf('vov1'), payload, qos: 0, retain: false, dup: false }, () => undefined),
    order: (cluster, payload) => aedes.publish({ cmd: 'publish', topic: topicOf('now', cluster), payload, qos: 1, retain: false, dup: false }, () => undefined),
  }
  const fleet = await openFleet(subject, CLUSTERS)
  t.teardown(async () => {
    await fleet.close()
    await new Promise<void>((done) => aedes.close(done))
  })
  const control = await fleet.measure(1_500)
  t.equal(control.missing, 0, 'as long as all read, all comes')
  const sets = fleet.lines.filter((line) => Number(line.cluster.slice(4)) < FROZEN_CLUSTERS)
  const frozen = sets.filter((line, i) => line.connection === 'aud' || i < FROZEN_CLUSTERS)
  await fleet.freeze(frozen)
  t.ok(frozen.every(({ near }) => near.writableLength > 0))
  await sixSeconds(subject)
  const under = await fleet.measure(2_500)
  t.comment(`stock aedes, before: ${told(control)}`)
  t.comment(`stock aedes, frozen: ${told(under)}`)
  t.ok(rank(under.sound, 1) > 1_000 && rank(under.orders, 1) > 1_000 && under.missing > 0, 'sound and orders of those who read are held up for more than a second')
})
