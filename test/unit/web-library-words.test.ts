import t from 'tap'
import { en as approveEn } from '../../server/web/app/src/screens/approve/words-en.ts'
import { vi as approveVi } from '../../server/web/app/src/screens/approve/words-vi.ts'
import { en } from '../../server/web/app/src/screens/library/words-en.ts'
import { vi } from '../../server/web/app/src/screens/library/words-vi.ts'

/** Words of our trade that no operator of a commune station has to know. */
const JARGON = [
  'server', 'client', 'upload', 'download', 'error', 'login', 'online', 'offline', 'id', 'token', 'api', 'cluster', 'user', 'admin', 'password', 'link', 'click', 'timeout', 'browser', 'playlist', 'stream', 'backup',
  'session', 'slot', 'cache', 'http', 'https', 'url', 'json', 'database', 'sync', 'refresh', 'reload', 'submit', 'reset', 'log', 'status', 'file', 'tệp', 'folder', 'live', 'hash', 'null', 'undefined', 'version', 'queue', 'draft',
  'máy chủ', 'hệ thống', 'dữ liệu', 'đang kết nối',
]
type Word = string | ((...given: never[]) => string)
const sentences = (dictionary: Readonly<Record<string, Word>>): [string, string][] => Object.entries(dictionary).map(([key, word]) => [key, typeof word === 'string' ? word : (word as (...given: unknown[]) => string)(2, 3, 4)])
const has = (sentence: string, word: string): boolean => new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'iu').test(sentence)

for (const [name, ours, theirs] of [['library', vi, en], ['approval', approveVi, approveEn]] as const) {
  t.test(`no sentence of the ${name} in Vietnamese has a word of our trade in it`, async (t) => {
    t.same(sentences(ours).flatMap(([key, sentence]) => JARGON.filter((word) => has(sentence, word)).map((word) => `${key}: ${word} in “${sentence}”`)), [])
  })

  t.test(`the ${name} says the same in both languages, with the same gaps`, async (t) => {
    const english = new Map(sentences(theirs))
    t.same([...english.keys()].sort(), Object.keys(ours).sort())
    for (const [key, sentence] of sentences(ours)) {
      t.ok(sentence.trim() !== '' && (english.get(key) ?? '').trim() !== '', key)
      t.same([...new Set((english.get(key) ?? '').match(/[234]/g))].sort(), [...new Set(sentence.match(/[234]/g))].sort(), `${key} has the same gaps`)
      if (key !== 'speedOf') t.not(english.get(key), sentence, `${key} is in its own language`)
    }
  })
}
