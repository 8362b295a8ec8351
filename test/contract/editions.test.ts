import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Value } from 'typebox/value'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { decodeGolden, fromHex, goldenBench, readGolden, readKeys } from '../../scripts/gen/golden.ts'
import { planFor, planTimetable, type PlanInput } from '../../server/core/plan.ts'
import { editionOf } from '../../server/core/evidence-store.ts'
import { civilInstant } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { DEFAULT_POLICY } from '../../shared/core/policy.ts'
import { ORDER_EDITION } from '../../shared/protocol/messages/presence.ts'
import { PlanBody, slotsOf } from '../../shared/protocol/messages/plan.ts'
import { signJws } from '../../shared/protocol/orders.ts'
import { TOPICS } from '../../shared/protocol/topics.ts'
import { utf8 } from '../../shared/protocol/wire.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const bench = goldenBench(nodeCrypto(), readKeys(ROOT))
const SHA = 'A'.repeat(43)
const now = civilInstant('2026-11-23', 4 * 3600)

/** As a newer server might write it: something that nobody here knows, wherever there is a place for it. Maps by name have none. */
function newer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(newer)
  if (typeof value !== 'object' || value === null) return value
  return { ...Object.fromEntries(Object.entries(value).map(([name, part]) => [name, newer(part)])), later: [1] }
}
/** Everything known of it, and nothing else. */
function known(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(known)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).flatMap(([name, part]) => (name === 'later' ? [] : [[name, known(part)]])))
}

t.test('an order of a newer server is understood for what is known of it, whatever else stands in it', async (t) => {
  const orders = readGolden(ROOT).filter(({ topic }) => TOPICS[topic].kind === 'order')
  t.equal(orders.length, 6)
  for (const { topic, cases } of orders) {
    for (const { is, message, payload } of cases) {
      const read = decodeGolden(bench, topic, utf8(signJws(bench.crypto, bench.key, newer(message) as object)))
      t.strictSame(known(read), decodeGolden(bench, topic, fromHex(payload ?? '')), `${topic}: ${is}`)
    }
  }
})

const UNTIL = { near: now + 3_600_000, far: now + 60 * 86_400_000 }
const input: PlanInput = {
  now, policies: [{ id: 'rieng', text: {}, openings: [{ from: wallMs(now), to: wallMs(now + 1_000), reason: 'bão' }], pauses: [] } as never], groups: [], pinned: [],
  sessions: [{ id: 'sang', name: 'Sáng', at: '05:30', until: '06:30', days: 'daily', targets: { areas: ['00001'] }, items: [{ chime: 'c' }, { relay: 'vov', length: '5m', substitute: 'x' }] }],
  areas: [{ code: '00001', name: 'Xã', kind: 'commune', policy: 'rieng' }],
  memberships: [{ cluster: 'k000000001', area: '00001' }], clusters: [{ id: 'k000000001', name: 'k' }],
  findFor: () => () => [{ sha: SHA, ms: 2_500 }], fileOf: (sha) => ({ sha, bytes: 1_000, ms: 60_000 }),
  standing: () => ({
    keys: [SHA, SHA.replace('A', 'B')], ends: [UNTIL.near, UNTIL.far],
    orders: [{ id: 'vode000001', until: UNTIL.near }, { id: 'vode000002', until: UNTIL.far }, { id: 'vode000003' }].map((one) => ({ name: 'Vỡ đê', danger: 9, times: 3, gap: 0, vol: null, parts: [{ m: SHA, ms: 8_000 }], ...one })),
  }),
}
const cluster = {
  id: 'k000000001', name: 'k', created: now, publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null, lat: null, lon: null,
  volume: 90, stagger: 1, budget: 0, languages: null, caps: {}, simulated: false, revokedAt: null, now: { rev: 0, volume: null, mute: false, stop: null },
}
const planOf = (edition: number): PlanBody => planFor(planTimetable({ ...input, editionOf: () => edition }), cluster).body()

t.test('the plan of a newer server sounds what is known of it', async (t) => {
  const body = planOf(ORDER_EDITION)
  t.equal(body.standing?.orders.length, 3)
  // by name: what is called `later` there would be a policy
  const later = { ...(newer({ ...body, policies: {} }) as object), policies: Object.fromEntries(Object.entries(body.policies).map(([name, policy]) => [name, newer(policy)])) }
  t.ok(Value.Check(PlanBody, later), Value.Errors(PlanBody, later)[0]?.message ?? '')
  const [from, to] = [wallMs(body.from), wallMs(body.to)]
  t.ok(slotsOf(body, from, to).length > 20)
  t.same(slotsOf(later as PlanBody, from, to), slotsOf(body, from, to))
  t.ok(Value.Check(PlanBody, { ...body, policies: { rieng: { ...DEFAULT_POLICY, later: 1 } } }))
})

/** The schema as agents of the first edition have it: nothing beyond what it names, and no last days of standing orders. */
function first(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(first)
  if (typeof schema !== 'object' || schema === null) return schema
  const parts = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, first(part)]))
  const properties = parts['properties'] as Record<string, unknown> | undefined
  if (properties === undefined) return parts
  const named = Object.fromEntries(Object.entries(properties).filter(([name]) => name !== 'until' && name !== 'ends'))
  return { ...parts, properties: named, additionalProperties: false }
}

t.test('an agent of the first edition is sent a plan that it understands, and nothing in it outlives its end', async (t) => {
  const schema = first(JSON.parse(JSON.stringify(PlanBody))) as typeof PlanBody
  t.notOk(Value.Check(schema, planOf(2)), 'it would refuse the whole of the newest one')
  const body = planOf(1)
  t.ok(Value.Check(schema, body), JSON.stringify(Value.Errors(schema, body)[0]))
  t.same(body.standing?.orders.map(({ id }) => id), ['vode000002', 'vode000003'])
  t.same(body.standing?.keys, [SHA.replace('A', 'B')])
  t.ok(UNTIL.far >= body.to)
  t.same({ ...body, standing: null, media: null }, { ...planOf(2), standing: null, media: null }, 'all else is the same')
})

t.test('who says nothing of an edition reads the first; who was never heard is taken for the newest', async (t) => {
  const store = (record: object | null): Parameters<typeof editionOf>[0] => ({ byCluster: () => record as never })
  t.equal(editionOf(store(null), 'k'), ORDER_EDITION)
  t.equal(editionOf(store({}), 'k'), 1)
  t.equal(editionOf(store({ edition: null }), 'k'), 1)
  t.equal(editionOf(store({ edition: 2 }), 'k'), 2)
})
