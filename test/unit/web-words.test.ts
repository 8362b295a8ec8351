import t from 'tap'
import { en } from '../../server/web/app/src/words/en.ts'
import { vi } from '../../server/web/app/src/words/vi.ts'

/** Words of our trade that no operator of a commune station has to know; DOMAIN's table has the ones that stand on screen. */
const JARGON = [
  'server', 'client', 'upload', 'download', 'error', 'login', 'logout', 'online', 'offline', 'id', 'token', 'api', 'cluster', 'user', 'username', 'admin', 'password', 'link', 'click', 'timeout',
  'browser', 'playlist', 'stream', 'dashboard', 'backup', 'session', 'slot', 'cache', 'cookie', 'csrf', 'http', 'url', 'json', 'mqtt', 'node', 'agent', 'database', 'feedback', 'sync', 'refresh',
  'reload', 'submit', 'reset', 'debug', 'log', 'status', 'file', 'folder', 'drill', 'mute', 'live', 'job', 'hash', 'null', 'undefined',
  // it reads as “connecting…”
  'đang kết nối',
]

type Word = string | ((...given: never[]) => string)
/** Every sentence with something in its gaps. */
const sentences = (dictionary: Readonly<Record<string, Word>>): [string, string][] =>
  Object.entries(dictionary).map(([key, word]) => [key, typeof word === 'string' ? word : (word as (...given: unknown[]) => string)(2, 3, 4)])
const has = (sentence: string, word: string): boolean => new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'iu').test(sentence)

t.test('no sentence on the Vietnamese screen has a word of our trade in it', async (t) => {
  const found = sentences(vi).filter(([key]) => key !== 'language').flatMap(([key, sentence]) => JARGON.filter((word) => has(sentence, word)).map((word) => `${key}: ${word} in “${sentence}”`))
  t.same(found, [])
  t.ok(has('Xin bấm vào link này', 'link') && !has('linh hoạt', 'lin'), 'the search finds whole words')
})

t.test('both languages say everything, with the same gaps, and neither is left in the other', async (t) => {
  t.same(Object.keys(en).sort(), Object.keys(vi).sort())
  const english = new Map(sentences(en))
  for (const [key, sentence] of sentences(vi)) {
    t.ok(sentence.trim().length > 0 && (english.get(key) ?? '').trim().length > 0, key)
    t.notMatch(sentence, /undefined|null|\[object/)
    t.same((english.get(key) ?? '').match(/[234]/g)?.sort(), sentence.match(/[234]/g)?.sort(), `${key} has the same gaps`)
  }
  const same = sentences(vi).filter(([key, sentence]) => english.get(key) === sentence).map(([key]) => key)
  t.same(same, ['station', 'simTitle'])
})
