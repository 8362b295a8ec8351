import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { programmeLengths } from '../../scripts/schedule/lengths.ts'
import { answer } from '../../scripts/schedule.ts'

const NOW = Date.parse('2026-11-23T08:00:00+07:00')
const shipped = (name: string): string => fileURLToPath(new URL(`../../schedules/${name}`, import.meta.url))
const GOOD = `version: 1
station: Đài xã
areas: [{ code: '68', name: Tỉnh, kind: province }]
sessions:
  - { id: sang, name: Buổi sáng, at: 05:30, until: 06:30, days: daily, targets: all, items: [{ chime: c }] }
`

t.test('check says that a good timetable is in order', async (t) => {
  for (const name of ['mac-dinh.yaml', 'trinh-dien.yaml']) {
    const { lines, exitCode } = answer(['check', shipped(name)], NOW)
    t.equal(exitCode, 0, lines.join('\n'))
    t.match(lines.at(-1), /is in order/)
  }
})

t.test('check prints FILE:LINE:COL and a sentence for every mistake, and ends with 1', async (t) => {
  const dir = t.testdir({ 'sai.yaml': GOOD.replace('05:30', '5:30'), 'khuya.yaml': GOOD.replace('05:30', '03:15').replace('06:30', '04:00') })
  const syntax = answer(['check', join(dir, 'sai.yaml')], NOW)
  t.equal(syntax.exitCode, 1)
  t.match(syntax.lines[0], /sai\.yaml:5:38 "at" must be HH:MM/)
  const hours = answer(['check', join(dir, 'khuya.yaml')], NOW)
  t.equal(hours.exitCode, 1)
  t.match(hours.lines[0], /khuya\.yaml:5:38 refused: Session "Buổi sáng" at 03:15 lies in the quiet hours/)
  t.match(hours.lines[1], /nằm trong giờ không phát \(21:00–05:00\)/)
})

t.test('preview shows what would sound, and what is refused stays silent', async (t) => {
  const { lines, exitCode } = answer(['preview', shipped('mac-dinh.yaml'), '--date', '2027-02-06'], NOW)
  t.equal(exitCode, 0)
  t.match(lines[0], /2027-02-06 \(thứ bảy, 1\/1 âm lịch\)/)
  t.ok(lines.some((l) => /05:31–06:01 {2}Buổi phát sáng · Tiếp âm/.test(l)), lines.join('\n'))
  const dir = t.testdir({ 'khuya.yaml': GOOD.replace('05:30', '03:15').replace('06:30', '04:00') })
  const night = answer(['preview', join(dir, 'khuya.yaml')], NOW).lines
  t.ok(night.some((l) => l.includes('refused, see below')))
  t.notOk(night.some((l) => /^ {2}03:15–/.test(l)))
})

t.test('a wrong command, date or path gives a sentence', async (t) => {
  t.match(answer([], NOW), { exitCode: 2, lines: [/npm run schedule/] })
  t.match(answer(['check', '/khong/co.yaml'], NOW), { exitCode: 2, lines: [/is not there/] })
  t.match(answer(['preview', shipped('mac-dinh.yaml'), '--date', '2026-02-30'], NOW), { exitCode: 2, lines: [/no date/] })
  t.match(answer(['preview', shipped('mac-dinh.yaml'), '--date'], NOW).exitCode, 2)
})

t.test('lengths come from the files beside the timetable, each measured once', async (t) => {
  const dir = t.testdir({ 'a.opus': 'x', tap: { '1.opus': 'x', '2.opus': 'y', 'hong.txt': 'z' } })
  const asked: string[] = []
  const lengths = programmeLengths(dir, (path) => {
    asked.push(path)
    return path.endsWith('.txt') ? null : path.endsWith('2.opus') ? 7_000 : 5_000
  })
  t.equal(lengths.mediaMs({ kind: 'file', ref: 'a.opus' }), 5_000)
  t.equal(lengths.mediaMs({ kind: 'file', ref: 'khong.opus' }), null)
  t.equal(lengths.mediaMs({ kind: 'folder', ref: 'tap', rotation: 'next' }), 7_000)
  t.equal(lengths.mediaMs({ kind: 'folder', ref: 'tap', rotation: 'all' }), 12_000)
  t.equal(asked.length, new Set(asked).size)
})
