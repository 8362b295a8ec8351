import t, { type Test } from 'tap'
import { toBase64Url } from '../../shared/protocol/wire.ts'
import { ask, type Method } from '../support/server-world.ts'
import { peopleWorld, personIn, type Browser } from '../support/people-world.ts'

const [OWN, NEXT, NOWHERE] = ['aaaaaaaaaa', 'bbbbbbbbbb', 'cccccccccc']

/** Two communes with a cluster each, a third cluster that stands nowhere, and somebody of each role in the first commune. */
async function communes(t: Test) {
  const world = await peopleWorld(t)
  const { clusters, planned } = world.deps.stores
  for (const [id, name, area] of [[OWN, 'Cụm Đông', '24958-dong'], [NEXT, 'Cụm Bên', '24961'], [NOWHERE, 'Cụm Kho', null]] as const) {
    clusters.insert({ id, name, created: world.clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    if (area !== null) clusters.join(id, area, '2026-01-01')
  }
  const due = world.clock.wall()
  planned.insertMany([OWN, NEXT, NOWHERE].map((cluster) => ({ slot: 's.1', cluster, session: 's', occurrence: due, due, end: due, item: 'Bản tin', media: null, stream: null, planRev: 1 })))
  const inCommune = (role: string) => personIn(world, `Người ${role}`, [{ role, areas: ['24958'] }])
  return { world, operator: await inCommune('operator'), technician: await inCommune('technician'), administrator: await inCommune('administrator') }
}
type Step = readonly [`${Method} ${string}`, unknown, number]
async function walk(t: Test, who: Browser, steps: readonly Step[]): Promise<void> {
  for (const [question, body, status] of steps) {
    const [method, path] = question.split(' ') as [Method, string]
    const answer = await who.ask(`${method} /api/v1${path}`, body)
    t.equal(answer.status, status, `${question} ${JSON.stringify(body)}`)
    if (status === 403) t.match(answer.body, { error: { code: 'not-allowed', en: /\S/, vi: /địa bàn/ } })
  }
}
const idsOf = (body: unknown, key: string): unknown[] => (body as Record<string, unknown>[]).map((row) => row[key])

t.test('lists show what stands in one’s own areas, and to an administrator of the station everything', async (t) => {
  const { world, operator } = await communes(t)
  for (const [address, key] of [['clusters', 'id'], ['on-air', 'cluster'], ['evidence?date=2026-11-23', 'cluster']] as const) {
    t.same(idsOf((await operator.ask(`GET /api/v1/${address}`)).body, key), [OWN], address)
    t.same(new Set(idsOf((await ask(world.app, `GET /api/v1/${address}`)).body, key)), new Set([OWN, NEXT, NOWHERE]), address)
  }
  t.equal((await operator.ask('GET /api/v1/evidence?date=2026-11-23')).headers['x-total-rows'], '1')
  const tree = (await operator.ask('GET /api/v1/areas')).body
  t.match(tree, [{ code: '68', children: [{ code: '24958', children: [{ code: '24958-dong' }] }] }])
  t.notMatch(JSON.stringify(tree), /24961/)
})

t.test('a neighbour’s cluster is neither shown nor changed, nor is one taken from there or given there', async (t) => {
  const { world, operator, technician } = await communes(t)
  for (const other of [NEXT, NOWHERE]) {
    await walk(t, technician, [
      [`GET /clusters/${other}`, undefined, 403], [`PATCH /clusters/${other}`, { mute: true }, 403], [`PATCH /clusters/${other}`, { volume: 5 }, 403], [`DELETE /clusters/${other}`, undefined, 403],
      [`PATCH /clusters/${other}`, { area: { code: '24958' } }, 403], [`GET /on-air?cluster=${other}`, undefined, 403], [`GET /evidence?date=2026-11-23&cluster=${other}`, undefined, 403],
    ])
  }
  await walk(t, technician, [
    [`GET /clusters/${OWN}`, undefined, 200], [`PATCH /clusters/${OWN}`, { volume: 50, mute: true }, 200], [`PATCH /clusters/${OWN}`, { area: { code: '24961' } }, 403], [`PATCH /clusters/${OWN}`, { area: { code: '24958' } }, 200],
    ['POST /clusters/claims', { area: '24958-dong' }, 201], ['POST /clusters/claims', { area: '24961' }, 403], ['POST /clusters/claims', {}, 403],
    ['GET /clusters/delays?area=24958', undefined, 200], ['GET /clusters/delays?area=24961', undefined, 403], ['GET /clusters/delays?area=99999', undefined, 422],
  ])
  await walk(t, operator, [
    [`PATCH /clusters/${OWN}`, { mute: false, stop: true, nowVolume: 10 }, 200], [`PATCH /clusters/${OWN}`, { mute: true, volume: 10 }, 403], [`PATCH /clusters/${OWN}`, { name: 'x' }, 403], [`DELETE /clusters/${OWN}`, undefined, 403], ['POST /clusters/claims', { area: '24958' }, 403],
  ])
  t.equal(world.deps.stores.clusters.byId(OWN)?.volume, 50)
  t.equal(world.deps.stores.clusters.byId(NEXT)?.now.mute, false)
  await walk(t, technician, [[`DELETE /clusters/${OWN}`, undefined, 200]])
})

t.test('an administrator of a commune adds hamlets to it, and nothing beside or above it', async (t) => {
  const { administrator, technician } = await communes(t)
  const hamlet = { code: '24958-tay', name: 'Thôn Tây', kind: 'hamlet', parent: '24958' }
  await walk(t, technician, [['POST /areas', hamlet, 403]])
  await walk(t, administrator, [
    ['POST /areas', hamlet, 201], ['POST /areas', { code: '24962', name: 'Xã Mới', kind: 'commune', parent: '68' }, 403], ['POST /areas', { code: '24961-x', name: 'Thôn', kind: 'hamlet', parent: '24961' }, 403],
    ['POST /areas', { code: '67', name: 'Tỉnh', kind: 'province' }, 403], ['POST /areas', { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '24958', from: '2027-01-01' }, 403],
  ])
})

t.test('every change of these is in the audit log under the name of whoever made it', async (t) => {
  const { world, administrator, operator } = await communes(t)
  const { audit, auditPages } = world.deps.stores
  const changes: readonly [Browser, `${Method} ${string}`, unknown, string, string][] = [
    [administrator, 'POST /areas', { code: '24958-tay', name: 'Thôn Tây', kind: 'hamlet', parent: '24958' }, 'area.create', '24958-tay'],
    [operator, `PATCH /clusters/${OWN}`, { mute: true }, 'cluster.change', OWN],
    [administrator, 'POST /clusters/claims', { area: '24958' }, 'claim.create', ''],
    [administrator, `DELETE /clusters/${OWN}`, undefined, 'cluster.revoke', OWN],
    [administrator, 'POST /people', { name: 'Ai Đó', grants: [{ role: 'operator', areas: ['24958'] }] }, 'person.invite', ''],
    [administrator, `PATCH /people/${operator.person}`, { disabled: true }, 'person.change', operator.person],
    [administrator, `PATCH /people/${operator.person}`, { disabled: false }, 'person.change', operator.person],
    [administrator, `POST /people/${operator.person}/link`, undefined, 'person.link', operator.person],
    [administrator, `POST /people/${operator.person}/sign-out`, undefined, 'person.sign-out-everywhere', operator.person],
    [administrator, 'POST /me/password', { current: 'trâu ăn cỏ xanh', password: 'bò ăn cỏ khô' }, 'person.password', administrator.person],
    [administrator, 'POST /sign-out', undefined, 'person.sign-out', administrator.person],
  ]
  for (const [who, question, body, action, subject] of changes) {
    const before = audit.head().n
    const [method, path] = question.split(' ') as [Method, string]
    const { status } = await who.ask(`${method} /api/v1${path}`, body)
    t.ok(status < 300, `${question} ${status}`)
    t.equal(audit.head().n, before + 1, `${question}: one row`)
    t.match(auditPages.page({ most: 1 }), [{ actor: `person:${who.person}`, action, ...(subject === '' ? {} : { subject }) }])
  }
  t.match(audit.verify(), { ok: true })
})

t.test('what a box says of itself enrols it where the claim was made for', async (t) => {
  const { world, technician } = await communes(t)
  const { claim } = (await technician.ask('POST /api/v1/clusters/claims', { area: '24958' })).body as { claim: string }
  const { cluster } = (await ask(world.app, 'POST /api/v1/enrol', { claim, publicKey: toBase64Url(new Uint8Array(32).fill(3)), agent: '1' }, { authorization: '' })).body as { cluster: string }
  t.equal((await technician.ask(`GET /api/v1/clusters/${cluster}`)).status, 200)
})
