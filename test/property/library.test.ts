import fc from 'fast-check'
import t from 'tap'
import { turned, shiftAfter, type Episode } from '../../server/core/programme-rotation.ts'
import { byEpisodeName, searchWords } from '../../server/core/search-question.ts'
import { audienceOf, variantFor } from '../../shared/core/languages.ts'
import { layOut, type FindMedia } from '../../shared/core/layout.ts'
import { occurrenceOrdinal, occurrencesBetween } from '../../shared/core/recurrence.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Session } from '../../shared/core/timetable.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const check = <T>(t: { comment: (text: string) => void }, property: fc.IProperty<T>, numRuns: number): void => {
  t.comment(`SEED=${seed}`)
  fc.assert(property, { seed, numRuns })
}

const language = fc.constantFrom('vi', 'hmn', 'blt', 'kpm', 'tay')

t.test('an audience gets the variant of the first language that it understands and that there is; else Vietnamese; else any', async (t) => {
  check(t, fc.property(fc.uniqueArray(language, { minLength: 1 }), fc.uniqueArray(language, { minLength: 1 }), (there, audience) => {
    const given = variantFor(there.map((code) => ({ language: code })), audience)?.language
    const understood = audience.find((code) => there.includes(code))
    t.equal(given, understood ?? (there.includes('vi') ? 'vi' : there[0]))
  }), 200)
  check(t, fc.property(fc.option(fc.uniqueArray(language, { minLength: 1 })), fc.array(fc.record({ languages: fc.uniqueArray(language, { minLength: 1 }) }, { requiredKeys: [] })), (own, chain) => {
    const audience = audienceOf(own, chain)
    t.same(audience, own ?? chain.find(({ languages }) => languages)?.languages ?? ['vi'])
  }), 200)
})

const SESSION = (folders: number): Session => ({
  id: 'doc', name: 'Đọc truyện', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items: Array.from({ length: folders }, () => ({ folder: 'truyen' })),
})
const START = wallMs(Date.UTC(2026, 10, 22, 17))
const DAYS = 40

t.test('every occurrence takes the next unheard episode, whatever was added and taken away in between', async (t) => {
  const change = fc.record({ day: fc.integer({ min: 1, max: DAYS - 1 }), number: fc.integer({ min: 1, max: 12 }) })
  check(t, fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }), fc.array(change, { maxLength: 15 }), fc.integer({ min: 1, max: 3 }), (first, changes, perOccurrence) => {
    const session = SESSION(perOccurrence)
    const episode = (n: number): Episode => ({ id: `e${n}`, name: `Tập ${n}` })
    const there = new Set(first)
    const list = (): Episode[] => [...there].map(episode).sort(byEpisodeName)
    let [episodes, shift] = [list(), 0]
    let last: Episode | null = null
    const occurrences = occurrencesBetween(session, START, wallMs(START + DAYS * 86_400_000))
    for (const [day, occurrence] of occurrences.entries()) {
      for (const { number } of changes.filter((one) => one.day === day)) if (!there.delete(number)) there.add(number)
      if (there.size === 0) there.add(first[0] ?? 1)
      const after = list()
      const heard = occurrenceOrdinal(session, occurrence) * perOccurrence
      if (JSON.stringify(after) !== JSON.stringify(episodes)) shift = shiftAfter({ before: episodes, after, shift, heard })
      episodes = after
      const find: FindMedia = () => turned(episodes, shift).map(({ id, name }) => ({ sha: id, ms: 60_000, name }))
      for (const { media } of layOut(session, occurrence, find).items) {
        const taken = episodes.find(({ id }) => id === media) as Episode
        const behind: Episode | undefined = last === null ? taken : episodes.find((one) => byEpisodeName(one, last as Episode) > 0)
        if (taken.id !== (behind ?? episodes[0])?.id) throw new Error(`day ${day}: after ${last?.name ?? 'nothing'} came ${taken.name}, of ${episodes.map(({ name }) => name).join(', ')}`)
        last = taken
      }
    }
  }), 150)
  t.pass('each pick followed the one before it')
})

t.test('episodes are told in the order of their numbers, and the order is one order', async (t) => {
  t.same(['Tập 10', 'Tập 2', 'Tập 1b', 'tập 1'].map((name) => ({ name, id: name })).sort(byEpisodeName).map(({ name }) => name), ['tập 1', 'Tập 1b', 'Tập 2', 'Tập 10'])
  const entry = fc.record({ name: fc.string({ maxLength: 12, unit: fc.constantFrom('T', 'ậ', 'p', ' ', '0', '1', '2', '9', 'đ') }), id: fc.constantFrom('a', 'b', 'c') })
  check(t, fc.property(entry, entry, entry, (a, b, c) => {
    if (Math.sign(byEpisodeName(a, b)) !== -Math.sign(byEpisodeName(b, a))) throw new Error('not the same both ways')
    if (byEpisodeName(a, b) <= 0 && byEpisodeName(b, c) <= 0 && byEpisodeName(a, c) > 0) throw new Error('not an order')
  }), 1_000)
  t.pass('an order')
})

t.test('words are found however they are written', async (t) => {
  t.same(searchWords('Thời tiết ĐÊM nay, đêm mai!'), ['thoi', 'tiet', 'dem', 'nay', 'mai'])
  check(t, fc.property(fc.string({ maxLength: 40, unit: 'grapheme' }), (text) => {
    if (JSON.stringify(searchWords(text.normalize('NFC'))) !== JSON.stringify(searchWords(text.normalize('NFD')))) throw new Error('another form, other words')
  }), 500)
  t.pass('in either form')
})
