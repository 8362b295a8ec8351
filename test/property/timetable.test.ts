import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { Value } from 'typebox/value'
import { explain, type Misfit, type SchemaNode } from '../../server/adapters/timetable-yaml-explain.ts'
import { exportTimetable, parseTimetable } from '../../server/adapters/timetable-yaml.ts'
import { admit } from '../../shared/core/admission.ts'
import { civilInstant, clockText, dateOfDayNumber, dayNumberOf } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { durationText } from '../../shared/core/durations.ts'
import { layOut } from '../../shared/core/layout.ts'
import { dueOccurrences, occurrencesBetween } from '../../shared/core/recurrence.ts'
import { Timetable, type Days, type Exception, type Item, type Session, type Targets } from '../../shared/core/timetable.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const check = <T>(t: { comment: (text: string) => void }, property: fc.IProperty<T>, numRuns: number): void => {
  t.comment(`SEED=${seed}`)
  fc.assert(property, { seed, numRuns })
}

const TODAY = dayNumberOf('2026-11-23')
const date = fc.integer({ min: TODAY - 20, max: TODAY + 40 }).map(dateOfDayNumber)
// quarters of an hour among them, so that times meet exactly
const time = fc.oneof(fc.integer({ min: 0, max: 86_399 }), fc.integer({ min: 0, max: 95 }).map((n) => n * 900)).map(clockText)
const until = fc.oneof(time, fc.constant('24:00'))
const duration = fc.integer({ min: 60, max: 14_400 }).map((s) => durationText(s * 1000))
const lunarDay = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.oneof(fc.constant('*'), fc.integer({ min: 1, max: 12 }).map(String))).map(([d, m]) => `${d}/${m}`)
const id = fc.stringMatching(/^[a-z0-9-]{1,12}$/)
const words = fc.oneof(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }), fc.constantFrom('Chợ: "to" # nhỏ', ' 68 ', 'yes', '1e3', '- a\n  b\n', "it's\n\nmulti", '~', '2026-11-23', '*x', '&y', '!z'))
const optional = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }, requiredKeys: (keyof T)[] = []): fc.Arbitrary<T> =>
  fc.record(model, { requiredKeys: requiredKeys as never }) as unknown as fc.Arbitrary<T>

const days: fc.Arbitrary<Days> = fc.oneof(
  fc.constant('daily' as const),
  fc.record({ once: fc.oneof(date, fc.array(date, { minLength: 1, maxLength: 4 })) }),
  optional({ weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 7 }), from: date, to: date, lunar: fc.array(lunarDay, { minLength: 1, maxLength: 3 }) }),
) as fc.Arbitrary<Days>
const exception: fc.Arbitrary<Exception> = fc.oneof(date, fc.record({ from: date, to: date }), fc.record({ lunar: lunarDay }))
const item: fc.Arbitrary<Item> = fc.oneof(
  fc.record({ chime: id }), optional({ file: words, name: words, music: fc.boolean() }, ['file']),
  optional({ folder: words, rotation: fc.constantFrom('next', 'daily', 'all') }, ['folder']),
  fc.record({ relay: id, length: duration, substitute: words }), fc.record({ speak: words }),
) as fc.Arbitrary<Item>
const targets: fc.Arbitrary<Targets> = fc.oneof(fc.constant('all' as const), optional({ areas: fc.array(fc.constantFrom('68', '10001', '99999'), { maxLength: 3 }), clusters: fc.array(words, { maxLength: 2 }) })) as fc.Arbitrary<Targets>
const session: fc.Arbitrary<Session> = optional(
  {
    id, name: words, at: time, until, days, except: fc.array(exception, { maxLength: 4 }), repeat: fc.record({ every: duration, length: duration }),
    extend: fc.array(fc.record({ date, until, reason: words }), { maxLength: 3 }), policy: id, targets, stagger: duration, items: fc.array(item, { minLength: 1, maxLength: 4 }),
  },
  ['id', 'name', 'at', 'until', 'days', 'targets', 'items'],
) as fc.Arbitrary<Session>
const timetable: fc.Arbitrary<Timetable> = fc.record({
  version: fc.constant(1 as const),
  station: words,
  areas: fc.constant([{ code: '68', name: 'Tỉnh', kind: 'province' as const }, { code: '10001', name: 'Xã', kind: 'commune' as const, parent: '68', policy: 'mac-dinh' }]),
  policies: fc.constant({ 'mac-dinh': { windows: ['05:00-21:00'], volume: [{ at: '05:00-06:00', percent: 80 }], caps: { sessionsPerDay: 3 } } }),
  sessions: fc.uniqueArray(session, { maxLength: 5, selector: (s) => s.id }),
})

t.test('each due occurrence comes exactly once however the calls split the line of time, clock steps back included', async (t) => {
  const from = civilInstant('2026-11-22', 0)
  const steps = fc.array(fc.oneof(fc.integer({ min: -7_200_000, max: 14_400_000 }), fc.integer({ min: -8, max: 16 }).map((n) => n * 900_000)), { maxLength: 60 })
  check(t, fc.property(fc.uniqueArray(session, { minLength: 1, maxLength: 3, selector: (s) => s.id }), steps, (sessions, moves) => {
    let [since, now] = [from, from]
    const heard: string[] = []
    for (const move of moves) {
      now = wallMs(now + move)
      heard.push(...dueOccurrences(sessions, since, now).map((o) => `${o.session}@${o.start}`))
      since = wallMs(Math.max(since, now))
    }
    const wanted = sessions.flatMap((s) => occurrencesBetween(s, from, wallMs(since + 1))).filter((o) => o.start > from && o.start <= since).map((o) => `${o.session}@${o.start}`)
    return new Set(heard).size === heard.length && JSON.stringify(heard.sort()) === JSON.stringify(wanted.sort())
  }), 300)
})

t.test('windows put together give what the whole gives; occurrences are in order, have length, and keep their date', async (t) => {
  const hours = fc.integer({ min: 0, max: 24 * 9 })
  check(t, fc.property(session, hours, hours, (s, a, b) => {
    const at = (h: number) => wallMs(civilInstant('2026-11-23', 0) + h * 3_600_000)
    const [low, high] = [Math.min(a, b), Math.max(a, b)]
    const key = (from: number, to: number): string[] => occurrencesBetween(s, at(from), at(to)).map((o) => `${o.start}`)
    const joined = new Set([...key(0, low), ...key(low, high), ...key(high, 216)])
    const all = occurrencesBetween(s, at(0), at(216))
    const sane = all.every((o, n) => o.end > o.start && o.end - o.start <= 86_400_000 && (n === 0 || o.start > (all[n - 1]?.start ?? 0)))
    return sane && JSON.stringify([...joined].sort()) === JSON.stringify(key(0, 216).sort())
  }), 300)
})

t.test('what is laid out lies within its session, without overlap, and is the same each time', async (t) => {
  check(t, fc.property(session, fc.array(fc.integer({ min: 1, max: 7_200_000 }), { minLength: 1, maxLength: 4 }), (s, lengths) => {
    const store = () => lengths.map((ms, n) => ({ sha: `m${n}`, ms }))
    return occurrencesBetween(s, civilInstant('2026-11-23', 0), civilInstant('2026-11-26', 0)).slice(0, 10).every((o) => {
      const { items } = layOut(s, o, store)
      const inside = items.every((i, n) => i.len > 0 && i.at + i.len <= o.end - o.start && (n === 0 || i.at === (items[n - 1]?.at ?? 0) + (items[n - 1]?.len ?? 0)))
      return inside && JSON.stringify(items) === JSON.stringify(layOut(s, o, store).items)
    })
  }), 200)
})

t.test('a timetable comes back from its YAML as it was', async (t) => {
  check(t, fc.property(timetable, (tt) => {
    const parsed = parseTimetable(exportTimetable(tt), 'x')
    if (!parsed.ok) throw new Error(`${parsed.problems[0]?.line} ${parsed.problems[0]?.en}\n${exportTimetable(tt)}`)
    return JSON.stringify(parsed.value) === JSON.stringify(tt)
  }), 300)
})

t.test('admission judges any timetable without failing, and points to places that exist', async (t) => {
  check(t, fc.property(timetable, fc.boolean(), (tt, known) => {
    const clusters = known ? [{ id: 'c1', name: 'Cụm 1' }] : null
    const findings = admit(tt, { today: TODAY, clusters, memberships: [{ cluster: 'c1', area: '10001' }], mediaMs: () => 60_000 })
    return findings.every((f) => Value.Pointer.Has(tt, f.path.replace(/\/[^/]*$/, '')))
  }), 150)
})

const schema = Timetable as unknown as SchemaNode
const misfits = (value: unknown): Misfit[] => {
  const out: Misfit[] = []
  explain(schema, value, { path: '', sources: new Map() }, out)
  return out
}

t.test('the explanation finds something exactly where the schema does', async (t) => {
  const spoil = fc.tuple(fc.nat(400), fc.oneof(fc.constantFrom<unknown>(null, '', 5, -1, 1.5, true, [], {}, { x: 1 }, 'daily', '05:30', '2026-11-23', ['a'], 'x'.repeat(30_000)), fc.jsonValue()))
  check(t, fc.property(timetable, fc.array(spoil, { maxLength: 3 }), (tt, spoils) => {
    const value: unknown = JSON.parse(JSON.stringify(tt))
    for (const [n, put] of spoils) {
      const places: [Record<string, unknown>, string][] = []
      JSON.stringify(value, function (this: Record<string, unknown>, key: string, v: unknown) { if (key !== '') places.push([this, key]); return v })
      const [holder, key] = places[n % places.length] ?? [{}, '']
      holder[key] = structuredClone(put)
    }
    const fits = Value.Check(Timetable, value)
    const told = misfits(value)
    return fits ? told.length === 0 : told.length > 0 && told.every((m) => m.en.length < 400 && m.en.endsWith('.'))
  }), 500)
})

t.test('YAML with letters changed, cut out or doubled never throws; every problem has a line of the file', async (t) => {
  const originals = ['mac-dinh', 'trinh-dien'].map((n) => readFileSync(new URL(`../../schedules/${n}.yaml`, import.meta.url), 'utf8'))
  const edit = fc.record({ at: fc.nat(20_000), cut: fc.nat(12), put: fc.oneof(fc.constantFrom('[', '{', '}', ']', ':', '- ', '\t', '\n', '"', "'", '&a ', '*a', '!x ', '%', '|', '>', '#', '? ', '---\n', '\u0000', '\uD800', '  '), fc.string({ maxLength: 4 })) })
  check(t, fc.property(fc.constantFrom(...originals), fc.array(edit, { minLength: 1, maxLength: 8 }), (original, edits) => {
    let text = original
    for (const { at, cut, put } of edits) {
      const n = at % (text.length + 1)
      text = text.slice(0, n) + put + text.slice(n + cut)
    }
    const parsed = parseTimetable(text, 'x')
    const lines = text.split('\n').length
    if (parsed.ok) return Value.Check(Timetable, parsed.value)
    return parsed.problems.length > 0 && parsed.problems.every((p) => p.line >= 1 && p.line <= lines + 1 && p.column >= 1 && p.en !== '' && p.vi !== '')
  }), 400)
})
