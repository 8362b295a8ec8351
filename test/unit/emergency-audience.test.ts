import t from 'tap'
import { dayNumberOf } from '../../shared/core/civil.ts'
import type { EmergencySound } from '../../server/core/emergency-record.ts'
import { audiencesIn, forAudience } from '../../server/core/emergency-audience.ts'

const said = (stream: string, language?: string): EmergencySound => ({ media: 'M'.repeat(43), bytes: 1, ms: 1_000, stream, pinned: false, ...(language === undefined ? {} : { language }) })
const names = (sounds: readonly EmergencySound[]): string[] => sounds.map(({ stream }) => stream)
const MESSAGE = [said('vi'), said('hmn', 'hmn'), said('blt', 'blt')]

t.test('a message is said in the hamlet’s own language, then in Vietnamese', async (t) => {
  t.same(names(forAudience(MESSAGE, ['vi'])), ['vi'])
  t.same(names(forAudience(MESSAGE, ['hmn'])), ['hmn', 'vi'], 'Vietnamese follows, though nobody named it')
  t.same(names(forAudience(MESSAGE, ['blt', 'vi', 'hmn'])), ['blt', 'vi', 'hmn'], 'by the order of the audience')
  t.same(names(forAudience(MESSAGE, ['kpm'])), ['vi'])
  t.same(names(forAudience([said('hmn', 'hmn')], ['vi'])), ['hmn'], 'a warning that nobody understands is still a warning')
  t.same(names(forAudience([said('a'), said('b')], ['hmn'])), ['a', 'b'], 'sounds of one language keep their order')
})

t.test('a pinned clip is for those of its area who understand it, as areas stand on that day', async (t) => {
  const directory = {
    day: dayNumberOf('2026-11-22'),
    areas: [
      { code: '12', name: 'Tỉnh', kind: 'province' as const, languages: ['vi', 'hmn'] },
      { code: '03001', name: 'Xã A', kind: 'commune' as const, parent: '12' },
      { code: '03002', name: 'Xã B', kind: 'commune' as const, parent: '12', languages: ['blt', 'vi'] },
    ],
    memberships: [{ cluster: 'a', area: '03001' }, { cluster: 'b', area: '03002' }, { cluster: 'own', area: '03001' }, { cluster: 'moved', area: '03001', to: '2026-11-22' }, { cluster: 'moved', area: '03002', from: '2026-11-22' }],
    clusters: [{ id: 'a', languages: null }, { id: 'b', languages: null }, { id: 'own', languages: ['kpm'] }, { id: 'moved', languages: null }, { id: 'alone', languages: null }],
  }
  const audiences = audiencesIn(directory)
  t.same(['a', 'b', 'own', 'moved', 'alone'].map(audiences.languagesOf), [['vi', 'hmn'], ['blt', 'vi'], ['kpm'], ['blt', 'vi'], ['vi']])
  const holders = (language: string, area: string | null): string[] => [...audiences.holdersOf({ language, area })]
  t.same(holders('hmn', null), ['a'])
  t.same(holders('hmn', '03002'), [])
  t.same(holders('blt', '12'), ['b', 'moved'])
  t.same(holders('vi', '03001'), ['a', 'own'], 'Vietnamese is for everybody')
  t.same(holders('vi', null), ['a', 'b', 'own', 'moved', 'alone'])
})
