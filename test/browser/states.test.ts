import t from 'tap'
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
    // a question that nobody answers
    await context.route(cut, () => undefined)
    await seen('loading', 'Đang tải…')
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
