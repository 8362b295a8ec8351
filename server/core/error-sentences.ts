import type { Sentence } from './refusal.ts'

/** What the validator says of one broken rule (ajv's error object, the part that is used). */
export interface BrokenRule {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly parentSchema?: { readonly description?: string }
}
/** Where in the request the value stood. */
export type Place = 'body' | 'querystring' | 'params' | 'headers'

interface Words {
  readonly en: string
  readonly vi: string
}

const TYPES: Readonly<Record<string, Words>> = {
  string: { en: 'text', vi: 'chữ' },
  integer: { en: 'a whole number', vi: 'số nguyên' },
  number: { en: 'a number', vi: 'số' },
  boolean: { en: 'true or false', vi: 'true hoặc false' },
  array: { en: 'a list', vi: 'danh sách' },
  object: { en: 'an object', vi: 'một đối tượng' },
  null: { en: 'null', vi: 'null' },
}

const depth = (rule: BrokenRule): number => rule.instancePath.split('/').length
const childOf = (rule: BrokenRule, name: unknown): string => `${rule.instancePath}/${String(name)}`

/** `/items/0/at` → `items[0].at`, as people write it. */
const spoken = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : `${i === 0 ? '' : '.'}${part.replaceAll('~1', '/').replaceAll('~0', '~')}`))
    .join('')

function bound(rule: BrokenRule): Words | null {
  const limit = String(rule.params.limit)
  switch (rule.keyword) {
    case 'minimum':
    case 'exclusiveMinimum':
      return { en: `must be at least ${limit}`, vi: `phải từ ${limit} trở lên` }
    case 'maximum':
    case 'exclusiveMaximum':
      return { en: `must be at most ${limit}`, vi: `không được quá ${limit}` }
    case 'minLength':
      return { en: `must have at least ${limit} characters`, vi: `phải có ít nhất ${limit} ký tự` }
    case 'maxLength':
      return { en: `must have at most ${limit} characters: shorten it`, vi: `không được quá ${limit} ký tự: hãy rút ngắn` }
    case 'minItems':
      return { en: `must have at least ${limit} entries`, vi: `phải có ít nhất ${limit} mục` }
    case 'maxItems':
      return { en: `must have at most ${limit} entries: remove some`, vi: `không được quá ${limit} mục: hãy bớt đi` }
    default:
      return null
  }
}

function wordsFor(rule: BrokenRule): Words {
  const limit = bound(rule)
  if (limit) return limit
  const form = rule.parentSchema?.description
  switch (rule.keyword) {
    case 'type': {
      const wanted = TYPES[String(rule.params.type)] ?? { en: String(rule.params.type), vi: String(rule.params.type) }
      return { en: `must be ${wanted.en}`, vi: `phải là ${wanted.vi}` }
    }
    case 'const':
      return { en: `must be ${JSON.stringify(rule.params.allowedValue)}`, vi: `phải là ${JSON.stringify(rule.params.allowedValue)}` }
    case 'enum':
      return { en: `must be one of ${JSON.stringify(rule.params.allowedValues)}`, vi: `phải là một trong ${JSON.stringify(rule.params.allowedValues)}` }
    case 'pattern':
      return form === undefined
        ? { en: `must have the form ${String(rule.params.pattern)}`, vi: `phải có dạng ${String(rule.params.pattern)}` }
        : { en: `must have the form: ${form}`, vi: `phải có dạng: ${form}` }
    default:
      return { en: 'does not have one of the forms that are allowed here: compare it with the description at /api/docs', vi: 'không đúng dạng cho phép: hãy so với mô tả tại /api/docs' }
  }
}

const PLACES: Readonly<Record<Place, Words>> = {
  body: { en: 'The request', vi: 'Nội dung yêu cầu' },
  querystring: { en: 'The query', vi: 'Tham số truy vấn' },
  params: { en: 'The address', vi: 'Địa chỉ' },
  headers: { en: 'The headers', vi: 'Phần đầu yêu cầu' },
}

function missing(rules: readonly BrokenRule[], place: Place): Sentence {
  const names = [...new Set(rules.map((rule) => String(rule.params.missingProperty)))]
  const first = rules[0] as BrokenRule
  const within = first.instancePath === '' ? '' : ` ${spoken(first.instancePath)}`
  return names.length === 1
    ? {
        code: 'invalid',
        field: childOf(first, names[0]),
        en: `${PLACES[place].en}${within} lacks the field "${names[0]}": add it.`,
        vi: `${PLACES[place].vi}${within} thiếu trường "${names[0]}": hãy bổ sung.`,
      }
    : {
        code: 'invalid',
        field: first.instancePath,
        en: `${PLACES[place].en}${within} needs one of the fields ${names.map((n) => `"${n}"`).join(', ')}: add the one that is meant.`,
        vi: `${PLACES[place].vi}${within} cần một trong các trường ${names.map((n) => `"${n}"`).join(', ')}: hãy bổ sung trường cần dùng.`,
      }
}

/** A value that fits none of several forms breaks a rule of each: the one that came furthest is what the writer meant. */
function likeliest(rules: readonly BrokenRule[]): readonly BrokenRule[] {
  const deepest = Math.max(...rules.map(depth))
  const there = rules.filter((rule) => depth(rule) === deepest)
  const told = there.filter((rule) => rule.keyword !== 'required' && rule.keyword !== 'additionalProperties' && rule.keyword !== 'anyOf')
  if (told.length > 0) return told.length === 1 || told.every((rule) => rule.keyword === told[0]?.keyword && rule.keyword !== 'const') ? told.slice(0, 1) : [there.find((r) => r.keyword === 'anyOf') ?? (told[0] as BrokenRule)]
  const required = there.filter((rule) => rule.keyword === 'required')
  const unknown = there.filter((rule) => rule.keyword === 'additionalProperties')
  // a branch that only objects to an unknown field had all the fields that it needs
  return unknown.length > 0 && (required.length === 0 || unknown.length === 1) ? unknown.slice(0, 1) : required.length > 0 ? required : there.slice(0, 1)
}

/** One sentence that names the field, what is wrong with it and what to do. */
export function sentenceForRules(rules: readonly BrokenRule[], place: Place): Sentence {
  const chosen = likeliest(rules)
  const rule = chosen[0]
  if (!rule) return { code: 'invalid', en: `${PLACES[place].en} is not valid: compare it with /api/docs.`, vi: `${PLACES[place].vi} không hợp lệ: hãy so với /api/docs.` }
  if (rule.keyword === 'required') return missing(chosen, place)
  if (rule.keyword === 'additionalProperties') {
    const name = childOf(rule, rule.params.additionalProperty)
    return {
      code: 'invalid',
      field: name,
      en: `The field "${spoken(name)}" is not known here: remove it, or correct its spelling.`,
      vi: `Không có trường "${spoken(name)}" ở đây: hãy bỏ đi hoặc sửa lại tên.`,
    }
  }
  const { en, vi } = wordsFor(rule)
  if (rule.instancePath === '') return { code: 'invalid', en: `${PLACES[place].en} ${en}.`, vi: `${PLACES[place].vi} ${vi}.` }
  return { code: 'invalid', field: rule.instancePath, en: `The field "${spoken(rule.instancePath)}" ${en}.`, vi: `Trường "${spoken(rule.instancePath)}" ${vi}.` }
}
