import t from 'tap'
import { axe, cannot, cramped, cut, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(400_000)

/** Everything but who is there and what happens. */
const ASKED = /\/api\/v1\/(?!me\b|events)/
const AWAY = /Mất kết nối mạng/

t.test('a link that is away is said once on a page, and one button brings all of it', { skip: cannot, timeout: 240_000 }, async (t) => {
  const world = await pagesWorld(t)
  await world.enrol('Cụm 1 · Nhà văn hóa', '24958-dong')
  const { page, context, wrong } = await visit(await launch(t), PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  const again = page.getByRole('button', { name: 'Thử lại' })
  const looks = async (): Promise<string[]> => [...await axe(page), ...await cramped(page), ...await cut(page)]
  for (const [name, address, heading, there] of [['now', '/', 'Trực ban', '1/1 cụm loa có kết nối'], ['library', '/chuong-trinh', 'Chương trình', 'Cúp điện'], ['live', '/phat-truc-tiep', 'Phát trực tiếp', 'Xã Đức Trọng'], ['spans', '/lich-phat/tam-ngung', 'Tạm ngừng phát', 'Không có nơi nào đang tạm ngừng']] as const) {
    await context.route(ASKED, (route) => route.abort())
    await page.goto(world.url + address)
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    await again.waitFor()
    t.equal(await page.locator('main').getByText(AWAY).count(), 1, `${name} says it once`)
    t.equal(await again.count(), 1)
    await picture(page, `away-${name}`)
    t.same(await looks(), [], `${name} away`)
    await context.unroute(ASKED)
    await again.click()
    await page.getByText(there).first().waitFor()
    await page.getByText(AWAY).waitFor({ state: 'detached' })
    t.equal(await page.getByText('Chưa tải được').count(), 0, `${name} is there whole`)
  }
  t.same(wrong, [], 'no error in the browser')
})

t.test('a tick that could not be sent is taken back', { skip: cannot, timeout: 120_000 }, async (t) => {
  const world = await pagesWorld(t)
  await world.invite('Lê Thị Bình', 'announcer')
  const { page, context } = await visit(await launch(t), PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await page.goto(`${world.url}/quan-tri/nguoi-thu-hai`)
  const box = page.getByRole('checkbox').first()
  await box.waitFor()
  const before = await box.isChecked()
  const anyway = page.getByRole('button', { name: 'Vẫn bật' })
  await context.route('**/api/v1/emergency-settings', (route) => (route.request().method() === 'GET' ? route.continue() : route.abort()))
  await box.click()
  if (await anyway.isVisible()) await anyway.click()
  await page.getByText('việc này chưa được thực hiện').waitFor()
  t.equal(await box.isChecked(), before, 'it shows what is in force')
  await context.unroute('**/api/v1/emergency-settings')
  await box.click()
  if (await anyway.isVisible()) await anyway.click()
  await page.getByText('Đã lưu').waitFor()
  t.equal(await box.isChecked(), !before)
  await page.reload()
  await box.waitFor()
  t.equal(await box.isChecked(), !before, 'and it is')
})

t.test('what others ask of an announcer is asked for again where its code did not come', { skip: cannot, timeout: 120_000 }, async (t) => {
  const world = await pagesWorld(t)
  const { page, context, wrong } = await visit(await launch(t), PHONE)
  const CODE = /\/assets\/AskStrip[^/]*\.js$/
  await context.route(CODE, (route) => route.abort())
  await enter(page, await world.invite('Lê Thị Bình', 'announcer'))
  await page.getByText('Chưa xem được có ai đang chờ bạn').waitFor({ timeout: 30_000 })
  await picture(page, 'away-strip')
  t.same([...await axe(page), ...await cramped(page), ...await cut(page)], [])
  await context.unroute(CODE)
  const asked = page.waitForResponse(/\/api\/v1\/emergency-asks$/)
  await page.getByRole('button', { name: 'Thử lại' }).click()
  t.equal((await asked).status(), 200)
  await page.getByText('Chưa xem được có ai đang chờ bạn').waitFor({ state: 'detached' })
  t.same(wrong, [], 'no error in the browser')
})
