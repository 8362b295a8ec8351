import t from 'tap'
import { wallMs } from '../../shared/core/clock.ts'
import { peopleWorld, personIn } from '../support/people-world.ts'
import { NOW } from '../support/server-world.ts'

const [OURS, THEIRS] = ['c0000000a1', 'c0000000a2']

t.test('a technician sees and changes what stands in areas of theirs, and an operator sees but does not change', async (t) => {
  const world = await peopleWorld(t)
  const { stores } = world.deps
  for (const [id, area] of [[OURS, '24958'], [THEIRS, '24961']] as const) {
    stores.clusters.insert({ id, name: id, created: wallMs(NOW), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, area, '2025-01-01')
    stores.telemetry.noteHealth(id, { at: NOW, boot: 'b', upS: 1, agent: '1', simulated: false, link: { connects: 1, lateBeats: 0 }, clock: { trusted: true }, volume: 80, mute: false, evidenceWaiting: 0, power: 'battery' }, wallMs(NOW))
    stores.sims.put(id, { bytesPerMonth: 2_000_000_000, startDay: 1, expires: null, number: null, operator: null, reserveBytes: 1 })
  }
  stores.sessions.put({ id: 's', name: 's', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items: [] }, wallMs(NOW))
  const technician = await personIn(world, 'Thợ Ba', [{ role: 'technician', areas: ['24958'] }])
  const operator = await personIn(world, 'Cô Tư', [{ role: 'operator', areas: ['24958'] }])
  t.same(((await technician.ask('GET /api/v1/symptoms')).body as { cluster: string }[]).map(({ cluster }) => cluster), [OURS])
  t.same(((await technician.ask('GET /api/v1/sims')).body as { cluster: string }[]).map(({ cluster }) => cluster), [OURS])
  t.match((await technician.ask('GET /api/v1/readiness')).body, [{ session: 's', total: 1, clusters: [{ cluster: OURS }] }])
  for (const path of ['chart?figure=rsrp', 'signal', 'symptoms', 'sim']) {
    t.equal((await technician.ask(`GET /api/v1/clusters/${OURS}/${path}`)).status, 200, path)
    t.match(await technician.ask(`GET /api/v1/clusters/${THEIRS}/${path}`), { status: 403, body: { error: { en: /\w/, vi: /\w/ } } }, path)
  }
  t.equal((await technician.ask('GET /api/v1/readiness?area=24961')).status, 403)
  const plan = { bytesPerMonth: 3_000_000_000 }
  t.equal((await technician.ask(`PUT /api/v1/clusters/${OURS}/sim`, plan)).status, 200)
  t.equal((await technician.ask(`PUT /api/v1/clusters/${THEIRS}/sim`, plan)).status, 403)
  t.equal((await operator.ask(`GET /api/v1/clusters/${OURS}/sim`)).status, 200)
  t.equal((await operator.ask(`PUT /api/v1/clusters/${OURS}/sim`, plan)).status, 403)
  t.equal((await operator.ask(`DELETE /api/v1/clusters/${OURS}/sim`)).status, 403)
})
