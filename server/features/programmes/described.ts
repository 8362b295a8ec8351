import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { dayNumberOf } from '../../../shared/core/civil.ts'
import { LanguageCode } from '../../../shared/core/languages.ts'
import { AreaCode } from '../../../shared/core/timetable.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { Described } from './making.ts'

export const MAX_NAME = 120

/** Words separated by single slashes. */
const isFolder = (folder: string): boolean =>
  folder === '' || (folder.length <= 120 && folder.split('/').every((part) => part.trim() !== '' && part !== '.' && part !== '..' && !/[\p{Cc}:]/u.test(part)))

const CivilDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })
export const StateAtOnce = Type.Union([Type.Literal('draft'), Type.Literal('pending'), Type.Literal('approved')], {
  description: 'how far it goes at once: asked for approval, or approved where you may do that',
})

/** What people say of a programme; each field may change without a new approval. */
export const changeable = {
  name: Type.String({ minLength: 1, maxLength: MAX_NAME, pattern: '\\S' }),
  folder: Type.String({ maxLength: 120, description: 'names separated by "/"' }),
  music: Type.Boolean(),
  description: Type.String({ maxLength: 2_000 }),
  tags: Type.Array(Type.String({ minLength: 1, maxLength: 40, pattern: '^[^,]*[^,\\s][^,]*$' }), { maxItems: 20, uniqueItems: true }),
  class: Type.Union([Type.Literal('normal'), Type.Literal('priority')]),
} as const
export const NullableDate = Type.Union([CivilDate, Type.Null()])

/** What is said of something new. */
export const describing = {
  name: changeable.name,
  folder: Type.Optional(changeable.folder),
  music: Type.Optional(changeable.music),
  area: Type.Optional(Type.Union([AreaCode, Type.Literal('station')], { description: 'whose it is; absent = your only area' })),
  language: Type.Optional(LanguageCode),
  description: Type.Optional(changeable.description),
  tags: Type.Optional(changeable.tags),
  class: Type.Optional(changeable.class),
  validFrom: Type.Optional(CivilDate),
  validTo: Type.Optional(CivilDate),
  state: Type.Optional(StateAtOnce),
} as const
const DescribedBody = Type.Object(describing, { additionalProperties: false })

const invalid = (field: string, en: string, vi: string): Refusal => ({ status: 400, code: 'invalid', field: `/${field}`, en, vi })

export const badFolder = (folder: string): Refusal | null =>
  isFolder(folder)
    ? null
    : invalid('folder', 'The field "folder" must be words separated by single "/", without ":", "." or "..", at most 120 characters.', 'Trường "folder" gồm các tên cách nhau bằng "/", không có ":", "." hay "..", tối đa 120 ký tự.')

export const badDates = ({ validFrom, validTo }: { readonly validFrom?: string | null; readonly validTo?: string | null }): Refusal | null => {
  for (const [field, date] of [['validFrom', validFrom], ['validTo', validTo]] as const) {
    if (date && Number.isNaN(dayNumberOf(date))) return invalid(field, `The field "${field}" is no date: write YYYY-MM-DD.`, `Trường "${field}" không phải ngày hợp lệ: hãy ghi NĂM-THÁNG-NGÀY.`)
  }
  return validFrom && validTo && validTo < validFrom ? invalid('validTo', 'The last day is before the first: give dates in order.', 'Ngày kết thúc trước ngày bắt đầu: hãy nhập lại.') : null
}

/** A description that fits, or the first thing that is wrong with it. */
export function checked(given: Readonly<Record<string, unknown>>): Described | Refusal {
  const [fault] = Value.Errors(DescribedBody, given)
  if (fault) {
    const field = fault.instancePath.split('/')[1] ?? ''
    return invalid(field, `The field "${field}" ${fault.message}: correct it and send it again.`, `Trường "${field}" chưa đúng: hãy sửa rồi gửi lại.`)
  }
  const body = given as Partial<Described> & { readonly name: string }
  const folder = (body.folder ?? '').normalize('NFC').trim()
  const wrong = badFolder(folder) ?? badDates(body)
  return wrong ?? { ...body, name: body.name.normalize('NFC').trim(), folder, music: body.music ?? false }
}
