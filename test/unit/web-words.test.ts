import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { ACTIONS, AUDIT_KINDS } from '../../server/web/app/src/screens/admin/audit-actions.ts'
import { ROOT } from '../support/tree.ts'

/** Words of our trade that nobody at a commune's station or below a pole has to know; DOMAIN's table has the ones that stand on screen. */
const JARGON = [
  'server', 'client', 'upload', 'download', 'error', 'login', 'logout', 'online', 'offline', 'id', 'token', 'api', 'cluster', 'user', 'username', 'admin', 'password', 'link', 'click', 'timeout', 'browser', 'playlist',
  'stream', 'dashboard', 'backup', 'session', 'slot', 'cache', 'cookie', 'csrf', 'http', 'url', 'json', 'mqtt', 'node', 'agent', 'database', 'feedback', 'sync', 'refresh', 'reload', 'submit', 'reset', 'debug', 'log',
  'status', 'file', 'folder', 'template', 'draft', 'preview', 'drill', 'mute', 'live', 'job', 'hash', 'queue', 'null', 'undefined', 'webhook', 'máy chủ',
  // it reads as “connecting…”
  'đang kết nối',
]
/** The same in both languages: names, networks, forms of files, and what is empty for numbers that no day has. */
const SAME = new Set(['station', 'simTitle', 'pdf', 'docx', 'xlsx', 'csv', 'roleAt', 'channelZalo', 'channelTelegram', 'programmeFirst', 'weekday', 'weekdayShort', 'speedOf', 'percent'])
/** Said of several only. */
const ALWAYS_MANY = new Set(['mapGroup', 'onMapSome', 'agreeSome'])
const GIVEN = [202, 303, 404, 505] as const

type Word = string | readonly string[] | ((...given: never[]) => string)
type Dictionary = Readonly<Record<string, Word>>
const textOf = (word: Word): string => (typeof word === 'string' ? word : typeof word === 'function' ? (word as (...given: readonly unknown[]) => string)(...GIVEN) : word.join(' '))
const sentences = (dictionary: Dictionary): [string, string][] => Object.entries(dictionary).map(([key, word]) => [key, textOf(word)])
const has = (sentence: string, word: string): boolean => new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'iu').test(sentence)
const jargonIn = (list: readonly (readonly [string, string])[]): string[] =>
  list.flatMap(([key, sentence]) => JARGON.filter((word) => has(sentence, word)).map((word) => `${key}: ${word} in “${sentence}”`))
const gaps = (text: string): string[] => [...new Set(text.match(/202|303|404|505/g))].sort()

const SOURCE = join(ROOT, 'server', 'web', 'app', 'src')
/** Every file that has Vietnamese sentences, and the one with the same in English. */
const FILES = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && /^export const vi\b/m.test(readFileSync(join(SOURCE, name), 'utf8')))
  .map((name) => ({ name, other: /^export const en\b/m.test(readFileSync(join(SOURCE, name), 'utf8')) ? name : name.replace(/vi\.ts$/, 'en.ts') }))
const load = async (name: string): Promise<{ readonly vi: Dictionary; readonly en: Dictionary }> => (await import(pathToFileURL(join(SOURCE, name)).href)) as { vi: Dictionary; en: Dictionary }

t.test('there is something to look at', async (t) => {
  t.ok(FILES.length >= 12, FILES.map(({ name }) => name).join(', '))
  t.ok(has('Xin bấm vào link này', 'link') && !has('linh hoạt', 'lin'), 'the search finds whole words')
})

for (const { name, other } of FILES) {
  t.test(`${name}: Vietnamese without words of our trade, the same in English, with the same gaps`, async (t) => {
    const [{ vi }, { en }] = [await load(name), await load(other)]
    t.same(jargonIn(sentences(vi).filter(([key]) => key !== 'language')), [])
    t.same(Object.keys(en).sort(), Object.keys(vi).sort())
    const english = new Map(sentences(en))
    const wrong: string[] = []
    for (const [key, sentence] of sentences(vi)) {
      const said = english.get(key) ?? ''
      if ((sentence.trim() === '' || said.trim() === '') && !SAME.has(key)) wrong.push(`${key} is empty`)
      if (/undefined|null|\[object/.test(sentence + said)) wrong.push(`${key}: ${sentence} | ${said}`)
      if (gaps(sentence).join() !== gaps(said).join()) wrong.push(`${key} has other gaps: ${sentence} | ${said}`)
      if (sentence === said && !SAME.has(key)) wrong.push(`${key} is the same in both languages: ${sentence}`)
    }
    t.same(wrong, [])
    const lists = (dictionary: Dictionary): [string, number][] => Object.entries(dictionary).flatMap(([key, word]) => (Array.isArray(word) ? [[key, word.length]] : []))
    t.same(lists(en), lists(vi), 'as many steps')
  })
}

t.test('no sentence of the audit log has a word of our trade in it', async (t) => {
  t.same(jargonIn([...Object.entries(ACTIONS), ...Object.entries(AUDIT_KINDS)].map(([key, [vi]]) => [key, vi])), [])
})

/** What is counted on screen, in English. */
const COUNTED = ['area', 'cluster', 'commune', 'change', 'day', 'device', 'hour', 'incident', 'item', 'message', 'minute', 'month', 'person', 'programme', 'round', 'row', 'second', 'session', 'text', 'thing', 'time']
const MANY = new RegExp(`(?<![\\d.,])1 (?:\\w+ )?(?:${COUNTED.map((one) => `${one}s`).join('|')}|people)\\b`)

t.test('English speaks of one cluster, not of one clusters', async (t) => {
  t.ok(MANY.test('It is on 1 clusters.') && MANY.test('1 more areas') && !MANY.test('1 cluster') && !MANY.test('21 clusters'), 'the search finds it')
  for (const { name, other } of FILES) {
    const { en } = await load(other)
    const one = Object.entries(en).flatMap(([key, word]) => (typeof word === 'function' ? [[key, (word as (...given: readonly unknown[]) => string)(1, 1, 1, 1)] as const] : []))
    t.same(one.filter(([key, said]) => MANY.test(said) && !ALWAYS_MANY.has(key)), [], name)
  }
})

t.test('the guide on the wall and the help beside each page call every button and heading by the words that stand on it', async (t) => {
  const all = await Promise.all(FILES.map(async ({ name, other }) => ({ vi: (await load(name)).vi, en: (await load(other)).en })))
  for (const language of ['vi', 'en'] as const) {
    const lines = all.flatMap((one) => sentences(one[language]))
    const guide = lines.filter(([key]) => /^(guide|help)[A-Z]/.test(key)).flatMap(([key, line]) => [...line.matchAll(/“([^”]+)”/g)].map(([, quoted = '']) => [key, quoted] as const))
    t.ok(guide.length > 8, `${guide.length} of them are quoted`)
    const signs = lines.flatMap(([key, line]) => (/^(guide|help)[A-Z]/.test(key) ? [] : [line]))
    // a number stands where the guide has dots
    const stands = (quoted: string): boolean => signs.some((sign) => new RegExp(`^${quoted.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\d+')}`).test(sign))
    t.same(guide.filter(([, quoted]) => !stands(quoted)), [], language)
  }
})
