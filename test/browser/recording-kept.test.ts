import t from 'tap'
import { axe, cannot, cramped, cut, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(200_000)

t.test('a recording is not lost by a tap too many: not by leaving, not by the button beside', { skip: cannot, timeout: 180_000 }, async (t) => {
  const world = await pagesWorld(t)
  const { page, wrong } = await visit(await launch(t), PHONE)
  const looks = async (): Promise<string[]> => [...await axe(page), ...await cramped(page), ...await cut(page)]
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await page.goto(`${world.url}/chuong-trinh`)
  await page.getByRole('link', { name: 'Ghi âm', exact: true }).click()
  await page.getByRole('button', { name: 'Bắt đầu ghi âm' }).click()
  await page.getByRole('timer').getByText('0:03').waitFor()
  await page.getByRole('link', { name: '‹ Chương trình' }).click()
  await page.getByRole('heading', { name: 'Soạn thông báo' }).waitFor()
  await page.goBack()
  await page.getByText(/Bản ghi âm .* chưa được gửi/).waitFor()
  await picture(page, 'recording-left')
  t.same(await looks(), [])
  await page.getByRole('button', { name: 'Nghe và gửi bản này' }).click()
  await page.getByRole('button', { name: 'Bỏ bản này, ghi lại' }).click()
  await page.getByText('Không lấy lại được').waitFor()
  await picture(page, 'recording-drop')
  t.same(await looks(), [])
  await page.getByRole('button', { name: 'Thôi', exact: true }).click()
  await page.getByLabel('Tên chương trình').fill('Lời nhắc dở dang')
  await page.getByRole('button', { name: 'Lưu và gửi duyệt' }).click()
  await page.getByText('Đã lưu và gửi duyệt').waitFor({ timeout: 60_000 })
  const { items } = (await world.ask('GET /programmes?q=do%20dang')).body as { items: { ms: number }[] }
  t.ok((items[0]?.ms ?? 0) > 1_500, `what had been said is there: ${items[0]?.ms} ms`)

  // while it is cut, somebody else works as well
  await page.getByText('Cắt đầu, cắt cuối').click()
  const from = page.getByLabel(/^Phát từ giây/)
  await from.fill('500')
  await page.getByText('Phát từ giây thứ 0,5').waitFor()
  const { status, body: other } = await world.ask('POST /programmes/speech', { name: 'Bài của người khác', text: 'Mời bà con họp thôn.', area: '24958' })
  t.equal(status, 201)
  const news = page.waitForResponse(/\/api\/v1\/programmes\/[^/?]+$/)
  t.equal((await world.ask(`POST /programmes/${(other as { id: string }).id}/submit`)).status, 200)
  await news
  await page.waitForTimeout(1_000)
  t.equal(await from.inputValue(), '500', 'what somebody has put there stays')

  await page.goto(`${world.url}/chuong-trinh/ghi-am`)
  await page.getByRole('button', { name: 'Bắt đầu ghi âm' }).waitFor()
  t.equal(await page.getByText('chưa được gửi').count(), 0, 'what arrived is kept no longer')
  t.same(wrong, [], 'no error in the browser')
})
