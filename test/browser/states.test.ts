import t from 'tap'
import type { Page } from 'playwright-core'
import { axe, cannot, cramped, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(300_000)

const GOES_ON = '**/api/v1/events'
const ERROR = (status: number): { status: number; contentType: string; body: string } => ({ status, contentType: 'application/json', body: JSON.stringify({ error: { code: 'x', vi: 'Bộ nhớ của đài đã đầy: hãy gọi quản trị.', en: 'The disk is full: call the administrator.' } }) })

t.test('each page says that it loads, that it failed, that the link is away, and that it is not one’s task', { skip: cannot, timeout: 280_000 }, async (t) => {
  const world = await pagesWorld(t)
  const browser = await launch(t)
  const { page, context, wrong } = await visit(browser, PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  const lists = { now: '/', emergency: '/khan-cap', incidents: '/su-co', clusters: '/cum-loa' }
  const pages = { ...lists, incident: '/su-co/0123456789', cluster: '/cum-loa/0123456789' }
  const cut = /\/api\/v1\/(?!me|events)/
  for (const [name, address] of Object.entries(pages)) {
    const seen = async (state: string, text: string): Promise<void> => {
      await page.goto(`${world.url}${address}`)
      await page.getByText(text).first().waitFor()
      await picture(page, `state-${name}-${state}`)
      t.same([...await axe(page), ...await cramped(page)], [], `${name} ${state}`)
      await context.unroute(cut)
    }
    let release: () => void = () => undefined
    const held = new Promise<void>((done) => (release = done))
    await context.route(cut, async (route) => {
      await held
      await route.abort()
    })
    await seen('loading', 'Đang tải…')
    release()
    await context.route(cut, (route) => route.fulfill(ERROR(503)))
    await seen('failed', 'Bộ nhớ của đài đã đầy')
    await context.route(cut, (route) => route.abort())
    await seen('offline', 'Mất kết nối mạng nên chưa tải được')
    await context.route(cut, (route) => route.fulfill(ERROR(403)))
    await seen('forbidden', 'Bạn chưa được giao việc này')
  }
  for (const [name, address, text] of [['incidents', '/su-co', 'Không có sự cố nào'], ['clusters', '/cum-loa', 'Chưa có cụm loa nào'], ['now', '/', 'Hiện không có gì đang phát']] as const) {
    await page.goto(`${world.url}${address}`)
    await page.getByText(text).waitFor()
    await picture(page, `state-${name}-empty`)
  }
  t.same(wrong, [], 'no error in the browser')
})

t.test('what was loaded stays, marked with its age, when the link goes; and is read anew when it is back', { skip: cannot, timeout: 120_000 }, async (t) => {
  const world = await pagesWorld(t)
  const browser = await launch(t)
  const { page, context } = await visit(browser, PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await page.getByText('Không có sự cố nào').waitFor()
  await context.route(GOES_ON, (route) => route.abort())
  await page.reload()
  await page.getByText('Mất kết nối mạng. Những gì đang hiện có thể đã cũ.').first().waitFor()
  await page.getByText('Không có sự cố nào').waitFor()
  await context.unroute(GOES_ON)
  await page.getByText('Mất kết nối mạng. Những gì đang hiện có thể đã cũ.').first().waitFor({ state: 'hidden', timeout: 60_000 })
  t.pass('it came back by itself')
})

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
