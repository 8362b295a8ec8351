import t from 'tap'
import { axe, cannot, cramped, cut, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(200_000)

t.test('a session of the whole station is only looked at by whoever plans for one commune', { skip: cannot, timeout: 180_000 }, async (t) => {
  const world = await pagesWorld(t)
  for (const [id, name, targets] of [['chung', 'Buổi chung', 'all'], ['rieng', 'Buổi của xã', { areas: ['24958'] }]] as const) {
    t.equal((await world.ask('POST /sessions', { id, name, at: id === 'chung' ? '05:30' : '17:00', until: id === 'chung' ? '06:00' : '17:30', days: 'daily', targets, policy: 'ca-ngay', items: [{ chime: 'nhac-hieu', name: 'Nhạc hiệu' }] })).status, 201)
  }
  const { page, wrong } = await visit(await launch(t), PHONE)
  await enter(page, await world.invite('Phạm Thị Tư', 'operator'))
  const tomorrow = new Date(Date.now() + 31 * 3_600_000).toISOString().slice(0, 10)
  await page.goto(`${world.url}/lich-phat`)
  await page.getByRole('button', { name: 'Sửa lịch' }).click()
  await page.getByText('Bản nháp:').waitFor()
  await page.goto(`${world.url}/lich-phat/buoi/chung/${tomorrow}`)
  await page.getByText('Buổi này phát cho toàn đài').waitFor()
  t.equal(await page.getByRole('button', { name: /Thêm nội dung/ }).count(), 0, 'nothing is offered that would be refused')
  t.equal(await page.getByText('Việc khác với buổi này').count(), 0)
  await picture(page, 'timetable-others')
  t.same([...await axe(page), ...await cramped(page), ...await cut(page)], [])
  await page.goto(`${world.url}/lich-phat/buoi/rieng/${tomorrow}`)
  await page.getByRole('button', { name: /Thêm nội dung/ }).waitFor()
  await page.goto(`${world.url}/lich-phat/ngay-nghi`)
  await page.locator('table.sheet').waitFor()
  t.equal(await page.evaluate(`(() => { const box = document.querySelector('table.sheet').parentElement; return box.scrollWidth - box.clientWidth })()`), 0, 'all seven days of the week are in sight')
  await picture(page, 'timetable-sheet')
  t.same([...await axe(page), ...await cramped(page), ...await cut(page)], [])
  t.same(wrong, [], 'no error in the browser')
})

t.test('the address of a calendar is not withdrawn by one tap: whoever means it says so twice', { skip: cannot, timeout: 120_000 }, async (t) => {
  const world = await pagesWorld(t)
  const { page, wrong } = await visit(await launch(t), PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  const links = async (): Promise<number> => ((await world.ask('GET /timetable/links')).body as unknown[]).length
  await page.goto(`${world.url}/lich-phat/chia-se`)
  await page.getByRole('button', { name: 'Tạo đường dẫn' }).click()
  const withdraw = page.getByRole('button', { name: 'Thu hồi' })
  await withdraw.click()
  await page.getByText('Thu hồi thật?').waitFor()
  t.equal(await links(), 1, 'it is only asked yet')
  await picture(page, 'calendar-withdraw')
  t.same([...await axe(page), ...await cramped(page), ...await cut(page)], [])
  await page.getByRole('button', { name: 'Thôi' }).click()
  t.equal(await page.getByText('Thu hồi thật?').count(), 0)
  await withdraw.click()
  await withdraw.click()
  await withdraw.waitFor({ state: 'detached' })
  t.equal(await links(), 0)
  t.same(wrong, [], 'no error in the browser')
})
