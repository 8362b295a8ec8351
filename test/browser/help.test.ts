import t from 'tap'
import { ADDRESSES, addressOf, TABLED } from './addresses.ts'
import { makeSome } from './made.ts'
import { axe, cannot, cramped, cut, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(300_000)

t.test('beside each page a button opens a few words of help, and the keyboard comes back to it', { skip: cannot, timeout: 280_000 }, async (t) => {
  const world = await pagesWorld(t)
  const made = await makeSome(world)
  const browser = await launch(t)
  const { page, context, wrong } = await visit(browser, PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  const looks = async (): Promise<string[]> => [...await axe(page), ...await cramped(page), ...await cut(page)]
  const help = page.getByRole('button', { name: 'Trợ giúp cho trang này' })
  const dialog = page.getByRole('dialog', { name: 'Trợ giúp' })
  const seen = new Set<string>()
  for (const one of ADDRESSES.filter(({ at }) => TABLED.includes(at) && at !== '/huong-dan')) {
    await page.goto(world.url + addressOf(one, made))
    await page.locator('main h1').first().waitFor()
    await help.click()
    await dialog.waitFor()
    seen.add(await dialog.innerText())
    await picture(page, `help-${one.name}`)
    t.same(await looks(), [], one.name)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    t.equal(await page.evaluate(`document.activeElement?.getAttribute('aria-label')`), 'Trợ giúp cho trang này', `${one.name}: the keyboard is where it was`)
  }
  t.ok(seen.size >= 13, `${seen.size} different ones`)
  await context.setOffline(true)
  await help.click()
  await dialog.waitFor()
  t.pass('what was loaded once is there without a link')
  await context.setOffline(false)
  await dialog.getByRole('link', { name: /hướng dẫn một trang/ }).click()
  await page.getByRole('heading', { name: 'Hướng dẫn một trang' }).waitFor()
  t.equal(await dialog.count(), 0)
  t.same(wrong, [], 'no error in the browser')

  const cookies = await context.cookies()
  const large = await visit(browser, { ...PHONE, zoom: 2 })
  await large.context.addCookies(cookies)
  await large.page.goto(world.url)
  await large.page.getByRole('button', { name: 'Trợ giúp cho trang này' }).click()
  await large.page.getByRole('dialog').waitFor()
  await picture(large.page, 'help-200')
  t.same([...await axe(large.page), ...await cramped(large.page), ...await cut(large.page)], [], 'letters twice as large')
})
