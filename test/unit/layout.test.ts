import t from 'tap'
import { civilInstant } from '../../shared/core/civil.ts'
import { daySpan, durationMs, durationText } from '../../shared/core/durations.ts'
import { layOut, type LaidMedia, type MediaRef } from '../../shared/core/layout.ts'
import { DEFAULT_POLICY_NAME, policyBook, policyFrom, withDated } from '../../shared/core/policy-text.ts'
import { DEFAULT_POLICY } from '../../shared/core/policy.ts'
import { occurrencesBetween, type Occurrence } from '../../shared/core/recurrence.ts'
import type { Item, Session } from '../../shared/core/timetable.ts'

const session = (items: Item[], over: Partial<Session> = {}): Session => ({
  id: 's', name: 'Buổi', at: '05:30', until: '05:40', days: { from: '2026-11-23' }, targets: 'all', items, ...over,
})
const on = (s: Session, date: string): Occurrence => occurrencesBetween(s, civilInstant(date, 0), civilInstant(date, 86_400))[0] as Occurrence
const file = (sha: string, ms = 60_000): LaidMedia => ({ sha, ms })
const store = (ref: MediaRef): LaidMedia[] | null => {
  if (ref.kind === 'folder') return [file('e0'), file('e1'), file('e2')]
  if (ref.kind === 'chime') return [file('chime', 4_321)]
  if (ref.kind === 'speech') return [file('speech', 20_000)]
  return ref.ref === 'khong' ? null : [file(ref.ref, 300_000)]
}

t.test('items follow each other at their exact lengths, with the defaults of their kind', async (t) => {
  const s = session([{ chime: 'c' }, { relay: 'vov1', length: '2m', substitute: 'thay' }, { speak: 'Xin chào', music: false, order: 3, class: 'priority', name: 'Chào' }])
  t.strictSame(layOut(s, on(s, '2026-11-23'), store).items, [
    { at: 0, len: 4_321, media: 'chime', resume: 'from-the-beginning', music: false, name: 'c', order: 0, class: 'scheduled' },
    { at: 4_321, len: 120_000, media: 'thay', stream: 'vov1', resume: 'where-it-would-be-now', music: false, name: 'vov1', order: 0, class: 'scheduled' },
    { at: 124_321, len: 20_000, media: 'speech', resume: 'from-the-beginning', music: false, name: 'Chào', order: 3, class: 'priority' },
  ])
})

t.test('the end of the session cuts, and says how much was wanted', async (t) => {
  const s = session([{ file: 'a' }, { file: 'b' }, { file: 'c' }])
  const { items, wantedMs, dropped } = layOut(s, on(s, '2026-11-23'), store)
  t.strictSame(items.map((i) => [i.at, i.len]), [[0, 300_000], [300_000, 300_000]])
  t.equal(wantedMs, 900_000)
  t.equal(dropped, 1)
  const cut = session([{ chime: 'c' }, { file: 'a' }, { file: 'b' }])
  t.equal(layOut(cut, on(cut, '2026-11-23'), store).items[2]?.len, 600_000 - 304_321)
})

t.test('what cannot be had takes no time and is told; a relay goes on without its substitute', async (t) => {
  const s = session([{ file: 'khong' }, { relay: 'vov1', length: '1m', substitute: 'khong' }])
  const { items, missing } = layOut(s, on(s, '2026-11-23'), store)
  t.strictSame(items.map((i) => [i.at, i.len, i.media, i.stream]), [[0, 60_000, null, 'vov1']])
  t.strictSame(missing.map((m) => m.index), [0, 1])
})

t.test('rotation next gives one episode per occurrence, from the first; a folder named twice gives two', async (t) => {
  const heard = (s: Session): string[] => ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26'].map((d) => layOut(s, on(s, d), store).items.map((i) => i.media).join('+'))
  t.strictSame(heard(session([{ folder: 'f' }])), ['e0', 'e1', 'e2', 'e0'])
  t.strictSame(heard(session([{ folder: 'f' }, { folder: 'f', rotation: 'next' }])), ['e0+e1', 'e2+e0', 'e1+e2', 'e0+e1'])
  t.strictSame(heard(session([{ folder: 'f', rotation: 'all' }])), Array(4).fill('e0+e1+e2'))
})

t.test('rotation daily gives the same episode in every round of a day', async (t) => {
  const s = session([{ folder: 'f', rotation: 'daily' }], { until: '08:30', repeat: { every: '1h', length: '10m' } })
  const rounds = (date: string): (string | null | undefined)[] =>
    occurrencesBetween(s, civilInstant(date, 0), civilInstant(date, 86_400)).map((o) => layOut(s, o, store).items[0]?.media)
  t.strictSame(rounds('2026-11-23'), ['e0', 'e0', 'e0'])
  t.strictSame(rounds('2026-11-24'), ['e1', 'e1', 'e1'])
})

t.test('durations and spans read as people write them, and nothing else', async (t) => {
  t.strictSame(['90s', '4m', '1h30m', '24h'].map(durationMs), [90_000, 240_000, 5_400_000, 86_400_000])
  for (const bad of ['', '0s', '1d', '25h', '5', 'm', '1m1h', '-5s', '99999999999999h']) t.ok(Number.isNaN(durationMs(bad)), bad)
  for (const ms of [1_000, 60_000, 3_661_000, 86_400_000]) t.equal(durationMs(durationText(ms)), ms)
  t.strictSame(daySpan('21:00-05:00'), { from: 75_600, to: 18_000 })
  t.strictSame(daySpan('00:00-24:00'), { from: 0, to: 86_400 })
  for (const bad of ['', '05:00', '25:00-26:00', '05:00-05:00', '24:00-05:00', '05:60-06:00', '05:00-06:00-07:00']) t.equal(daySpan(bad), null, bad)
})

t.test('a written policy fills in from the default and fails towards silence', async (t) => {
  t.strictSame(policyFrom({}), DEFAULT_POLICY)
  const p = policyFrom({ label: 'Cả ngày', windows: ['00:00-24:00'], quiet: [], volume: [{ at: '05:00-06:00', percent: 70 }] })
  t.strictSame([p.windows, p.quiet, p.warn, p.volume], [[{ from: 0, to: 86_400 }], [], DEFAULT_POLICY.warn, [{ from: 18_000, to: 21_600, percent: 70 }]])
  t.strictSame(policyFrom({ quiet: ['99:00-05:00'] }).quiet, [{ from: 0, to: 86_400 }])
  t.strictSame(policyFrom({ windows: ['99:00-05:00'] }).windows, [])
  const dated = withDated(policyFrom({ mourning: ['2026-12-02'] }), { mourning: ['2026-12-01', '2026-12-02'], pauses: [{ from: 1, to: 2, reason: 'thi' }] })
  t.strictSame([dated.mourning, dated.pauses.length], [['2026-12-01', '2026-12-02'], 1])
  t.strictSame(Object.keys(policyBook({ policies: { dem: {} } })), [DEFAULT_POLICY_NAME, 'dem'])
})
