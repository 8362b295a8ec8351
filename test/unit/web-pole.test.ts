import t from 'tap'
import { knownOf } from '../../server/web/app/src/screens/pole/day.ts'

t.test('of a pole that the station does not hear of, its page says what it was told to do and not what it does', async (t) => {
  t.equal(knownOf({ online: true, now: { do: 'play' } }), 'plays')
  t.equal(knownOf({ online: true, now: { do: 'silence' } }), 'silent')
  t.equal(knownOf({ online: false, now: { do: 'play' } }), 'should-play', 'it plays from what it holds, or has no mains')
  t.equal(knownOf({ online: false, now: { do: 'silence' } }), 'should-be-silent')
})
