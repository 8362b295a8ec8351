import t from 'tap'
import { Value } from 'typebox/value'
import { SetText, type SetView } from '../../server/features/standing/texts.ts'
import { boxAddress, dayText, draftOf, emptySet, lackOf, lastDayOf, nearEnd, textOf } from '../../server/web/app/src/screens/admin/standing/form.ts'

const SET: SetView = {
  id: 'abcdefghij', name: 'Vỡ đê', areas: ['24958'], armed: false, armedAt: null, lastDay: '2026-12-31', endsAt: '2027-01-01T00:00:00+07:00',
  orders: [{ id: 'o1', name: 'Sơ tán ngay', danger: 9, times: 5, gapSeconds: 3, volume: 80, clips: ['bao-dong', 'so-tan'], switch: 1 }, { id: 'o2', name: 'Báo yên', danger: 2, times: 1, gapSeconds: 0, volume: null, clips: ['bao-yen'] }],
}

t.test('a set comes back from its form as it was, in the form of the server, with what the form does not show', async (t) => {
  const back = textOf(draftOf(SET))
  t.ok(Value.Check(SetText, back))
  t.same(back, { name: 'Vỡ đê', areas: ['24958'], lastDay: '2026-12-31', orders: SET.orders.map(({ id: _, ...order }) => order) })
  t.equal(textOf(draftOf({ ...SET, lastDay: null, endsAt: null })).lastDay, null)
})

t.test('a new set says what it lacks, one thing after another, and can then be sent', async (t) => {
  const draft = emptySet([])
  t.equal(lackOf(draft), 'name')
  draft.name = ' Cháy rừng '
  t.equal(lackOf(draft), 'clip')
  const [order] = draft.orders
  if (!order) throw new Error('no order')
  order.clips = ['', 'chay-rung']
  t.equal(lackOf(draft), 'areas')
  draft.areas = ['24958']
  t.equal(lackOf(draft), null)
  t.same(textOf(draft), { name: 'Cháy rừng', areas: ['24958'], lastDay: null, orders: [{ name: 'Cháy rừng', clips: ['chay-rung'], times: 5 }] }, 'one without a name of its own is called as the set is')
  t.ok(Value.Check(SetText, textOf(draft)))
  draft.orders = [{ ...order, key: 2 }, { ...order, key: 2 }]
  t.equal(lackOf(draft), 'key', 'a key switch starts one message')
  draft.orders = [{ ...order, key: 0 }, { ...order, key: 0 }]
  t.equal(lackOf(draft), null, 'telephones start any')
})

t.test('an end is warned of a fortnight ahead', async (t) => {
  const end = Date.parse('2027-01-01T00:00:00+07:00')
  t.equal(nearEnd(null, end), null)
  t.equal(nearEnd('2027-01-01T00:00:00+07:00', end - 15 * 86_400_000), null)
  t.equal(nearEnd('2027-01-01T00:00:00+07:00', end - 14 * 86_400_000), 'soon')
  t.equal(nearEnd('2027-01-01T00:00:00+07:00', end), 'over')
  t.equal(lastDayOf('2027-01-01T00:00:00+07:00'), '2026-12-31')
  t.equal(dayText('2026-12-31'), '31/12/2026')
})

t.test('the address on a box is taken as people copy it, and nothing else', async (t) => {
  t.equal(boxAddress('192.168.4.1'), 'http://192.168.4.1')
  t.equal(boxAddress(' http://192.168.4.1:8080/ '), 'http://192.168.4.1:8080')
  t.equal(boxAddress('loa.local'), 'http://loa.local')
  for (const wrong of ['', 'a b', '192.168.4.1/x', 'javascript:alert(1)', 'http://a@b', '<b>']) t.equal(boxAddress(wrong), null, wrong)
})
