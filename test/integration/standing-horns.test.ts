import Fastify from 'fastify'
import t from 'tap'
import { hornsPlugin } from '../../server/features/horns/plugin.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { asAdministrator } from '../support/as-administrator.ts'
import { ask, NOW, serverWorld } from '../support/server-world.ts'

t.test('delays are suggested for the horns of an area, with metres and milliseconds, and clusters without coordinates are named', async (t) => {
  const { deps } = await serverWorld(t)
  const { areas, clusters } = deps.stores
  areas.put({ code: '24958', name: 'Đức Trọng', kind: 'commune' })
  areas.put({ code: '24959', name: 'Hiệp Thạnh', kind: 'commune' })
  const rows = [['k000000001', '24958', 108.35, 400], ['k000000002', '24958', 108.3527, null], ['k000000003', '24958', null, null], ['k000000004', '24959', 108.3501, null]] as const
  for (const [id, area, lon, reachM] of rows) {
    const place = lon === null ? {} : { lat: 11.75, lon }
    clusters.insert({ id, name: `Cụm ${id}`, created: wallMs(NOW), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null, caps: reachM === null ? {} : { reachM }, ...place })
    clusters.join(id, area, '2026-01-01')
  }
  const app = Fastify({ logger: false })
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  asAdministrator(app)
  await app.register(hornsPlugin(deps), { prefix: '/api/v1' })
  t.teardown(() => app.close())
  const { status, body } = await ask(app, 'GET /api/v1/clusters/delays?area=24958&reach=200')
  t.equal(status, 200)
  t.match(body, {
    metresPerSecond: 343,
    clusters: [
      { id: 'k000000001', reachM: 400, stagger: 0, suggestedDelayMs: 0, neighbours: [{ id: 'k000000002', name: 'Cụm k000000002', metres: 294, travelMs: 857 }] },
      { id: 'k000000002', reachM: 200, suggestedDelayMs: 286, suggestedStagger: 1 },
    ],
    unplaced: [{ id: 'k000000003' }],
  })
  t.match((await ask(app, 'GET /api/v1/clusters/delays?area=99999')).body, { error: { code: 'unknown-area' } })
  t.equal((await ask(app, 'GET /api/v1/clusters/delays')).status, 400)
})
