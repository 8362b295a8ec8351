import fc from 'fast-check'
import t from 'tap'
import { DEFAULT_POLICY } from '../../shared/core/policy.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { EvidenceRow } from '../../shared/protocol/messages/evidence.ts'
import { ask, NOW, serverWorld, type ServerWorld } from '../support/server-world.ts'

const CLUSTER = '0123456789'
const LOG = 'AAAAAAAAAAA'
const at = (ms: number) => wallMs(NOW + ms)

function enrolled({ deps }: ServerWorld, id = CLUSTER): void {
  deps.stores.clusters.insert({ id, name: `Cụm ${id}`, created: at(0), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
}
const planned = (slot: string, dueMs: number, planRev = 5) => ({
  slot, cluster: CLUSTER, session: 'sang', occurrence: at(0), due: at(dueMs), end: at(dueMs + 60_000), item: 'Bản tin', media: 'm', stream: null, planRev,
})
const row = (n: number, over: Partial<EvidenceRow> = {}): EvidenceRow => ({ n, slot: 's.0', due: NOW, end: NOW + 60_000, began: NOW + 12, ms: 60_000, level: -20, underruns: 0, ...over })
const reported = ({ deps }: ServerWorld, planRev: number): void =>
  deps.stores.presence.upsert({ cluster: CLUSTER, online: true, since: at(0), boot: null, conn: null, planRev, nowRev: 0, held: 0, dueFiles: 0, planTo: at(0), playing: null, refused: {}, lastSeen: at(0), agent: null, clock: null })

t.test('the ladder: planned, sent when the plan is confirmed, played when sound was consumed', async (t) => {
  const world = await serverWorld(t)
  enrolled(world)
  const { stores } = world.deps
  stores.planned.insertMany([planned('s.0', 0), planned('s.1', 60_000)])
  const rows = async () => (await ask(world.app, `GET /api/v1/evidence?date=2026-11-23&cluster=${CLUSTER}`)).body
  t.match(await rows(), [{ slot: 's.0', rung: 'planned', reason: { code: 'not-due-yet' }, plannedStart: '2026-11-23T04:00:00.000+07:00', plannedSeconds: 60, session: 'sang', item: 'Bản tin' }, { slot: 's.1' }])
  reported(world, 4)
  t.match(await rows(), [{ rung: 'planned' }])
  reported(world, 5)
  t.match(await rows(), [{ rung: 'sent' }, { rung: 'sent' }])
  stores.evidence.insertRows(CLUSTER, LOG, [row(1, { ms: 20_000, level: -20, radio: [-101, -9, 15, null], clock: 3, underruns: 1 }), row(2, { began: NOW + 40_000, ms: 20_000, level: -30, underruns: 2, why: 'interrupted' })], { at: at(70_000) })
  t.match(await rows(), [{
    slot: 's.0', rung: 'played', actualStart: '2026-11-23T04:00:00.012+07:00', startErrorMs: 12, seconds: 40, level: -22.6, underruns: 3, clockErrorMs: 3,
    signal: { rsrp: -101, class: 'fair' }, reason: { code: 'interrupted', vi: /ưu tiên/ },
  }, { slot: 's.1', rung: 'sent', reason: { code: 'not-due-yet' } }])
  world.clock.pass(600_000)
  t.match(await rows(), [{}, { reason: { code: 'no-report' } }])
  reported(world, 1)
  t.match(await rows(), [{}, { rung: 'planned', reason: { code: 'not-sent' } }])
})

t.test('a slot that was played in full has no reason; one kept silent was sent, and says why', async (t) => {
  const world = await serverWorld(t)
  enrolled(world)
  const { stores } = world.deps
  stores.planned.insertMany([planned('s.0', 0), planned('s.1', 60_000)])
  const { began: _b, level: _l, ...silent } = row(2, { slot: 's.1', due: NOW + 60_000, end: NOW + 120_000, ms: 0, why: 'missing-media' })
  stores.evidence.insertRows(CLUSTER, LOG, [row(1), silent, row(3, { slot: 'unknown', due: NOW + 200_000, end: NOW + 210_000, ms: 10_000 })], { at: at(0) })
  t.match((await ask(world.app, 'GET /api/v1/evidence?date=2026-11-23')).body, [
    { slot: 's.0', rung: 'played', seconds: 60, reason: null },
    { slot: 's.1', rung: 'sent', seconds: 0, actualStart: null, level: null, reason: { code: 'missing-media' } },
    { slot: 'unknown', session: null, rung: 'played', clusterName: `Cụm ${CLUSTER}` },
  ])
})

t.test('a day of another date is empty, rows come in pages, and a wrong question is told', async (t) => {
  const world = await serverWorld(t)
  enrolled(world)
  world.deps.stores.planned.insertMany(Array.from({ length: 10 }, (_, n) => planned(`s.${n}`, n * 60_000)))
  t.same((await ask(world.app, 'GET /api/v1/evidence?date=2026-11-22')).body, [])
  const page = await ask(world.app, 'GET /api/v1/evidence?date=2026-11-23&offset=8&limit=5')
  t.match(page.body, [{ slot: 's.8' }, { slot: 's.9' }])
  t.equal(page.headers['x-total-rows'], '10')
  for (const [query, status] of [['', 400], ['date=2026-02-30', 400], ['date=today', 400], ['date=2026-11-23&cluster=9999999999', 404], ['date=2026-11-23&limit=-1', 400], ['date=2026-11-23&colour=red', 400]] as const) {
    t.match(await ask(world.app, `GET /api/v1/evidence?${query}`), { status, body: { error: { en: /\S/, vi: /\S/ } } }, query)
  }
})

t.test('planning again leaves what is the same as it was sent, and replaces what changed', async (t) => {
  const { planned: store } = (await serverWorld(t)).deps.stores
  store.insertMany([planned('s.0', 0), planned('s.1', 60_000), planned('s.4', 240_000)])
  store.insertMany([planned('s.1', 60_000, 9), { ...planned('s.4', 240_000, 9), item: 'Mới' }])
  t.same(store.between(at(0), at(1e6)).map(({ slot, planRev }) => [slot, planRev]), [['s.0', 5], ['s.1', 5], ['s.4', 9]])
  store.insertMany([{ ...planned('s.4', 240_000, 8), item: 'Cũ' }])
  t.equal(store.one('s.4', CLUSTER)?.item, 'Mới', 'an older plan that comes late does not win')
})

t.test('evidence is stored exactly once, whatever is repeated, reordered or split, and acknowledged up to the first gap', async (t) => {
  const world = await serverWorld(t)
  const { evidence } = world.deps.stores
  const seed = Math.floor(Math.random() * 1e9)
  t.comment(`seed ${seed}`)
  let run = 0
  await fc.assert(
    fc.property(fc.array(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 12 }), (batches) => {
      const log = String(run++).padStart(11, 'A')
      const sent = new Set<number>()
      for (const batch of batches) {
        for (const n of batch) sent.add(n)
        const upTo = evidence.insertRows('0000000000', log, batch.map((n) => row(n, { slot: log })), { at: at(0) })
        let expected = 0
        while (sent.has(expected + 1)) expected++
        if (upTo !== expected || evidence.upTo('0000000000', log) !== expected) throw new Error(`acknowledged ${upTo}, not ${expected}`)
      }
      const stored = evidence.between(at(0), at(1), '0000000000').filter((r) => r.log === log)
      if (stored.length !== sent.size) throw new Error(`${stored.length} rows stored of ${sent.size}`)
    }),
    { seed, numRuns: 60 },
  )
  t.equal(run, 60)
})

t.test('rows that the agent had to drop do not hold up the acknowledgement for ever', async (t) => {
  const { evidence } = (await serverWorld(t)).deps.stores
  t.equal(evidence.insertRows(CLUSTER, LOG, [row(500), row(501)], { at: at(0) }), 0)
  t.equal(evidence.insertRows(CLUSTER, LOG, [row(500), row(501)], { at: at(0), oldestHeld: 500 }), 501)
  t.equal(evidence.insertRows(CLUSTER, LOG, [row(502)], { at: at(0), oldestHeld: 502 }), 502)
})

const slot: Slot = {
  id: 's.0', session: 's', class: 'scheduled', start: at(3_600_000 * 1.5), end: at(3_600_000 * 2.5), lengthMs: 600_000, source: { kind: 'file', media: 'm' },
  resume: 'from-the-beginning', policy: 'mac-dinh', music: false, order: 0, staggerMs: 0, issuedAt: at(0),
}

t.test('on air says for any instant what should sound on each cluster, and why', async (t) => {
  const view = { staggerIndex: 0, stoppedAt: null, muted: false }
  const world = await serverWorld(t, { slotsFor: (id) => (id === CLUSTER ? { slots: [slot], policies: { 'mac-dinh': DEFAULT_POLICY }, view, rev: 5, titleOf: () => null } : null) })
  enrolled(world)
  enrolled(world, '1111111111')
  world.deps.stores.planned.insertMany([{ ...planned('s.0', 5_400_000), end: at(9_000_000) }])
  const question = async (query: string) => (await ask(world.app, `GET /api/v1/on-air${query}`)).body
  t.match(await question('?at=2026-11-23T05:35:00%2B07:00'), [
    { cluster: CLUSTER, do: 'play', slot: 's.0', item: 'Bản tin', offsetMs: 300_000, planRev: 5, at: '2026-11-23T05:35:00.000+07:00', because: { code: 'due', vi: /"Bản tin"/ } },
    { cluster: '1111111111', do: 'silence', because: { code: 'no-plan' } },
  ])
  t.match(await question(`?at=2026-11-23T05:35:00+07:00&cluster=${CLUSTER}`), [{ do: 'play' }], 'a plus that arrives as a space')
  t.match(await question(`?at=2026-11-22T22:35:00Z&cluster=${CLUSTER}`), [{ do: 'play' }])
  t.match(await question(`?at=2026-11-23T05:35&cluster=${CLUSTER}`), [{ do: 'play' }], 'without an offset it is Viet Nam time')
  t.match(await question(`?cluster=${CLUSTER}`), [{ do: 'silence', because: { code: 'nothing-due' } }])
  t.match(await ask(world.app, 'GET /api/v1/on-air?at=yesterday'), { status: 400 })
  t.match(await ask(world.app, 'GET /api/v1/on-air?at=2026-13-40T05:00:00Z'), { status: 400, body: { error: { code: 'no-such-instant' } } })
  t.match(await ask(world.app, 'GET /api/v1/on-air?cluster=2222222222'), { status: 404 })
})
