import t from 'tap'
import type { AskView, EmergencyView, RaisedView } from '../../server/web/app/src/lib/views.ts'
import { flatAreas, type AreaNode } from '../../server/web/app/src/lib/areas.ts'
import { firstPlaces, keepText, keptText } from '../../server/web/app/src/screens/emergency/again.ts'
import { endText } from '../../server/web/app/src/screens/emergency/ended.ts'
import { vi } from '../../server/web/app/src/screens/emergency/words-vi.ts'
import { askPath, leftMs, namesOf, placeOf, soundingPath } from '../../server/web/app/src/screens/emergency/asked.ts'

t.test('what is left is counted by the station’s clock, whatever the telephone’s says', async (t) => {
  const ask = { now: '2026-11-23T02:10:05.000+07:00' }
  const alone = '2026-11-23T02:11:00.000+07:00'
  // seven minutes slow, and asked three seconds ago
  const at = Date.parse(ask.now) - 420_000
  t.equal(leftMs(ask, alone, { at, now: at + 3_000 }), 52_000)
  t.equal(leftMs(ask, alone, { at, now: at + 60_000 }), 0, 'never below zero')
})

t.test('what was sent is looked at where it is: on its board, or where somebody else is waited for', async (t) => {
  t.equal(placeOf({ id: 'abcdefghij', aloneFrom: '' } as AskView), askPath('abcdefghij'))
  t.equal(placeOf({ id: 'abcdefghij', endedAt: null } as RaisedView), '/khan-cap/abcdefghij')
  t.notMatch('cho-dong-y', /^[0-9a-z]{4,16}$/, 'it is no emergency’s name')
})

t.test('what sounds is followed on its board; whoever has still to speak goes to the microphone', async (t) => {
  const message = (kind: string) => [{ kind, text: null, programme: null, language: null, seconds: null, sound: null }]
  t.equal(soundingPath({ id: 'abcdefghij', mine: true, messages: message('text') }), '/khan-cap/abcdefghij')
  t.equal(soundingPath({ id: 'abcdefghij', mine: true, messages: message('voice') }), '/phat-truc-tiep/khan-cap?noi=abcdefghij')
  t.equal(soundingPath({ id: 'abcdefghij', mine: false, messages: message('voice') }), '/khan-cap/abcdefghij')
})

t.test('four names are shown, the others counted', async (t) => {
  t.same(namesOf(['An', 'Bình']), { shown: 'An, Bình', more: 0 })
  t.same(namesOf(['An', 'Bình', 'Chi', 'Dung', 'Em', 'Giang']), { shown: 'An, Bình, Chi, Dung', more: 2 })
})

const node = (code: string, kind: string, children: readonly AreaNode[] = []): AreaNode => ({ code, name: code, kind, inForce: true, children })
const AREAS = flatAreas([node('68', 'province', [node('1', 'commune'), node('2', 'commune')])])
const said = (targets: NonNullable<EmergencyView['again']>['targets']): Pick<EmergencyView, 'again'> => ({ again: { message: { text: 'x' }, targets } })

t.test('what is sent once more goes where it went, as far as one may; what is new begins at one’s own place, never at a province', async (t) => {
  t.same(firstPlaces(said({ areas: ['1', '2'] }), 'all', AREAS), { everywhere: false, chosen: ['1', '2'] })
  t.same(firstPlaces(said({ areas: ['1', '2'] }), ['2'], AREAS), { everywhere: false, chosen: ['2'] })
  t.same(firstPlaces(said({ areas: ['1', 'gone'] }), ['68'], AREAS), { everywhere: false, chosen: ['1'] }, 'an area that is no more is left out')
  t.same(firstPlaces(said('all'), 'all', AREAS), { everywhere: true, chosen: [] })
  t.same(firstPlaces(said('all'), ['1'], AREAS), { everywhere: false, chosen: [] }, 'they choose themselves')
  t.same(firstPlaces(said({ clusters: ['Cụm 1'] }), 'all', AREAS), { everywhere: false, chosen: [] })
  t.same(firstPlaces(null, ['1'], AREAS), { everywhere: false, chosen: ['1'] })
  t.same(firstPlaces(null, ['68'], AREAS), { everywhere: false, chosen: [] })
})

t.test('a text that was being typed is there after the page was loaded anew, and not an hour later', async (t) => {
  const held = new Map<string, string>()
  const tab = { getItem: (key: string) => held.get(key) ?? null, setItem: (key: string, text: string) => void held.set(key, text), removeItem: (key: string) => void held.delete(key) }
  t.equal(keptText(tab, 0), '')
  keepText(tab, 'Nước lên', 1_000)
  t.equal(keptText(tab, 60_000), 'Nước lên')
  t.equal(keptText(tab, 3_600_000), '')
  keepText(tab, '', 2_000)
  t.equal(held.size, 0, 'sent: nothing is kept')
})

t.test('of one that is over it is said by whom and why', async (t) => {
  const why = (endedBecause: string | null, endedBy: string | null = null, endedReason: string | null = null): string => endText(vi, { endedBecause, endedBy, endedReason })
  t.equal(why('cancelled', 'Lê Thị Bình', 'Phát nhầm'), 'Lê Thị Bình đã dừng. Lý do: Phát nhầm')
  for (const because of ['expired', 'replaced', 'finished']) t.not(why(because, null, '0123456789'), '', because)
  t.notMatch(why('replaced', 'Lê Thị Bình', '0123456789'), /0123456789/, 'no number of another one')
  t.equal(why(null), '')
  t.equal(why('no-voice'), '')
})
