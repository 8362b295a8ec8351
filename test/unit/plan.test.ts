import t from 'tap'
import { Check } from 'typebox/value'
import { civilInstant } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { FindMedia } from '../../shared/core/layout.ts'
import { Policy } from '../../shared/core/policy.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { slotsOf, type PlanBody } from '../../shared/protocol/messages/plan.ts'
import { MAX_DATED_SPANS, planFor, planTimetable, withSessions, type PlanInput, type Planning } from '../../server/core/plan.ts'
import { titleOfSlot } from '../../server/core/planned-slots.ts'
import type { ClusterRecord } from '../../server/core/stores.ts'

const A = 'A'.repeat(43)
const B = 'B'.repeat(43)
const now = civilInstant('2026-11-23', 4 * 3600)
const cluster = (id: string): ClusterRecord => ({
  id, name: id, created: now, publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null, lat: null, lon: null,
  volume: 90, stagger: 1, budget: 0, languages: null, caps: {}, simulated: false, revokedAt: null, now: { rev: 0, volume: null, mute: false, stop: null },
})
const session: Session = {
  id: 'sang', name: 'Sáng', at: '05:30', until: '06:30', days: 'daily', targets: { areas: ['00001'] }, stagger: '10s',
  items: [{ chime: 'c', name: 'Nhạc hiệu' }, { folder: 'tin', name: 'Bản tin' }],
}
const find: FindMedia = (ref) => (ref.kind === 'chime' ? [{ sha: A, ms: 2_500 }] : [{ sha: A, ms: 60_000, name: 'Số một' }, { sha: B, ms: 90_000, name: 'Số hai' }])
const input: PlanInput = {
  now, sessions: [session], policies: [], groups: [], findFor: () => find, pinned: [],
  areas: [{ code: '00001', name: 'Xã', kind: 'commune', policy: 'rieng' }],
  memberships: [{ cluster: 'k000000001', area: '00001' }],
  clusters: [cluster('k000000001'), cluster('k000000002')],
  fileOf: (sha) => ({ sha, bytes: 1_000, ms: 60_000 }),
}

const bodyFor = (planning: Planning, of: ClusterRecord): PlanBody => planFor(planning, of).body()

t.test('a cluster’s plan holds its area’s sessions for at least eight days, and only them', async (t) => {
  const planning = planTimetable(input)
  const body = bodyFor(planning, cluster('k000000001'))
  const slots = slotsOf(body, wallMs(body.from), wallMs(body.to))
  t.equal(slots.filter((s) => s.id.endsWith('.0')).length, 11, 'one session a day from yesterday on')
  t.ok(body.to - now >= 8 * 86_400_000, 'at least eight days ahead')
  t.equal(body.sessions[0]?.policy, 'rieng', 'the policy of its area binds where the session names none')
  t.same(body.media.map((m) => m.sha).sort(), [A, B])
  t.same(bodyFor(planning, cluster('k000000002')).sessions, [], 'a cluster of another area has nothing of it')
})

t.test('a rotation gives each occurrence its own episode, and slot ids do not depend on which', async (t) => {
  const body = bodyFor(planTimetable(input), cluster('k000000001'))
  const today = slotsOf(body, now, wallMs(now + 86_400_000)).find((s) => s.id.endsWith('.1'))
  const tomorrow = slotsOf(body, wallMs(now + 86_400_000), wallMs(now + 2 * 86_400_000)).find((s) => s.id.endsWith('.1'))
  t.not(today?.source, tomorrow?.source)
  t.match(today?.id, /^sang\.[0-9a-z]+\.1$/)
})

t.test('a slot is called by the name that its item has in the timetable', async (t) => {
  const body = bodyFor(planTimetable(input), cluster('k000000001'))
  const [first] = slotsOf(body, now, wallMs(now + 86_400_000))
  t.equal(titleOfSlot(first?.id ?? '', [session], find), 'Nhạc hiệu')
  t.equal(titleOfSlot('sang.zzzz.0', [session], find), null, 'no occurrence then')
  t.equal(titleOfSlot('gone.zzzz.0', [session], find), null)
  t.equal(titleOfSlot('nonsense', [session], find), null)
})

t.test('planning twice gives the same body, so that nothing is sent for nothing', async (t) => {
  const body = (): string => JSON.stringify(bodyFor(planTimetable(input), cluster('k000000001')))
  t.equal(body(), body())
})

t.test('clusters that do the same have the same plan, and one that is set apart has its own', async (t) => {
  const planning = planTimetable({ ...input, memberships: [...input.memberships, { cluster: 'k000000002', area: '00001' }] })
  const [one, two] = [cluster('k000000001'), cluster('k000000002')]
  t.equal(planFor(planning, one).key, planFor(planning, two).key)
  t.same(bodyFor(planning, one), bodyFor(planning, two))
  t.not(planFor(planning, one).key, planFor(planning, { ...two, volume: 40 }).key)
})

t.test('each audience gets the variant in its own language', async (t) => {
  const planning = planTimetable({ ...input, findFor: (audience) => (ref) => [{ sha: audience[0] === 'hmn' && ref.kind === 'folder' ? B : A, ms: 60_000 }] })
  const media = (of: ClusterRecord): string[] => bodyFor(planning, of).media.map((m) => m.sha).sort()
  t.same(media(cluster('k000000001')), [A])
  t.same(media({ ...cluster('k000000001'), languages: ['hmn', 'vi'] }), [A, B])
})

t.test('a pause of a cluster or of its area is in its policies, and in nobody else’s', async (t) => {
  const pause = { from: now, to: now + 3_600_000, reason: 'Đám tang' }
  const over = { ...pause, to: planTimetable(input).from }
  const planning = planTimetable({ ...input, datedOf: (id) => (id === 'k000000001' ? { pauses: [pause, over] } : {}) })
  const pauses = (id: string): unknown => Object.values(bodyFor(planTimetable({ ...planning.input, policies: [{ id: 'rieng', text: {}, openings: [], pauses: [] }] }), cluster(id)).policies).map((policy) => policy.pauses)
  t.same(pauses('k000000001'), [[pause]], 'what is over is left out')
  t.same(pauses('k000000002'), [[]])
})

t.test('what is over and what is to come never outgrow the room of a policy: the last stay', async (t) => {
  const hour = 3_600_000
  const openings = Array.from({ length: 80 }, (_, n) => ({ from: now - (80 - n) * 1_000, to: now - (79 - n) * 1_000 + (n > 70 ? hour : 0), reason: `lần ${n}` }))
  const planning = planTimetable({ ...input, policies: [{ id: 'rieng', text: {}, openings: [], pauses: [] }], datedOf: () => ({ openings, pauses: openings }) })
  const policies = Object.values(bodyFor(planning, cluster('k000000001')).policies)
  t.equal(policies.length, 1)
  for (const policy of policies) {
    for (const spans of [policy.openings, policy.pauses]) t.same(spans.slice(-MAX_DATED_SPANS), openings.slice(-MAX_DATED_SPANS))
    t.ok(Check(Policy, policy), 'a box understands it')
  }
})

t.test('a session that changes concerns the clusters that had it and those that have it now, and comes out as if all were planned anew', async (t) => {
  const memberships = [{ cluster: 'k000000001', area: '00001' }, { cluster: 'k000000002', area: '00002' }]
  const areas = [...input.areas, { code: '00002', name: 'Xã hai', kind: 'commune' as const }]
  const other: Session = { ...session, id: 'chieu', at: '17:00', until: '18:00' }
  const before = planTimetable({ ...input, areas, memberships, sessions: [other, session] })
  const moved = { ...session, targets: { areas: ['00002'] } }
  const { planning, concerned } = withSessions(before, [{ id: 'sang', session: moved }])
  t.same([...concerned].sort(), ['k000000001', 'k000000002'])
  const anew = planTimetable({ ...input, areas, memberships, sessions: [other, moved] })
  for (const id of ['k000000001', 'k000000002']) t.same(bodyFor(planning, cluster(id)), bodyFor(anew, cluster(id)))
  t.same([...new Set(bodyFor(withSessions(before, [{ id: 'sang', session: null }]).planning, cluster('k000000001')).sessions.map((s) => s.id))], ['chieu'])
})
