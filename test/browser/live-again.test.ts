import t from 'tap'
import type { Page } from 'playwright-core'
import type { EmergencyView } from '../../server/features/emergencies/messages.ts'
import { likeness, spokenFile } from '../support/spoken.ts'
import { cannot, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'
import { button, heardSince, looks, sleep, underWay, until } from './live-parts.ts'

t.setTimeout(300_000)

t.test('the page dies while somebody speaks: the station fades and ends it by its rule, and its address leads back to what was spoken into', { skip: cannot, timeout: 280_000 }, async (t) => {
  const world = await pagesWorld(t)
  const voice = spokenFile(t)
  const box = await world.enrol('Cụm 1 · Nhà văn hóa', '24958-dong')
  t.equal((await world.ask('PUT /areas/24958/policy', { policy: 'ca-ngay' })).status, 200, 'whatever the hour at which this is tried')
  const browser = await launch(t, [`--use-file-for-fake-audio-capture=${voice.path}`])
  const { page: first, context, wrong } = await visit(browser, PHONE)
  await enter(first, await world.invite('Lê Thị Bình', 'announcer'))
  const all = async (): Promise<EmergencyView[]> => (await world.ask('GET /emergencies?which=all')).body as EmergencyView[]
  const again = async (address: string): Promise<Page> => {
    const page = await context.newPage()
    page.on('pageerror', (error) => wrong.push(String(error)))
    await page.goto(address)
    return page
  }
  const onAir = (page: Page): Promise<void> => page.getByText('ĐANG LÊN SÓNG', { exact: true }).waitFor({ timeout: 40_000 })

  await t.test('an emergency: whoever opens the address again at once speaks on, and it is one emergency', async (t) => {
    await first.goto(`${world.url}/phat-truc-tiep/khan-cap`)
    await first.getByLabel('Diễn tập (có phát loa)').check()
    await first.getByLabel(/^Việc gì/).fill('Vỡ đê')
    await first.getByText('Sẽ phát tới 1 cụm loa thuộc 1 xã').waitFor()
    await button(first, /GIỮ 1,5 GIÂY/).focus()
    await first.keyboard.down('Enter')
    await first.getByText('TÍN HIỆU BÁO ĐỘNG – CHỜ').waitFor({ timeout: 30_000 })
    await first.keyboard.up('Enter')
    await onAir(first)
    const [emergency] = await all()
    const address = first.url()
    t.equal(address, `${world.url}/phat-truc-tiep/khan-cap?noi=${emergency?.id ?? ''}`, 'the address says what is spoken into')
    await first.close()

    const page = await again(address)
    await page.getByText('Micro của thông báo này đang mở.').waitFor()
    t.same(await looks(page), [])
    await picture(page, 'again')
    const from = Date.now()
    await button(page, 'Nói tiếp').click()
    await onAir(page)
    await page.getByText('DIỄN TẬP (có phát loa)').waitFor()
    t.ok(await until(async () => likeness(heardSince(box.wav, from), voice.pcm) > 0.7, 25_000), 'it is the voice, from the page that came after')
    t.match(await all(), [{ id: emergency?.id, endedAt: null, voice: { open: true } }], 'and no other emergency')

    await page.close()
    t.ok(await until(async () => (await all())[0]?.endedAt !== null, 60_000), 'nobody comes back: the station ends it')
    const late = await again(address)
    await late.getByText((await all())[0]?.voice?.ended?.vi ?? 'no reason').waitFor()
    t.notOk(await button(late, 'Nói tiếp').or(button(late, 'Bắt đầu nói')).isVisible(), 'what is over is not spoken into')
    t.same(await looks(late), [])
    await picture(late, 'too-late')
    await late.close()
  })

  await t.test('a broadcast: it ends by itself with its chime, and meanwhile the page says that it is under way', async (t) => {
    const speaker = await visit(browser, PHONE)
    await enter(speaker.page, await world.invite('Lò Văn Nói', 'operator'))
    await speaker.page.goto(`${world.url}/phat-truc-tiep`)
    await speaker.page.getByText('Sẽ phát tới 1 cụm loa thuộc 1 xã').waitFor()
    await speaker.page.getByLabel(/^Nói gấp/).check()
    await button(speaker.page, 'Bắt đầu nói').click()
    await onAir(speaker.page)
    await speaker.page.close()
    const page = await speaker.context.newPage()
    await page.goto(`${world.url}/phat-truc-tiep`)
    await page.getByRole('heading', { name: 'Đang phát trực tiếp' }).waitFor()
    await picture(page, 'under-way-again')
    t.same(await looks(page), [])
    t.ok(await until(async () => (await underWay(world)).length === 0, 60_000), 'the station has ended it')
    await sleep(500)
    await page.reload()
    await button(page, 'Bắt đầu nói').waitFor()
    t.notOk(await page.getByRole('heading', { name: 'Đang phát trực tiếp' }).isVisible())
    t.same(speaker.wrong, [])
    await speaker.context.close()
  })
  t.same(wrong, [], 'no error in the browser')
  await context.close()
})
