import t from 'tap'
import { checkAreas } from '../../shared/core/area-check.ts'
import { areaChain, areasOf, isWithin, mergedCode, policyNameFor, type Membership } from '../../shared/core/area.ts'
import { dayNumberOf } from '../../shared/core/civil.ts'
import { clustersOf, type Directory } from '../../shared/core/targets.ts'
import type { Area } from '../../shared/core/timetable.ts'

const areas: Area[] = [
  { code: '68', name: 'Tỉnh', kind: 'province', policy: 'tinh' },
  { code: '10001', name: 'Xã cũ A', kind: 'commune', parent: '68', to: '2025-07-01', mergedInto: '10009' },
  { code: '10002', name: 'Xã cũ B', kind: 'commune', parent: '68', to: '2025-07-01', mergedInto: '10009' },
  { code: '10009', name: 'Xã mới', kind: 'commune', parent: '68', from: '2025-07-01', policy: 'xa-moi' },
  { code: '10001-t1', name: 'Thôn 1', kind: 'hamlet', parent: '10001' },
  { code: '20001', name: 'Xã khác', kind: 'commune', parent: '68' },
]
const before = dayNumberOf('2025-06-30')
const after = dayNumberOf('2025-07-01')

t.test('an old code leads to its successor from the day of the merger', async (t) => {
  t.equal(mergedCode(areas, '10001', before), '10001')
  t.equal(mergedCode(areas, '10001', after), '10009')
  t.equal(mergedCode(areas, '99999', after), '99999', 'an unknown code stays what it is')
})

t.test('the chain climbs to the province as it stood that day', async (t) => {
  t.strictSame(areaChain(areas, '10001-t1', before).map((a) => a.code), ['10001-t1', '10001', '68'])
  t.strictSame(areaChain(areas, '10001-t1', after).map((a) => a.code), ['10001-t1', '10009', '68'])
  t.strictSame(areaChain(areas, '10009', before), [], 'not yet there')
})

t.test('within holds for old and new codes alike', async (t) => {
  t.equal(isWithin(areas, '10001-t1', '10002', before), false)
  t.equal(isWithin(areas, '10001-t1', '10002', after), true, 'both are the new commune now')
  t.equal(isWithin(areas, '20001', '10009', after), false)
  t.equal(isWithin(areas, '20001', '68', after), true)
})

t.test('a policy is inherited from the nearest parent that names one', async (t) => {
  t.equal(policyNameFor(areas, '10001-t1', before), 'tinh')
  t.equal(policyNameFor(areas, '10001-t1', after), 'xa-moi')
  t.equal(policyNameFor(areas, '77777', after), undefined)
})

const memberships: Membership[] = [
  { cluster: 'c1', area: '10001-t1' },
  { cluster: 'c2', area: '10002', to: '2025-07-10' },
  { cluster: 'c2', area: '20001', from: '2025-07-10' },
]
const directory: Directory = {
  areas,
  memberships,
  groups: [{ id: 'cho', name: 'Chợ', clusters: ['Cụm 2 · Chợ', 'c9'] }],
  clusters: [{ id: 'c1', name: 'Cụm 1' }, { id: 'c2', name: 'Cụm 2 · Chợ' }, { id: 'c3', name: 'Trùng' }, { id: 'c4', name: 'Trùng' }],
}

t.test('memberships are in force from a day and until before another', async (t) => {
  t.strictSame(areasOf('c2', memberships, dayNumberOf('2025-07-09')), ['10002'])
  t.strictSame(areasOf('c2', memberships, dayNumberOf('2025-07-10')), ['20001'])
})

t.test('targets reach clusters by area, group, id and name, each once, connected or not', async (t) => {
  t.strictSame(clustersOf({ areas: ['10009'] }, directory, after).clusters, ['c1', 'c2'])
  t.strictSame(clustersOf({ areas: ['10001'] }, directory, dayNumberOf('2025-07-10')).clusters, ['c1'], 'c2 has moved away')
  t.strictSame(clustersOf({ clusters: ['c1', 'Cụm 1', 'Cụm 2 · Chợ'.normalize('NFD')] }, directory, after).clusters, ['c1', 'c2'])
  t.strictSame(clustersOf('all', directory, after).clusters, ['c1', 'c2', 'c3', 'c4'])
})

t.test('a word that leads nowhere, or to several, is told with its place', async (t) => {
  const { clusters, unknown } = clustersOf({ areas: ['55555'], groups: ['cho', 'khong'], clusters: ['Trùng'] }, directory, after)
  t.strictSame(clusters, ['c2'])
  t.strictSame(unknown.map((u) => `${u.kind} ${u.name} ${u.group ?? ''}${u.path}`).sort(), [
    'ambiguous-cluster Trùng /clusters/0', 'area 55555 /areas/0', 'cluster c9 cho/clusters/1', 'group khong /groups/1',
  ])
})

t.test('areas that contradict themselves are refused', async (t) => {
  t.strictSame(checkAreas(areas, after), [])
  const codes = (list: Area[]): string[] => checkAreas(list, after).map((f) => `${f.code} ${f.path}`)
  t.strictSame(codes([{ code: '123', name: 'x', kind: 'commune', parent: '68' } as Area]), ['wrong-code /areas/0/code', 'unknown-parent /areas/0/parent'])
  t.strictSame(codes([{ code: '10001', name: 'x', kind: 'commune' }]), ['needs-parent /areas/0'])
  t.strictSame(codes([areas[0] as Area, areas[0] as Area]), ['duplicate-id /areas/1/code'])
  t.strictSame(
    codes([{ code: '10001', name: 'a', kind: 'commune', parent: '10002' }, { code: '10002', name: 'b', kind: 'commune', parent: '10001' }]),
    ['area-cycle /areas/0/parent', 'area-cycle /areas/1/parent'],
  )
  t.equal(areaChain([{ code: '10001', name: 'a', kind: 'commune', parent: '10001' }], '10001', after).length, 1, 'a cycle ends')
})
