import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import type { AskView } from '../../server/features/emergencies/ask-views.ts'
import type { EmergencyView } from '../../server/features/emergencies/messages.ts'
import { button, heardSince, looks, until } from './live-parts.ts'
import { cannot, enter, launch, pagesWorld, PHONE, picture, visit, type PagesWorld } from './world.ts'

t.setTimeout(300_000)

const BOTH = ['24958', '24961']
const asks = async (world: PagesWorld): Promise<AskView[]> => (await world.ask('GET /emergency-asks')).body as AskView[]
const all = async (world: PagesWorld): Promise<EmergencyView[]> => (await world.ask('GET /emergencies?which=all')).body as EmergencyView[]
const loudest = (pcm: Int16Array): number => pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)

async function announcer(world: PagesWorld, name: string): Promise<string> {
  const { status, body } = await world.ask('POST /people', { name, grants: [{ role: 'announcer', areas: BOTH }] })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return (body as { link: { url: string } }).link.url
}
async function hold(page: Page, name: RegExp): Promise<void> {
  await button(page, name).focus()
  await page.keyboard.down('Enter')
  await page.waitForTimeout(1_800)
  await page.keyboard.up('Enter')
}
async function write(page: Page, url: string, words: string): Promise<void> {
  await page.goto(`${url}/khan-cap`)
  await page.getByLabel('Diễn tập (có phát loa)').check()
  await button(page, 'Nhập văn bản').click()
  await page.getByLabel('Văn bản sẽ được đọc trên loa').fill(words)
  await page.getByLabel('Xã Đức Trọng').check()
  await page.getByLabel('Xã Hiệp Thạnh').check()
  await page.getByText('Sẽ phát tới 2 cụm loa thuộc 2 xã').waitFor()
}

t.test('an emergency for two communes: somebody else is asked on their own telephone', { skip: cannot, timeout: 290_000 }, async (t: Test) => {
  const world = await pagesWorld(t)
  await world.ask('POST /areas', { code: '24961', name: 'Xã Hiệp Thạnh', kind: 'commune', parent: '68' })
  const box = await world.enrol('Cụm 1 · Nhà văn hóa', '24958-dong')
  await world.enrol('Cụm 2 · Chợ', '24961')
  const browser = await launch(t)
  const admin = await visit(browser, PHONE)
  await enter(admin.page, world.firstLink, 'Nguyễn Văn An')
  const [ha, binh] = [await visit(browser, PHONE), await visit(browser, PHONE)]
  await enter(ha.page, await announcer(world, 'Lò Thị Hà'))
  await enter(binh.page, await announcer(world, 'Lê Văn Bình'))

  await t.test('an administrator turns it on, with its effect explained', async (t) => {
    const { page } = admin
    await page.goto(`${world.url}/quan-tri`)
    await page.getByRole('link', { name: 'Người thứ hai cho khẩn cấp' }).click()
    await page.getByText('Đang tắt').waitFor()
    await page.getByText('Có 3 người được phát ở từ hai xã trở lên').waitFor()
    await page.getByText('Xem theo địa bàn').click()
    await page.getByLabel('Xã Đức Trọng').check()
    await page.getByLabel('Xã Hiệp Thạnh').check()
    await page.getByText('Có 2 người có thể đồng ý, ngoài người xin phát.').waitFor()
    await picture(page, 'setting-people')
    t.same(await looks(page), [])
    await page.getByLabel('Tỉnh thử').check()
    await page.getByText('Chỉ có Nguyễn Văn An được phát khẩn cấp ở đây').waitFor()
    await page.getByLabel('Phát khẩn cấp tới nhiều xã phải có thêm một người đồng ý').check()
    await page.getByText('mà không có ai đồng ý').waitFor()
    t.same((await world.ask('GET /emergency-settings')).body, { secondPerson: false }, 'asked before it is saved')
    await picture(page, 'setting-nobody')
    t.same(await looks(page), [])
    await button(page, 'Thôi').click()
    t.notOk(await page.getByLabel('Phát khẩn cấp tới nhiều xã phải có thêm một người đồng ý').isChecked())
    await page.getByLabel('Tỉnh thử').uncheck()
    await page.getByLabel('Phát khẩn cấp tới nhiều xã phải có thêm một người đồng ý').check()
    await page.getByText('Đã lưu.').waitFor()
    t.same((await world.ask('GET /emergency-settings')).body, { secondPerson: true })
    t.same(await looks(page), [])
    await picture(page, 'setting')
    t.same(admin.wrong, [])
    await admin.context.close()
  })

  await t.test('asked, agreed to, and it sounds', async (t) => {
    await write(ha.page, world.url, 'Nước lên nhanh. Bà con lên nhà văn hóa ngay.')
    await ha.page.getByText('cần thêm một người đồng ý').waitFor()
    t.same(await looks(ha.page), [])
    await picture(ha.page, 'raise')
    await hold(ha.page, /GIỮ 1,5 GIÂY ĐỂ PHÁT DIỄN TẬP/)
    await ha.page.waitForURL(/cho-dong-y/)
    await ha.page.getByText('Loa CHƯA phát.').waitFor()
    await ha.page.getByText('Đã hỏi: Lê Văn Bình').waitFor()
    await ha.page.getByText(/Chờ trả lời: 0:[0-5]\d/).waitFor()
    t.same(await looks(ha.page), [])
    await picture(ha.page, 'waiting')
    t.same(await all(world), [], 'nothing sounds')

    await binh.page.getByText('Lò Thị Hà xin phát diễn tập tới 2 xã, 2 cụm loa').waitFor()
    t.same(await looks(binh.page), [])
    await picture(binh.page, 'strip')
    await binh.page.getByRole('link', { name: 'Xem để đồng ý, hoặc không' }).click()
    await binh.page.getByText('Nước lên nhanh. Bà con lên nhà văn hóa ngay.').last().waitFor()
    await binh.page.getByText('Xã Đức Trọng, Xã Hiệp Thạnh').waitFor()
    t.ok(await until(async () => (await asks(world))[0]?.prepared !== false, 40_000))
    await binh.page.getByText('Nghe trước').first().waitFor()
    t.same(await looks(binh.page), [])
    await picture(binh.page, 'answer')
    const from = Date.now()
    await hold(binh.page, /GIỮ 1,5 GIÂY ĐỂ ĐỒNG Ý DIỄN TẬP/)
    for (const { page } of [ha, binh]) {
      await page.waitForURL(/\/khan-cap\/[0-9a-z]{10}$/)
      await page.getByText('Người thứ hai đã đồng ý: Lê Văn Bình.').waitFor()
    }
    await picture(ha.page, 'board')
    t.ok(await until(async () => (await all(world))[0]?.prepared === true, 20_000))
    t.ok(await until(async () => loudest(heardSince(box.wav, from)) > 2_000, 20_000), 'it was in the loudspeaker')
    await button(ha.page, 'DỪNG NGAY').click()
    await ha.page.getByText(/Đã kết thúc lúc/).waitFor()
  })

  await t.test('a no with its reason is seen; after a minute the announcer goes on alone with a reason', async (t) => {
    await write(ha.page, world.url, 'Diễn tập lần hai.')
    await hold(ha.page, /GIỮ 1,5 GIÂY ĐỂ PHÁT DIỄN TẬP/)
    await ha.page.waitForURL(/cho-dong-y/)
    await binh.page.goto(world.url)
    await binh.page.getByRole('link', { name: 'Xem để đồng ý, hoặc không' }).click()
    await button(binh.page, 'Không đồng ý').click()
    await button(binh.page, 'Sai địa bàn').click()
    await binh.page.waitForTimeout(400)
    t.same(await looks(binh.page), [])
    await picture(binh.page, 'refuse')
    await button(binh.page, /Gửi câu trả lời/).click()
    await binh.page.getByText('Nếu đổi ý').waitFor()
    await ha.page.getByText('Lê Văn Bình không đồng ý: Sai địa bàn').waitFor()
    t.equal(await button(ha.page, /TỰ PHÁT/).count(), 0, 'not before the minute is over')
    await picture(ha.page, 'refused')
    await ha.page.goto(`${world.url}/cum-loa`)
    await ha.page.getByText('Đang chờ thêm một người đồng ý. Loa chưa phát.').waitFor()
    await ha.page.getByRole('link', { name: 'Xem và quyết định' }).click()
    await ha.page.getByText('Chưa có ai đồng ý').waitFor({ timeout: 70_000 })
    t.ok(await button(ha.page, /TỰ PHÁT/).isDisabled(), 'not without a reason')
    await button(ha.page, 'Không gọi được ai').click()
    // colours come in a moment, not at once
    await ha.page.waitForTimeout(400)
    t.same(await looks(ha.page), [])
    await picture(ha.page, 'alone')
    const from = Date.now()
    await hold(ha.page, /GIỮ 1,5 GIÂY ĐỂ TỰ PHÁT DIỄN TẬP/)
    await ha.page.waitForURL(/\/khan-cap\/[0-9a-z]{10}$/)
    await ha.page.getByText('Phát không có người thứ hai. Lý do: Không gọi được ai').waitFor()
    await binh.page.getByText('Nếu đổi ý').waitFor({ state: 'detached' })
    t.ok(await until(async () => loudest(heardSince(box.wav, from)) > 2_000, 20_000))
    t.match((await all(world))[0], { drill: true, second: { name: null, reason: 'Không gọi được ai' } })
    await world.ask('POST /emergencies/stop-all', { reason: 'thử xong' })
  })

  t.same([...ha.wrong, ...binh.wrong], [])
})
