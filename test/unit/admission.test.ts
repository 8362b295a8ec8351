import t from 'tap'
import { admit, type AdmissionContext } from '../../shared/core/admission.ts'
import { civilInstant, dayNumberOf } from '../../shared/core/civil.ts'
import type { Item, PolicyText, Session, Timetable } from '../../shared/core/timetable.ts'

const TODAY = dayNumberOf('2026-11-23')
const items: Item[] = [{ chime: 'c' }]
const session = (over: Partial<Session>): Session => ({ id: 's', name: 'Tiếp âm sáng', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items, ...over })
const timetable = (sessions: Session[], over: Partial<Timetable> = {}): Timetable => ({
  version: 1, station: 'Đài', areas: [{ code: '68', name: 'Tỉnh', kind: 'province' }, { code: '10001', name: 'Xã', kind: 'commune', parent: '68' }], sessions, ...over,
})
const context: AdmissionContext = { today: TODAY, clusters: null, memberships: [], mediaMs: () => null }
const told = (tt: Timetable, over: Partial<AdmissionContext> = {}): string[] => admit(tt, { ...context, ...over }).map((f) => `${f.level} ${f.code} ${f.path}`)
const of = (over: Partial<Session>, policies?: Record<string, PolicyText>): string[] => told(timetable([session(over)], policies ? { policies } : {}))

t.test('03:15 under the default policy is refused with a plain sentence', async (t) => {
  const findings = admit(timetable([session({ at: '03:15', until: '04:00' })]), context)
  t.equal(findings.length, 1)
  t.match(findings[0], { level: 'refused', code: 'quiet-hours', path: '/sessions/0/at' })
  t.equal(findings[0]?.vi, 'Buổi phát "Tiếp âm sáng" lúc 03:15 nằm trong giờ không phát (21:00–05:00). Xin chọn giờ khác, hoặc xin mở giờ đặc biệt.')
  t.equal(findings[0]?.en, 'Session "Tiếp âm sáng" at 03:15 lies in the quiet hours (21:00–05:00). Choose another time, or ask for an opening.')
})

t.test('an ordinary session is taken without a word', async (t) => {
  t.strictSame(of({}), [])
  t.strictSame(of({ at: '05:00', until: '11:30' }), [], 'up to the edges')
  t.strictSame(of({ at: '20:00', until: '21:00' }), [])
})

t.test('no part of a session may reach into the quiet hours, before or after midnight', async (t) => {
  t.strictSame(of({ at: '20:30', until: '21:00:01' }), ['refused quiet-hours /sessions/0/at'])
  t.strictSame(of({ at: '04:59:59', until: '05:30' }), ['refused quiet-hours /sessions/0/at'])
  t.strictSame(of({ at: '20:00', until: '05:30' }), ['refused quiet-hours /sessions/0/at'])
  const night = { dem: { windows: ['22:00-02:00'], quiet: [] as string[], warn: [] as string[] } }
  t.strictSame(of({ policy: 'dem', at: '22:00', until: '02:00' }, night), [])
  t.strictSame(of({ policy: 'dem', at: '22:00', until: '02:01' }, night), ['refused outside-windows /sessions/0/at'])
})

t.test('every round of a repeating session is looked at, and only what sounds', async (t) => {
  const gap = { trua: { windows: ['05:00-12:00', '14:00-21:00'], warn: [] as string[] } }
  t.strictSame(of({ policy: 'trua', at: '06:00', until: '18:00', repeat: { every: '4h', length: '10m' } }, gap), [])
  t.strictSame(of({ policy: 'trua', at: '06:00', until: '18:00', repeat: { every: '1h', length: '10m' } }, gap), ['refused outside-windows /sessions/0/at'])
})

t.test('windows that touch count as one, no windows as silence', async (t) => {
  t.strictSame(of({ policy: 'p', at: '06:00', until: '08:00' }, { p: { windows: ['05:00-07:00', '07:00-09:00'] } }), [])
  t.strictSame(of({ policy: 'p' }, { p: { windows: [] } }), ['refused no-window /sessions/0/at'])
})

t.test('rest hours at noon warn and do not refuse', async (t) => {
  t.strictSame(of({ at: '11:00', until: '11:31' }), ['warning rest-hours /sessions/0/at'])
})

t.test('a dated opening admits its date, not the day after', async (t) => {
  const opening = { from: civilInstant('2026-12-31', 22 * 3600), to: civilInstant('2027-01-01', 3600), reason: 'giao thừa dương lịch' }
  const dated = new Map([['mac-dinh', { openings: [opening] }]])
  const on = (date: string): string[] => told(timetable([session({ at: '23:30', until: '00:30', days: { once: date } })]), { dated })
  t.strictSame(on('2026-12-31'), [])
  t.strictSame(on('2027-01-01'), ['refused quiet-hours /sessions/0/at'])
  t.strictSame(told(timetable([session({ at: '23:30', until: '00:30' })]), { dated }), ['refused quiet-hours /sessions/0/at'], 'nor every day')
})

t.test('an extension is judged on its own date', async (t) => {
  const late = { at: '20:00', until: '20:30', extend: [{ date: '2026-12-01', until: '21:30', reason: 'bão' }] }
  t.strictSame(of(late), ['refused quiet-hours /sessions/0/extend/0/until'])
  t.strictSame(of({ ...late, extend: [{ date: '2026-12-01', until: '20:10', reason: 'nhầm' }] }), ['warning extension-shortens /sessions/0/extend/0/until'])
})

t.test('the policy of the area binds, inherited from its parents', async (t) => {
  const areas: Timetable['areas'] = [{ code: '68', name: 'Tỉnh', kind: 'province', policy: 'muon' }, { code: '10001', name: 'Xã', kind: 'commune', parent: '68' }]
  const policies = { muon: { windows: ['06:00-20:00'] } }
  t.strictSame(told(timetable([session({ targets: { areas: ['10001'] } })], { areas, policies })), ['refused outside-windows /sessions/0/at'])
  const clusters = [{ id: 'c1', name: 'Cụm 1' }]
  const known = { clusters, memberships: [{ cluster: 'c1', area: '10001' }] }
  t.strictSame(told(timetable([session({ targets: { clusters: ['Cụm 1'] } })], { areas, policies }), known), ['refused outside-windows /sessions/0/at'])
})

t.test('names that lead nowhere are refused where they stand', async (t) => {
  t.strictSame(of({ policy: 'khong' }), ['refused unknown-policy /sessions/0/policy'])
  t.strictSame(of({ policy: 'constructor' }), ['refused unknown-policy /sessions/0/policy'])
  t.strictSame(of({ targets: { areas: ['55555'], groups: ['g'] } }), ['refused unknown-area /sessions/0/targets/areas/0', 'refused unknown-group /sessions/0/targets/groups/0'])
  t.strictSame(of({ targets: {} }), ['refused no-targets /sessions/0/targets'])
  const known = { clusters: [{ id: 'c1', name: 'Cụm 1' }], memberships: [] }
  t.strictSame(told(timetable([session({ targets: { clusters: ['Cụm 1', 'Cụm 7'] } })]), known), ['refused unknown-cluster /sessions/0/targets/clusters/1'])
  t.strictSame(told(timetable([session({ targets: { areas: ['10001'] } })]), known), ['warning no-cluster /sessions/0/targets'])
})

t.test('programmes, chimes and substitutes must be there', async (t) => {
  const all: Item[] = [{ chime: 'x' }, { file: 'a' }, { relay: 'vov1', length: '5m', substitute: 'b' }, { folder: 'f' }]
  t.strictSame(told(timetable([session({ items: all })]), { mediaMs: () => 'missing' }), [
    'refused unknown-chime /sessions/0/items/0/chime', 'refused unknown-programme /sessions/0/items/1/file',
    'refused unknown-substitute /sessions/0/items/2/substitute', 'refused unknown-programme /sessions/0/items/3/folder',
  ])
})

t.test('over-filled and under-filled sessions are told in seconds', async (t) => {
  const filled = (ms: number) => admit(timetable([session({})]), { ...context, mediaMs: () => ms })
  t.match(filled(3_600_000 + 12_300), [{ level: 'warning', code: 'over-filled', en: /13 s longer/, vi: /13 giây/ }])
  t.match(filled(3_000_000), [{ level: 'info', code: 'under-filled', en: /600 s/ }])
  t.strictSame(filled(3_600_000), [])
  t.strictSame(filled(3_590_000), [], 'a breath is no hole')
})

t.test('times and dates that cannot be are refused', async (t) => {
  t.strictSame(of({ until: '05:30' }), ['refused zero-length /sessions/0/until'])
  t.strictSame(of({ days: { once: '2027-02-29' } }), ['refused no-such-date /sessions/0/days/once'])
  t.strictSame(of({ days: { once: ['2026-12-01', '2026-12-32'] } }), ['refused no-such-date /sessions/0/days/once/1'])
  t.strictSame(of({ days: { from: '2026-12-02', to: '2026-12-01' } }), ['refused empty-range /sessions/0/days/from'])
  t.strictSame(of({ days: { once: '2026-12-01', weekdays: [1] } }), ['refused once-alone /sessions/0/days/once'])
  t.strictSame(of({ except: ['2026-02-30', { from: '2026-01-02', to: '2026-01-01' }] }), ['refused no-such-date /sessions/0/except/0', 'refused empty-range /sessions/0/except/1/from'])
  t.strictSame(of({ repeat: { every: '5m', length: '6m' } }), ['refused repeat-too-short /sessions/0/repeat/every'])
  t.strictSame(of({ repeat: { every: '2h', length: '2h' } }), ['refused repeat-never-fits /sessions/0/repeat/length'])
  t.strictSame(of({ repeat: { every: '5s', length: '5s' } }), ['refused too-many-rounds /sessions/0/repeat/every'])
  t.strictSame(of({ repeat: { every: '0s', length: '99999h' } }), ['refused bad-duration /sessions/0/repeat/every', 'refused bad-duration /sessions/0/repeat/length'])
  t.strictSame(of({ days: { once: '2026-11-01' } }), ['warning never /sessions/0/days'], 'already over')
  t.strictSame(of({ policy: 'p' }, { p: { quiet: ['25:00-26:00', '05:00-05:00'] } }).slice(0, 2), ['refused bad-span /policies/p/quiet/0', 'refused bad-span /policies/p/quiet/1'])
})

t.test('caps that would be broken are refused with the first day', async (t) => {
  const caps = (c: PolicyText['caps'], sessions: Session[]): string[] =>
    admit(timetable(sessions, { policies: { 'mac-dinh': { caps: c ?? {} } } }), context).map((f) => `${f.code} ${f.path} ${/\d{4}-\d\d-\d\d/.exec(f.en)?.[0]}`)
  const two = [session({}), session({ id: 'b', at: '17:00', until: '18:00', days: { weekdays: [3] } })]
  t.strictSame(caps({ sessionsPerDay: 1 }, two), ['cap /sessions/1 2026-11-25'])
  t.strictSame(caps({ minutesPerSession: 45 }, two.slice(0, 1)), ['cap /sessions/0 2026-11-23'])
  t.strictSame(caps({ minutesPerDay: 119 }, two), ['cap /sessions/1 2026-11-25'])
  t.strictSame(caps({ daysPerWeek: 5 }, two.slice(0, 1)), ['cap /sessions/0 2026-11-28'])
  t.strictSame(caps({ sessionsPerDay: 2, minutesPerSession: 60, minutesPerDay: 120, daysPerWeek: 7 }, two), [])
})

t.test('sessions that overlap on one cluster clash; on different ones, or with a higher class, they do not', async (t) => {
  const late = session({ id: 'b', name: 'B', at: '06:29', until: '07:00' })
  t.strictSame(told(timetable([session({}), late])), ['warning clash /sessions/1/at'])
  t.strictSame(told(timetable([session({}), { ...late, at: '06:30' }])), [])
  t.strictSame(told(timetable([session({}), { ...late, items: [{ chime: 'c', class: 'priority' }] }])), ['info interrupts /sessions/1/at'])
  const known = { clusters: [{ id: 'c1', name: 'C1' }, { id: 'c2', name: 'C2' }], memberships: [] }
  t.strictSame(told(timetable([session({ targets: { clusters: ['c1'] } }), { ...late, targets: { clusters: ['c2'] } }]), known), [])
  const policies = { dem: { windows: ['00:00-24:00'], quiet: [] as string[], warn: [] as string[] } }
  const night = session({ policy: 'dem', at: '23:30', until: '00:30', days: { weekdays: [7] } })
  t.strictSame(told(timetable([night, session({ id: 'b', policy: 'dem', at: '00:00', until: '00:10', days: { weekdays: [1] } })], { policies })), ['warning clash /sessions/1/at'], 'across midnight')
  t.strictSame(told(timetable([night, session({ id: 'b', policy: 'dem', at: '00:00', until: '00:10', days: { weekdays: [2] } })], { policies })), [])
  const rounds = session({ id: 'b', policy: 'dem', at: '00:00', until: '24:00', repeat: { every: '3m', length: '1m' } })
  t.strictSame(told(timetable([session({ policy: 'dem' }), rounds], { policies })), ['warning clash /sessions/1/at'])
})

t.test('an id that is there twice is refused', async (t) => {
  t.ok(told(timetable([session({}), session({ at: '08:00', until: '09:00' })])).includes('refused duplicate-id /sessions/1/id'))
})

t.test('every finding speaks both languages and ends as a sentence', async (t) => {
  const broken = timetable([session({ at: '03:15', until: '03:15', targets: {}, policy: 'x', days: { once: '2027-02-30', weekdays: [2] } })])
  const findings = admit(broken, context)
  t.ok(findings.length > 3)
  for (const f of findings) t.ok(/^\S.*\.$/.test(f.en) && /^\S.*\.$/.test(f.vi) && f.path.startsWith('/'), f.code)
})
