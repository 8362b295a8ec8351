import t from 'tap'
import { likeness, spokenFile } from '../support/spoken.ts'
import { cannot, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'
import { button, heardSince, looks, sleep, underWay, until } from './live-parts.ts'

t.setTimeout(300_000)

/** Keeps the sockets of a page at hand, so that a test can cut them. */
const SOCKETS = '{ const Real = WebSocket; window.sockets = []; window.WebSocket = class extends Real { constructor(...a) { super(...a); window.sockets.push(this) } } }'

t.test('a phone is a microphone: from where to the last word, through a link that drops', { skip: cannot, timeout: 280_000 }, async (t) => {
  const world = await pagesWorld(t)
  t.equal((await world.ask('PUT /areas/24958/policy', { policy: 'ca-ngay' })).status, 200, 'whatever the hour at which this is tried')
  const voice = spokenFile(t)
  const box = await world.enrol('Cụm 1 · Nhà văn hóa', '24958-dong')
  const browser = await launch(t, [`--use-file-for-fake-audio-capture=${voice.path}`])
  const { page, context, wrong } = await visit(browser, PHONE)
  await page.addInitScript(SOCKETS)
  await enter(page, await world.invite('Lò Văn Nói', 'operator'))
  await page.goto(`${world.url}/phat-truc-tiep`)

  await t.test('practice goes to one’s own ear and nowhere else', async (t) => {
    await page.getByRole('link', { name: 'Tập thử trước' }).click()
    await page.getByText('TẬP THỬ – KHÔNG RA LOA').waitFor()
    const sent: string[] = []
    page.on('request', (request) => void (request.method() !== 'GET' && sent.push(request.url())))
    await button(page, 'Nói thử').click()
    await sleep(3_000)
    await picture(page, 'practice-on')
    await button(page, 'Dừng và nghe lại').click()
    await page.getByLabel('Nghe lại lời bạn vừa nói').waitFor()
    await page.getByText(/Tiếng (đủ|hơi|quá)/).waitFor()
    t.ok((await page.evaluate('document.querySelector("audio").duration')) as number > 2)
    t.same(await looks(page), [])
    await picture(page, 'practice-done')
    t.same([sent, await page.evaluate('window.sockets.length'), await underWay(world)], [[], 0, []], 'nothing has left the phone')
    page.removeAllListeners('request')
    await page.getByRole('link', { name: 'Về trang phát trực tiếp' }).click()
  })

  await t.test('choose where, speak, see where it sounds, pause, go on, end; and it was in the WAV', async (t) => {
    await page.getByText('Sẽ phát tới 1 cụm loa thuộc 1 xã').waitFor()
    t.same(await looks(page), [])
    await picture(page, 'begin')
    const from = Date.now()
    await page.getByLabel('Nội dung (không bắt buộc)').fill('Họp thôn')
    await button(page, 'Bắt đầu nói').click()
    // the loudspeakers follow six seconds behind: what is said at once comes behind the chime
    await page.getByText('MỜI NÓI').waitFor({ timeout: 20_000 })
    await picture(page, 'speak')
    await page.getByText('ĐANG LÊN SÓNG', { exact: true }).waitFor({ timeout: 30_000 })
    await page.getByText('Đang lên sóng ở 1/1 cụm').waitFor()
    t.same(await looks(page), [])
    await picture(page, 'on-air')
    t.match(await underWay(world), [{ title: 'Họp thôn', kind: 'voice', state: 'sounding', sounding: 1 }])
    t.ok((await page.evaluate('document.querySelector("meter").value')) as number > -60, 'the needle moves')
    t.ok(await until(async () => likeness(heardSince(box.wav, from), voice.pcm) > 0.7, 25_000), 'it is the voice')

    await button(page, 'Tạm dừng').click()
    await page.getByText('TẠM DỪNG – loa đang im lặng').waitFor()
    await picture(page, 'paused')
    await button(page, 'Nói tiếp').click()
    await page.getByText('ĐANG LÊN SÓNG', { exact: true }).waitFor({ timeout: 20_000 })
  })

  await t.test('a link that drops is said at once, and gone on with', async (t) => {
    const [before] = await underWay(world)
    await context.route('**/api/v1/microphone/tickets', (route) => route.abort())
    await page.evaluate('window.sockets.at(-1).close()')
    await page.getByText('MẤT KẾT NỐI – đang nối lại').waitFor({ timeout: 2_000 })
    await picture(page, 'lost')
    await sleep(1_000)
    await context.unroute('**/api/v1/microphone/tickets')
    await page.getByText('ĐANG LÊN SÓNG', { exact: true }).waitFor({ timeout: 10_000 })
    t.match(await underWay(world), [{ id: before?.id, state: 'sounding' }], 'the same broadcast')
    await button(page, 'Kết thúc').click()
    await page.getByText('Đã kết thúc. Lời vừa nói được giữ').waitFor({ timeout: 40_000 })
    t.same(await looks(page), [])
    await picture(page, 'ended')
    t.ok(await until(async () => (await underWay(world)).length === 0, 20_000))
    await button(page, 'Xong').click()
    await button(page, 'Bắt đầu nói').waitFor()
  })

  await t.test('who leaves the page while they speak is asked first, by whatever way they leave', async (t) => {
    await page.goto(world.url)
    await page.getByRole('link', { name: 'Phát trực tiếp', exact: true }).or(button(page, 'Thêm')).first().click()
    if (new URL(page.url()).pathname === '/') await page.getByRole('link', { name: 'Phát trực tiếp', exact: true }).click()
    await page.getByLabel(/^Nói gấp/).check()
    await button(page, 'Bắt đầu nói').click()
    await page.getByText('ĐANG LÊN SÓNG', { exact: true }).waitFor({ timeout: 40_000 })
    const toDuty = page.getByRole('link', { name: 'Trực ban', exact: true })
    const stay = button(page, 'Ở lại, nói tiếp')
    for (const leave of [() => page.goBack(), () => toDuty.click()]) {
      await leave()
      await stay.waitFor()
      t.same(await looks(page), [])
      await picture(page, 'leaving')
      await stay.click()
      await stay.waitFor({ state: 'detached' })
      t.equal(new URL(page.url()).pathname, '/phat-truc-tiep')
      await page.getByText('ĐANG LÊN SÓNG', { exact: true }).waitFor()
    }
    t.match(await underWay(world), [{ state: 'sounding' }], 'nothing has ended')
    await toDuty.click()
    await button(page, 'Kết thúc và rời trang').click()
    await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
    t.ok(await until(async () => (await underWay(world)).length === 0, 40_000), 'whoever means it has ended it')
  })

  await t.test('a link that stays away ends it, as the station’s rule says; without an encoder it is heard as well', async (t) => {
    await page.goto(`${world.url}/phat-truc-tiep?format=pcm16`)
    const from = Date.now()
    await page.getByLabel(/^Nói gấp/).check()
    await button(page, 'Bắt đầu nói').click()
    await page.getByText('ĐANG LÊN SÓNG', { exact: true }).waitFor({ timeout: 40_000 })
    t.ok(await until(async () => likeness(heardSince(box.wav, from), voice.pcm) > 0.7, 25_000), 'it is the voice')
    await context.route('**/api/v1/microphone/tickets', (route) => route.abort())
    await page.evaluate('window.sockets.at(-1).close()')
    await page.getByText('MẤT KẾT NỐI – đang nối lại').waitFor({ timeout: 2_000 })
    await page.getByText('đài đã tự kết thúc buổi phát').waitFor({ timeout: 12_000 })
    await picture(page, 'gone')
    t.ok(await until(async () => (await underWay(world)).every(({ state }) => state !== 'sounding'), 20_000), 'and it has ended')
    await context.unroute('**/api/v1/microphone/tickets')
  })

  t.same(wrong, [], 'no error in the browser')
  await context.close()
})
