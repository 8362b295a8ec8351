import type { Page } from 'playwright-core'
import t from 'tap'
import { axe, cannot, cramped, cut, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(170_000)

interface Bar {
  /** Tops of its entries that differ: rows. */
  readonly rows: number
  readonly height: number
  /** Of the smallest letters, px. */
  readonly letters: number
  readonly shown: readonly string[]
}
const barOf = (page: Page): Promise<Bar> =>
  page.evaluate(`(() => {
    const bar = document.querySelector('nav.menu')
    const shown = [...bar.children].filter((one) => one.checkVisibility())
    return {
      rows: new Set(shown.map((one) => Math.round(one.getBoundingClientRect().top))).size,
      height: bar.getBoundingClientRect().height,
      letters: Math.min(...shown.map((one) => parseFloat(getComputedStyle(one).fontSize))),
      shown: shown.map((one) => one.firstChild.data.replaceAll('\\u00a0', ' ')),
    }
  })()`)

t.test('the menu of a phone is one row of what is used most, and a button opens the rest; by finger, by keyboard, in both languages and with letters twice as large', { skip: cannot, timeout: 160_000 }, async (t) => {
  const world = await pagesWorld(t)
  const browser = await launch(t)
  const first = await visit(browser, PHONE)
  await enter(first.page, world.firstLink, 'Nguyễn Văn An')
  const cookies = await first.context.cookies()
  for (const [name, look] of [['light', PHONE], ['dark', { ...PHONE, dark: true }], ['zoom', { ...PHONE, zoom: 2 }]] as const) {
    const { page, context, wrong } = await visit(browser, look)
    await context.addCookies(cookies)
    await page.goto(world.url)
    await page.locator('nav.menu .more').waitFor()
    for (const language of ['vi', 'en'] as const) {
      if (language === 'en') {
        await page.locator('header summary').click()
        await page.getByRole('button', { name: 'English' }).click()
        await page.getByRole('button', { name: 'More' }).waitFor()
        await page.keyboard.press('Escape')
        await page.reload()
        await page.locator('nav.menu .more').waitFor()
      }
      const { rows, height, letters, shown } = await barOf(page)
      t.comment(`${name} ${language}: ${shown.join(' | ')}`)
      t.ok(shown.includes(language === 'vi' ? 'Khẩn cấp' : 'Emergency'), 'an emergency is never folded away')
      // one long word of English beside another needs two rows where letters are twice as large
      t.ok(rows <= (name === 'zoom' && language === 'en' ? 2 : 1), `${name} ${language}: ${rows}`)
      t.ok(height >= 44 && height <= 64 * rows, `${height} px`)
      t.ok(letters >= 16, `${letters} px`)
      t.ok(shown.length >= (name === 'zoom' ? 3 : language === 'vi' ? 6 : 4), 'as many as fit, and the button')
      await picture(page, `menu-${name}-${language}`)
      t.same([...await axe(page), ...await cramped(page), ...await cut(page)], [], `${name} ${language}`)
    }
    if (name === 'light') {
      const more = page.getByRole('button', { name: 'More' })
      await more.focus()
      await page.keyboard.press('Enter')
      t.equal(await page.getByRole('navigation').getByRole('link').count(), 9, 'all of them')
      await picture(page, 'menu-open')
      t.same([...await axe(page), ...await cramped(page), ...await cut(page)], [], 'opened')
      await page.getByRole('link', { name: 'Administration', exact: true }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Administration', level: 1 }).waitFor()
      await more.waitFor()
      const there = await barOf(page)
      t.equal(there.rows, 1)
      t.ok(there.shown.includes('Emergency'), there.shown.join(' | '))
      await picture(page, 'menu-elsewhere')
      await page.goto(`${world.url}/bao-cao`)
      await page.getByRole('heading', { name: 'Reports', level: 1 }).waitFor()
      t.ok((await barOf(page)).shown.includes('Reports'), 'where somebody is stands in the row where there is room for it')
    }
    t.same(wrong, [])
    await context.close()
  }
})
