import type { FieldDocs } from './field-docs.ts'

/** The part of JSON Schema that the messages use. */
interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema | readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** Named field types, such as Sha: told once and then by name. */
export type NamedTypes = Readonly<Record<string, unknown>>

const number = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ' ')

function range(least: number | undefined, most: number | undefined): string {
  if (least !== undefined && most !== undefined) return least === most ? number(least) : `${number(least)} … ${most === Number.MAX_SAFE_INTEGER ? '2^53 − 1' : number(most)}`
  if (least !== undefined) return `≥ ${number(least)}`
  return most === undefined ? '' : `≤ ${number(most)}`
}

function nameOf(schema: Schema, named: NamedTypes): string | null {
  const text = JSON.stringify(schema)
  return Object.keys(named).find((name) => JSON.stringify(named[name]) === text) ?? null
}

function typeOf(schema: Schema, named: NamedTypes): string {
  const name = nameOf(schema, named)
  if (name !== null) return name
  if (schema.anyOf) return [...new Set(schema.anyOf.map((one) => typeOf(one, named)))].join(' or ')
  if (schema.enum) return 'string'
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.type === 'array' && Array.isArray(schema.items)) return `[${schema.items.map((one: Schema) => typeOf(one, named)).join(', ')}]`
  if (schema.type === 'array') return `list of ${typeOf(schema.items as Schema, named)}`
  if (schema.patternProperties) return 'object by name'
  return schema.type ?? 'any'
}

function boundsOf(schema: Schema, named: NamedTypes): string {
  if (nameOf(schema, named) !== null) return ''
  if (schema.anyOf) return [...new Set(schema.anyOf.map((one) => boundsOf(one, named)))].filter((one) => one !== '').join('; ')
  if (schema.type === 'array' && Array.isArray(schema.items)) return schema.items.map((one: Schema) => boundsOf(one, named)).join(', ')
  if (schema.type === 'array') {
    const inner = boundsOf(schema.items as Schema, named)
    const count = range(schema.minItems, schema.maxItems)
    return [count === '' ? '' : `${count} entries`, inner === '' ? '' : `each ${inner}`].filter((one) => one !== '').join(', ')
  }
  if (schema.enum) return `one of ${schema.enum.map((one) => `\`${String(one)}\``).join(', ')}`
  if (schema.pattern !== undefined) return `\`${schema.pattern.replaceAll('|', '\\|')}\``
  if (schema.type === 'string') return range(schema.minLength, schema.maxLength) === '' ? '' : `${range(schema.minLength, schema.maxLength)} characters`
  return range(schema.minimum, schema.maximum)
}

const inside = (schema: Schema): Schema | null => {
  if (schema.properties) return schema
  const object = schema.anyOf?.find((one) => one.properties)
  return object && schema.anyOf?.length === 2 ? object : null
}

function rowsOf(schema: Schema, path: string, docs: FieldDocs, named: NamedTypes): string[] {
  const rows: string[] = []
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const at = `${path}${name}`
    const optional = schema.required?.includes(name) ? '' : ' (optional)'
    rows.push(`| \`${at}\`${optional} | ${typeOf(field, named)} | ${boundsOf(field, named)} | ${docs.get(at) ?? ''} |`)
    const object = inside(field)
    if (object) rows.push(...rowsOf(object, `${at}.`, docs, named))
    else if (field.type === 'array' && !Array.isArray(field.items)) {
      const item = inside(field.items as Schema)
      if (item) rows.push(...rowsOf(item, `${at}[].`, docs, named))
    }
  }
  return rows
}

/** Markdown: one row per field, with those of nested objects under their path. */
export function fieldTable(schema: unknown, docs: FieldDocs, named: NamedTypes): string {
  return ['| field | type | range | meaning |', '|---|---|---|---|', ...rowsOf(schema as Schema, '', docs, named)].join('\n')
}

/** Markdown: the named types that the tables refer to. */
export function namedTypeTable(named: NamedTypes, docs: ReadonlyMap<string, FieldDocs>): string {
  const rows = Object.entries(named).map(([name, schema]) => {
    const one = schema as Schema
    return `| ${name} | ${typeOf(one, {})} | ${boundsOf(one, {})} | ${docs.get(name)?.get('') ?? ''} |`
  })
  return ['| name | type | range | meaning |', '|---|---|---|---|', ...rows].join('\n')
}
