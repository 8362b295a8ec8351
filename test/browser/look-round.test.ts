import t from 'tap'
import { axe, cannot, cramped, DESK, enter, launch, pagesWorld, PHONE, picture, visit, type Look } from './world.ts'

t.setTimeout(900_000)

const LOOKS: readonly (readonly [name: string, look: Look])[] = [
  ['phone-light', PHONE],
  ['phone-dark', { ...PHONE, dark: true }],
  ['desk-light', DESK],
  ['desk-dark', { ...DESK, dark: true }],
  ['desk-200', { ...DESK, zoom: 2 }],
]

t.test('every page is readable, reachable and whole on a phone and a desk, by day and night, in both languages', { skip: cannot, timeout: 900_000 }, async (t) => {
  const world = await pagesWorld(t)
  const box = await world.enrol('Cụm 1 · Nhà văn hóa Thôn Đông', '24958-dong')
  await world.ask('POST /clusters/claims', { name: 'Cụm 2 · Chợ', area: '24958' })
  const reported = await world.ask('POST /incidents', { cluster: box.cluster, words: 'Loa rè, bà con nghe không rõ từ sáng nay' })
  t.equal(reported.status, 201)
  const incident = (reported.body as { id: string }).id
  const drill = (await world.ask('POST /emergencies', { title: 'Diễn tập báo lũ trên sông', messages: [{ programme: 'chu-y' }], targets: 'all', drill: true, times: 1 })).body as { id: string }
  await world.ask(`POST /emergencies/${drill.id}/cancel`, { reason: 'xong', correction: null })
  const pages = { now: '/', emergency: '/khan-cap', board: `/khan-cap/${drill.id}`, incidents: '/su-co', incident: `/su-co/${incident}`, clusters: '/cum-loa', cluster: `/cum-loa/${box.cluster}`, timetable: '/lich-phat', library: '/chuong-trinh', live: '/phat-truc-tiep', reports: '/bao-cao', admin: '/quan-tri', map: '/cum-loa/ban-do', updates: '/cum-loa/cap-nhat', notify: '/bao-tin', begin: '/bat-dau', guide: '/huong-dan', trust: '/tin-cay', nowhere: '/khong-co' }
  const browser = await launch(t)
  const first = await visit(browser, PHONE)
  await first.page.goto(world.firstLink)
  await first.page.getByLabel('Chọn mật khẩu').waitFor()
  await picture(first.page, 'phone-light-link')
  t.same([...await axe(first.page), ...await cramped(first.page)], [], 'the link')
  await enter(first.page, world.firstLink, 'Nguyễn Văn An')
  t.same(first.wrong, [])
  const cookies = await first.context.cookies()
  for (const [look, how] of LOOKS) {
    const { page, context, wrong } = await visit(browser, how)
    await context.addCookies(cookies)
    for (const language of look.startsWith('phone') ? ['vi', 'en'] as const : ['vi'] as const) {
      await page.goto(world.url)
      await page.evaluate(`localStorage.setItem('language', '${language}')`)
      for (const [name, address] of Object.entries(pages)) {
        await page.goto(`${world.url}${address}`)
        await page.waitForSelector('main h1')
        await page.waitForSelector('p.quiet[role=status]:text-matches("^(Đang tải|Loading)")', { state: 'detached' })
        await picture(page, `${look}-${name}-${language}`)
        t.same([...await axe(page), ...await cramped(page)], [], `${look} ${name} ${language}`)
      }
    }
    t.same(wrong, [], `no error in the browser, ${look}`)
    await context.close()
  }
})
