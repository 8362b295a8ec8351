import t from 'tap'
import { clockOf, exactClockOf, instantOf, mondayOf, monthLater, monthSheet, spanOf, withDates } from '../../server/web/app/src/screens/timetable/dates.ts'
import { itemName } from '../../shared/core/layout.ts'
import { afterSteps, backTo, changeAt, changeItems, freeId, isOnce, keysOf, mergedSessions, moveItem, movedWithin, placeOf, requestOf, withItemAt, without, type Spot, type Step } from '../../server/web/app/src/screens/timetable/edits.ts'
import { exceptionKey, exceptionText } from '../../server/web/app/src/screens/timetable/exceptions.ts'
import { blocksOf, fillOf, firstEmpty, gridOf, isWrong, problemOf } from '../../server/web/app/src/screens/timetable/grid.ts'
import { spanBody, type SpanWish } from '../../server/web/app/src/screens/timetable/span-body.ts'
import type { Item, Session, WeekSession } from '../../server/web/app/src/screens/timetable/views.ts'

const item = (speak: string): Item => ({ speak })
const session = (id: string, names: readonly string[], over: Partial<Session> = {}): Session => ({ id, name: id, at: '05:30', until: '06:30', days: 'daily', targets: 'all', items: names.map(item), ...over })
const spoken = (one: Session | undefined): string => (one?.items ?? []).map((i) => ('speak' in i ? i.speak : '?')).join('')
const stepsOf = (found: readonly Step[] | string): readonly Step[] => {
  if (typeof found === 'string') throw new Error(found)
  return found
}
const after = (sessions: readonly Session[], found: readonly Step[] | string): Map<string, Session> => new Map(afterSteps(sessions, stepsOf(found)).map((one) => [one.id, one]))
const occurrence = (over: Partial<WeekSession> = {}): WeekSession => ({
  session: 'sang', name: 'Buổi sáng', date: '2026-11-23', start: '2026-11-23T05:30:00.000+07:00', end: '2026-11-23T06:30:00.000+07:00', lengthMs: 3_600_000, filledMs: 3_260_000, overS: 0, underS: 340, clusters: 3, draft: false, items: [], clashes: [], ...over,
})
const MONDAY = '2026-11-23'

t.test('hours from and to are said once where they are the same minute, and not where a day lies between', async (t) => {
  t.equal(spanOf('2026-11-23T05:30:00+07:00', '2026-11-23T06:00:00+07:00'), '05:30–06:00')
  t.equal(spanOf('2026-11-23T05:30:05+07:00', '2026-11-23T05:30:40+07:00'), '05:30')
  t.equal(spanOf('2026-11-23T05:30:50+07:00', '2026-11-23T05:31:10+07:00'), '05:30–05:31')
  t.equal(spanOf('2026-11-23T05:30:00+07:00', '2026-11-24T05:30:00+07:00'), '05:30–05:30')
})

t.test('an item that moves on every day leaves every day as it was but for its place', async (t) => {
  const sang = session('sang', ['a', 'b', 'c', 'd'])
  for (const [from, to, is] of [[0, 3, 'bcda'], [3, 0, 'dabc'], [1, 2, 'acbd'], [2, 2, 'abcd'], [0, 99, 'bcda']] as const) {
    t.equal(spoken(after([sang], moveItem([sang], { session: 'sang', date: MONDAY, index: from }, { session: 'sang', date: MONDAY, index: to }, 'all')).get('sang')), is, `${from} to ${to}`)
    t.same(movedWithin(sang.items, from, to).map((one) => ('speak' in one ? one.speak : '')).sort(), ['a', 'b', 'c', 'd'])
  }
})

t.test('what is changed on one day only leaves the other days as they were, and nothing is heard twice', async (t) => {
  const sang = session('sang', ['a', 'b'], { except: ['2026-11-20'], extend: [{ date: MONDAY, until: '07:00', reason: 'bão' }, { date: '2026-11-30', until: '07:00', reason: 'bão' }] })
  const all = after([sang], changeItems([sang], { session: 'sang', date: MONDAY, scope: 'day' }, (items) => withItemAt(items, item('x'), 1)))
  t.equal(spoken(all.get('sang')), 'ab')
  t.same(all.get('sang')?.except, ['2026-11-20', MONDAY], 'the others are silent on that day')
  const copy = all.get('sang-20261123')
  t.equal(spoken(copy), 'axb')
  t.same(copy?.days, { once: MONDAY })
  t.equal(copy?.except, undefined)
  t.same([copy?.extend?.map(({ date }) => date), all.get('sang')?.extend?.map(({ date }) => date)], [[MONDAY], ['2026-11-30']], 'its longer end goes with it')
})

t.test('a change of one day that is sent again after half of it arrived makes no second copy', async (t) => {
  const sang = session('sang', ['a', 'b'])
  const edit = (sessions: readonly Session[]): readonly Step[] => stepsOf(changeItems(sessions, { session: 'sang', date: MONDAY, scope: 'day' }, (items) => without(items, 0)))
  const half = afterSteps([sang], edit([sang]).slice(0, 1))
  t.same(afterSteps(half, edit(half)).map(({ id }) => id).sort(), ['sang', 'sang-20261123'])
})

t.test('a session of that day alone is changed itself', async (t) => {
  const once = session('tin-khan', ['a', 'b'], { days: { once: [MONDAY] } })
  t.ok(isOnce(once.days, MONDAY))
  t.same(stepsOf(changeItems([once], { session: 'tin-khan', date: MONDAY, scope: 'day' }, (items) => without(items, 0))).map((step) => step.do === 'put' && step.session.id), ['tin-khan'])
})

t.test('an item goes from one session to another, on all days or on those two', async (t) => {
  const both = [session('sang', ['a', 'b']), session('chieu', ['c'], { at: '17:00', until: '18:00' })]
  const daily = after(both, moveItem(both, { session: 'sang', date: MONDAY, index: 1 }, { session: 'chieu', date: MONDAY, index: 0 }, 'all'))
  t.same([spoken(daily.get('sang')), spoken(daily.get('chieu'))], ['a', 'bc'])
  const one = after(both, moveItem(both, { session: 'sang', date: MONDAY, index: 1 }, { session: 'chieu', date: '2026-11-24', index: 1 }, 'day'))
  t.same(['sang', 'sang-20261123', 'chieu', 'chieu-20261124'].map((id) => spoken(one.get(id))), ['ab', 'a', 'c', 'cb'])
})

t.test('an item goes from one day of a session to another day of the same', async (t) => {
  const sang = session('sang', ['a', 'b'])
  const steps = stepsOf(moveItem([sang], { session: 'sang', date: MONDAY, index: 0 }, { session: 'sang', date: '2026-11-24', index: 2 }, 'day'))
  const puts = steps.flatMap((step) => (step.do === 'put' ? step.session.id : []))
  t.equal(new Set(puts).size, puts.length, 'each is sent once')
  t.equal(puts[0], 'sang', 'what makes room comes first')
  const all = after([sang], steps)
  t.same(['sang', 'sang-20261123', 'sang-20261124'].map((id) => spoken(all.get(id))), ['ab', 'b', 'aba'])
  t.same(all.get('sang')?.except, [MONDAY, '2026-11-24'])
})

t.test('the last item cannot be taken out, and what is gone cannot be moved', async (t) => {
  const sang = session('sang', ['a'])
  t.equal(changeItems([sang], { session: 'sang', date: MONDAY, scope: 'all' }, (items) => without(items, 0)), 'last-item')
  t.equal(changeItems([], { session: 'sang', date: MONDAY, scope: 'all' }, (items) => items), 'gone')
  t.equal(moveItem([sang], { session: 'sang', date: MONDAY, index: 5 }, { session: 'sang', date: MONDAY, index: 0 }, 'all'), 'gone')
})

t.test('going back puts what was there and takes out what was not', async (t) => {
  const before = session('sang', ['a'])
  const now = [session('sang', ['b']), session('moi', ['c'])]
  const back = backTo(new Map([['sang', before], ['moi', null], ['khac', null]]), now)
  t.same(back.map((step) => step.do), ['remove', 'put'])
  t.same(afterSteps(now, back), [before])
})

t.test('a draft is laid over what is in force, and what it takes out is gone', async (t) => {
  const inForce = [session('a', ['1']), session('b', ['2'])]
  t.same(mergedSessions(inForce, [{ session: 'a', doc: null }, { session: 'c', doc: session('c', ['3']) }]).map(({ id }) => id), ['b', 'c'])
})

t.test('an id is made of plain letters and is free', async (t) => {
  t.equal(freeId('buoi sang thu 7!', []), 'buoi-sang-thu-7')
  t.equal(freeId('sang', [{ id: 'sang' }, { id: 'sang-2' }]), 'sang-3')
  t.match(freeId('–', []), /^[a-z0-9-]{1,40}$/)
  t.ok(freeId('x'.repeat(90), [{ id: 'x'.repeat(36) }]).length <= 40)
})

t.test('the answer to a clash goes with what can clash and with nothing else', async (t) => {
  t.same(requestOf({ do: 'place', body: { item: item('a'), into: 'sang', at: '05:40' } }, 'move').body, { item: item('a'), into: 'sang', at: '05:40', answer: 'move' })
  t.same(requestOf({ do: 'work', what: 'extend', body: { session: 'a' } }, 'move'), { method: 'POST', path: '/extend', body: { session: 'a' } })
  t.same(requestOf({ do: 'remove', session: 'a' }, undefined), { method: 'DELETE', path: '/sessions/a' })
})

t.test('the bar says in seconds what is empty or too much', async (t) => {
  t.same(fillOf(occurrence()), { kind: 'under', seconds: 340, percent: 91 })
  t.same(fillOf(occurrence({ filledMs: 3_600_000, overS: 25, underS: 0 })), { kind: 'over', seconds: 25, percent: 100 })
  t.same(fillOf(occurrence({ filledMs: 3_600_000, underS: 0 })), { kind: 'full', seconds: 0, percent: 100 })
  t.same(fillOf(occurrence({ filledMs: 0, underS: 3_600 })), { kind: 'under', seconds: 3_600, percent: 0 })
  t.equal(fillOf(occurrence({ filledMs: 500, underS: 3_599 })).percent, 2, 'a little is seen')
  t.equal(fillOf(occurrence({ filledMs: 3_599_400, underS: 1 })).percent, 99, 'what is not full does not look full')
})

t.test('what is added to the end begins when the rest is over', async (t) => {
  t.equal(firstEmpty(occurrence()), '06:24:20')
  t.equal(firstEmpty(occurrence({ filledMs: 3_600_000 })), null)
  t.equal(firstEmpty(occurrence({ start: '2026-11-23T23:50:00.000+07:00', filledMs: 700_000 })), '00:01:40', 'over midnight')
})

t.test('the grid has a row for each time of day and a cell for each day; what comes round all day is one block', async (t) => {
  const often = Array.from({ length: 480 }, (_, n) => occurrence({ session: 'nhac', start: `2026-11-24T${String(Math.floor(n / 20)).padStart(2, '0')}:${String((n % 20) * 3).padStart(2, '0')}:00.000+07:00`, end: `x${n}`, date: '2026-11-24' }))
  const all = [occurrence({ session: 'chieu', start: '2026-11-23T17:00:00.000+07:00' }), occurrence(), ...often]
  t.same(blocksOf(all, MONDAY).map(({ first, rounds }) => [first.session, rounds]), [['sang', 1], ['chieu', 1]])
  t.same(blocksOf(all, '2026-11-24').map(({ rounds, end }) => [rounds, end]), [[480, 'x479']])
  t.same(gridOf(all, [MONDAY, '2026-11-24']).map(({ at, cells }) => [at, cells.map((cell) => cell.length)]), [['00:00', [0, 1]], ['05:30', [1, 0]], ['17:00', [1, 0]]])
})

t.test('hours are read and written as those of Viet Nam', async (t) => {
  t.equal(clockOf('2026-11-23T05:30:15.000+07:00'), '05:30')
  t.same([exactClockOf('2026-11-23T05:30:15.000+07:00'), exactClockOf('2026-11-23T05:30:00.000+07:00')], ['05:30:15', '05:30'])
  t.equal(instantOf(MONDAY, '05:30'), '2026-11-23T05:30:00+07:00')
  t.same([mondayOf('2026-11-29'), mondayOf(MONDAY)], [MONDAY, MONDAY])
  t.same([monthLater('2026-12', 1), monthLater('2026-01', -1)], ['2027-01', '2025-12'])
})

t.test('dates in a sentence are written as people write them, and what is no date stays', async (t) => {
  t.equal(withDates('Trùng lịch từ ngày 2026-11-25, số 2026-13-99.'), 'Trùng lịch từ ngày 25/11/2026, số 2026-13-99.')
})

t.test('the sheet of a month begins on Monday, has every day once, and knows Tết', async (t) => {
  const sheet = monthSheet('2027-02')
  t.ok(sheet.every((week) => week.length === 7))
  t.same(sheet.flat().flatMap((day) => day?.day ?? []), Array.from({ length: 28 }, (_, n) => n + 1))
  const tet = sheet.flat().find((day) => day?.date === '2027-02-06')
  t.match(tet, { lunar: { day: 1, month: 1, leap: false }, isFeast: true })
})

t.test('a day off is said by its calendar', async (t) => {
  const words = { fromTo: (a: string, b: string) => `${a}…${b}`, everyYear: (l: string) => `năm ${l}`, everyMonth: (d: number) => `tháng ${d}` }
  t.same(['2026-11-23', { from: '2027-02-05', to: '2027-02-09' }, { lunar: '1/1' }, { lunar: '15/*' }].map((one) => exceptionText(one, words)), ['23/11/2026', '05/02/2027…09/02/2027', 'năm 1/1', 'tháng 15'])
  t.not(exceptionKey({ lunar: '1/1' }), exceptionKey({ lunar: '1/*' }))
})

const wish = (over: Partial<SpanWish> = {}): SpanWish => ({ areas: ['24958'], clusters: [], begins: 'now', fromDate: MONDAY, fromTime: '', ends: 'midnight', toDate: MONDAY, toTime: '', reason: ' Đám tang ', ...over })
t.test('a pause lasts until the end of its day unless somebody says otherwise, and needs a place and a reason', async (t) => {
  t.same(spanBody('pause', wish()), { areas: ['24958'], reason: 'Đám tang' })
  t.same(spanBody('pause', wish({ areas: [], clusters: ['c1'], begins: 'at', fromTime: '06:00', ends: 'at', toTime: '18:00' })), { clusters: ['c1'], reason: 'Đám tang', from: '2026-11-23T06:00:00+07:00', to: '2026-11-23T18:00:00+07:00' })
  t.equal(spanBody('pause', wish({ reason: '  ' })), null)
  t.equal(spanBody('pause', wish({ areas: [] })), null)
  t.equal(spanBody('pause', wish({ begins: 'at' })), null, 'no hour')
})
t.test('an opening has an end, and mourning has its days', async (t) => {
  t.equal(spanBody('opening', wish()), null)
  t.same(spanBody('opening', wish({ clusters: ['c1'], toTime: '23:30' })), { areas: ['24958'], reason: 'Đám tang', to: '2026-11-23T23:30:00+07:00' })
  t.same(spanBody('mourning', wish({ toDate: '2026-11-24' })), { areas: ['24958'], date: MONDAY, until: '2026-11-24', reason: 'Đám tang' })
  t.equal(spanBody('mourning', wish({ toDate: '2026-11-22' })), null)
})

t.test('a text that is spoken only once it is published is no fault; what is missing, cut or without room is', async (t) => {
  const problem = { vi: 'x', en: 'x' }
  t.notOk(isWrong({ problem, state: 'preparing', fits: 'whole' }))
  t.equal(problemOf({ problem, state: 'preparing' }), null)
  t.ok(isWrong({ problem, state: 'not-approved', fits: 'whole' }))
  t.equal(problemOf({ problem, state: 'not-approved' }), problem)
  t.ok(isWrong({ problem: null, state: 'ready', fits: 'cut' }))
  t.notOk(isWrong({ problem: null, state: 'ready', fits: 'whole' }))
})

t.test('what somebody does with an item is done to that item, wherever others have put it meanwhile', async (t) => {
  const seen = session('sang', ['a', 'b', 'a', 'c'])
  const keys = keysOf(seen.items.map((one) => ({ kind: 'speak', name: itemName(one) })))
  t.equal(new Set(keys).size, 4, 'of two alike each has its own')
  const spot = (index: number): Spot => ({ session: 'sang', date: MONDAY, index, key: keys[index] ?? '' })
  const later = [session('sang', ['x', 'c', 'a', 'b'])]
  t.same([0, 1, 2, 3].map((n) => placeOf(later[0]?.items ?? [], spot(n))), [2, 3, null, 1])
  t.equal(spoken(after(later, changeAt(later, { ...spot(1), scope: 'all' }, without)).get('sang')), 'xca')
  t.equal(changeAt(later, { ...spot(2), scope: 'all' }, without), 'gone', 'it was taken out: nothing else is touched')
  t.equal(spoken(after(later, moveItem(later, spot(3), { session: 'sang', date: MONDAY, index: 3 }, 'all')).get('sang')), 'xabc')
  t.equal(moveItem(later, spot(2), spot(0), 'all'), 'gone')
  t.equal(placeOf(seen.items, { index: 9 }), null)
})
