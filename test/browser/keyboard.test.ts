import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { ADDRESSES, addressOf } from './addresses.ts'
import { makeSome } from './made.ts'
import { cannot, DESK, enter, launch, pagesWorld, PHONE, picture, visit, type Look } from './world.ts'

t.setTimeout(600_000)

interface Stop {
  /** What it is, for a person to find. */
  readonly what: string
  /** Its place among all elements of the document. */
  readonly nth: number
  /** How far below the beginning of the page. */
  readonly top: number
  /** What is wrong with it; null = nothing. */
  readonly wrong: string | null
}
/** Where the focus is; null = nowhere in the page. */
const STOP = `(() => {
  const one = document.activeElement
  if (!one || one === document.body || one === document.documentElement) return null
  const box = one.getBoundingClientRect()
  const what = (one.localName + ' ' + (one.getAttribute('aria-label') ?? one.labels?.[0]?.innerText ?? one.innerText ?? '')).trim().replaceAll(/\\s+/g, ' ').slice(0, 60)
  const ringed = [one, one.closest('label')].some((ring) => ring && getComputedStyle(ring).outlineStyle !== 'none' && parseFloat(getComputedStyle(ring).outlineWidth) >= 2)
  const isInside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
  const hit = document.elementFromPoint(Math.min(innerWidth - 1, Math.max(0, box.left + box.width / 2)), Math.min(innerHeight - 1, Math.max(0, box.top + Math.min(box.height / 2, 20))))
  const isSeen = hit !== null && (one.contains(hit) || hit.contains(one) || one.closest('label')?.contains(hit))
  const wrong = !ringed ? 'no ring' : !isInside ? 'out of sight' : !isSeen ? 'covered by ' + (hit?.outerHTML.slice(0, 60) ?? 'nothing') : null
  return { what, nth: [...document.querySelectorAll('*')].indexOf(one), top: box.top + scrollY, wrong }
})()`
/** What can be tapped or typed into; of a group of choices the keyboard reaches one, and the arrows the others. */
const TAPPABLE = `(() => {
  const all = [...document.querySelectorAll('*')]
  const groups = new Set()
  return all.flatMap((one, nth) => {
    if (!one.matches('a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, audio[controls], [tabindex="0"]') || !one.checkVisibility() || one.closest('[inert]')) return []
    if (one.type === 'radio') {
      const group = [...document.querySelectorAll('input[type=radio]:not(:disabled)')].filter(({ name, form }) => name === one.name && form === one.form)
      if (one.name !== '' && group.indexOf(one) !== Math.max(0, group.findIndex(({ checked }) => checked))) return []
    }
    return [{ nth, what: (one.localName + ' ' + (one.innerText || one.getAttribute('aria-label') || one.name || one.className)).slice(0, 60) }]
  })
})()`
const MOST_STOPS = 160
/** A row of a table or of buttons may stand a little higher on its right. */
const SAME_ROW_PX = 60

/** Goes through a page by Tab alone, from its beginning to its end. */
async function walk(t: Test, page: Page, name: string, isColumn: boolean): Promise<void> {
  await page.evaluate(`document.activeElement?.blur?.(); scrollTo(0, 0)`)
  const wanted = (await page.evaluate(TAPPABLE)) as { nth: number; what: string }[]
  const stops: Stop[] = []
  for (let n = 0; n < MOST_STOPS; n++) {
    await page.keyboard.press('Tab')
    const stop = (await page.evaluate(STOP)) as Stop | null
    if (stop === null || stop.nth === stops[0]?.nth) break
    // the parts of a date or of a player are stops of their own
    if (stop.nth !== stops.at(-1)?.nth) stops.push(stop)
  }
  const reached = new Set(stops.map(({ nth }) => nth))
  t.ok(stops.length < MOST_STOPS, `${name}: there is a way out`)
  t.same(stops.flatMap(({ what, wrong }) => (wrong === null ? [] : [`${what}: ${wrong}`])), [], `${name}: the focus is seen at each of ${stops.length} stops`)
  t.same(wanted.filter(({ nth }) => !reached.has(nth)).map(({ what }) => what), [], `${name}: everything that can be tapped is reached`)
  t.same(stops.filter(({ nth }, n) => nth < (stops[n - 1]?.nth ?? 0)).map(({ what }) => what), [], `${name}: in the order in which it is read`)
  if (isColumn) t.same(stops.filter(({ top }, n) => top < (stops[n - 1]?.top ?? 0) - SAME_ROW_PX).map(({ what }) => what), [], `${name}: from top to bottom`)
}
const ready = async (page: Page): Promise<void> => {
  await page.waitForSelector('main h1')
  await page.waitForSelector('p.quiet[role=status]:text-matches("…$")', { state: 'detached' })
}

t.test('each role goes through its first pages by the keyboard alone', { skip: cannot, timeout: 500_000 }, async (t) => {
  const world = await pagesWorld(t)
  const made = await makeSome(world)
  const browser = await launch(t)
  const looks: readonly (readonly [string, Look])[] = [['phone', PHONE], ['desk', DESK]]
  const people = [['operator', 'Phạm Thị Tư', ['now', 'timetable', 'library', 'library-write']], ['technician', 'Trần Văn Cường', ['now', 'incidents', 'incident', 'cluster', 'clusters']], ['announcer', 'Lê Thị Bình', ['now', 'emergency', 'live', 'live-emergency', 'board']], ['administrator', 'Hoàng Văn Năm', ['now', 'admin', 'admin-person-new', 'admin-hours', 'begin-2']]] as const
  for (const [role, name, pages] of people) {
    const link = await world.invite(name, role)
    const first = await visit(browser, PHONE)
    await enter(first.page, link)
    const cookies = await first.context.cookies()
    await first.context.close()
    for (const [look, how] of looks) {
      const { page, context, wrong } = await visit(browser, how)
      await context.addCookies(cookies)
      for (const at of pages) {
        const one = ADDRESSES.find((address) => address.name === at)
        if (!one) return t.fail(at)
        await page.goto(`${world.url}${addressOf(one, made)}`)
        await ready(page)
        await walk(t, page, `${role} ${look} ${at}`, look === 'phone')
        await picture(page, `keyboard-${role}-${look}-${at}`)
      }
      t.same(wrong, [])
      await context.close()
    }
  }
})

t.test('a link that is followed by Enter leads to the heading of its page, the first Tab jumps over the menu, and a choice is left by Escape where it was opened', { skip: cannot, timeout: 200_000 }, async (t) => {
  const world = await pagesWorld(t)
  const made = await makeSome(world)
  const browser = await launch(t)
  const { page, wrong } = await visit(browser, DESK)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  const focused = (): Promise<string> => page.evaluate(`(document.activeElement?.localName ?? '') + ' ' + (document.activeElement?.innerText ?? '')`)
  for (const [link, heading] of [['Lịch phát', 'Lịch phát'], ['Báo cáo', 'Báo cáo'], ['Cụm loa', 'Cụm loa'], ['Khẩn cấp', 'Khẩn cấp']] as const) {
    await page.getByRole('navigation').getByRole('link', { name: link, exact: true }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    await page.waitForTimeout(300)
    t.equal(await focused(), `h1 ${heading}`, `after ${link}`)
  }
  await page.reload()
  await ready(page)
  await page.keyboard.press('Tab')
  t.equal(await focused(), 'a Đến nội dung chính')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  t.ok(await page.evaluate(`document.querySelector('main').contains(document.activeElement)`), 'what comes next is in the page itself')

  // the question where an item is to go
  await page.goto(`${world.url}/lich-phat/buoi/${made.session}/${made.day}`)
  await ready(page)
  await page.getByRole('button', { name: 'Sửa lịch' }).click()
  await page.getByRole('button', { name: /Nhạc hiệu/ }).first().click()
  const opener = page.getByRole('button', { name: 'Chuyển đến…' })
  await opener.waitFor()
  await opener.focus()
  const before = await focused()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  t.ok(await page.evaluate(`document.querySelector('dialog').contains(document.activeElement)`), 'the focus goes into it')
  for (let n = 0; n < 12; n++) await page.keyboard.press('Tab')
  t.ok(await page.evaluate(`document.activeElement === document.body || document.querySelector('dialog').contains(document.activeElement)`), 'and stays in it')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  t.equal(await focused(), before, 'and goes back to where it was')
  t.same(wrong, [])
})
