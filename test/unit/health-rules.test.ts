import t from 'tap'
import { createLately } from '../../server/core/lately.ts'
import { readinessOf, type ReadyFacts } from '../../server/core/readiness.ts'
import { noCounts, type RingBucket } from '../../server/core/ring-bucket.ts'
import { simMonth, simStanding } from '../../server/core/sim-card.ts'
import type { SimPlan } from '../../server/core/sim-standing.ts'
import { symptomsOf, SYMPTOM_KINDS, type ClusterFacts } from '../../server/core/symptoms.ts'
import { trendOf, WEEK_H } from '../../server/core/trend.ts'
import { compareVersions, newestVersion } from '../../server/core/versions.ts'
import { civilInstant, dateOfDayNumber, dayNumberOf } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'

const NOW = civilInstant('2026-11-23', 4 * 3_600)
const PLAN: SimPlan = { bytesPerMonth: 3_000_000_000, startDay: 1, expires: null, number: null, operator: null, reserveBytes: 100_000_000 }
const MB = 1_000_000

t.test('a SIM’s month begins on its day, over the end of months and years', (t) => {
  const span = (startDay: number, day: string): string[] => Object.values(simMonth(startDay, dayNumberOf(day))).map(dateOfDayNumber)
  t.same(span(5, '2026-11-05'), ['2026-11-05', '2026-12-05'])
  t.same(span(5, '2026-11-04'), ['2026-10-05', '2026-11-05'])
  t.same(span(28, '2027-01-03'), ['2026-12-28', '2027-01-28'])
  t.same(span(1, '2026-12-31'), ['2026-12-01', '2027-01-01'])
  t.end()
})

t.test('the forecast knows that Sundays need more, and that today is not over', (t) => {
  const today = dayNumberOf('2026-11-23')
  const days = Array.from({ length: 28 }, (_, n) => today - 28 + n).map((day) => ({ day, bytes: (day + 3) % 7 === 6 ? 100 * MB : 10 * MB }))
  const standing = simStanding(PLAN, [...days, { day: today, bytes: 4 * MB }], NOW)
  const used = days.filter(({ day }) => day >= dayNumberOf('2026-11-01')).reduce((sum, { bytes }) => sum + bytes, 0) + 4 * MB
  t.equal(standing.usedBytes, used)
  // the rest of Monday, then five ordinary days, one Sunday (29 November) and Monday the 30th
  t.equal(standing.forecastBytes, used + 6 * MB + 5 * 10 * MB + 100 * MB + 10 * MB)
  t.match(standing, { frugal: false, renews: '2026-12-01', daysLeft: null })
  t.match(simStanding({ ...PLAN, bytesPerMonth: used + 99 * MB }, [...days, { day: today, bytes: 4 * MB }], NOW), { frugal: true, leftBytes: 99 * MB })
  t.match(simStanding({ ...PLAN, bytesPerMonth: null, expires: '2026-11-20' }, [], NOW), { leftBytes: null, frugal: false, daysLeft: -3, usedBytes: 0, forecastBytes: 0 })
  t.end()
})

const hour = (at: number, rsrp: number): RingBucket => ({ at, counts: noCounts(), figures: { rsrp: { n: 90, sum: rsrp * 10 * 90, min: rsrp * 10, max: rsrp * 10 } } })
const weeks = (now: number, past: readonly (readonly number[])[]): RingBucket[] => [
  ...[0, 1, 2].map((n) => hour(1_000 - n, now)),
  ...past.flatMap((values, week) => values.map((value, n) => hour(1_000 - (week + 1) * WEEK_H - n, value))),
]

t.test('a signal that is worse than in the weeks before is told of, one that always varies so is not', (t) => {
  t.match(trendOf(weeks(-101, [[-97, -97, -98], [-97, -98, -97]]), 1_000), { figure: 'rsrp', diffDb: -4, weeks: 2, en: /4 dB worse than the last 2 weeks/ })
  t.match(trendOf(weeks(-101, [[-97, -97, -98]]), 1_000), { vi: 'RSRP kém hơn 4 dB so với cùng giờ tuần trước.' })
  t.match(trendOf(weeks(-90, [[-97, -97, -98]]), 1_000), { diffDb: 7, vi: /tốt hơn 7 dB/ })
  t.equal(trendOf(weeks(-99, [[-97, -97, -98]]), 1_000), null, 'two dB are nothing')
  t.equal(trendOf(weeks(-103, [[-92, -100, -105], [-91, -98, -106], [-95, -99, -104]]), 1_000), null)
  t.equal(trendOf(weeks(-120, []), 1_000), null)
  t.equal(trendOf([], 1_000), null)
  t.end()
})

t.test('what is new within the hour counts: over boots too, and not what was there when we looked first', (t) => {
  const lately = createLately()
  const at = (minutes: number) => wallMs(NOW + minutes * 60_000)
  lately.noteRefused('c', at(0), 'b1', { unsigned: 40 })
  t.same(lately.lastHour('c', at(1)).refused, {})
  lately.noteRefused('c', at(10), 'b1', { unsigned: 42, expired: 1 })
  lately.noteRefused('c', at(20), 'b2', { unsigned: 3 })
  t.same(lately.lastHour('c', at(30)).refused, { unsigned: 5, expired: 1 })
  t.same(lately.lastHour('c', at(75)).refused, { unsigned: 3 })
  lately.noteUnderruns('c', at(0), 4)
  lately.noteUnderruns('c', at(30), 2)
  t.equal(lately.lastHour('c', at(61)).underruns, 2)
  for (let n = 0; n < 40; n++) lately.noteRadio('c', wallMs(at(0) + n * 40_000), [-100 + (n % 3), -9, null, -70])
  t.same(lately.radio('c', wallMs(at(0) + 40 * 40_000)), [-99, -9, null, -70])
  t.equal(lately.radio('c', at(120)), null)
  t.equal(lately.radio('unknown', at(0)), null)
  t.end()
})

const PRESENCE = { cluster: 'c', online: true, since: NOW, boot: 'b', conn: 'c', planRev: 5, nowRev: 0, held: 3, dueFiles: 3, planTo: wallMs(NOW + 9 * 86_400_000), playing: null, refused: {}, lastSeen: NOW, agent: '1.0.0', clock: { trusted: true, errMs: 4 } } as const
const HEALTH = { at: NOW, boot: 'b', upS: 1, agent: '1.0.0', simulated: false, link: { connects: 1, lateBeats: 0 }, clock: { trusted: true }, volume: 80, mute: false, evidenceWaiting: 0 } as const
const FACTS: ClusterFacts = {
  cluster: 'c', at: NOW, presence: PRESENCE, telemetry: { beat: null, beatAt: null, health: HEALTH, healthAt: NOW }, signal: { class: 'good', worst: 'rsrp', reason: 'fine', figures: [-80, -8, 20, -60] },
  sim: null, due: null, plan: { rev: 5, issuedAt: NOW }, nextSession: null, lastHour: { underruns: 0, refused: {} }, unheard: null, selfTest: null, newestAgent: '1.0.0', mutedByOrder: false,
}
const withHealth = (over: object): ClusterFacts => ({ ...FACTS, telemetry: { ...FACTS.telemetry, health: { ...HEALTH, ...over } } })
const withPresence = (over: object): ClusterFacts => ({ ...FACTS, presence: { ...PRESENCE, ...over } })
const OLD = { rev: 6, issuedAt: wallMs(NOW - 3_600_000) }

/** Facts that show one symptom, and what becomes of it at its edge. */
const CASES: readonly (readonly [string, string | null, ClusterFacts])[] = [
  ['offline', 'fault', withPresence({ online: false })],
  ['silent-in-session', 'fault', { ...FACTS, due: { slot: 's', since: wallMs(NOW - 60_000) } }],
  ['silent-in-session', null, { ...FACTS, due: { slot: 's', since: wallMs(NOW - 20_000) } }],
  ['not-heard', 'fault', { ...FACTS, unheard: { items: 2, since: NOW, last: NOW } }],
  ['not-heard', null, { ...FACTS, unheard: { items: 2, since: wallMs(NOW - 9 * 86_400_000), last: wallMs(NOW - 4 * 86_400_000) } }],
  ['self-test', 'fault', { ...FACTS, selfTest: { since: NOW, en: 'Silent.', vi: 'Im lặng.' } }],
  ['not-heard', null, { ...FACTS, unheard: { items: 1, since: NOW, last: NOW } }],
  ['weak-signal', 'warning', { ...FACTS, signal: { class: 'poor', worst: 'rsrp', reason: 'weak-cell', figures: [-115, -8, 20, -80] } }],
  ['noisy-cell', 'warning', { ...FACTS, signal: { class: 'poor', worst: 'sinr', reason: 'noisy-cell', figures: [-85, -12, -4, -60] } }],
  ['noisy-cell', 'info', { ...FACTS, signal: { class: 'fair', worst: 'rsrq', reason: 'crowded-cell', figures: [-85, -13, 12, -60] } }],
  ['underruns', 'warning', { ...FACTS, lastHour: { underruns: 3, refused: {} } }],
  ['underruns', null, { ...FACTS, lastHour: { underruns: 2, refused: {} } }],
  ['sim-quota', 'fault', { ...FACTS, sim: { plan: PLAN, usedBytes: 2_950 * MB, forecastBytes: 3_100 * MB, leftBytes: 50 * MB, renews: '2026-12-01', daysLeft: null, frugal: true } }],
  ['sim-quota', 'warning', { ...FACTS, sim: { plan: PLAN, usedBytes: 2_000 * MB, forecastBytes: 3_100 * MB, leftBytes: 1_000 * MB, renews: '2026-12-01', daysLeft: null, frugal: false } }],
  ['sim-quota', null, { ...FACTS, sim: { plan: PLAN, usedBytes: 2_000 * MB, forecastBytes: 2_500 * MB, leftBytes: 1_000 * MB, renews: '2026-12-01', daysLeft: null, frugal: false } }],
  ['sim-expiry', 'warning', { ...FACTS, sim: { plan: { ...PLAN, bytesPerMonth: null, expires: '2026-11-25' }, usedBytes: 0, forecastBytes: 0, leftBytes: null, renews: '2026-12-01', daysLeft: 2, frugal: false } }],
  ['power', 'fault', withHealth({ power: 'battery' })],
  ['power', null, withHealth({ power: 'mains' })],
  ['temperature', 'warning', withHealth({ tempC: 82 })],
  ['temperature', 'fault', withHealth({ tempC: 97 })],
  ['clock', 'fault', withPresence({ clock: { trusted: false } })],
  ['clock', 'warning', withPresence({ clock: { trusted: true, errMs: 2_500 } })],
  ['cache-behind', 'warning', { ...FACTS, plan: OLD }],
  ['cache-behind', null, { ...FACTS, plan: { rev: 6, issuedAt: wallMs(NOW - 60_000) } }],
  ['cache-behind', 'fault', { ...withPresence({ held: 1 }), nextSession: wallMs(NOW + 600_000) }],
  ['disk-full', 'warning', withHealth({ disk: { freeBytes: 150 * MB, cacheBytes: 1 } })],
  ['disk-full', 'fault', withHealth({ disk: { freeBytes: 10 * MB, cacheBytes: 1 } })],
  ['unauthorised-sound', 'fault', { ...FACTS, lastHour: { underruns: 0, refused: { 'line-outside': 1 } } }],
  ['refused-orders', 'warning', { ...FACTS, lastHour: { underruns: 0, refused: { unsigned: 2, replayed: 1 } } }],
  ['refused-orders', null, { ...FACTS, lastHour: { underruns: 0, refused: { 'quiet-hours': 50, unsigned: 2 } } }],
  ['version-old', 'info', { ...FACTS, newestAgent: '1.0.1' }],
  ['muted', 'info', { ...FACTS, mutedByOrder: true }],
]

t.test('each symptom shows where it should, alone, and in sentences of both languages', (t) => {
  t.same(symptomsOf(FACTS), [])
  for (const [kind, severity, facts] of CASES) {
    const found = symptomsOf(facts)
    t.same(found.map((s) => [s.kind, s.severity]), severity === null ? [] : [[kind, severity]], `${kind} ${severity}`)
    for (const { vi, en } of found) t.ok(/\p{Lu}.*\.$/su.test(vi) && en.endsWith('.') && !/undefined|null|NaN/.test(vi + en), vi)
  }
  t.same(SYMPTOM_KINDS.filter((kind) => !CASES.some(([name]) => name === kind)), [], 'none is left out')
  t.same(symptomsOf({ ...FACTS, presence: null, telemetry: { beat: null, beatAt: null, health: null, healthAt: null }, signal: null, plan: null }), [], 'nothing is made up of what is not known')
  t.end()
})

t.test('a cluster that is away says since when and for how long as people say it; days of a SIM are written dd/MM/yyyy', (t) => {
  const away = (minutes: number): string => symptomsOf({ ...FACTS, presence: { ...PRESENCE, online: false, since: wallMs(NOW - minutes * 60_000) } })[0]?.vi ?? ''
  t.equal(away(0), 'Mất kết nối từ 04:00.')
  t.equal(away(25), 'Mất kết nối từ 03:35, đã 25 phút.')
  t.equal(away(180), 'Mất kết nối từ 01:00, đã 3 giờ.')
  t.equal(away(300), 'Mất kết nối từ 22/11 23:00, đã 5 giờ.', 'of the day before')
  t.equal(away(6 * 1_440), 'Mất kết nối từ 17/11 04:00, đã 6 ngày.', 'no 8,640 minutes')
  const sim = { plan: { ...PLAN, expires: '2026-11-26' }, usedBytes: 1, forecastBytes: 1, leftBytes: 5 * MB, renews: '2026-12-01', daysLeft: 3, frugal: true }
  const said = symptomsOf({ ...FACTS, sim }).map(({ vi, en }) => `${vi} ${en}`).join(' ')
  t.match(said, /01\/12\/2026/)
  t.match(said, /26\/11\/2026/)
  t.notMatch(said, /2026-/)
  t.end()
})

t.test('a province before its session: who is ready, who is doubtful, who is not, and the sentence', (t) => {
  const facts = (cluster: string, over: Partial<ReadyFacts> = {}): ReadyFacts => ({ cluster, name: cluster, presence: PRESENCE, telemetry: FACTS.telemetry, planRev: 5, muted: false, sim: null, lacking: [], relays: true, ...over })
  const session = { session: 's', name: 'Buổi chiều', start: wallMs(NOW + 3_600_000), end: wallMs(NOW + 7_200_000) }
  const lacks = [{ title: 'Nhạc nền', due: civilInstant('2026-11-23', 17 * 3_600), substitute: true }]
  const all = [...Array.from({ length: 41 }, (_, n) => facts(`c${n}`)), facts('x1', { lacking: lacks }), facts('x2', { lacking: lacks })]
  t.match(readinessOf(session, all), { total: 43, ready: 41, doubtful: 2, notReady: 0, vi: '41/43 cụm sẵn sàng; 2 cụm thiếu nội dung thay thế của tiếp âm lúc 17:00.', en: "41 of 43 ready; 2 lack the relay's substitute (17:00)." })
  const spared = { plan: PLAN, usedBytes: 1, forecastBytes: 1, leftBytes: 5, renews: '', daysLeft: null, frugal: true }
  const mixed = readinessOf(session, [
    facts('a', { presence: { ...PRESENCE, online: false } }), facts('b', { muted: true }), facts('c', { presence: null }), facts('d', { planRev: 6 }), facts('e', { presence: { ...PRESENCE, planTo: NOW } }),
    facts('f', { sim: spared }), facts('g', { sim: spared, relays: false }), facts('h', { presence: { ...PRESENCE, clock: { trusted: false } } }), facts('i', { lacking: [{ title: 'Bản tin', due: NOW, substitute: false }] }),
  ])
  t.same(mixed.clusters.map(({ cluster, state, reasons }) => `${cluster} ${state} ${reasons.map(({ code }) => code).join()}`), [
    'c not-ready never-connected', 'e not-ready no-plan', 'h not-ready clock', 'b not-ready muted', 'i not-ready lacks-files', 'd not-ready old-plan', 'a doubtful offline', 'f doubtful sim-spared',
  ])
  t.match(mixed, { ready: 1, notReady: 6, doubtful: 2 })
  t.match(readinessOf(session, []), { total: 0, vi: '0/0 cụm sẵn sàng.' })
  t.end()
})

t.test('the newest version is found by its numbers', (t) => {
  t.equal(newestVersion(['1.9.9', '1.10.0', '1.10.0-rc.1']), '1.10.0')
  t.equal(newestVersion([]), null)
  t.ok(compareVersions('2.0.0-rc.1', '2.0.0-rc.2') < 0)
  t.equal(compareVersions('1.0', '1.0.0'), 0)
  t.end()
})
