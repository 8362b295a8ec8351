import { join } from 'node:path'
import t from 'tap'
import { civilDate, clockText, msOfDay } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { startBox } from '../support/box.ts'
import { until } from '../support/mqtt-client.ts'
import { makeOpus } from '../support/sound-rig.ts'
import { startStation } from '../support/station.ts'

const CLUSTER = 'c0000000a2'

t.test('a cluster that is revoked falls silent and stays silent, whatever plan it holds', async (t) => {
  const tone = join(t.testdir({}), 'tone.opus')
  makeOpus(tone, 'sine=frequency=600:duration=30')
  const station = await startStation()
  const { password } = station.addCluster(CLUSTER, 'Cụm bị thu hồi')
  await station.addFile('tone', tone, 30_000)
  const box = await startBox({ url: station.url, cluster: CLUSTER, password, root: station.keys.rootPublic })
  t.teardown(async () => {
    await box.stop(true)
    await station.stop(true)
  })
  const start = wallMs(Math.ceil(Date.now() / 1000) * 1000 + 5_000)
  const second = (ms: number): string => clockText(Math.floor((msOfDay(start) + ms) / 1000) % 86_400)
  station.stores.policies.putText('ca-ngay', { windows: ['00:00-24:00'], quiet: [] })
  const session = { name: 'Thử', days: { once: civilDate(start) }, policy: 'ca-ngay', targets: 'all' as const, items: [{ file: 'tone' }] }
  station.setSession({ ...session, id: 'thu', at: second(0), until: second(30_000) })
  station.setSession({ ...session, id: 'sau', at: second(30_000), until: second(60_000) })
  t.ok(await until(() => box.agent.playing() !== null, 15_000), 'it sounds')

  station.stores.clusters.revoke(CLUSTER, wallMs(Date.now()))
  station.fleet.listener.clusterChanged(CLUSTER)
  t.ok(await until(() => box.agent.playing() === null, 5_000), 'it is silent within seconds')
  t.notOk(await until(() => box.agent.playing() !== null, 3_000), 'and stays so')
  const stopped = station.stores.clusters.byId(CLUSTER)
  t.match(stopped?.now, { mute: true })
})
