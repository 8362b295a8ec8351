import t from 'tap'
import { axe, cannot, cramped, cut, enter, launch, PASSWORD, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(200_000)

t.test('an invitation that is opened where the link is weak asks for nothing that its reader may not have', { skip: cannot, timeout: 180_000 }, async (t) => {
  const world = await pagesWorld(t)
  const { page, context, wrong } = await visit(await launch(t), PHONE)
  const looks = async (): Promise<string[]> => [...await axe(page), ...await cramped(page), ...await cut(page)]
  const LOOK = '**/api/v1/links/look'
  await context.route(LOOK, (route) => route.abort())
  await page.goto(await world.invite('Lê Thị Bình', 'operator'))
  await page.getByText('Mất kết nối mạng nên chưa tải được').waitFor()
  t.equal(await page.getByLabel('Mật khẩu').count(), 0, 'nobody has a password yet')
  await picture(page, 'enter-away')
  t.same(await looks(), [])
  await context.unroute(LOOK)
  await page.getByRole('button', { name: 'Thử lại' }).click()
  await page.getByText('Đường dẫn này dành cho Lê Thị Bình.').waitFor()

  // the password arrives, its answer does not
  let cuts = 1
  await context.route('**/api/v1/links/use', async (route) => {
    if (cuts-- <= 0) return route.fallback()
    await route.fetch()
    await context.clearCookies()
    await route.abort()
  })
  await page.getByLabel('Chọn mật khẩu').fill(PASSWORD)
  await page.getByRole('button', { name: 'Lưu và vào' }).click()
  await page.getByText('việc này chưa được thực hiện').waitFor()
  t.equal(await page.getByLabel('Chọn mật khẩu').inputValue(), PASSWORD, 'what was typed is there still')
  await page.getByRole('button', { name: 'Lưu và vào' }).click()
  await page.getByText('đã dùng rồi').waitFor()
  await picture(page, 'enter-used')
  t.same(await looks(), [])
  t.equal(await page.getByLabel('Số điện thoại hoặc tên').inputValue(), 'Lê Thị Bình')
  await page.getByRole('button', { name: 'Vào', exact: true }).click()
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
  t.same(wrong, [], 'no error in the browser')
})

t.test('the first screen offers each role what it does most', { skip: cannot, timeout: 180_000 }, async (t) => {
  const world = await pagesWorld(t)
  const browser = await launch(t)
  for (const [role, button, heading] of [['operator', 'Soạn thông báo', 'Chương trình'], ['approver', 'Nghe và duyệt', 'Chờ duyệt'], ['technician', 'Xem sự cố', 'Sự cố'], ['announcer', 'Phát khẩn cấp', 'Khẩn cấp']] as const) {
    const { page, context, wrong } = await visit(browser, PHONE)
    await enter(page, await world.invite(`Người thử ${role}`, role))
    await page.getByRole('link', { name: button, exact: true }).click()
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor()
    t.same(wrong, [], role)
    await context.close()
  }
})
