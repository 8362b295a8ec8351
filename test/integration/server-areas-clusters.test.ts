import t, { type Test } from 'tap'
import { toBase64Url } from '../../shared/protocol/wire.ts'
import { AREAS, ask, serverWorld, type ServerWorld } from '../support/server-world.ts'

const key = toBase64Url(new Uint8Array(32).fill(3))

async function station(t: Test): Promise<ServerWorld> {
  const world = await serverWorld(t)
  for (const area of AREAS) await ask(world.app, 'POST /api/v1/areas', area)
  return world
}
interface Claimed { claim: string; expiresAt: string }
interface Enrolled { cluster: string; password: string; root: string; mqttUrl: string; serverTime: number }
const claimOf = async ({ app }: ServerWorld, body: object = {}): Promise<Claimed> => (await ask(app, 'POST /api/v1/clusters/claims', body)).body as Claimed
const enrol = async ({ app }: ServerWorld, claim: string, body: object = {}) => {
  const response = await app.inject({ method: 'POST', url: '/api/v1/enrol', payload: { claim, publicKey: key, agent: '0.1.0', ...body } })
  return { status: response.statusCode, body: response.json() as Enrolled & { error: { code: string } } }
}
const enrolled = async (world: ServerWorld, body: object = {}): Promise<Enrolled> => (await enrol(world, (await claimOf(world, body)).claim)).body

t.test('areas come as a tree with the days on which each is in force', async (t) => {
  const { app, told } = await station(t)
  const { status, body } = await ask(app, 'GET /api/v1/areas')
  t.equal(status, 200)
  t.match(body, [{ code: '68', inForce: true, children: [{ code: '24958', children: [{ code: '24958-dong' }] }] }])
  t.same(told, ['timetable', 'timetable', 'timetable'])
})

t.test('an area is refused with a sentence when its code, parent, date or policy is wrong', async (t) => {
  const { app } = await station(t)
  const wrong: [object, number, RegExp][] = [
    [{ code: '24958', name: 'x', kind: 'commune', parent: '68' }, 409, /twice/],
    [{ code: '24959', name: 'x', kind: 'hamlet', parent: '24958' }, 422, /no code of a hamlet/],
    [{ code: '24959', name: 'x', kind: 'commune', parent: '67' }, 422, /not there/],
    [{ code: '24959', name: 'x', kind: 'commune', parent: '68', from: '2027-02-30' }, 422, /does not exist/],
    [{ code: '24959', name: 'x', kind: 'commune', parent: '68', policy: 'none' }, 422, /no policy/],
    [{ code: '2495', name: 'x', kind: 'commune' }, 400, /"code" must have the form: province 2 digits/],
    [{ code: '24959', kind: 'commune' }, 400, /lacks the field "name"/],
    [{ code: '24959', name: 'x', kind: 'town' }, 400, /"kind"/],
    [{ code: '24959', name: 'x', kind: 'commune', colour: 'red' }, 400, /"colour" is not known/],
  ]
  for (const [area, status, sentence] of wrong) {
    const answer = await ask(app, 'POST /api/v1/areas', area)
    t.equal(answer.status, status, JSON.stringify(area))
    t.match(answer.body, { error: { en: sentence, vi: /\S/ } })
  }
})

t.test('a claim makes one cluster, which knows its name, area and root key', async (t) => {
  const world = await station(t)
  const { claim, expiresAt } = await claimOf(world, { name: 'Cụm chợ', area: '24958' })
  t.match(claim, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}\.[A-Za-z0-9_-]{12}$/)
  t.equal(expiresAt, '2026-11-23T04:10:00.000+07:00')
  const { status, body } = await enrol(world, claim)
  t.equal(status, 200)
  t.match(body, { cluster: /^[0-9a-hjkmnp-tv-z]{10}$/, mqttUrl: 'mqtt://127.0.0.1:1883', password: /^.{43}$/, root: toBase64Url(world.deps.keys.rootPublic) })
  const found = await ask(world.app, `GET /api/v1/clusters/${body.cluster}`)
  t.match(found.body, { name: 'Cụm chợ', area: { code: '24958', name: 'Xã Đức Trọng' }, online: false, simulated: false, signal: null })
  const record = world.deps.stores.clusters.byId(body.cluster)
  t.same(Buffer.from(record?.secretSha256 ?? []), Buffer.from(world.deps.crypto.sha256(Buffer.from(body.password))))
  t.ok(world.told.includes(`cluster ${body.cluster}`))
})

t.test('a claim typed with small letters, without dashes and with O for 0 is the same claim', async (t) => {
  const world = await station(t)
  const { claim } = await claimOf(world)
  const typed = (claim.split('.')[0] ?? '').replaceAll('-', '').toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')
  t.equal((await enrol(world, typed)).status, 200)
})

t.test('the same box that asks again within ten minutes gets the same cluster and a password that works', async (t) => {
  const world = await station(t)
  const { claim } = await claimOf(world)
  const first = await enrol(world, claim)
  const again = await enrol(world, claim)
  t.equal(again.body.cluster, first.body.cluster)
  t.same(Buffer.from(world.deps.stores.clusters.byId(first.body.cluster)?.secretSha256 ?? []), Buffer.from(world.deps.crypto.sha256(Buffer.from(again.body.password))))
  t.equal(world.deps.stores.clusters.all().length, 1)
})

t.test('a claim that was used, expired or made up enrols nobody', async (t) => {
  const world = await station(t)
  const { claim } = await claimOf(world)
  await enrol(world, claim)
  t.match(await enrol(world, claim, { publicKey: toBase64Url(new Uint8Array(32).fill(4)) }), { status: 409, body: { error: { code: 'claim-used' } } })
  const late = await claimOf(world)
  world.clock.pass(600_000)
  t.match(await enrol(world, late.claim), { status: 410, body: { error: { code: 'claim-expired' } } })
  t.match(await enrol(world, claim), { status: 410 }, 'the idempotent answer ends with the claim')
  t.match(await enrol(world, '0000-0000-0000-0000.AAAAAAAAAAAA'), { status: 404, body: { error: { code: 'claim-unknown' } } })
  t.equal(world.deps.stores.clusters.all().length, 1)
})

t.test('an address that guesses is held back, one that enrols a whole fleet is not', async (t) => {
  const world = await station(t)
  for (let n = 0; n < 30; n++) t.equal((await enrol(world, (await claimOf(world)).claim, { publicKey: toBase64Url(new Uint8Array(32).fill(n)) })).status, 200)
  for (let n = 0; n < 10; n++) t.equal((await enrol(world, '0000-0000-0000-0000')).status, 404)
  const { claim } = await claimOf(world)
  t.match(await enrol(world, claim), { status: 429, body: { error: { code: 'too-many-attempts' } } })
  world.clock.pass(6_000)
  t.equal((await enrol(world, claim)).status, 200)
})

t.test('an enrolment is refused with a sentence when a field is wrong', async (t) => {
  const world = await station(t)
  for (const body of [{ publicKey: 'x' }, { publicKey: 5 }, { agent: undefined }, { name: ' ' }, { more: 1 }, { claim: '' }, { claim: 'x'.repeat(100) }]) {
    const answer = await enrol(world, '0000-0000-0000-0000', body)
    t.equal(answer.status, 400, JSON.stringify(body))
    t.match(answer.body, { error: { code: 'invalid', en: /\.$/, vi: /\.$/ } })
  }
})

t.test('two boxes of one name are told apart', async (t) => {
  const world = await station(t)
  await enrol(world, (await claimOf(world)).claim, { name: 'Cụm đình' })
  const second = await enrol(world, (await claimOf(world)).claim, { name: 'Cụm đình', publicKey: toBase64Url(new Uint8Array(32).fill(5)) })
  t.equal(world.deps.stores.clusters.byId(second.body.cluster)?.name, `Cụm đình (${second.body.cluster})`)
  t.match(await ask(world.app, 'POST /api/v1/clusters/claims', { name: 'Cụm đình' }), { status: 409 })
  t.match(await ask(world.app, 'POST /api/v1/clusters/claims', { area: '99' }), { status: 422 })
})

t.test('a cluster is renamed, moved, muted and stopped, and each is in the audit log', async (t) => {
  const world = await station(t)
  const { cluster } = await enrolled(world, { area: '24958' })
  const change = (body: object) => ask(world.app, `PATCH /api/v1/clusters/${cluster}`, body)
  t.match(await change({ name: ' Cụm đình ', volume: 80, stagger: 2 }), { status: 200, body: { name: 'Cụm đình', volume: 80, stagger: 2, now: { rev: 0 } } })
  const muted = await change({ mute: true, stop: true })
  t.match(muted, { status: 200, body: { now: { mute: true, stop: '2026-11-23T04:00:00.000+07:00' } } })
  const rev = (muted.body as { now: { rev: number } }).now.rev
  t.ok(rev >= world.clock.wall())
  t.match(await change({ mute: false }), { body: { now: { rev: rev + 1, mute: false, stop: '2026-11-23T04:00:00.000+07:00' } } })
  t.match(await change({ area: { code: '24958-dong', from: '2026-12-01' } }), { body: { area: { code: '24958' }, memberships: [{ area: '24958', to: '2026-12-01' }, { area: '24958-dong', from: '2026-12-01' }] } })
  t.equal(world.told.filter((x) => x === `cluster ${cluster}`).length, 5)
  t.match(world.deps.stores.audit.verify(), { ok: true, value: { n: 1 + 3 + 1 + 1 + 4 } }, 'the notice templates of the start, areas, claim, enrolment, changes')
})

t.test('a change of a cluster is refused with a sentence when it cannot be', async (t) => {
  const world = await station(t)
  const { cluster } = await enrolled(world, { name: 'Cụm đình' })
  const { claim } = await claimOf(world, { name: 'Cụm chợ' })
  await enrol(world, claim, { publicKey: toBase64Url(new Uint8Array(32).fill(9)) })
  const wrong: [object, number, RegExp][] = [
    [{}, 400, /\S/],
    [{ volume: 101 }, 400, /"volume" must be at most 100/],
    [{ volume: '80' }, 400, /"volume" must be a whole number/],
    [{ mute: 'yes' }, 400, /true or false/],
    [{ stop: false }, 400, /"stop" must be true/],
    [{ name: 'Cụm chợ' }, 409, /already a cluster/],
    [{ area: { code: '24958', from: '2026-02-30' } }, 400, /does not exist/],
    [{ area: { code: '11111' } }, 422, /no area 11111/],
  ]
  for (const [body, status, sentence] of wrong) {
    const answer = await ask(world.app, `PATCH /api/v1/clusters/${cluster}`, body)
    t.equal(answer.status, status, JSON.stringify(body))
    t.match(answer.body, { error: { en: sentence } })
  }
  t.equal((await ask(world.app, 'PATCH /api/v1/clusters/0000000000', { mute: true })).status, 404)
  t.equal((await ask(world.app, 'GET /api/v1/clusters/UPPER')).status, 400)
})

t.test('a revoked cluster leaves the list and frees its name; the broker is told', async (t) => {
  const revoked: string[] = []
  const world = await serverWorld(t, { brokerAdmin: { provision: async () => undefined, revoke: async (id) => void revoked.push(id) } })
  const { cluster } = await enrolled(world, { name: 'Cụm đình' })
  t.match(await ask(world.app, `DELETE /api/v1/clusters/${cluster}`), { status: 200, body: { id: cluster } })
  t.same(revoked, [cluster])
  t.same((await ask(world.app, 'GET /api/v1/clusters')).body, [])
  t.match((await ask(world.app, `GET /api/v1/clusters/${cluster}`)).body, { revokedAt: /2026/ })
  t.equal((await ask(world.app, `PATCH /api/v1/clusters/${cluster}`, { mute: true })).status, 404)
  t.equal((await ask(world.app, 'POST /api/v1/clusters/claims', { name: 'Cụm đình' })).status, 201)
  t.equal((await ask(world.app, 'DELETE /api/v1/clusters/0000000000')).status, 404)
})

t.test('a broker that cannot be told is a 503 with a sentence, and the same claim works later', async (t) => {
  let away = true
  const world = await serverWorld(t, { brokerAdmin: { provision: async () => { if (away) throw new Error('away') }, revoke: async () => undefined } })
  const { claim } = await claimOf(world)
  t.match(await enrol(world, claim), { status: 503, body: { error: { code: 'broker-away' } } })
  away = false
  t.equal((await enrol(world, claim)).status, 200)
  t.equal(world.deps.stores.clusters.all().length, 1)
})

t.test('the state of a cluster is shown as it was last reported', async (t) => {
  const world = await station(t)
  const { cluster } = await enrolled(world)
  const at = world.clock.wall()
  world.deps.stores.presence.upsert({
    cluster, online: true, since: at, boot: 'b', conn: 'c', planRev: 5, nowRev: 0, held: 3, dueFiles: 4, planTo: at, playing: { slot: 's.1', since: at },
    refused: { expired: 2 }, lastSeen: at, agent: '0.1.0', clock: { trusted: true, errMs: 4 },
  })
  world.deps.stores.telemetry.noteBeat(cluster, { s: 1, t: 1, r: [-101, -9, 15, -70], l: 80, b: 900, c: 750, v: -203 }, at)
  t.match((await ask(world.app, `GET /api/v1/clusters/${cluster}`)).body, {
    online: true, lastSeen: '2026-11-23T04:00:00.000+07:00', cache: { held: 3, due: 4 }, playing: { slot: 's.1' }, plan: { rev: null, reportedRev: 5 },
    signal: { rsrp: -101, class: 'fair', because: 'weak-cell' }, rttMs: 80, bufferMs: 900, level: -20.3, clock: { trusted: true }, refused: { expired: 2 },
  })
})
