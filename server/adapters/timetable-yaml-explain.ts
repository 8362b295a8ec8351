import { pointerPart } from './timetable-yaml-read.ts'

/** The parts of JSON schema that the timetable's schema uses. */
export interface SchemaNode {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly SchemaNode[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: unknown
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly pattern?: string
  readonly description?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** What does not fit the schema. `at` tells whether the name of a field or its value is meant. */
export interface Misfit {
  readonly path: string
  readonly at: 'key' | 'value'
  readonly en: string
  readonly vi: string
}

type Out = Misfit[]
/** Numbers as they are written, by pointer. */
type Sources = ReadonlyMap<string, string>

const SHOWN_CHARACTERS = 60
/** Entries of a list that are told in a sentence. */
const SHOWN_CHOICES = 12

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const listed = (words: readonly string[]): string => words.slice(0, SHOWN_CHOICES).join(', ')

/** The name of the place: the last part of the pointer that is no index. */
function fieldOf(path: string): string {
  const name = path.split('/').filter((part) => part !== '' && !/^\d+$/.test(part)).at(-1)
  return name === undefined ? 'The file' : `"${name.replaceAll('~1', '/').replaceAll('~0', '~')}"`
}

function mustBe(path: string, value: unknown, expected: { readonly en: string; readonly vi: string }, out: Out): void {
  const it = value === null ? { en: 'it is empty', vi: 'đang để trống' } : { en: `it is ${shown(value)}`, vi: `đang là ${shown(value)}` }
  out.push({
    path,
    at: 'value',
    en: `${fieldOf(path)} must be ${expected.en}; ${it.en}.`,
    vi: `Mục ${fieldOf(path)} phải là ${expected.vi}; ${it.vi}.`,
  })
}

const FORMATS: Record<string, { en: string; vi: string }> = {
  string: { en: 'text', vi: 'chữ' },
  integer: { en: 'a whole number', vi: 'số nguyên' },
  number: { en: 'a number', vi: 'số' },
  boolean: { en: 'true or false', vi: 'true hoặc false' },
  array: { en: 'a list', vi: 'danh sách' },
  object: { en: 'a set of fields', vi: 'nhóm các mục' },
}

/** What a schema wants, in words. */
function wanted(schema: SchemaNode): { en: string; vi: string } {
  if (schema.const !== undefined) return { en: shown(schema.const), vi: shown(schema.const) }
  if (schema.type === 'object' && schema.properties) {
    const names = schema.required ?? Object.keys(schema.properties)
    return { en: `fields such as ${listed(names)}`, vi: `các mục như ${listed(names)}` }
  }
  if (schema.description !== undefined) return { en: schema.description, vi: `dạng ${schema.description}` }
  return FORMATS[schema.type ?? ''] ?? { en: 'something else', vi: 'giá trị khác' }
}

function explainText(schema: SchemaNode, value: string, path: string, out: Out): void {
  if (schema.minLength !== undefined && value.length < schema.minLength) {
    mustBe(path, value, schema.description === undefined ? { en: 'filled in', vi: 'nội dung có chữ' } : wanted(schema), out)
  } else if (schema.maxLength !== undefined && value.length > schema.maxLength) {
    mustBe(path, value, { en: `at most ${schema.maxLength} characters (it has ${value.length})`, vi: `nhiều nhất ${schema.maxLength} ký tự (đang có ${value.length})` }, out)
  } else if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) mustBe(path, value, wanted(schema), out)
}

function explainNumber(schema: SchemaNode, value: number, path: string, out: Out): void {
  const [low, high] = [schema.minimum ?? -Infinity, schema.maximum ?? Infinity]
  if (value >= low && value <= high && (schema.type !== 'integer' || Number.isInteger(value))) return
  const range = Number.isFinite(high) ? { en: ` from ${low} to ${high}`, vi: ` từ ${low} đến ${high}` } : { en: ` from ${low}`, vi: ` từ ${low}` }
  const kind = FORMATS[schema.type ?? 'number'] ?? { en: 'a number', vi: 'số' }
  mustBe(path, value, { en: kind.en + range.en, vi: kind.vi + range.vi }, out)
}

function explainList(schema: SchemaNode, value: readonly unknown[], place: { path: string; sources: Sources }, out: Out): void {
  const { path, sources } = place
  if (value.length < (schema.minItems ?? 0)) mustBe(path, value, { en: `a list of at least ${schema.minItems}`, vi: `danh sách ít nhất ${schema.minItems} mục` }, out)
  if (value.length > (schema.maxItems ?? Infinity)) {
    mustBe(path, value.length, { en: `a list of at most ${schema.maxItems} entries`, vi: `danh sách nhiều nhất ${schema.maxItems} mục` }, out)
    return
  }
  const { items } = schema
  if (items) value.forEach((item, n) => explain(items, item, { path: `${path}/${n}`, sources }, out))
}

function explainFields(schema: SchemaNode, value: Readonly<Record<string, unknown>>, place: { path: string; sources: Sources }, out: Out): void {
  const { path, sources } = place
  const properties = schema.properties ?? {}
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(value, name)) continue
    const where = path === '' ? { en: 'the file', vi: 'tệp' } : { en: fieldOf(path), vi: fieldOf(path) }
    out.push({ path, at: 'value', en: `The field "${name}" is missing in ${where.en}.`, vi: `Thiếu mục "${name}" trong ${where.vi}.` })
  }
  const patterns = Object.entries(schema.patternProperties ?? {})
  for (const [name, part] of Object.entries(value)) {
    const inner = `${path}/${pointerPart(name)}`
    const sub = Object.hasOwn(properties, name) ? properties[name] : patterns.find(([p]) => new RegExp(p, 'u').test(name))?.[1]
    if (sub) explain(sub, part, { path: inner, sources }, out)
    else if (patterns.length > 0) {
      out.push({ path: inner, at: 'key', en: `The name "${name}" must be lower-case letters, digits and hyphens.`, vi: `Tên "${name}" chỉ được gồm chữ thường không dấu, chữ số và dấu gạch nối.` })
    } else {
      const known = listed(Object.keys(properties))
      out.push({ path: inner, at: 'key', en: `The field "${name}" is not known here. Known are: ${known}.`, vi: `Mục "${name}" không có trong lịch phát. Các mục dùng được: ${known}.` })
    }
  }
}

/** The member of a union that the writer meant, as far as the value tells; null when it tells nothing. */
function meant(members: readonly SchemaNode[], value: unknown): SchemaNode | null {
  if (Array.isArray(value)) return members.find((m) => m.type === 'array') ?? null
  if (!isObject(value)) {
    const texts = typeof value === 'string' ? members.filter((m) => m.type === 'string') : []
    return texts.length === 1 && members.length === 1 ? (texts[0] ?? null) : null
  }
  const objects = members.filter((m) => m.type === 'object')
  if (objects.length < 2) return objects[0] ?? null
  const own = (m: SchemaNode): number =>
    (m.required ?? []).filter((name) => Object.hasOwn(value, name) && objects.every((o) => o === m || !(o.required ?? []).includes(name))).length
  const best = objects.reduce((a, b) => (own(b) > own(a) ? b : a))
  return own(best) > 0 ? best : null
}

function explainUnion(members: readonly SchemaNode[], value: unknown, place: { path: string; sources: Sources }, out: Out): void {
  const chosen = meant(members, value)
  if (chosen) return explain(chosen, value, place, out)
  const fits = members.some((m) => {
    const misfits: Out = []
    explain(m, value, place, misfits)
    return misfits.length === 0
  })
  if (fits) return
  if (isObject(value)) {
    const names = members.flatMap((m) => m.required?.slice(0, 1) ?? [])
    const choices = { en: `an entry with one of: ${listed(names)}`, vi: `mục có một trong: ${listed(names)}` }
    return mustBe(place.path, value, choices, out)
  }
  const choices = members.map(wanted)
  mustBe(place.path, value, { en: choices.map((c) => c.en).join(', or '), vi: choices.map((c) => c.vi).join(', hoặc ') }, out)
}

/** Tells every place at which the value does not fit the schema, in sentences; nothing where it fits. */
export function explain(schema: SchemaNode, value: unknown, place: { path: string; sources: Sources }, out: Out): void {
  const { path, sources } = place
  const source = sources.get(path)
  if (schema.anyOf) return explainUnion(schema.anyOf, value, place, out)
  if (schema.const !== undefined) {
    if (value !== schema.const) mustBe(path, value, wanted(schema), out)
  } else if (schema.type === 'string' && typeof value === 'string') explainText(schema, value, path, out)
  else if (schema.type === 'string' && typeof value === 'number' && source !== undefined) {
    out.push({ path, at: 'value', en: `${fieldOf(path)} must be text. Put it in quotes: "${source}".`, vi: `Mục ${fieldOf(path)} phải là chữ. Xin đặt trong dấu nháy: "${source}".` })
  } else if ((schema.type === 'integer' || schema.type === 'number') && typeof value === 'number') explainNumber(schema, value, path, out)
  else if (schema.type === 'boolean' && typeof value === 'boolean') return
  else if (schema.type === 'array' && Array.isArray(value)) explainList(schema, value, place, out)
  else if (schema.type === 'object' && isObject(value)) explainFields(schema, value, place, out)
  else mustBe(path, value, wanted(schema), out)
}
