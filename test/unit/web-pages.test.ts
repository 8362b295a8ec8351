import t from 'tap'
import { EXTRA_PAGES, menuPageOf, pageOf, PAGES } from '../../server/web/app/src/pages.ts'

t.test('an address belongs to one page, and below a page of the menu to that one in the menu too', async (t) => {
  t.equal(pageOf('/')?.path, '/')
  t.equal(pageOf('/vao')?.path, '/', 'who has come in by the door is on duty')
  t.equal(pageOf('/cum-loa/k7m2p9qx4t')?.path, '/cum-loa')
  t.equal(pageOf('/cum-loa/cap-nhat')?.path, '/cum-loa/cap-nhat', 'a page of its own')
  t.equal(pageOf('/cum-loa/cap-nhat/abc')?.path, '/cum-loa/cap-nhat')
  t.equal(menuPageOf('/cum-loa/cap-nhat/abc')?.word, 'clusters', 'but the menu shows where it lies')
  t.equal(menuPageOf('/bao-tin'), undefined, 'what lies below nothing is nowhere in the menu')
  t.equal(pageOf('/bao-tin')?.path, '/bao-tin')
  for (const address of ['/khong-co', '/cum-loaa', '']) t.equal(pageOf(address), undefined, address)
})

t.test('every page is found by its own address', async (t) => {
  for (const { path } of [...PAGES, ...EXTRA_PAGES]) t.equal(pageOf(path)?.path, path)
  for (const page of PAGES) t.equal(menuPageOf(page.path), page)
})
