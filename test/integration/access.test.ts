import t, { type Test } from 'tap'
import type { Grant, Identity, Role } from '../../server/core/identity.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { ask, serverWorld, type ServerWorld } from '../support/server-world.ts'

const who = (role: Role, areas: Grant['areas'], until?: number): Identity => ({
  kind: 'person', actor: 'person:x', name: 'X', grants: [{ role, areas, ...(until === undefined ? {} : { until: wallMs(until) }) }],
})
const AREAS = [
  { code: '68', name: 'Lâm Đồng', kind: 'province' },
  { code: '24958', name: 'Xã Đức Trọng', kind: 'commune', parent: '68' },
  { code: '24958-dong', name: 'Thôn Đông', kind: 'hamlet', parent: '24958' },
  { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '68' },
]
async function station(t: Test): Promise<ServerWorld> {
  const world = await serverWorld(t)
  for (const area of AREAS) await ask(world.app, 'POST /api/v1/areas', area)
  const { clusters } = world.deps.stores
  for (const [id, name, area] of [['aaaaaaaaaa', 'Cụm 1', '24958-dong'], ['bbbbbbbbbb', 'Cụm 2', '24961'], ['cccccccccc', 'Cụm 3', null]] as const) {
    clusters.insert({ id, name, created: world.clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    if (area !== null) clusters.join(id, area, '2026-01-01')
  }
  return world
}

t.test('a grant holds in its areas and in all that lies within them, and nowhere else', async (t) => {
  const { deps } = await station(t)
  const may = (identity: Identity, areas: readonly string[] | 'all'): boolean => deps.access.refusal(identity, 'cluster.write', areas) === null
  const commune = who('technician', ['24958'])
  for (const [areas, expected] of [[['24958'], true], [['24958-dong'], true], [['24958', '24958-dong'], true], [['24961'], false], [['68'], false], [['24958', '24961'], false], [[], false], ['all', false], [['99999'], false]] as const) {
    t.equal(may(commune, areas), expected, JSON.stringify(areas))
    t.equal(may(who('operator', ['24958']), areas), false, 'a role that may not')
  }
  for (const areas of [['68'], ['24961'], [], 'all'] as const) t.ok(may(who('technician', 'all'), areas), JSON.stringify(areas))
  t.notOk(may(who('technician', ['68']), []), 'what stands nowhere is the station’s own')
})

t.test('a stand-in’s grant ends at its instant', async (t) => {
  const world = await station(t)
  const standIn = who('technician', ['24958'], world.clock.wall() + 1_000)
  t.equal(world.deps.access.refusal(standIn, 'cluster.write', ['24958']), null)
  world.clock.pass(1_000)
  t.match(world.deps.access.refusal(standIn, 'cluster.write', ['24958']), { status: 403, code: 'not-allowed' })
})

t.test('what comes from above concerns those below it, and what is a neighbour’s does not', async (t) => {
  const { deps } = await station(t)
  const concerns = deps.access.concerns(who('operator', ['24958']), 'station.read')
  for (const [areas, expected] of [['all', true], [['68'], true], [['24958-dong'], true], [['24961'], false], [['24961', '24958'], true], [[], false]] as const) t.equal(concerns(areas), expected, JSON.stringify(areas))
  t.notOk(deps.access.concerns(who('operator', ['24958']), 'audit.read')('all'))
})

t.test('targets concern the areas they name and those of their clusters; a cluster that stands nowhere is everybody’s', async (t) => {
  const { access } = (await station(t)).deps
  t.equal(access.areasOfTargets('all'), 'all')
  t.same(access.areasOfTargets({ areas: ['24958'], clusters: ['Cụm 2'] }), ['24958', '24961'])
  t.equal(access.areasOfTargets({ areas: ['24958'], clusters: ['Cụm 3'] }), 'all')
  t.same(access.areasOfCluster('aaaaaaaaaa'), ['24958-dong'])
  t.same(access.areasOfCluster('cccccccccc'), [])
})

t.test('what is kept in memory follows every change at once, and one that was undone too', async (t) => {
  const { deps } = await station(t)
  const { stores, access } = deps
  t.same(access.areasOfCluster('cccccccccc'), [])
  stores.clusters.join('cccccccccc', '24961', '2026-01-01')
  t.same(access.areasOfCluster('cccccccccc'), ['24961'])
  t.throws(() => deps.decide({ actor: 'x', action: 'x', subject: 'x' }, () => {
    stores.areas.put({ code: '24999', name: 'Xã Mới', kind: 'commune', parent: '24958' })
    t.ok(access.book().on('24999'), 'seen within the decision')
    throw new Error('undone')
  }))
  t.equal(access.book().on('24999'), undefined)
  stores.areas.put({ code: '24998', name: 'Xã Khác', kind: 'commune', parent: '68' })
  t.ok(access.book().on('24998'))
  t.equal(access.book(), access.book(), 'and is not made again while nothing changes')
})

t.test('an area that begins or ends with the day is seen with the day', async (t) => {
  const world = await station(t)
  const { stores, access } = world.deps
  stores.areas.put({ code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '68', to: '2026-11-24', mergedInto: '24958' })
  const operator = who('technician', ['24958'])
  t.not(access.refusal(operator, 'cluster.write', ['24961']), null)
  world.clock.pass(20 * 3_600_000)
  t.equal(access.refusal(operator, 'cluster.write', ['24961']), null, 'merged communes are one')
  t.equal(access.refusal(who('technician', ['24961']), 'cluster.write', ['24958-dong']), null, 'also for those who were granted the old code')
})
