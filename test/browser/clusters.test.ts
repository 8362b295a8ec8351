import t from 'tap'
import type { Page } from 'playwright-core'
import { cannot, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(300_000)

interface Frames { readonly count: number; readonly ms: number; readonly rows: number }
/** Scrolls as a thumb does for three seconds and counts the pictures. */
const scrolled = async (page: Page): Promise<Frames> =>
  (await page.evaluate(`new Promise((done) => {
    const began = performance.now(); let count = 0; let rows = 0
    const step = () => {
      count++; rows = Math.max(rows, document.querySelectorAll('[role=listitem]').length)
      scrollBy(0, 120)
      const ms = performance.now() - began
      ms < 3000 ? requestAnimationFrame(step) : done({ count, ms, rows })
    }
    requestAnimationFrame(step)
  })`)) as Frames

t.test('three thousand clusters scroll with a few rows in the page, and are found without marks', { skip: cannot, timeout: 120_000 }, async (t) => {
  const world = await pagesWorld(t)
  const box = await world.enrol('Cụm 1', '24958-dong')
  const one = (await world.ask(`GET /clusters/${box.cluster}`)).body as object
  const many = Array.from({ length: 3_000 }, (_, n) => ({ ...one, id: `c${String(n).padStart(9, '0')}`, name: `Cụm ${n} · Thôn Đồng Mới`, online: n % 7 !== 0 }))
  const browser = await launch(t)
  const { page, context, wrong } = await visit(browser, PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await context.route('**/api/v1/clusters', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(many) }))
  await page.goto(`${world.url}/cum-loa`)
  await page.getByText('Tất cả (3000)').waitFor()
  await picture(page, 'clusters-3000')
  const cdp = await context.newCDPSession(page)
  const plain = await scrolled(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  const slow = await scrolled(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  t.comment(`frames per second: ${Math.round((plain.count * 1_000) / plain.ms)}, with a processor four times slower ${Math.round((slow.count * 1_000) / slow.ms)}`)
  t.ok(plain.rows < 40 && slow.rows < 40, `${plain.rows} rows in the page`)
  t.ok(slow.count > 15, 'it moves')
  await page.getByLabel('Tìm').fill('cum 2999 dong moi')
  await page.getByText('1 cụm loa', { exact: true }).waitFor()
  t.equal(await page.getByRole('listitem').count(), 1)
  await page.getByRole('listitem').getByRole('link').focus()
  await page.getByLabel('Tìm').fill('')
  await page.getByRole('button', { name: /Mất kết nối/ }).click()
  await page.getByText('429 cụm loa', { exact: true }).waitFor()
  t.same(wrong, [], 'no error in the browser')
})
