import t from 'tap'
import { en } from '../../server/web/app/src/screens/timetable/words-en.ts'
import { vi } from '../../server/web/app/src/screens/timetable/words-vi.ts'

/** Words of our trade that no operator of a commune station has to know. */
const JARGON = [
  'server', 'client', 'upload', 'download', 'error', 'login', 'logout', 'online', 'offline', 'id', 'token', 'api', 'cluster', 'user', 'admin', 'link', 'click', 'timeout', 'browser', 'playlist', 'stream',
  'session', 'slot', 'cache', 'cookie', 'http', 'url', 'json', 'mqtt', 'node', 'agent', 'database', 'sync', 'refresh', 'reload', 'submit', 'reset', 'log', 'status', 'file', 'folder', 'mute', 'live', 'null', 'undefined', 'template', 'draft', 'preview', 'đang kết nối', 'máy chủ',
]
type Word = string | ((...given: never[]) => string)
const sentences = (dictionary: Readonly<Record<string, Word>>): [string, string][] =>
  Object.entries(dictionary).map(([key, word]) => [key, typeof word === 'string' ? word : (word as (...given: unknown[]) => string)(202, 303, 404)])
const has = (sentence: string, word: string): boolean => new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'iu').test(sentence)

t.test('no Vietnamese sentence of the timetable has a word of our trade in it', async (t) => {
  t.same(sentences(vi).flatMap(([key, sentence]) => JARGON.filter((word) => has(sentence, word)).map((word) => `${key}: ${word} in “${sentence}”`)), [])
})

t.test('both languages say everything, with the same gaps, and neither is left in the other', async (t) => {
  t.same(Object.keys(en).sort(), Object.keys(vi).sort())
  const english = new Map(sentences(en))
  for (const [key, sentence] of sentences(vi)) {
    if (!key.startsWith('weekday')) t.ok(sentence.trim().length > 0 && (english.get(key) ?? '').trim().length > 0, key)
    t.notMatch(sentence, /undefined|null|\[object/)
    t.same((english.get(key) ?? '').match(/202|303|404/g)?.sort(), sentence.match(/202|303|404/g)?.sort(), `${key} has the same gaps`)
  }
  t.same(sentences(vi).filter(([key, sentence]) => english.get(key) === sentence).map(([key]) => key), ['weekday', 'weekdayShort'], 'no day of the week has this number')
})
