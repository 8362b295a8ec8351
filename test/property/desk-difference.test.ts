import fc from 'fast-check'
import t from 'tap'
import { DIFFERENCE_MS, differenceOf } from '../../server/core/difference.ts'
import { USUAL_MS, unusualHours, versionsOf } from '../../server/core/difference-unusual.ts'
import { describeChange } from '../../server/core/difference-words.ts'
import { calendarText, foldLine } from '../../server/core/ics.ts'
import { conflictsOf, sameSession, withChanges } from '../../server/core/timetable-merge.ts'
import type { ReplacedSession } from '../../server/core/timetable-store.ts'
import { civilInstant, clockText, dateOfDayNumber, dayNumberOf } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { occurrencesBetween } from '../../shared/core/recurrence.ts'
import type { Days, Session, Targets } from '../../shared/core/timetable.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const check = <T>(t: { comment: (text: string) => void }, property: fc.IProperty<T>, numRuns: number): void => {
  t.comment(`SEED=${seed}`)
  fc.assert(property, { seed, numRuns })
}

const NOW = civilInstant('2026-11-23', 4 * 3600)
const TODAY = dayNumberOf('2026-11-23')
const CLUSTERS = ['a', 'b', 'c']
const clustersOf = (targets: Targets): readonly string[] => (targets === 'all' ? CLUSTERS : (targets.clusters ?? []))
const date = fc.integer({ min: TODAY - 3, max: TODAY + 10 }).map(dateOfDayNumber)
const days: fc.Arbitrary<Days> = fc.oneof(fc.constant<Days>('daily'), fc.record({ once: fc.array(date, { minLength: 1, maxLength: 3 }) }), fc.record({ weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }) }))
const session = (id: string): fc.Arbitrary<Session> =>
  fc.record({
    quarter: fc.integer({ min: 0, max: 95 }), length: fc.integer({ min: 1, max: 20 }), days, except: fc.array(date, { maxLength: 2 }), text: fc.constantFrom('một', 'hai'),
    targets: fc.oneof(fc.constant<Targets>('all'), fc.uniqueArray(fc.constantFrom(...CLUSTERS), { minLength: 1 }).map((clusters): Targets => ({ clusters }))),
    repeat: fc.option(fc.constant({ every: '15m', length: '5m' }), { nil: undefined }),
  }).map(({ quarter, length, days, except, text, targets, repeat }) => ({
    id, name: id, at: clockText(quarter * 900), until: clockText(((quarter + length) * 900) % 86_400), days, except, targets, items: [{ speak: text }], ...(repeat ? { repeat } : {}),
  }))
const state = (id: string): fc.Arbitrary<Session | null> => fc.option(session(id))

const heard = (one: Session | null, cluster: string): Set<string> =>
  new Set(one && clustersOf(one.targets).includes(cluster) ? occurrencesBetween(one, NOW, wallMs(NOW + DIFFERENCE_MS)).map((o) => `${o.start} ${o.end}`) : [])

t.test('the listed instants lead from what each cluster heard to what it will hear', async (t) => {
  check(t, fc.property(state('s'), state('s'), (before, after) => {
    const { sessions, instants } = differenceOf({ changes: [{ session: 's', before, after }], clustersOf, from: NOW })
    return CLUSTERS.every((cluster) => {
      const cohort = (['kept', 'joined', 'left'] as const).find((one) => sessions[0]?.cohorts[one].includes(cluster))
      const result = heard(before, cluster)
      const mine = instants.filter((one) => one.cohort === cohort)
      for (const { what, at, end } of mine) if (what !== 'gained') result.delete(`${at} ${end}`)
      for (const { to } of mine) if (to) result.add(`${to.at} ${to.end}`)
      const wanted = heard(after, cluster)
      return result.size === wanted.size && [...result].every((one) => wanted.has(one))
    })
  }), 400)
})

t.test('what changes is told in both languages, and what does not is not', async (t) => {
  const names = { area: (x: string) => x, group: (x: string) => x, cluster: (x: string) => x }
  check(t, fc.property(session('s'), session('s'), (before, after) => {
    const words = describeChange(before, after, names)
    return words.every(({ en, vi }) => en.length > 3 && vi.length > 3) && (words.length === 0) === sameSession(before, after)
  }), 300)
})

t.test('the timetable of the past month is put together again from what publications replaced', async (t) => {
  const steps = fc.array(fc.record({ session: fc.constantFrom('x', 'y'), hours: fc.integer({ min: 1, max: 700 }) }).chain(({ session: id, hours }) => fc.record({ id: fc.constant(id), hours: fc.constant(hours), after: state(id) })), { maxLength: 6 })
  check(t, fc.property(steps, fc.integer({ min: 0, max: 29 * 24 }), (list, hoursAgo) => {
    const from = wallMs(NOW - USUAL_MS)
    const log: (ReplacedSession & { at: ReturnType<typeof wallMs> })[] = []
    const states = new Map<string, Session | null>()
    const history: { at: number; id: string; after: Session | null }[] = []
    for (const { id, hours, after } of [...list].sort((a, b) => b.hours - a.hours)) {
      const at = wallMs(NOW - hours * 3_600_000)
      log.unshift({ session: id, before: states.get(id) ?? null, after, at })
      states.set(id, after)
      history.push({ at, id, after })
    }
    const inForce = [...states.values()].filter((one) => one !== null)
    const versions = versionsOf(inForce, log, { from, to: NOW })
    const moment = NOW - hoursAgo * 3_600_000 - 1
    return ['x', 'y'].every((id) => {
      const then = history.filter((one) => one.id === id && one.at <= moment).at(-1)?.after ?? null
      const found = versions.filter((one) => one.session.id === id && one.from <= moment && moment < one.to)
      return then === null ? found.length === 0 : found.length === 1 && sameSession(found[0]?.session ?? null, then)
    })
  }), 300)
})

t.test('an hour is unusual exactly where a commune never sounded in it', async (t) => {
  const placed = (at: string, until: string): Session => ({ id: 's', name: 'Buổi', at, until, days: 'daily', targets: 'all', items: [{ speak: 'x' }] })
  const ask = (before: Session | null, after: Session): number[] =>
    unusualHours({
      versions: versionsOf(before ? [before] : [], [], { from: wallMs(NOW - USUAL_MS), to: NOW }), clustersOf, communesOf: () => ['24958'],
      difference: differenceOf({ changes: [{ session: 's', before, after }], clustersOf, from: NOW }),
    }).map(({ hour }) => hour)
  t.same(ask(placed('05:30', '06:30'), placed('03:15', '04:15')), [3, 4])
  t.same(ask(placed('05:30', '06:30'), placed('05:00', '06:59')), [])
  t.same(ask(placed('05:30', '06:30'), placed('05:30', '07:30')), [7])
  t.same(ask(null, placed('05:30', '06:30')), [], 'where nothing ever sounded the default hours are usual')
  t.same(ask(null, placed('23:30', '00:30')).sort(), [0, 23])
  t.same(ask(placed('05:30', '06:30'), { ...placed('05:30', '06:30'), days: { weekdays: [1] } }), [], 'less is never unusual')
})

t.test('sessions are merged one by one: what only one side changed is theirs, what both changed is a conflict', async (t) => {
  check(t, fc.property(state('s'), state('s'), state('s'), (base, mine, theirs) => {
    const conflicts = conflictsOf(theirs ? [theirs] : [], [{ session: 's', base, doc: mine }])
    const merged = withChanges(theirs ? [theirs] : [], [{ session: 's', doc: mine }])
    return (conflicts.length === 0) === (sameSession(theirs, base) || sameSession(theirs, mine)) && sameSession(merged[0] ?? null, mine)
  }), 300)
})

t.test('calendar lines are at most 75 octets, tear no character, and unfold to what was written', async (t) => {
  const text = fc.string({ unit: 'grapheme', maxLength: 200 })
  check(t, fc.property(text, (one) => {
    const folded = foldLine(one)
    // half a character does not survive UTF-8
    return folded.split('\r\n').every((line) => Buffer.byteLength(line) <= 75 && Buffer.from(line).toString() === line) && folded.replaceAll('\r\n ', '') === one
  }), 300)
  check(t, fc.property(text, text, (summary, description) => {
    const lines = calendarText('Lịch', [{ uid: 'u', start: NOW, end: wallMs(NOW + 60_000), summary, description, location: '' }], NOW).replaceAll('\r\n ', '').split('\r\n')
    const value = (name: string): string => (lines.find((line) => line.startsWith(`${name}:`)) ?? `${name}:`).slice(name.length + 1)
    const read = (written: string): string => written.replace(/\\([\\;,n])/g, (_all, c: string) => (c === 'n' ? '\n' : c))
    // what a calendar cannot hold becomes a space
    const plain = (given: string): string => given.replace(/\r\n?|\n/g, '\n').replace(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ')
    return read(value('SUMMARY')) === plain(summary) && read(value('DESCRIPTION')) === plain(description) && lines.every((line) => !line.includes('\n'))
  }), 300)
})
