import t from 'tap'
import type { AskView, RaisedView } from '../../server/web/app/src/lib/views.ts'
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
