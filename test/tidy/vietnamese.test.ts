import t from 'tap'
import { filesOfTree, textOf } from '../support/tree.ts'

/**
 * “hoá, xoá, khoá, huỷ, uỷ”: the tone stands on the second vowel. Words wholly in capitals are not looked for: at the head of a
 * paper they stand as the rules on official papers print them (CỘNG HÒA, ỦY BAN NHÂN DÂN).
 */
const OTHER_FORM = /(?<!q)(?:[óòỏõọÓÒỎÕỌ][ae]|[úùủũụÚÙỦŨỤ]y)(?!\p{L})/gu
/** Reads what people wrote, in either form; and what a station's database was begun with. */
const EITHER_FORM = /^server\/core\/speech-text\.ts$|^server\/adapters\/sqlite\/migrations\//
/** Said as “đường dẫn” everywhere. */
const OTHER_WORD = /liên kết/giu

const read = filesOfTree().filter((path) => /^(server\/.*\.(ts|svelte)|schedules\/.*\.yaml)$/.test(path))
const found = (pattern: RegExp, text: string): string[] => [...text.normalize('NFC').matchAll(pattern)].map(({ 0: what, index }) => text.normalize('NFC').slice(Math.max(0, index - 20), index + what.length + 10))

t.test('Vietnamese sentences put the tone where all the others have it', async (t) => {
  t.same(['xóa', 'Ủy ban', 'khỏe', 'hủy.'].map((text) => found(OTHER_FORM, text).length), [1, 1, 1, 1], 'the search finds it')
  t.same(['xoá', 'Uỷ ban', 'hoàn', 'toán', 'quý', 'thuế', 'CỘNG HÒA'].flatMap((text) => found(OTHER_FORM, text)), [])
  t.ok(read.length > 300, `${read.length} files`)
  for (const path of read) if (!EITHER_FORM.test(path)) t.same(found(OTHER_FORM, textOf(path)), [], path)
})

t.test('what is sent for somebody to open has one name in Vietnamese', async (t) => {
  for (const path of read) t.same(found(OTHER_WORD, textOf(path)), [], path)
})
