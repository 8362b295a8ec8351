import t from 'tap'
import { Compile } from 'typebox/compile'
import { areaBook } from '../../shared/core/area.ts'
import { civilInstant, dateOfDayNumber, DAY_MS, dayNumberOf } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { onAirAt } from '../../shared/core/timeline.ts'
import { PlanBody, slotsOf } from '../../shared/protocol/messages/plan.ts'
import { planFor, planTimetable, type PlanInput } from '../../server/core/plan.ts'
import type { ClusterRecord } from '../../server/core/stores.ts'
import { datedFor } from '../../server/core/timetable-dated.ts'
import type { SpanRecord } from '../../server/core/timetable-store.ts'

const NOW = civilInstant('2026-11-23', 4 * 3600)
const TODAY = dayNumberOf('2026-11-23')
const cluster: ClusterRecord = {
  id: 'k000000001', name: 'Cụm Đông', created: NOW, publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null, lat: null, lon: null,
  volume: 90, stagger: 0, budget: 0, languages: null, caps: {}, simulated: false, revokedAt: null, now: { rev: 0, volume: null, mute: false, stop: null },
}
const areas = [{ code: '24958', name: 'Xã', kind: 'commune' as const, policy: 'xa' }, { code: '24958-dong', name: 'Thôn', kind: 'hamlet' as const, parent: '24958' }]
const places = { book: areaBook(areas, TODAY), areasOf: (id: string): string[] => (id === cluster.id ? ['24958-dong'] : ['24958']) }
const span = (over: Partial<SpanRecord>): SpanRecord => ({
  id: 'x', kind: 'pause', areas: [], clusters: [], from: NOW, to: wallMs(NOW + DAY_MS), reason: 'Lý do', actor: 'a', actorName: 'A', createdAt: NOW, endedBy: null, ...over,
})
const input = (spans: readonly SpanRecord[], mourning: string[] = []): PlanInput => ({
  now: NOW, groups: [], areas, pinned: [], clusters: [cluster], memberships: [{ cluster: cluster.id, area: '24958-dong' }],
  policies: [{ id: 'xa', text: { mourning }, openings: [], pauses: [] }],
  sessions: [
    { id: 'chieu', name: 'Chiều', at: '17:00', until: '18:00', days: 'daily', targets: 'all', items: [{ file: 'm', music: true }] },
    { id: 'dem', name: 'Đêm', at: '23:00', until: '23:30', days: 'daily', targets: 'all', items: [{ file: 'm' }] },
  ],
  findFor: () => () => [{ sha: 'A'.repeat(43), ms: 600_000 }], fileOf: (sha) => ({ sha, bytes: 1, ms: 600_000 }), datedOf: datedFor(spans, places),
})
const whyAt = (spans: readonly SpanRecord[], at: number): string => {
  const body = planFor(planTimetable(input(spans)), cluster).body()
  return onAirAt(slotsOf(body, wallMs(body.from), wallMs(body.to)), body.policies, { staggerIndex: 0, stoppedAt: null, muted: false }, wallMs(at)).because.code
}
const at = (hour: number, minute = 1): number => civilInstant('2026-11-23', hour * 3600 + minute * 60)

t.test('a pause of its commune, of its hamlet or of itself silences a cluster; its neighbour’s does not', async (t) => {
  t.equal(whyAt([], at(17)), 'due')
  for (const place of [{ areas: ['24958'] }, { areas: ['24958-dong'] }, { clusters: [cluster.id] }]) t.equal(whyAt([span(place)], at(17)), 'paused', JSON.stringify(place))
  t.equal(whyAt([span({ clusters: ['k000000002'] })], at(17)), 'due')
  t.equal(whyAt([span({ areas: ['24958'], to: NOW })], at(17)), 'due', 'one that was ended before it began is none')
})

t.test('an opening lets the timetable sound in the quiet hours, and mourning keeps music silent', async (t) => {
  t.equal(whyAt([], at(23)), 'quiet-hours')
  t.equal(whyAt([span({ kind: 'opening', areas: ['24958'] })], at(23)), 'due')
  t.equal(whyAt([span({ kind: 'mourning', areas: ['24958'] })], at(17)), 'mourning')
  t.equal(whyAt([span({ kind: 'mourning', areas: ['24958'] }), span({ kind: 'opening', areas: ['24958'] })], at(23)), 'due', 'speech stays')
})

t.test('however many dates are written down, a plan holds those of its days and is one that clusters understand', async (t) => {
  const dates = Array.from({ length: 64 }, (_, n) => dateOfDayNumber(TODAY + n))
  const spans = Array.from({ length: 30 }, (_, n) => span({ kind: 'mourning', areas: ['24958'], from: wallMs(NOW + n * DAY_MS), to: wallMs(NOW + (n + 31) * DAY_MS) }))
  const far = Array.from({ length: 30 }, (_, n) => span({ areas: ['24958'], from: wallMs(NOW + (30 + n) * DAY_MS), to: wallMs(NOW + (31 + n) * DAY_MS) }))
  const body = planFor(planTimetable(input([...spans, ...far], dates)), cluster).body()
  t.ok(Compile(PlanBody).Check(body))
  t.match(body.policies['xa']?.mourning.slice(0, 2), ['2026-11-23', '2026-11-24'])
  t.same(body.policies['xa']?.pauses, [])
})
