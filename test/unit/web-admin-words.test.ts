import t from 'tap'
import * as admin from '../../server/web/app/src/screens/admin/words-vi.ts'
import * as adminEn from '../../server/web/app/src/screens/admin/words-en.ts'
import * as begin from '../../server/web/app/src/screens/begin/words-vi.ts'
import * as beginEn from '../../server/web/app/src/screens/begin/words-en.ts'
import * as link from '../../server/web/app/src/screens/admin/words-link.ts'
import * as reports from '../../server/web/app/src/screens/reports/words-vi.ts'
import * as reportsEn from '../../server/web/app/src/screens/reports/words-en.ts'
import { ACTIONS, AUDIT_KINDS } from '../../server/web/app/src/screens/admin/audit-actions.ts'

/** Words of our trade that no operator of a commune station has to know. */
const JARGON = [
  'server', 'client', 'upload', 'download', 'error', 'login', 'logout', 'online', 'offline', 'id', 'token', 'api', 'cluster', 'user', 'username', 'admin', 'password', 'link', 'click', 'timeout', 'browser', 'playlist', 'stream',
  'session', 'slot', 'cache', 'cookie', 'url', 'json', 'mqtt', 'node', 'agent', 'database', 'backup', 'sync', 'refresh', 'reload', 'submit', 'reset', 'log', 'status', 'file', 'folder', 'mute', 'live', 'null', 'undefined', 'webhook', 'đang kết nối', 'máy chủ',
]
type Word = string | ((...given: never[]) => string)
const sentences = (dictionary: Readonly<Record<string, Word>>): [string, string][] =>
  Object.entries(dictionary).map(([key, word]) => [key, typeof word === 'string' ? word : (word as (...given: unknown[]) => string)(202, 303, 404)])
const has = (sentence: string, word: string): boolean => new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'iu').test(sentence)
const jargonIn = (list: readonly (readonly [string, string])[]): string[] => list.flatMap(([key, sentence]) => JARGON.filter((word) => has(sentence, word)).map((word) => `${key}: ${word} in “${sentence}”`))

/** Words that both languages share: names of programs, of networks and of file forms. */
const SAME: Readonly<Record<string, readonly string[]>> = { reports: ['pdf', 'docx', 'xlsx', 'csv'], admin: ['roleAt', 'channelZalo', 'channelTelegram'], begin: ['programmeFirst'], link: [] }
const DICTIONARIES = { reports: [reports.vi, reportsEn.en], admin: [admin.vi, adminEn.en], begin: [begin.vi, beginEn.en], link: [link.vi, link.en] } as const

for (const [name, [vi, en]] of Object.entries(DICTIONARIES)) {
  t.test(`no Vietnamese sentence of ${name} has a word of our trade in it`, async (t) => t.same(jargonIn(sentences(vi)), []))
  t.test(`both languages say all of ${name}, with the same gaps, and neither is left in the other`, async (t) => {
    t.same(Object.keys(en).sort(), Object.keys(vi).sort())
    const english = new Map(sentences(en))
    for (const [key, sentence] of sentences(vi)) {
      t.ok(sentence.trim().length > 0 && (english.get(key) ?? '').trim().length > 0, key)
      t.notMatch(sentence, /undefined|null|\[object/)
      const gaps = (text = ''): string[] => [...new Set(text.match(/202|303|404/g))].sort()
      t.same(gaps(english.get(key)), gaps(sentence), `${key} has the same gaps`)
    }
    t.same(sentences(vi).filter(([key, sentence]) => english.get(key) === sentence).map(([key]) => key), SAME[name])
  })
}

t.test('no sentence of the audit log has a word of our trade in it', async (t) => {
  t.same(jargonIn([...Object.entries(ACTIONS), ...Object.entries(AUDIT_KINDS)].map(([key, [vi]]) => [key, vi])), [])
})
