import t from 'tap'
import type { Page } from 'playwright-core'
import type { EmergencyView } from '../../server/features/emergencies/messages.ts'
import type { LiveView } from '../../server/features/live/routes.ts'
import { readRecording } from '../support/recording.ts'
import { likeness, spokenFile } from '../support/spoken.ts'
import { axe, cannot, cramped, enter, launch, pagesWorld, PHONE, picture, visit, type PagesWorld } from './world.ts'

t.setTimeout(300_000)

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
const underWay = async (world: PagesWorld): Promise<LiveView[]> => (await world.ask('GET /live')).body as LiveView[]
async function until(what: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(500)) if (await what()) return true
  return false
}
/** What a WAV file has had in it since an instant. */
function heardSince(wav: string, from: number): Int16Array {
  const { pcm, startedAtMs } = readRecording(wav)
  return pcm.subarray(Math.max(0, Math.round((from - startedAtMs) * 48)))
}
const looks = async (page: Page): Promise<string[]> => [...await axe(page), ...await cramped(page)]
const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
t.test('an approved programme is played now, and stopped; an emergency is spoken behind a hold; whoever may not is told', { skip: cannot, timeout: 280_000 }, async (t) => {
  const world = await pagesWorld(t)
  const voice = spokenFile(t)
  const box = await world.enrol('Cụm 1 · Nhà văn hóa', '24958-dong')
  const browser = await launch(t, [`--use-file-for-fake-audio-capture=${voice.path}`])
  await world.ask('PUT /areas/all/rules', { selfApproval: true })
  const made = await world.ask('POST /programmes/speech', { name: 'Lịch tiêm chủng', area: '24958', text: 'Mời bà con đưa các cháu đến trạm y tế xã để tiêm chủng vào sáng mai. Xin cảm ơn bà con. '.repeat(4), state: 'approved' })
  t.equal(made.status, 201, JSON.stringify(made.body).slice(0, 200))

  await t.test('a programme', async (t) => {
    const { page, context, wrong } = await visit(browser, PHONE)
    await enter(page, await world.invite('Lò Văn Nói', 'operator'))
    await page.goto(`${world.url}/phat-truc-tiep`)
    await page.getByLabel('Phát ngay một chương trình đã duyệt').check()
    t.ok(await button(page, 'Phát ngay').isDisabled())
    await page.getByLabel('Tìm chương trình').fill('tiem chung')
    await page.getByLabel(/Lịch tiêm chủng/).check()
    t.same(await looks(page), [])
    await picture(page, 'programme')
    await button(page, 'Phát ngay').click()
    await page.getByText('Đã gửi lệnh phát “Lịch tiêm chủng”').waitFor()
    await page.getByRole('heading', { name: 'Đang phát trực tiếp' }).waitFor()
    t.ok(await until(async () => (await underWay(world))[0]?.state === 'sounding', 40_000), 'it sounds')
    await page.reload()
    await page.getByText('đang lên sóng ở 1/1 cụm loa').waitFor()
    await picture(page, 'under-way')
    await button(page, 'Dừng phát').click()
    t.ok(await until(async () => (await underWay(world)).length === 0, 30_000), 'it was stopped')
    t.notOk(await page.getByRole('link', { name: 'Thông báo khẩn bằng giọng nói' }).isVisible(), 'emergencies are somebody else’s')
    await page.goto(`${world.url}/phat-truc-tiep/khan-cap`)
    await page.getByText('Bạn chỉ được xem').waitFor()
    t.same(wrong, [])
    await context.close()
  })

  await t.test('an emergency', async (t) => {
    const { page, context, wrong } = await visit(browser, PHONE)
    await enter(page, await world.invite('Lê Thị Bình', 'announcer'))
    await page.goto(`${world.url}/khan-cap`)
    await button(page, 'Nói trực tiếp').click()
    await page.getByRole('link', { name: 'Mở trang micro' }).click()
    await page.getByRole('heading', { name: 'Khẩn cấp bằng giọng nói' }).waitFor()
    const hold = button(page, /GIỮ 1,5 GIÂY/)
    t.ok(await hold.isDisabled(), 'nobody has said whether it is a drill')
    await page.getByLabel('Diễn tập (có phát loa)').check()
    await page.getByLabel(/^Việc gì/).fill('Vỡ đê')
    await page.getByText('Sẽ phát tới 1 cụm loa thuộc 1 xã').waitFor()
    t.same(await looks(page), [])
    await picture(page, 'emergency-ready')
    const all = async (): Promise<EmergencyView[]> => (await world.ask('GET /emergencies?which=all')).body as EmergencyView[]
    await hold.focus()
    await page.keyboard.down('Enter')
    await sleep(400)
    await page.keyboard.up('Enter')
    await page.getByText('Chưa gửi: hãy giữ nút lâu hơn').waitFor()
    t.same(await all(), [], 'a tap raises nothing')
    const from = Date.now()
    await page.keyboard.down('Enter')
    await page.getByText('TÍN HIỆU BÁO ĐỘNG – CHỜ').waitFor({ timeout: 30_000 })
    await page.keyboard.up('Enter')
    await picture(page, 'emergency-tone')
    t.match(await all(), [{ title: 'Vỡ đê', drill: true, clusters: 1, voice: { open: true } }])
    await page.getByText('DIỄN TẬP (có phát loa)').waitFor()
    await page.getByText('MỜI NÓI').waitFor({ timeout: 30_000 })
    await picture(page, 'emergency-speak')
    await page.getByText('ĐANG LÊN SÓNG', { exact: true }).waitFor({ timeout: 20_000 })
    t.ok(await until(async () => likeness(heardSince(box.wav, from), voice.pcm) > 0.7, 25_000), 'it is the voice')
    await button(page, 'Kết thúc').click()
    await page.getByText('Đã kết thúc').waitFor({ timeout: 40_000 })
    t.ok(await until(async () => (await all())[0]?.endedAt !== null, 20_000))
    t.match(await all(), [{ drill: true, endedBecause: 'finished', voice: { ended: { code: 'spoken' } } }])
    await page.getByRole('link', { name: 'Xem đã phát tới đâu' }).click()
    await page.getByText(/Đã kết thúc lúc/).waitFor()
    t.same(wrong, [])
    await context.close()
  })
})
