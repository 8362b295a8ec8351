import t from 'tap'
import type { Page } from 'playwright-core'
import { axe, cannot, cramped, DESK, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(300_000)

const looks = async (page: Page): Promise<string[]> => [...await axe(page), ...await cramped(page)]

t.test('every page of the library loads, fails, is without a link, and is not one’s task, in words; by day and night, on a desk and in English', { skip: cannot, timeout: 280_000 }, async (t) => {
  const world = await pagesWorld(t)
  await world.enrol('Cụm 1', '24958-dong')
  const programme = ((await world.ask('POST /programmes/speech', { name: 'Bài mẫu', text: 'Xin chào bà con.', area: '24958', folder: 'Thông báo', tags: ['mẫu'] })).body as { id: string }).id
  const notice = ((await world.ask('POST /notices', { template: 'hop-thon', fields: { luc: '2026-12-01T19:30', noi: 'nhà văn hóa', viec: 'làm đường' }, targets: { areas: ['24958'] } })).body as { id?: string }).id
  const bulletin = ((await world.ask('POST /bulletins', { id: 'x', class: 'normal', title: 'Bản tin', text: 'Xin chào.', areas: ['24958'] })).body as { id: string }).id
  const browser = await launch(t)
  const { page, context, wrong } = await visit(browser, PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  const pages = { home: '', write: '/mau/cup-dien', template: '/mau/moi', change: '/mau/cup-dien/sua', notices: '/thong-bao', record: '/ghi-am', speak: '/doc-van-ban', upload: '/gui-ban-ghi', queue: '/duyet', bulletins: '/ban-tin', send: '/ban-tin/gui', bulletin: `/ban-tin/${bulletin}`, item: `/muc/${programme}`, ...(notice ? { notice: `/thong-bao/${notice}` } : {}) }
  const loading = { home: '', notices: '/thong-bao', queue: '/duyet', bulletins: '/ban-tin', bulletin: `/ban-tin/${bulletin}`, item: `/muc/${programme}` }
  const cut = /\/api\/v1\/(?!me|events)/
  const refusal = (status: number): { status: number; contentType: string; body: string } => ({ status, contentType: 'application/json', body: JSON.stringify({ error: { code: 'x', vi: 'Bộ nhớ của đài đã đầy: hãy gọi quản trị.', en: 'The disk is full.' } }) })
  for (const [name, address] of Object.entries(loading)) {
    const seen = async (state: string, text: string): Promise<void> => {
      await page.goto(`${world.url}/chuong-trinh${address}`)
      await page.getByText(text).first().waitFor()
      await picture(page, `state-${name}-${state}`)
      t.same(await looks(page), [], `${name} ${state}`)
      await context.unroute(cut)
    }
    await context.route(cut, () => undefined)
    await seen('loading', 'Đang tải…')
    await context.route(cut, (route) => route.fulfill(refusal(503)))
    await seen('failed', 'Bộ nhớ của đài đã đầy')
    await context.route(cut, (route) => route.abort())
    await seen('offline', 'Mất kết nối mạng nên chưa tải được')
    await context.route(cut, (route) => route.fulfill(refusal(403)))
    await seen('forbidden', 'Bạn chưa được giao việc này')
  }
  const cookies = await context.cookies()
  for (const [look, how, language] of [['dark', { ...PHONE, dark: true }, 'vi'], ['en', PHONE, 'en'], ['desk', DESK, 'vi'], ['desk-200', { ...DESK, zoom: 2 }, 'vi']] as const) {
    const other = await visit(browser, how)
    await other.context.addCookies(cookies)
    await other.page.goto(world.url)
    await other.page.evaluate(`localStorage.setItem('language', '${language}')`)
    for (const [name, address] of Object.entries(pages)) {
      await other.page.goto(`${world.url}/chuong-trinh${address}`)
      await other.page.waitForSelector('main h1')
      await other.page.waitForSelector('p.quiet[role=status]:text-matches("^(Đang tải|Loading)")', { state: 'detached' })
      await picture(other.page, `look-${look}-${name}`)
      t.same(await looks(other.page), [], `${look} ${name}`)
    }
    t.same(other.wrong, [])
    await other.context.close()
  }
  t.same(wrong, [], 'no error in the browser')
})
