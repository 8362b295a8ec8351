import t from 'tap'
import type { BoardView, EmergencyView } from '../../server/features/emergencies/messages.ts'
import { levels, readRecording } from '../support/recording.ts'
import { cannot, enter, hold, launch, pagesWorld, PHONE, picture, visit, type PagesWorld } from './world.ts'

t.setTimeout(300_000)

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
async function until(what: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(200)) if (await what()) return true
  return false
}
const all = async (world: PagesWorld): Promise<EmergencyView[]> => (await world.ask('GET /emergencies?which=all')).body as EmergencyView[]
/** Loudest 5 ms between two instants, dBFS. */
function loudest(wav: string, from: number, to: number): number {
  const { pcm, startedAtMs } = readRecording(wav)
  return Math.max(-120, ...levels(pcm).slice(Math.max(0, Math.round((from - startedAtMs) / 5)), Math.max(0, Math.round((to - startedAtMs) / 5))))
}

t.test('the announcer sends a drill from a phone, sees it arrive, stops it with one tap, and it was in the WAV', { skip: cannot, timeout: 240_000 }, async (t) => {
  const world = await pagesWorld(t)
  const box = await world.enrol('Cụm 1 · Nhà văn hóa', '24958-dong')
  const pinned = async (): Promise<boolean> => ((await world.ask('GET /pinned-clips')).body as { missing: unknown[] }[]).every(({ missing }) => missing.length === 0)
  t.ok(await until(pinned, 60_000), 'the cluster holds what is pinned')
  const browser = await launch(t)

  const admin = await visit(browser, PHONE)
  await enter(admin.page, world.firstLink, 'Nguyễn Văn An')
  await admin.page.getByRole('link', { name: 'Khẩn cấp', exact: true }).waitFor()
  t.same(admin.wrong, [], 'the first administrator comes in by the printed link')
  await admin.context.close()

  const { page, context, wrong } = await visit(browser, PHONE)
  await enter(page, await world.invite('Lê Thị Bình', 'announcer'))
  await page.getByRole('link', { name: 'Phát khẩn cấp' }).click()
  const send = page.getByRole('button', { name: /GIỮ 1,5 GIÂY/ })
  t.ok(await send.isDisabled(), 'nobody has said whether it is a drill')
  await page.getByLabel('Diễn tập (có phát loa)').check()
  await page.getByLabel(/Xin bà con chú ý/).check()
  await page.getByText('Sẽ phát tới 1 cụm loa thuộc 1 xã').waitFor()
  await picture(page, 'task-drill-ready')
  await hold(page, 'GIỮ 1,5 GIÂY ĐỂ PHÁT DIỄN TẬP', 400)
  await page.getByText('Chưa gửi: hãy giữ nút lâu hơn').waitFor()
  t.same(await all(world), [], 'a tap sends nothing')

  await hold(page, 'GIỮ 1,5 GIÂY ĐỂ PHÁT DIỄN TẬP', 2_000)
  await page.waitForURL(/\/khan-cap\/[0-9a-z]+$/)
  const [raised] = await all(world)
  if (!raised) return t.fail('nothing was raised')
  t.match(raised, { drill: true, clusters: 1, endedAt: null })
  await page.getByText('DIỄN TẬP (có phát loa)').waitFor()
  await page.getByText('Đã lên loa ở 1/1 cụm').waitFor({ timeout: 30_000 })
  await picture(page, 'task-drill-board')
  await sleep(2_500)
  const asked = Date.now()
  await page.getByRole('button', { name: 'DỪNG NGAY' }).click()
  await page.getByText(/Đã kết thúc lúc/).waitFor()
  await page.getByText('Đã dừng.').waitFor({ timeout: 20_000 })
  await picture(page, 'task-drill-ended')
  t.match((await world.ask(`GET /emergencies/${raised.id}/board`)).body as BoardView, { emergency: { drill: true, endedBecause: 'cancelled' }, counts: { ended: 1 } })
  t.ok(loudest(box.wav, Date.parse(raised.startAt), asked) > -35, 'it sounded')
  await sleep(4_000)
  t.ok(loudest(box.wav, asked + 3_000, asked + 3_800) < -55, 'and then it did not')
  t.equal((await all(world)).length, 1, 'one emergency')
  t.same(wrong, [], 'no error in the browser')
  await context.close()
})

t.test('the link is cut while it is sent: the page says so, and sending again does not sound twice; by keyboard', { skip: cannot, timeout: 240_000 }, async (t) => {
  const world = await pagesWorld(t)
  await world.ask('POST /clusters/claims', { name: 'Cụm 1', area: '24958' })
  await world.enrol('Cụm 2', '24958-dong')
  const browser = await launch(t)
  const { page, context, wrong } = await visit(browser, PHONE)
  await enter(page, await world.invite('Lê Thị Bình', 'announcer'))
  await page.goto(`${world.url}/khan-cap`)
  await page.getByLabel('Diễn tập (có phát loa)').check()
  await page.getByRole('button', { name: 'Nhập văn bản' }).click()
  await page.getByLabel('Văn bản sẽ được đọc').fill('Đây là buổi diễn tập báo lũ.')
  // the order arrives, its answer does not
  let cuts = 1
  await context.route('**/api/v1/emergencies', async (route) => {
    if (route.request().method() !== 'POST' || cuts-- <= 0) return route.fallback()
    await route.fetch()
    await route.abort()
  })
  const send = page.getByRole('button', { name: /GIỮ 1,5 GIÂY/ })
  await send.focus()
  await page.keyboard.down('Enter')
  await page.getByText('chưa biết đã gửi được hay chưa').waitFor({ timeout: 20_000 })
  await page.keyboard.up('Enter')
  t.equal((await all(world)).length, 1, 'it had arrived')
  await send.focus()
  await page.keyboard.down('Enter')
  await page.waitForURL(/\/khan-cap\/[0-9a-z]+$/)
  await page.keyboard.up('Enter')
  t.equal((await all(world)).length, 1, 'it is the same one')

  await context.setOffline(true)
  await page.getByRole('button', { name: 'DỪNG NGAY' }).click()
  await page.getByText('chưa biết đã dừng được hay chưa').waitFor()
  await picture(page, 'task-offline-stop')
  await context.setOffline(false)
  await page.getByRole('button', { name: 'DỪNG NGAY' }).click()
  await page.getByText(/Đã kết thúc lúc/).waitFor()
  t.same(wrong, [], 'no error in the browser')
})
