import t from 'tap'
import type { Page } from 'playwright-core'
import { axe, cannot, cramped, DESK, enter, launch, pagesWorld, PHONE, picture, visit, type Look, type PagesWorld } from './world.ts'

t.setTimeout(1_500_000)

type Language = 'vi' | 'en'
interface Round {
  readonly name: string
  readonly look: Look
  readonly languages: readonly Language[]
  /** Also pages that one comes to from another page. */
  readonly inner: boolean
}
const ROUNDS: readonly Round[] = [
  { name: 'phone-light', look: PHONE, languages: ['vi', 'en'], inner: true },
  { name: 'phone-dark', look: { ...PHONE, dark: true }, languages: ['vi', 'en'], inner: false },
  { name: 'phone-200', look: { ...PHONE, zoom: 2 }, languages: ['vi'], inner: false },
  { name: 'desk-light', look: DESK, languages: ['vi'], inner: false },
  { name: 'desk-dark', look: { ...DESK, dark: true }, languages: ['vi'], inner: true },
  { name: 'desk-200', look: { ...DESK, zoom: 2 }, languages: ['vi'], inner: false },
]
/** TL_LOOK: the rounds to go, by name, separated by commas; all when absent. */
const asked = process.env['TL_LOOK']?.split(',')
const rounds = ROUNDS.filter(({ name }) => asked?.includes(name) ?? true)

type Addresses = Readonly<Record<string, string>>
const ADMIN = ['nguoi', 'nguoi/moi', 'dia-ban', 'dia-ban/24958', 'gio-phat', 'tiep-am', 'ban-de-san', 'lenh-de-san', 'gui-tin', 'tu-kiem-tra', 'thao-tac']
const LIBRARY = ['thong-bao', 'ghi-am', 'doc-van-ban', 'gui-ban-ghi', 'duyet', 'ban-tin', 'ban-tin/gui', 'mau/moi']
const TIMETABLE = ['them', 'thay-doi', 'lich-su', 'tam-ngung', 'chep', 'ngay-nghi', 'vi-sao', 'chia-se']
const below = (path: string, name: string, parts: readonly string[]): Addresses => Object.fromEntries(parts.map((part) => [`${name}-${part.replaceAll('/', '-')}`, `/${path}/${part}`]))

/** Something of everything, so that pages have something to show. */
async function fill(world: PagesWorld): Promise<{ readonly main: Addresses; readonly inner: Addresses }> {
  const box = await world.enrol('Cụm 1 · Nhà văn hóa Thôn Đông', '24958-dong')
  await world.ask(`PATCH /clusters/${box.cluster}`, { lat: 11.73, lon: 108.37 })
  await world.ask('POST /clusters/claims', { name: 'Cụm 2 · Chợ', area: '24958' })
  const incident = (await world.ask('POST /incidents', { cluster: box.cluster, words: 'Loa rè, bà con nghe không rõ từ sáng nay' })).body as { id: string }
  await world.ask('POST /sessions', { id: 'buoi-sang', name: 'Buổi phát thanh sáng', at: '05:30', until: '06:00', days: 'daily', targets: 'all', policy: 'ca-ngay', items: [{ chime: 'nhac-hieu', name: 'Nhạc hiệu' }] })
  const drill = (await world.ask('POST /emergencies', { title: 'Diễn tập báo lũ trên sông', messages: [{ programme: 'chu-y' }], targets: 'all', drill: true, times: 1 })).body as { id: string }
  await world.ask(`POST /emergencies/${drill.id}/cancel`, { reason: 'xong', correction: null })
  const pole = (await world.ask(`GET /clusters/${box.cluster}/pole-code`)).body as { code: string }
  const [template] = (await world.ask('GET /notice-templates')).body as { id: string }[]
  const main = { now: '/', emergency: '/khan-cap', board: `/khan-cap/${drill.id}`, incidents: '/su-co', incident: `/su-co/${incident.id}`, clusters: '/cum-loa', cluster: `/cum-loa/${box.cluster}`, timetable: '/lich-phat', library: '/chuong-trinh', live: '/phat-truc-tiep', reports: '/bao-cao', admin: '/quan-tri', map: '/cum-loa/ban-do', updates: '/cum-loa/cap-nhat', notify: '/bao-tin', begin: '/bat-dau', guide: '/huong-dan', pole: `/cot/${pole.code}`, trust: '/tin-cay', nowhere: '/khong-co' }
  const inner = {
    ...below('quan-tri', 'admin', ADMIN), ...below('chuong-trinh', 'library', LIBRARY), 'library-template': `/chuong-trinh/mau/${template?.id ?? ''}`, ...below('lich-phat', 'timetable', TIMETABLE),
    ...below('bao-cao', 'reports', ['ket-qua', 'thanh-tra', 'chi-tiet', 'buoi-phat', 'su-co']), ...below('cum-loa', 'cluster', ['them', `${box.cluster}/cot`, `${box.cluster}/thay`]),
    ...below('phat-truc-tiep', 'live', ['tap-thu', 'khan-cap']),
  }
  return { main, inner: Object.fromEntries(Object.entries(inner).map(([name, address]) => [name.replace(box.cluster, 'one'), address])) }
}

async function open(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.waitForSelector('main h1')
  await page.waitForSelector('p.quiet[role=status]:text-matches("…$")', { state: 'detached' })
}

t.test('every page is readable, reachable and whole on a phone and a desk, by day and night, in both languages', { skip: cannot, timeout: 1_500_000 }, async (t) => {
  t.not(rounds.length, 0, `TL_LOOK names one of ${ROUNDS.map(({ name }) => name).join(', ')}`)
  const world = await pagesWorld(t)
  const { main, inner } = await fill(world)
  const browser = await launch(t)
  const first = await visit(browser, PHONE)
  await first.page.goto(world.firstLink)
  await first.page.getByLabel('Chọn mật khẩu').waitFor()
  await picture(first.page, 'phone-light-link')
  t.same([...await axe(first.page), ...await cramped(first.page)], [], 'the link')
  await enter(first.page, world.firstLink, 'Nguyễn Văn An')
  t.same(first.wrong, [])
  const cookies = await first.context.cookies()
  for (const { name: round, look, languages, inner: isWhole } of rounds) {
    const { page, context, wrong } = await visit(browser, look)
    await context.addCookies(cookies)
    for (const language of languages) {
      await page.goto(world.url)
      await page.evaluate(`localStorage.setItem('language', '${language}')`)
      for (const [name, address] of Object.entries(isWhole ? { ...main, ...inner } : main)) {
        await open(page, `${world.url}${address}`)
        await picture(page, `${round}-${name}-${language}`)
        t.same([...await axe(page), ...await cramped(page)], [], `${round} ${name} ${language}`)
      }
    }
    t.same(wrong, [], `no error in the browser, ${round}`)
    await context.close()
  }
})
