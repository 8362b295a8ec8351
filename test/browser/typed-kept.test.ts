import t from 'tap'
import { cannot, enter, launch, pagesWorld, PHONE, visit } from './world.ts'

t.setTimeout(200_000)

t.test('long words that somebody is typing are there again when the phone closes the page in between', { skip: cannot, timeout: 180_000 }, async (t) => {
  const world = await pagesWorld(t)
  const { status } = await world.ask('POST /sessions', { id: 'sang', name: 'Buổi phát sáng', at: '05:30', until: '06:30', days: 'daily', targets: { areas: ['24958'] }, policy: 'ca-ngay', items: [{ chime: 'nhac-hieu', name: 'Nhạc hiệu' }] })
  t.equal(status, 201)
  const { page, wrong } = await visit(await launch(t), PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')

  await page.goto(`${world.url}/chuong-trinh/mau/moi`)
  const words = page.getByLabel('Lời thông báo')
  await words.fill('Kính thưa bà con, ngày mai thôn ta họp.')
  await page.getByLabel('Tên mẫu').fill('Họp xóm')
  await page.getByRole('button', { name: 'Thêm ô' }).click()
  await page.getByLabel('Hỏi điều gì').fill('Họp ở đâu')
  await page.reload()
  t.same([await words.inputValue(), await page.getByLabel('Tên mẫu').inputValue(), await page.getByLabel('Hỏi điều gì').inputValue()], ['Kính thưa bà con, ngày mai thôn ta họp.', 'Họp xóm', 'Họp ở đâu'])
  await page.getByRole('button', { name: 'Đưa “Họp ở đâu” vào lời' }).click()
  await page.getByRole('button', { name: 'Lưu mẫu' }).click()
  await page.getByRole('heading', { name: 'Họp xóm' }).or(page.getByRole('link', { name: 'Mở xem' })).first().waitFor()
  await page.goto(`${world.url}/chuong-trinh/mau/moi`)
  t.equal(await words.inputValue(), '', 'what was saved is not begun again')

  const tomorrow = new Date(Date.now() + 31 * 3_600_000).toISOString().slice(0, 10)
  await page.goto(`${world.url}/lich-phat`)
  await page.getByRole('button', { name: 'Sửa lịch' }).click()
  await page.getByText('Bản nháp:').waitFor()
  const open = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Thêm nội dung' }).click()
    await page.getByRole('button', { name: 'Lời thông báo', exact: true }).click()
  }
  await page.goto(`${world.url}/lich-phat/buoi/sang/${tomorrow}`)
  await open()
  const text = page.getByLabel('Văn bản sẽ được đọc trên loa')
  await text.fill('Mời bà con đi tiêm chủng.')
  await page.reload()
  await open()
  t.equal(await text.inputValue(), 'Mời bà con đi tiêm chủng.')
  await page.getByRole('button', { name: 'Thêm vào bản nháp' }).click()
  await page.getByText('Đã thêm “Mời bà con đi tiêm chủng.” vào bản nháp.').waitFor()

  await page.goto(`${world.url}/chuong-trinh/mau/moi`)
  await words.fill('Dở dang.')
  await page.reload()
  t.equal(await words.inputValue(), 'Dở dang.')
  await page.locator('details.who summary').click()
  await page.getByRole('button', { name: 'Đăng xuất' }).click()
  await page.getByLabel('Mật khẩu').waitFor()
  t.same(await page.evaluate(`[...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) => key.startsWith('kept.'))`), [], 'the next person at this phone does not find it')
  t.same(wrong, [], 'no error in the browser')
})
