import t from 'tap'
import { liveBounds } from '../../server/core/live-bounds.ts'
import { planFor, planTimetable } from '../../server/core/plan.ts'
import { liveWorld } from '../support/live-world.ts'

t.test('a live broadcast is bounded by the policy that the cluster’s plan names, also after it has moved', async (t) => {
  const world = await liveWorld(t)
  const { stores } = world.deps
  for (const id of ['dong', 'tay']) stores.policies.putText(id, { label: id })
  stores.areas.put({ code: '24958-dong', name: 'Thôn Đông', kind: 'hamlet', parent: '24958', policy: 'dong' })
  stores.areas.put({ code: '24958-tay', name: 'Thôn Tây', kind: 'hamlet', parent: '24958', policy: 'tay' })
  const named = (): [string, boolean] => {
    const now = world.clock.wall()
    const planning = planTimetable({
      now, sessions: [], policies: stores.policies.all(), areas: stores.areas.all(), groups: [], memberships: stores.clusters.memberships(), clusters: stores.clusters.active(),
      findFor: () => () => null, fileOf: () => null, pinned: [],
    })
    const cluster = stores.clusters.byId('aaaaaaaaaa')
    if (!cluster) throw new Error('no cluster')
    const name = liveBounds(stores, now).policyOf(cluster.id)
    return [name, Object.hasOwn(planFor(planning, cluster).body().policies, name)]
  }
  t.same(named(), ['dong', true])
  stores.clusters.join('aaaaaaaaaa', '24958-tay', '2026-11-23')
  t.same(named(), ['tay', true])
})
