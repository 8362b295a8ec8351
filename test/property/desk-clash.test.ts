import fc from 'fast-check'
import t from 'tap'
import { placeItem } from '../../server/core/clash-item.ts'
import { clashesOf } from '../../server/core/clash.ts'
import { CLASH_ANSWERS, placeSession, type PlaceWorld } from '../../server/core/clash-place.ts'
import { withChanges } from '../../server/core/timetable-merge.ts'
import { clockText, dateOfDayNumber, dayNumberOf } from '../../shared/core/civil.ts'
import { occurrencesOn, rhythmOf, type Occurrence } from '../../shared/core/recurrence.ts'
import type { Days, Item, Session, Targets } from '../../shared/core/timetable.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const check = <T>(t: { comment: (text: string) => void }, property: fc.IProperty<T>, numRuns: number): void => {
  t.comment(`SEED=${seed}`)
  fc.assert(property, { seed, numRuns })
}

const TODAY = dayNumberOf('2026-11-23')
const CLUSTERS = ['a1', 'a2', 'b1', 'b2']
/** Commune A has the clusters a1 and a2, commune B the others. */
const clustersOf = (targets: Targets): readonly string[] =>
  targets === 'all' ? CLUSTERS : CLUSTERS.filter((id) => targets.clusters?.includes(id) || targets.areas?.some((code) => (code === '00001' ? 'a' : 'b') === id[0]))

const time = fc.integer({ min: 20, max: 80 }).map((n) => clockText(n * 900))
const date = fc.integer({ min: TODAY, max: TODAY + 20 }).map(dateOfDayNumber)
const days: fc.Arbitrary<Days> = fc.oneof(
  fc.constant<Days>('daily'),
  fc.uniqueArray(date, { minLength: 1, maxLength: 4 }).map((once): Days => ({ once })),
  fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }).map((weekdays): Days => ({ weekdays })),
)
const targets: fc.Arbitrary<Targets> = fc.constantFrom<Targets>('all', { areas: ['00001'] }, { areas: ['00002'] }, { clusters: ['a1'] }, { clusters: ['a2', 'b1'] })
const item: Item = { speak: 'x' }
const repeat = fc.option(fc.constantFrom({ every: '45m', length: '15m' }, { every: '1h', length: '30m' }), { nil: undefined })
const session = (id: string): fc.Arbitrary<Session> =>
  fc.record({ at: time, hours: fc.integer({ min: 1, max: 8 }), days, targets, repeat }).map(({ at, hours, days, targets, repeat }) => {
    const from = Number(at.slice(0, 2)) * 3600 + Number(at.slice(3)) * 60
    return { id, name: id, at, until: clockText((from + hours * 1800) % 86_400), days, targets, items: [item], ...(repeat ? { repeat } : {}) }
  })
const world: fc.Arbitrary<readonly Session[]> = fc.integer({ min: 0, max: 4 }).chain((n) => fc.tuple(...Array.from({ length: n }, (_, i) => session(`s${i}`))))

/** By the days on which they begin: a window of instants would cut what a move carries past midnight at its ends. */
const DAYS = Array.from({ length: 60 }, (_, n) => TODAY + n)
function roundsOf(session: Session): Occurrence[] {
  const rhythm = rhythmOf(session)
  return DAYS.flatMap((day) => occurrencesOn(rhythm, day))
}
const heard = (sessions: readonly Session[], cluster: string): string[] =>
  sessions.filter((s) => clustersOf(s.targets).includes(cluster)).flatMap((s) => roundsOf(s).map((o) => `${o.start} ${o.end - o.start}`)).sort()
const lengths = (sessions: readonly Session[]): Set<number> => new Set(sessions.flatMap((s) => roundsOf(s).map((o) => o.end - o.start)))

const placing = (mayTouch: (s: Session) => boolean, sessions: readonly Session[]): PlaceWorld => ({ sessions, clustersOf, today: TODAY, mayTouch })

t.test('a placed session overlaps with nothing on a cluster that hears both, whatever the answer', async (t) => {
  check(t, fc.property(world, session('new'), fc.constantFrom(...CLASH_ANSWERS), (sessions, placed, answer) => {
    const result = placeSession(placed, placing(() => true, sessions), answer)
    if (!result.ok) return result.code === 'no-room' || result.code === 'too-many-dates'
    const after = withChanges(sessions, result.changes)
    return clashesOf(result.placed, { sessions: after, clustersOf, today: TODAY }).length === 0
  }), 200)
})

t.test('clusters that do not hear the placed session hear exactly what they heard before', async (t) => {
  check(t, fc.property(world, session('new'), fc.constantFrom(...CLASH_ANSWERS), (sessions, placed, answer) => {
    const result = placeSession(placed, placing(() => true, sessions), answer)
    if (!result.ok) return true
    const after = withChanges(sessions, result.changes)
    return CLUSTERS.filter((id) => !clustersOf(placed.targets).includes(id)).every((id) => JSON.stringify(heard(after, id)) === JSON.stringify(heard(sessions, id)))
  }), 200)
})

t.test('every length stays: of the placed session, of what is moved and of what is left', async (t) => {
  check(t, fc.property(world, session('new'), fc.constantFrom(...CLASH_ANSWERS), (sessions, placed, answer) => {
    const result = placeSession(placed, placing(() => true, sessions), answer)
    if (!result.ok) return true
    const known = lengths(sessions)
    const own = lengths([placed])
    return [...lengths(withChanges(sessions, result.changes))].every((ms) => known.has(ms)) && [...lengths([result.placed])].every((ms) => own.has(ms))
  }), 150)
})

t.test('moving loses nothing: each cluster that had to give way hears as much as before', async (t) => {
  check(t, fc.property(world, session('new'), (sessions, placed) => {
    const result = placeSession(placed, placing(() => true, sessions), 'move')
    if (!result.ok) return true
    const after = withChanges(sessions, result.changes)
    return CLUSTERS.every((id) => heard(after, id).length === heard(sessions, id).length)
  }), 150)
})

t.test('a session that the person may not touch is never changed, and without an answer nothing is', async (t) => {
  check(t, fc.property(world, session('new'), fc.constantFrom(...CLASH_ANSWERS), fc.constantFrom('s0', 's1'), (sessions, placed, answer, foreign) => {
    const result = placeSession(placed, placing((s) => s.id !== foreign, sessions), answer)
    const asked = placeSession(placed, placing(() => true, sessions), null)
    const quiet = asked.ok ? asked.changes.length === 0 : asked.code === 'clash'
    return quiet && (!result.ok || result.changes.every((change) => change.session !== foreign))
  }), 150)
})

t.test('an item is placed where its answer says, and no other item changes its length or its order', async (t) => {
  const timed = fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 8 }).map((list) => list.map((s, n) => ({ item: { file: `i${n}` } as Item, ms: s * 1000 })))
  check(t, fc.property(timed, fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 1, max: 600 }), fc.constantFrom(...CLASH_ANSWERS), (items, at, ms, answer) => {
    const placed = { item: { file: 'new' } as Item, ms: ms * 1000 }
    const result = placeItem(items, placed, at * 1000, answer)
    if (!result.ok) return false
    const rest = result.items.filter((one) => one !== placed.item)
    const inOrder = rest.every((one, n) => n === 0 || items.findIndex((i) => i.item === rest[n - 1]) < items.findIndex((i) => i.item === one))
    return inOrder && result.items[result.index] === placed.item && (answer === 'overwrite' || rest.length === items.length)
  }), 500)
})

t.test('a daily session that gives way on one date has an exception then, and the clusters beside keep it', async (t) => {
  const daily: Session = { id: 'chieu', name: 'Buổi chiều', at: '17:00', until: '18:00', days: 'daily', targets: 'all', items: [item] }
  const placed: Session = { id: 'hop', name: 'Họp thôn', at: '17:30', until: '17:45', days: { once: '2026-11-25' }, targets: { clusters: ['a1'] }, items: [item] }
  const result = placeSession(placed, placing(() => true, [daily]), 'overwrite')
  if (!result.ok) return t.fail(result.code)
  t.match(result.changes.find((c) => c.session === 'chieu')?.doc, { except: ['2026-11-25'], targets: 'all' })
  t.match(result.changes.find((c) => c.session !== 'chieu')?.doc, { id: 'chieu-2', days: { once: ['2026-11-25'] }, targets: { clusters: ['a2', 'b1', 'b2'] } })
  t.match(placeSession(placed, placing(() => true, [daily]), 'append'), { ok: true, placed: { at: '18:00', until: '18:15' } })
  const moved = placeSession(placed, placing(() => true, [daily]), 'move')
  if (!moved.ok) return t.fail(moved.code)
  t.match(moved.changes.find((c) => c.doc?.at === '17:45')?.doc, { until: '18:45', days: { once: ['2026-11-25'] }, targets: { clusters: ['a1'] } })
})

t.test('what gives way to something weekly gives way for ever, by weekdays', async (t) => {
  const daily: Session = { id: 'chieu', name: 'Buổi chiều', at: '17:00', until: '18:00', days: 'daily', targets: 'all', items: [item] }
  const weekly: Session = { id: 'cho-phien', name: 'Chợ phiên', at: '17:30', until: '18:30', days: { weekdays: [7] }, targets: 'all', items: [item] }
  t.match(placeSession(weekly, placing(() => true, [daily]), 'overwrite'), { ok: true, changes: [{ session: 'chieu', doc: { days: { weekdays: [1, 2, 3, 4, 5, 6] }, except: undefined } }] })
  t.match(placeSession({ ...weekly, days: 'daily' }, placing(() => true, [daily]), 'overwrite'), { ok: true, changes: [{ session: 'chieu', doc: null }] })
  t.match(placeSession({ ...weekly, days: { once: '2026-11-25' } }, placing((s) => s.id !== 'chieu', [daily]), 'overwrite'), { ok: false, code: 'not-yours', sessions: ['chieu'] })
})
