import t from 'tap'
import type { Page } from 'playwright-core'
import { ADDRESSES, addressOf, OPEN_ADDRESSES } from './addresses.ts'
import { makeSome } from './made.ts'
import { axe, cannot, cramped, cut, DESK, enter, launch, pagesWorld, PHONE, picture, visit, type Look } from './world.ts'

t.setTimeout(2_400_000)

interface Round {
  readonly name: string
  readonly look: Look
  /** Where a line is longest in the other language, both. */
  readonly languages: readonly ('vi' | 'en')[]
}
const BOTH = ['vi', 'en'] as const
const ROUNDS: readonly Round[] = [
  { name: 'phone-light', look: PHONE, languages: BOTH },
  { name: 'phone-dark', look: { ...PHONE, dark: true }, languages: ['vi'] },
  { name: 'phone-200', look: { ...PHONE, zoom: 2 }, languages: BOTH },
  { name: 'desk-light', look: DESK, languages: BOTH },
  { name: 'desk-dark', look: { ...DESK, dark: true }, languages: ['vi'] },
  { name: 'desk-200', look: { ...DESK, zoom: 2 }, languages: ['vi'] },
]
/** TL_LOOK: the rounds to go, by name, separated by commas; all when absent. TL_PAGES: only pages whose name begins so. */
const asked = process.env['TL_LOOK']?.split(',')
const pages = process.env['TL_PAGES']?.split(',')
const rounds = ROUNDS.filter(({ name }) => asked?.includes(name) ?? true)
const isAsked = ({ name }: { readonly name: string }): boolean => pages?.some((begin) => name.startsWith(begin)) ?? true
/** A list that opens over half of a phone whose letters are twice as large is read when it is open. */
const readable = async (page: Page, { zoom = 1, width }: Look): Promise<string[]> => (await cut(page)).filter((one) => zoom === 1 || width > PHONE.width || !one.startsWith('too narrow'))

async function open(page: Page, address: string): Promise<void> {
  await page.goto(address)
  await page.waitForSelector('main h1')
  await page.waitForSelector('p.quiet[role=status]:text-matches("…$")', { state: 'detached' })
}

t.test('every page is readable, reachable and whole on a phone and a desk, by day and night, with large letters, in both languages', { skip: cannot, timeout: 2_400_000 }, async (t) => {
  t.not(rounds.length, 0, `TL_LOOK names one of ${ROUNDS.map(({ name }) => name).join(', ')}`)
  const world = await pagesWorld(t)
  const made = await makeSome(world)
  const browser = await launch(t)
  const first = await visit(browser, PHONE)
  await first.page.goto(world.firstLink)
  await first.page.getByLabel('Chọn mật khẩu').waitFor()
  await picture(first.page, 'phone-light-link')
  t.same([...await axe(first.page), ...await cramped(first.page), ...await cut(first.page)], [], 'the link')
  await enter(first.page, world.firstLink, 'Nguyễn Văn An')
  t.same(first.wrong, [])
  const cookies = await first.context.cookies()
  const addresses = [...[...ADDRESSES, ...OPEN_ADDRESSES].filter(isAsked).map((one) => ({ name: one.name, address: addressOf(one, made) })), { name: 'nowhere', address: '/khong-co' }]
  for (const { name: round, look, languages } of rounds) {
    const { page, context, wrong } = await visit(browser, look)
    for (const language of languages) {
      await context.clearCookies()
      await page.goto(world.url)
      await page.evaluate(`localStorage.setItem('language', '${language}')`)
      await open(page, world.url)
      await picture(page, `${round}-enter-${language}`)
      t.same([...await axe(page), ...await cramped(page), ...await readable(page, look)], [], `${round} enter ${language}`)
      await context.addCookies(cookies)
      for (const { name, address } of addresses) {
        await open(page, `${world.url}${address}`)
        await picture(page, `${round}-${name}-${language}`)
        t.equal(await page.getByRole('heading', { name: /Không có trang này|There is no such page/ }).count(), name === 'nowhere' ? 1 : 0, `${name} is there`)
        t.same([...await axe(page), ...await cramped(page), ...await readable(page, look)], [], `${round} ${name} ${language}`)
      }
    }
    t.same(wrong, [], `no error in the browser, ${round}`)
    await context.close()
  }
})
