import t from 'tap'
import { EXTRA_PAGES, PAGES } from '../../server/web/app/src/pages.ts'
import { helpOf } from '../../server/web/app/src/screens/help/of-page.ts'
import { en } from '../../server/web/app/src/screens/help/words-en.ts'
import { vi } from '../../server/web/app/src/screens/help/words-vi.ts'

t.test('beside every page stands a short help of its own: two or three sentences that a phone has room for', async (t) => {
  const keys = [...PAGES, ...EXTRA_PAGES].filter(({ path }) => path !== '/huong-dan').map(({ path }) => helpOf(path))
  t.equal(new Set(keys).size, keys.length, 'no page has another one’s')
  for (const key of keys) {
    for (const lines of [vi[key], en[key]]) {
      t.ok(lines.length >= 2 && lines.length <= 3, key)
      t.same(lines.filter((line) => line.length > 130), [], key)
    }
  }
})
