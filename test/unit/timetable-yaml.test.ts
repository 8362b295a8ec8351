import { readFileSync } from 'node:fs'
import t from 'tap'
import { exportTimetable, MAX_TIMETABLE_BYTES, parseTimetable } from '../../server/adapters/timetable-yaml.ts'

const GOOD = `version: 1
station: Đài xã
areas:
  - { code: '68', name: Tỉnh, kind: province }
sessions:
  - id: sang
    name: Buổi sáng
    at: 05:30
    until: 06:30
    days: daily
    targets: all
    items:
      - chime: nhac-hieu
`
const problems = (text: string): string[] => {
  const parsed = parseTimetable(text, 'lich.yaml')
  return parsed.ok ? [] : parsed.problems.map((p) => `${p.line}:${p.column} ${p.en}`)
}
const swap = (from: string, to: string): string[] => problems(GOOD.replace(from, to))

t.test('a good file gives its value, and every pointer its place', async (t) => {
  const parsed = parseTimetable(GOOD, 'lich.yaml')
  if (!parsed.ok) return t.fail(parsed.problems[0]?.en ?? 'no problem told')
  t.equal(parsed.value.sessions[0]?.at, '05:30')
  t.strictSame(parsed.locate('/sessions/0/at'), { line: 8, column: 9 })
  t.strictSame(parsed.locate('/sessions/0/items/0/chime'), { line: 13, column: 16 })
  t.strictSame(parsed.locate('/sessions/0/repeat/every'), { line: 6, column: 5 }, 'what is not written: its nearest parent')
  t.strictSame(parsed.locate('/nowhere'), { line: 1, column: 1 })
})

t.test('errors name field, value and what is allowed, with line and column', async (t) => {
  t.strictSame(swap('at: 05:30', 'at: 5:30'), ['8:9 "at" must be HH:MM or HH:MM:SS, Viet Nam time; it is "5:30".'])
  t.strictSame(swap("'68'", '68'), ['4:13 "code" must be text. Put it in quotes: "68".'])
  t.strictSame(swap('kind: province', 'kind: tinh'), ['4:37 "kind" must be "province", or "commune", or "hamlet"; it is "tinh".'])
  t.strictSame(swap('days: daily', 'days: { weekdays: [1, 8] }'), ['10:27 "weekdays" must be a whole number from 1 to 7; it is 8.'])
  t.match(swap('days: daily', 'days: weekly'), [/^10:11 "days" must be "daily", or fields such as once, .*; it is "weekly"\.$/])
  t.match(swap('targets: all', 'targets: { area: [1] }'), [/^11:16 The field "area" is not known here\. Known are: areas, groups, clusters\.$/])
  t.match(swap('chime: nhac-hieu', 'chim: nhac-hieu'), [/^13:9 "items" must be an entry with one of: chime, file, folder, relay, speak; it is /])
  t.strictSame(swap('chime: nhac-hieu', '{ relay: vov1, length: 5m }'), ['13:9 The field "substitute" is missing in "items".'])
  t.strictSame(swap('    until: 06:30\n', ''), ['6:5 The field "until" is missing in "sessions".'])
  t.strictSame(swap('version: 1', 'version: 2'), ['1:10 "version" must be 1; it is 2.'])
  t.strictSame(swap('name: Buổi sáng', 'name:'), ['7:10 "name" must be text; it is empty.'])
})

t.test('all errors come at once, in the order of the file', async (t) => {
  const found = problems(GOOD.replace('05:30', '5:30').replace('06:30', 'sáng').replace('daily', 'never').replace('all', '[]').replace("'68'", 'x'))
  t.strictSame(found.map((p) => p.split(' ')[0]), ['4:13', '8:9', '9:12', '10:11', '11:14'])
})

t.test('fields and ids that are there twice are told at the second one', async (t) => {
  t.strictSame(swap('    at: 05:30\n', '    at: 05:30\n    at: 05:31\n'), ['9:5 The field "at" is there twice. Keep one of them.'])
  const twice = GOOD + GOOD.slice(GOOD.indexOf('  - id'))
  t.strictSame(problems(twice), ['14:9 The session "sang" is there twice. Give each its own.'])
})

t.test('broken syntax is told in words', async (t) => {
  t.match(swap('  - id: sang', '\t- id: sang'), [/tab|YAML|indent/i])
  t.match(swap('{ code', '{ { code'), [/\d+:\d+ /])
  t.match(problems('a: "không đóng'), [/^1:\d+ A character is missing here/])
  t.match(problems(`${GOOD}---\n${GOOD}`), [/several documents/])
  t.match(problems(GOOD.replace('Đài xã', '!!binary aGk=')), [/Tags such as/])
  t.match(problems(`%YAML 1.1\n---\n${GOOD}`), [/%YAML 1.1/])
  t.match(problems(''), [/^1:1 The file is empty/])
  t.match(problems('5'), [/^1:1 The file must be fields such as version, station, areas, sessions; it is 5\.$/])
})

t.test('texts made to exhaust the reader are refused quickly and end nothing', async (t) => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((c, n) => `${c}: &${c} [${Array(10).fill(`*${'abcdefg'[n]}`).join(',')}]`)].join('\n')
  const hostile = [
    '['.repeat(500_000), '{a: '.repeat(200_000), '- '.repeat(400_000), '? '.repeat(400_000), '&a '.repeat(100_000), 'a: b\n'.repeat(200_000), '"\n'.repeat(100_000),
    Array.from({ length: 400 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'), bomb, 'a: &x [*x]', 'a: *nope', `${'a'.repeat(MAX_TIMETABLE_BYTES)}: 1`, `a: ${'*x '.repeat(10_000)}`,
    '\u0000\u0001\uD800', '\uFEFF', '__proto__: { a: 1 }\nconstructor: { b: 2 }',
  ]
  const before = Date.now()
  for (const text of hostile.slice(0, 4)) t.match(problems(text), [/nested too deeply/], 'before the composer sees it')
  for (const text of hostile) {
    const found = problems(text)
    t.ok(found.length > 0 && found.length <= 101, `${text.slice(0, 12)}: ${found[0]?.slice(0, 80)}`)
  }
  t.ok(Date.now() - before < 60_000, 'well within a minute for all of them')
  t.equal(({} as { a?: number }).a, undefined, 'no prototype was touched')
})

t.test('aliases of a sensible size are followed', async (t) => {
  const parsed = parseTimetable(GOOD.replace('at: 05:30', 'at: &gio 05:30').replace('until: 06:30', 'until: *gio'), 'x')
  t.ok(parsed.ok && parsed.value.sessions[0]?.until === '05:30')
})

t.test('the schedules that come with the product are in order and come back from an export', async (t) => {
  for (const name of ['mac-dinh', 'trinh-dien']) {
    const parsed = parseTimetable(readFileSync(new URL(`../../schedules/${name}.yaml`, import.meta.url), 'utf8'), name)
    if (!parsed.ok) return t.fail(`${name}: ${parsed.problems[0]?.en}`)
    const again = parseTimetable(exportTimetable(parsed.value), 'export')
    t.ok(again.ok)
    t.strictSame(again.ok ? again.value : null, parsed.value, name)
  }
})
