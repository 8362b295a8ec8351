import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Page } from 'playwright-core'
import { civilDayNumber, dateOfDayNumber, startOfDayNumber } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Report } from '../../server/core/report-model.ts'
import { playProvince } from '../../scripts/province/play.ts'
import { axe, cannot, cramped, DESK, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(400_000)

const COMMUNE = '24000'
const firstDay = civilDayNumber(wallMs(Date.now())) - 4
const date = dateOfDayNumber(firstDay)
const month = date.slice(0, 7)

/** Three days of three communes, and the result of one session. */
function past(folder: string): void {
  const played = playProvince({ folder, size: { seed: 'pages', communes: 3, clusters: 18, firstDay, days: 3 } })
  const [lacking] = played.made.clusters
  const occurrence = wallMs(startOfDayNumber(firstDay) + 5.5 * 3_600_000)
  played.stores.reports.putResults([{
    session: 'sang-0', title: 'Buổi phát sáng', occurrence, end: wallMs(occurrence + 3_600_000), area: COMMUNE, areaName: 'Xã 1', clusters: 6, whole: 5, part: 0, plannedMs: 3_120_000, airedMs: 3_120_000,
    lacking: [{ cluster: lacking?.id ?? '', name: lacking?.name ?? '', playedMs: 0, plannedMs: 3_120_000, reason: 'not-sent', online: false, call: { name: 'Lò Văn Pâng' } }],
  }], wallMs(occurrence + 3_900_000))
  played.close()
}
async function whole(page: Page, name: string): Promise<void> {
  await picture(page, name)
  t.same([...await axe(page), ...await cramped(page)], [], name)
}

t.test('an administrator reads a report on a phone, follows a figure to its rows, saves the paper, and gives an inspector a link that shows the same and no more', { skip: cannot, timeout: 380_000 }, async (t) => {
  const world = await pagesWorld(t, past)
  const report = (await world.ask(`GET /reports/${month}?area=${COMMUNE}`)).body as Report
  const browser = await launch(t)
  const { page, context, wrong } = await visit(browser, PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')

  await page.goto(`${world.url}/bao-cao?period=${month}`)
  await page.getByRole('heading', { name: 'Tổng hợp' }).waitFor({ timeout: 60_000 })
  await whole(page, 'reports-phone-station')
  await page.getByRole('combobox', { name: 'Địa bàn' }).selectOption(COMMUNE)
  await page.waitForURL(/area=24000/)
  await page.getByText('Số liệu nhận được đến').waitFor({ timeout: 60_000 })
  const [sources] = [report.sections.find(({ id }) => id === 'sources')]
  const own = sources?.rows[0]
  await page.getByRole('region', { name: 'Nội dung phát theo nguồn' }).getByText('Bảng số liệu').click()
  const table = page.getByRole('table', { name: 'Nội dung phát theo nguồn' })
  const figure = table.getByRole('row').filter({ hasText: 'Chương trình tự sản xuất' }).getByRole('link').first()
  t.match(await figure.textContent(), new RegExp(`^${String(own?.[1]?.value)}, `), 'the figure is that of the report')
  await whole(page, 'reports-phone')

  await figure.click()
  await page.getByRole('heading', { name: 'Chi tiết số liệu' }).waitFor()
  const { all } = (await world.ask(`GET ${own?.[1]?.trace ?? ''}`)).body as { all: { rows: number } }
  await page.getByText(new RegExp(`^${all.rows.toLocaleString('vi-VN')} lượt`)).waitFor({ timeout: 60_000 })
  await whole(page, 'reports-phone-rows')
  await page.getByRole('button', { name: 'Xem thêm' }).click()
  await page.locator('li.card').nth(60).waitFor()
  await page.getByRole('button', { name: /Nghe lại/ }).first().click()
  await page.getByText('Không còn lưu âm thanh của mục này').waitFor({ timeout: 20_000 })

  await page.getByRole('link', { name: 'Về báo cáo' }).click()
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), page.getByRole('button', { name: 'PDF' }).click({ timeout: 60_000 })])
  t.equal(download.suggestedFilename(), `bao-cao-${COMMUNE}-${month}.pdf`)
  t.equal(readFileSync(await download.path()).subarray(0, 5).toString(), '%PDF-')
  await page.getByText('Đã lưu vào máy.').waitFor()

  await page.goto(`${world.url}/bao-cao/nhat-ky?period=${date}&area=${COMMUNE}`)
  await page.getByText(/Tiếp âm VOV1: Thời sự/).first().waitFor({ timeout: 60_000 })
  await whole(page, 'reports-phone-log')
  await page.goto(`${world.url}/bao-cao/ket-qua`)
  await page.getByRole('button', { name: 'Xem ảnh để gửi nhóm' }).click()
  await page.getByRole('img', { name: /Ảnh kết quả/ }).waitFor({ timeout: 60_000 })
  await page.getByText('1 cụm loa chưa phát đủ').click()
  await whole(page, 'reports-phone-result')

  await context.setOffline(true)
  await page.goto(`${world.url}/bao-cao`).catch((error: unknown) => t.match(String(error), /ERR_INTERNET_DISCONNECTED/))
  await context.setOffline(false)

  await page.goto(`${world.url}/bao-cao/thanh-tra`)
  await page.getByLabel('Cho ai xem').fill('Thanh tra Sở')
  await page.getByLabel('Để làm gì').fill('Kiểm tra định kỳ')
  await page.getByRole('combobox', { name: 'Địa bàn' }).selectOption(COMMUNE)
  await page.getByLabel('Xem được từ ngày').fill(date)
  await page.getByRole('button', { name: 'Tạo đường dẫn' }).click()
  const link = await page.getByLabel('Đường dẫn').inputValue({ timeout: 20_000 })
  t.match(link, /\/thanh-tra#[A-Za-z0-9_-]{43}$/)
  await whole(page, 'reports-phone-shares')

  const inspector = await visit(browser, PHONE)
  await inspector.page.goto(link)
  await inspector.page.getByText('Dành cho Thanh tra Sở').waitFor()
  await inspector.page.getByRole('heading', { name: 'Tổng hợp' }).waitFor({ timeout: 60_000 })
  t.equal(await inspector.page.getByRole('navigation').count(), 0, 'no menu')
  await whole(inspector.page, 'reports-phone-inspector')
  await inspector.page.getByRole('region', { name: 'Nội dung phát theo nguồn' }).getByRole('link').first().click()
  await inspector.page.getByText(/lượt · theo lịch/).waitFor({ timeout: 60_000 })
  await inspector.page.goto(`${link.replace('/thanh-tra', `/thanh-tra?area=24001`)}`)
  await inspector.page.reload()
  await inspector.page.getByText('Đường dẫn này chỉ dùng cho địa bàn').waitFor({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Thu hồi' }).click()
  await page.locator('button.danger').click()
  await page.getByText('Đã thu hồi').waitFor()
  await inspector.page.goto(link)
  await inspector.page.reload()
  await inspector.page.getByText('đã hết hạn hoặc đã bị thu hồi').waitFor()
  t.same([...wrong, ...inspector.wrong], [], 'no error in the browser')
  await inspector.context.close()

  const cookies = await context.cookies()
  for (const [name, look] of [['phone-dark', { ...PHONE, dark: true }], ['desk', DESK], ['desk-200', { ...DESK, zoom: 2 }]] as const) {
    const other = await visit(browser, look)
    await other.context.addCookies(cookies)
    await other.page.goto(`${world.url}/bao-cao?period=${month}`)
    await other.page.getByRole('heading', { name: 'Tổng hợp' }).waitFor({ timeout: 60_000 })
    await whole(other.page, `reports-${name}`)
    if (name === 'desk') {
      await other.page.emulateMedia({ media: 'print' })
      await picture(other.page, 'reports-paper')
      await other.page.emulateMedia({ media: 'screen' })
      await other.page.evaluate(`localStorage.setItem('language', 'en')`)
      await other.page.reload()
      await other.page.getByRole('heading', { name: 'In brief' }).waitFor({ timeout: 60_000 })
      await whole(other.page, 'reports-desk-en')
    }
    t.same(other.wrong, [], name)
    await other.context.close()
  }
})
