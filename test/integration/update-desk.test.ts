import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { openReleaseFiles } from '../../server/adapters/update-files.ts'
import { createAgentWords, type AgentWordsHub } from '../../server/core/agent-words.ts'
import type { PresenceRecord } from '../../server/core/stores.ts'
import { startUpdates } from '../../server/features/updates/plugin.ts'
import type { ReleaseView, RolloutView } from '../../server/features/updates/views.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { certifyKey, KEY_USES, type SigningKey } from '../../shared/protocol/keys.ts'
import type { UpdateOrder, UpdateState, UpdateWhy } from '../../shared/protocol/messages/update.ts'
import { parseJson } from '../../shared/protocol/orders.ts'
import { fromBase64Url } from '../../shared/protocol/wire.ts'
import { makeRelease } from '../../scripts/release-make.ts'
import { personIn } from '../support/people-world.ts'
import { ask, AREAS, form, NOW, serverWorld, type Answer, type Method, type ServerWorld } from '../support/server-world.ts'

const crypto = nodeCrypto()
const ROOT = new Uint8Array(32).fill(7)
const MINUTE = 60_000
function keyFor(use: 'orders' | 'releases'): SigningKey {
  const secret = new Uint8Array(32).fill(20 + KEY_USES[use])
  return { secret, certificate: certifyKey(crypto, ROOT, { key: crypto.publicKey(secret), uses: KEY_USES[use], notBeforeMs: NOW - 86_400_000, notAfterMs: NOW + 86_400_000 }) }
}

interface Desk {
  readonly world: ServerWorld
  readonly words: AgentWordsHub
  readonly orders: UpdateOrder[]
  readonly events: { readonly kind: string; readonly subject: string }[]
  readonly ids: readonly string[]
  release(version?: string, now?: number): Uint8Array
  ask(question: `${Method} ${string}`, payload?: unknown): Promise<Answer>
  handIn(pack: Uint8Array): Promise<Answer>
  present(cluster: string, online: boolean): void
  /** What the box says of its newest order. */
  says(cluster: string, st: UpdateState, why?: UpdateWhy): void
  /** Time passes, and the rollouts are looked at. */
  pass(ms: number): void
  board(rollout: string): Promise<RolloutView>
}

/** Twenty clusters in one commune and one in another. */
async function desk(t: Test): Promise<Desk> {
  const folder = t.testdir({ data: {}, agent: { 'main.mjs': 'console.log("agent")', 'package.json': '{"version":"0.2.0"}' } })
  const releases = await openReleaseFiles(join(folder, 'data', 'releases'))
  const due: { at: number; fn: () => void }[] = []
  let passed = 0
  const clock: Clock = {
    wall: () => wallMs(NOW + passed), mono: () => monoMs(passed),
    after: (ms, fn) => {
      const one = { at: passed + ms, fn }
      due.push(one)
      return () => void due.splice(due.indexOf(one), due.includes(one) ? 1 : 0)
    },
  }
  const world = await serverWorld(t, { releases, clock }, join(folder, 'data'))
  const { stores, events } = world.deps
  for (const area of [...AREAS, { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '68' }]) await ask(world.app, 'POST /api/v1/areas', area)
  const ids = Array.from({ length: 21 }, (_, n) => `k${String(n).padStart(9, '0')}`)
  const present = (cluster: string, online: boolean): void =>
    stores.presence.upsert({ cluster, online, since: clock.wall(), boot: 'b', conn: 'c', planRev: 1, nowRev: 0, held: 0, dueFiles: 0, planTo: clock.wall(), playing: null, refused: {}, lastSeen: clock.wall(), agent: '0.1.0', clock: null } as PresenceRecord)
  for (const [n, id] of ids.entries()) {
    stores.clusters.insert({ id, name: `Cụm ${n}`, created: wallMs(NOW), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, n === 20 ? '24961' : '24958', '2025-01-01')
    present(id, true)
  }
  const words = createAgentWords()
  const orders: UpdateOrder[] = []
  const link = { publish: async (_topic: string, payload: Uint8Array) => void orders.push(parseJson(fromBase64Url(Buffer.from(payload).toString().split('.')[1] ?? '')) as UpdateOrder) }
  const told: Desk['events'][number][] = []
  events.onEvent((event) => void told.push(event))
  t.teardown(startUpdates(world.deps, { link, words, signing: () => keyFor('orders') }))
  const asked: Desk['ask'] = (question, payload) => ask(world.app, question.replace(' /', ' /api/v1/') as typeof question, payload)
  return {
    world, words, orders, ids, present, ask: asked, events: told,
    release: (version = '0.2.0', now = NOW) => makeRelease({ agent: join(folder, 'agent'), key: keyFor('releases'), now, version }).pack,
    handIn: (pack) => {
      const { payload, headers } = form([{ name: 'file', file: 'a.release', value: pack }])
      return ask(world.app, 'POST /api/v1/updates', payload, headers)
    },
    says: (cluster, st, why) => {
      const rev = orders.filter(({ c }) => c === cluster).at(-1)?.rev ?? 0
      words.reported(cluster, { plan: 1, now: 0, planTo: 0, held: 0, due: 0, missing: [], playing: null, refused: {}, update: { rev, st, at: clock.wall(), n: 0, ...(why === undefined ? {} : { why }) } })
    },
    pass: (ms) => {
      for (const end = passed + ms; passed < end; passed = Math.min(end, passed + 1_000)) {
        for (const one of due.filter(({ at }) => at <= passed + 1_000)) {
          due.splice(due.indexOf(one), 1)
          one.fn()
        }
      }
    },
    board: async (rollout) => (await asked(`GET /rollouts/${rollout}`)).body as RolloutView,
  }
}

t.test('a release goes to one cluster first, then in waves, each when those before are well', async (t) => {
  const { handIn, release, ask: asked, orders, says, pass, board, ids } = await desk(t)
  const handed = await handIn(release())
  t.match(handed, { status: 201, body: { version: '0.2.0', files: 3 } }, handed.text)
  const { id } = handed.body as ReleaseView
  t.match((await asked('GET /updates')).body, [{ id }])
  const rolled = await asked(`POST /updates/${id}/rollouts`, { targets: 'all', healthyMinutes: 10, throughSession: false })
  t.match(rolled, { status: 201, body: { state: 'running', wave: 0, waves: 4, counts: { waiting: 21 } } })
  const rollout = (rolled.body as RolloutView).id
  pass(10_000)
  t.equal(new Set(orders.map(({ c }) => c)).size, 2, 'one in twenty of 21')
  const canaries = [...new Set(orders.map(({ c }) => c))]
  for (const canary of canaries) {
    t.match(orders.find(({ c }) => c === canary), { m: id, spread: 300_000, go: undefined })
    says(canary, 'downloading')
    says(canary, 'ready')
  }
  pass(10_000)
  for (const canary of canaries) {
    t.ok((orders.filter(({ c }) => c === canary).at(-1)?.go ?? 0) > NOW, 'nothing sounds there')
    says(canary, 'trial')
    says(canary, 'done')
  }
  pass(9 * MINUTE)
  t.match(await board(rollout), { wave: 0, counts: { done: 2, waiting: 19 } })
  pass(2 * MINUTE)
  t.match(await board(rollout), { wave: 1 })
  pass(10_000)
  t.equal(new Set(orders.map(({ c }) => c)).size, 5)
  for (let n = 0; n < 4; n++) {
    for (const cluster of ids) if (orders.some(({ c }) => c === cluster)) says(cluster, 'done')
    pass(11 * MINUTE)
  }
  t.match(await board(rollout), { state: 'done', counts: { done: 21 } })
  t.match((await asked('GET /rollouts')).body, [{ id: rollout, state: 'done' }])
})

t.test('it halts by itself when a cluster falls back, says so, and goes on or ends as a person decides', async (t) => {
  const { handIn, release, ask: asked, orders, says, pass, board, events, world } = await desk(t)
  const notices = world.deps.stores.notify
  notices.putProfile({ actor: 'administrator', channels: [{ channel: 'sms', to: '0912345678' }], severity: 'warning', fromMinute: 0, toMinute: 0, faultsAtNight: true, digestMinutes: 0, onDuty: false })
  const { id } = (await handIn(release())).body as ReleaseView
  const { id: rollout } = (await asked(`POST /updates/${id}/rollouts`, { targets: { areas: ['24958'] }, canaries: 2, healthyMinutes: 1, throughSession: false })).body as RolloutView
  pass(10_000)
  const [first, second] = [...new Set(orders.map(({ c }) => c))]
  says(first ?? '', 'ready')
  says(second ?? '', 'ready')
  pass(5_000)
  t.ok(orders.at(-1)?.go !== undefined)
  says(first ?? '', 'fell-back', 'not-well')
  pass(5_000)
  const halted = await board(rollout)
  t.match(halted, { state: 'halted', why: { code: 'fell', vi: /quay lại/ } })
  t.match(halted.clusters?.find(({ cluster }) => cluster === first), { state: 'fell-back', why: { code: 'not-well', vi: /\w/ } })
  t.match(orders.at(-1), { c: second, go: undefined }, 'leave is taken back')
  t.match(events.at(-1), { kind: 'update.halted', subject: rollout })
  t.match(notices.duePending(wallMs(NOW + MINUTE))[0]?.notice, { title: /Đã dừng cập nhật phiên bản 0\.2\.0/, severity: 'fault' })
  const said = orders.length
  pass(30 * MINUTE)
  t.equal(orders.length, said, 'nothing goes on by itself')
  t.match(await asked(`POST /updates/${id}/rollouts`, { targets: { areas: ['24958'] } }), { status: 409, body: { error: { code: 'busy' } } })
  t.match(await asked(`POST /rollouts/${rollout}/halt`), { status: 409 })

  t.match(await asked(`POST /rollouts/${rollout}/resume`), { status: 200, body: { state: 'running' } })
  pass(10_000)
  says(second ?? '', 'done')
  pass(2 * MINUTE)
  t.match(await board(rollout), { state: 'running', wave: 1 }, 'somebody knows of the one that fell')
  t.match(await asked(`POST /rollouts/${rollout}/cancel`), { status: 200, body: { state: 'cancelled' } })
  t.match(orders.at(-1), { m: null })
  t.match(await asked(`POST /rollouts/${rollout}/resume`), { status: 409, body: { error: { code: 'over' } } })
  t.match(await asked(`POST /updates/${id}/rollouts`, { targets: { areas: ['24958'] } }), { status: 201 })
})

t.test('a cluster that is away hears of it when it comes back, and a spared SIM waits', async (t) => {
  const { handIn, release, ask: asked, orders, words, present, says, pass, ids, world } = await desk(t)
  const [away = '', spared = ''] = ids
  present(away, false)
  world.deps.stores.clusters.setNow(spared, { rev: 1, volume: null, mute: false, stop: null, frugal: true })
  const { id } = (await handIn(release())).body as ReleaseView
  await asked(`POST /updates/${id}/rollouts`, { targets: { clusters: [away, spared] }, canaries: 2, throughSession: false })
  pass(10_000)
  t.equal(orders.some(({ c }) => c === away), false)
  present(away, true)
  words.hello(away)
  t.match(orders.at(-1), { c: away, m: id })
  says(spared, 'ready')
  says(away, 'ready')
  pass(5 * MINUTE)
  t.ok(orders.some(({ c, go }) => c === away && go !== undefined))
  t.equal(orders.some(({ c, go }) => c === spared && go !== undefined), false, 'its SIM is below the reserve')
})

t.test('a technician updates what stands in areas of theirs, and only an operator of nothing else', async (t) => {
  const { handIn, release, ask: asked, world, ids, pass } = await desk(t)
  const technician = await personIn(world, 'Thợ Ba', [{ role: 'technician', areas: ['24961'] }])
  const operator = await personIn(world, 'Cô Tư', [{ role: 'operator', areas: 'all' }])
  const { id } = (await handIn(release())).body as ReleaseView
  const roll = (who: typeof technician, targets: unknown): Promise<Answer> => who.ask(`POST /api/v1/updates/${id}/rollouts`, { targets })
  t.equal((await roll(technician, 'all')).status, 403)
  t.equal((await roll(technician, { clusters: [ids[0]] })).status, 403)
  t.equal((await roll(operator, { clusters: [ids[20]] })).status, 403)
  const { id: theirs } = (await asked(`POST /updates/${id}/rollouts`, { targets: { areas: ['24958'] } })).body as RolloutView
  t.equal((await technician.ask(`GET /api/v1/rollouts/${theirs}`)).status, 403)
  t.equal((await technician.ask(`POST /api/v1/rollouts/${theirs}/cancel`)).status, 403)
  t.same((await technician.ask('GET /api/v1/rollouts')).body, [])
  const own = await roll(technician, { areas: ['24961'] })
  t.equal(own.status, 201, own.text)
  t.match((await technician.ask(`GET /api/v1/rollouts/${(own.body as RolloutView).id}`)).body, { clusters: [{ cluster: ids[20], name: 'Cụm 20' }] })
  pass(1_000)
  for (const [targets, status] of [[{ areas: ['99999'] }, 422], [{ clusters: ['nobody'] }, 422], [{ areas: ['24958-dong'] }, 422], [7, 400]] as const) {
    const answer = await asked(`POST /updates/${id}/rollouts`, { targets })
    t.equal(answer.status, status, answer.text)
    t.match(answer.body, { error: { en: /\w/, vi: /\w/ } })
  }
  t.equal((await asked(`POST /updates/${'A'.repeat(43)}/rollouts`, { targets: 'all' })).status, 404)
})

t.test('what is handed in is there after a restart, in blocks, and what is no release is refused with a sentence', async (t) => {
  const { handIn, release, world } = await desk(t)
  const pack = release()
  const { id } = (await handIn(pack)).body as ReleaseView
  const again = await openReleaseFiles(join(world.folder, 'releases'))
  const block = await again.readBlock(id, 0)
  t.ok(block && readFileSync(join(world.folder, 'releases', id)).subarray(0, block.length).equals(Buffer.from(block)))
  t.equal(await again.readBlock(id, 99), null)
  t.equal(await again.readBlock('A'.repeat(43), 0), null)
  for (const [bytes, code] of [[pack.subarray(0, -1), 'cut-off'], [pack.map((byte, n) => (n === pack.length - 1 ? byte ^ 1 : byte)), 'damaged'], [new Uint8Array(100), 'not-a-pack']] as const) {
    t.match(await handIn(bytes), { status: 422, body: { error: { code, en: /\w/, vi: /\w/ } } })
  }
})
