// npm run schedule -- check FILE
// npm run schedule -- preview FILE [--date YYYY-MM-DD]
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MAX_TIMETABLE_BYTES, parseTimetable } from '../server/adapters/timetable-yaml.ts'
import { admit, type Finding } from '../shared/core/admission.ts'
import { civilDate, dayNumberOf } from '../shared/core/civil.ts'
import { wallMs } from '../shared/core/clock.ts'
import type { Timetable } from '../shared/core/timetable.ts'
import { programmeLengths, type Lengths } from './schedule/lengths.ts'
import { previewLines } from './schedule/preview.ts'

const USAGE = `npm run schedule -- check FILE
  Tells every mistake of the timetable with its line and column. Ends with 1 when it would be refused.
npm run schedule -- preview FILE [--date YYYY-MM-DD]
  Shows what would sound where on that day (today, when none is given), and what is refused and why.`

/** What a run prints, and how it ends. */
export interface Answer {
  readonly lines: readonly string[]
  readonly exitCode: 0 | 1 | 2
}

type Opened =
  | { readonly ok: true; readonly timetable: Timetable; readonly lengths: Lengths; readonly told: readonly { readonly finding: Finding; readonly where: string }[] }
  | { readonly ok: false; readonly answer: Answer }

const refusal = (line: string): Opened => ({ ok: false, answer: { lines: [line], exitCode: 2 } })

function open(file: string, today: number): Opened {
  const size = statSync(file, { throwIfNoEntry: false })
  if (!size?.isFile()) return refusal(`${file} is not there. Give the path of a timetable. · Không có tệp này.`)
  if (size.size > 4 * MAX_TIMETABLE_BYTES) return refusal(`${file} is too large for a timetable. · Tệp quá lớn.`)
  const parsed = parseTimetable(readFileSync(file, 'utf8'), file)
  if (!parsed.ok) {
    const lines = parsed.problems.flatMap((p) => [`${p.file}:${p.line}:${p.column} ${p.en}`, `    ${p.vi}`])
    return { ok: false, answer: { lines: [...lines, `${parsed.problems.length} problem(s).`], exitCode: 1 } }
  }
  const lengths = programmeLengths(dirname(resolve(file)))
  // away from its station neither clusters nor stored programmes are known: their names are not judged
  const findings = admit(parsed.value, { today, clusters: null, memberships: [], mediaMs: lengths.mediaMs })
  const told = findings.map((finding) => {
    const { line, column } = parsed.locate(finding.path)
    return { finding, where: `${file}:${line}:${column}` }
  })
  return { ok: true, timetable: parsed.value, lengths, told }
}

const WORDS = { refused: 'refused', warning: 'warning', info: 'note' } as const

function toldLines(told: Extract<Opened, { ok: true }>['told']): string[] {
  return told.flatMap(({ finding, where }) => [`${where} ${WORDS[finding.level]}: ${finding.en}`, `    ${finding.vi}`])
}

function check(file: string, today: number): Answer {
  const opened = open(file, today)
  if (!opened.ok) return opened.answer
  const refused = opened.told.filter((t) => t.finding.level === 'refused').length
  const { timetable } = opened
  const sum =
    refused > 0 ? `${refused} refused.`
    : `${file} is in order: ${timetable.sessions.length} session(s), ${timetable.areas.length} area(s). · Lịch phát hợp lệ.`
  return { lines: [...toldLines(opened.told), sum], exitCode: refused > 0 ? 1 : 0 }
}

function preview(file: string, day: number): Answer {
  const opened = open(file, day)
  if (!opened.ok) return opened.answer
  const refused = new Set(
    opened.told.filter((t) => t.finding.level === 'refused').flatMap((t) => /^\/sessions\/(\d+)/.exec(t.finding.path)?.[1] ?? []).map(Number),
  )
  const lines = previewLines(opened.timetable, { day, refused, lengths: opened.lengths })
  const heading = opened.told.length > 0 ? ['', 'What has to be said about it · Cần lưu ý:'] : []
  return { lines: [...lines, ...heading, ...toldLines(opened.told)], exitCode: 0 }
}

/** Answers a command line. `now` is wall ms: the day that is meant where none is given. */
export function answer(args: readonly string[], now: number): Answer {
  const [command, file, flag, date, ...more] = args
  const today = dayNumberOf(civilDate(wallMs(now)))
  const wrong = more.length > 0 || file === undefined || (flag !== undefined && (flag !== '--date' || date === undefined))
  if (wrong || (command !== 'check' && command !== 'preview')) return { lines: [USAGE], exitCode: 2 }
  const day = date === undefined ? today : dayNumberOf(date)
  if (Number.isNaN(day)) return { lines: [`${date} is no date. Write for example --date 2026-11-23. · Ngày không hợp lệ.`], exitCode: 2 }
  return command === 'check' ? check(file, day) : preview(file, day)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { lines, exitCode } = answer(process.argv.slice(2), Date.now())
  // whoever reads only the first lines (head, less) closes the pipe: that is no failure
  process.stdout.on('error', (e: NodeJS.ErrnoException) => process.exit(e.code === 'EPIPE' ? exitCode : 2))
  const write = exitCode === 2 ? console.error : console.log
  write(lines.join('\n'))
  process.exitCode = exitCode
}
