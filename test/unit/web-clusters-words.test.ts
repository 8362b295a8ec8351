import t from 'tap'
import { en as clustersEn } from '../../server/web/app/src/screens/clusters/en.ts'
import { vi as clustersVi } from '../../server/web/app/src/screens/clusters/vi.ts'
import { en as poleEn } from '../../server/web/app/src/screens/pole/en.ts'
import { vi as poleVi } from '../../server/web/app/src/screens/pole/vi.ts'

/** Words of our trade that nobody below a pole has to know. */
const JARGON = ['server', 'client', 'upload', 'download', 'error', 'login', 'online', 'offline', 'token', 'api', 'cluster', 'user', 'link', 'click', 'timeout', 'file', 'status', 'reset', 'log', 'live', 'agent', 'đang kết nối']

type Dictionary = Readonly<Record<string, string | ((...given: never[]) => string)>>
const sentences = (dictionary: Dictionary): [string, string][] => Object.entries(dictionary).map(([key, word]) => [key, typeof word === 'string' ? word : (word as (...given: unknown[]) => string)(2, 3, 4, 5)])
const has = (sentence: string, word: string): boolean => new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'iu').test(sentence)

for (const [name, vi, en] of [['clusters', clustersVi, clustersEn], ['the pole', poleVi, poleEn]] as const) {
  t.test(`the pages of ${name} speak Vietnamese that people know, and both languages fill the same gaps`, async (t) => {
    t.same(sentences(vi).flatMap(([key, sentence]) => JARGON.filter((word) => has(sentence, word)).map((word) => `${key}: ${word}`)), [])
    const english = new Map(sentences(en))
    t.same([...english.keys()].sort(), Object.keys(vi).sort())
    for (const [key, sentence] of sentences(vi)) {
      t.notMatch(sentence, /undefined|null|\[object/, key)
      const gaps = (text = ''): string[] => (typeof (vi as Dictionary)[key] === 'string' ? [] : (text.match(/[2345]/g) ?? []).sort())
      t.same(gaps(english.get(key)), gaps(sentence), `${key} has the same gaps`)
    }
  })
}
