import t from 'tap'
import { keyed, newKey } from '../../server/web/app/src/lib/key.ts'

t.test('the same words keep their key, other words have another, and so have the first ones after them', (t) => {
  const first = keyed(null, 'Cúp điện')
  t.match(first, { text: 'Cúp điện', key: /^[0-9a-f]{32}$/ })
  t.same(keyed(first, 'Cúp điện'), first)
  const other = keyed(first, 'Cúp nước')
  t.match(other, { text: 'Cúp nước', key: /^[0-9a-f]{32}$/ })
  t.not(other.key, first.key)
  t.not(keyed(other, 'Cúp điện').key, first.key)
  t.not(newKey(), newKey())
  t.end()
})
