import { LineCounter, stringify } from 'yaml'
import { Value } from 'typebox/value'
import { checkIds } from '../../shared/core/admission.ts'
import { Timetable } from '../../shared/core/timetable.ts'
import { explain, type Misfit, type SchemaNode } from './timetable-yaml-explain.ts'
import { readYaml, type Read, type YamlProblem } from './timetable-yaml-read.ts'

export type { YamlProblem } from './timetable-yaml-read.ts'

/** A whole province's timetable has a tenth of it. */
export const MAX_TIMETABLE_BYTES = 1_000_000
/** Problems told at once; who has more begins with these. */
const MAX_PROBLEMS = 100

export interface Position {
  readonly line: number
  readonly column: number
}

export type ParsedTimetable =
  | {
      readonly ok: true
      readonly value: Timetable
      /** Where a JSON pointer stands in the file; of a place that is not written, its nearest parent's. Counts from 1. */
      readonly locate: (pointer: string) => Position
    }
  | { readonly ok: false; readonly problems: readonly YamlProblem[] }

const schema = Timetable as unknown as SchemaNode

function offsetAt(read: Read, pointer: string, at: Misfit['at']): number {
  const places = at === 'key' ? read.keys : read.values
  for (let path = pointer; ; path = path.slice(0, path.lastIndexOf('/'))) {
    const offset = (path === pointer ? places.get(path) : undefined) ?? read.values.get(path)
    if (offset !== undefined || path === '') return offset ?? 0
  }
}

function misfitsOf(read: Read): Misfit[] {
  if (Value.Check(Timetable, read.value)) {
    return checkIds(read.value).map((f) => ({ path: f.path, at: 'value', en: f.en, vi: f.vi }))
  }
  const misfits: Misfit[] = []
  explain(schema, read.value, { path: '', sources: read.sources }, misfits)
  if (misfits.length > 0) return misfits
  // the schema's own word, should ours have missed something
  return Value.Errors(Timetable, read.value).map((e) => ({
    path: e.instancePath, at: 'value', en: `${e.instancePath || 'The file'} ${e.message}.`, vi: `Mục ${e.instancePath || 'tệp'} chưa hợp lệ (${e.message}).`,
  }))
}

/**
 * Reads a timetable file. Never throws: whatever is wrong comes as problems with line, column and a sentence, all of
 * them (at most 100) at once. Syntax errors come alone, because the rest of the file cannot be trusted then.
 */
export function parseTimetable(text: string, file: string): ParsedTimetable {
  const problems: YamlProblem[] = []
  const lines = new LineCounter()
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const found: (Omit<YamlProblem, 'line' | 'column'> & { offset: number })[] = []
  const say = (offset: number, path: string, words: { readonly en: string; readonly vi: string }): void => {
    if (found.length <= MAX_PROBLEMS) found.push({ file, path, en: words.en, vi: words.vi, offset })
  }
  const bytes = new TextEncoder().encode(text).length
  if (bytes > MAX_TIMETABLE_BYTES) {
    const en = `The file has ${bytes} bytes; a timetable has at most ${MAX_TIMETABLE_BYTES}. Split it, or keep texts as programmes.`
    return { ok: false, problems: [{ file, line: 1, column: 1, path: '', en, vi: `Tệp dài ${bytes} byte, quá mức ${MAX_TIMETABLE_BYTES}. Xin chia nhỏ.` }] }
  }
  const read = readYaml(text, lines, say)
  if (read) for (const m of misfitsOf(read)) say(offsetAt(read, m.path, m.at), m.path, m)
  if (read && found.length === 0) {
    return { ok: true, value: read.value as Timetable, locate: (pointer) => position(offsetAt(read, pointer, 'value')) }
  }
  for (const { offset, ...rest } of found.slice(0, MAX_PROBLEMS)) problems.push({ ...rest, ...position(offset) })
  problems.sort((a, b) => a.line - b.line || a.column - b.column)
  const last = problems.at(-1)
  if (found.length > MAX_PROBLEMS && last) {
    problems.push({ ...last, path: '', en: 'There are more problems; correct these first.', vi: 'Còn lỗi khác; xin sửa các lỗi trên trước.' })
  }
  return { ok: false, problems }
}

const SCHEMA_COMMENT = '# yaml-language-server: $schema=timetable.schema.json\n'

/** The timetable as YAML that `parseTimetable` reads back to the same value. */
export const exportTimetable = (timetable: Timetable): string =>
  SCHEMA_COMMENT + stringify(timetable, { aliasDuplicateObjects: false, lineWidth: 0, version: '1.2', schema: 'core' })
