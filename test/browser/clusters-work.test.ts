import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { startProgram } from '../support/child-program.ts'
import { axe, cannot, cramped, DESK, enter, launch, pagesWorld, PHONE, picture, visit, type PagesWorld } from './world.ts'

t.setTimeout(300_000)

/** A real box, as a process of its own: with hands, ears and a sound card that is a file. */
function startRealBox(t: Test, url: string, claim: string): void {
  const work = mkdtempSync(join(tmpdir(), 'tl-real-box-'))
  const box = startProgram('agent/main.ts', { TL_SERVER: url, TL_CLAIM: claim, TL_DATA: join(work, 'agent'), TL_SINK: `wav:${join(work, 'sound.wav')}`, TL_MODEM: 'sim:good' })
  t.teardown(async () => {
    box.child.kill('SIGKILL')
    await box.ended
    rmSync(work, { recursive: true, force: true })
  })
}
/** A session of the far future: it gives clusters a plan with hours that bind a test tone at any time of day. */
const plan = (world: PagesWorld) => world.ask('POST /sessions', { id: 'sang', name: 'Buổi sáng', at: '05:30', until: '05:40', days: 'daily', policy: 'ca-ngay', targets: 'all', items: [{ chime: 'nhac-hieu', name: 'Nhạc hiệu' }] })
const wellMade = async (t: Test, page: Page, name: string): Promise<void> => {
  await picture(page, name)
  t.same([...await axe(page), ...await cramped(page)], [], name)
}

t.test('a technician brings a box in by phone: name, place, code, the box comes, sounds, and is worked from afar', { skip: cannot, timeout: 240_000 }, async (t) => {
  const world = await pagesWorld(t)
  t.equal((await plan(world)).status, 201)
  const browser = await launch(t)
  const { page, context, wrong } = await visit(browser, PHONE)
  await context.grantPermissions(['geolocation'], { origin: world.url })
  await context.setGeolocation({ latitude: 11.745123, longitude: 108.373451, accuracy: 8 })
  await enter(page, await world.invite('Trần Văn Cường', 'technician'))
  await page.goto(`${world.url}/cum-loa`)
  await page.getByRole('link', { name: 'Thêm cụm loa' }).click()
  await page.getByLabel('Tên cụm loa').fill('Cụm 3 · Chợ')
  await page.getByLabel('Địa bàn').selectOption('24958-dong')
  await page.getByRole('button', { name: 'Lấy vị trí của điện thoại này' }).click()
  await page.getByText('sai lệch khoảng 8 m').waitFor()
  t.equal(await page.getByLabel('Hoặc ghi vĩ độ').inputValue(), '11.74512, 108.37345')
  await wellMade(t, page, 'enrol-form')
  // the link is cut when the code is asked for: what was typed stays
  await context.route('**/api/v1/clusters/claims', (route) => route.abort())
  await page.getByRole('button', { name: 'Tạo mã cho thiết bị' }).click()
  await page.getByText('việc này chưa được thực hiện').waitFor()
  await context.unroute('**/api/v1/clusters/claims')
  t.equal(await page.getByLabel('Tên cụm loa').inputValue(), 'Cụm 3 · Chợ')
  await page.getByRole('button', { name: 'Tạo mã cho thiết bị' }).click()
  await page.getByText('Đang chờ thiết bị kết nối').waitFor()
  await page.reload()
  const letters = (await page.locator('.letters').innerText()).replaceAll(/\s/g, '')
  t.match(letters, /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\.[\w-]{12}$/)
  await page.getByRole('img', { name: 'Mã QR để thiết bị quét' }).waitFor()
  await wellMade(t, page, 'enrol-code')
  startRealBox(t, world.url, letters)
  // nothing is pressed: the page is told
  await page.getByText('Cụm 3 · Chợ: đã kết nối').waitFor({ timeout: 60_000 })
  const [come] = (await world.ask('GET /clusters')).body as { id: string }[]
  // it has said nothing yet, or that it has no plan
  const hasPlan = async (): Promise<boolean> => (((await world.ask(`GET /clusters/${come?.id ?? ''}`)).body as { plan: { reportedRev: number | null } }).plan.reportedRev ?? 0) > 0
  for (let n = 0; n < 60 && !(await hasPlan()); n++) await page.waitForTimeout(500)
  // two rules of hours bind this cluster: its area's, and that of its session
  const rules = page.getByLabel('Theo quy định giờ phát nào?')
  for (let n = 0; n < 20 && !(await rules.isVisible()); n++) {
    await page.getByRole('button', { name: 'Phát âm thử' }).click()
    await page.waitForTimeout(1_500)
  }
  await rules.selectOption('ca-ngay')
  await page.getByRole('button', { name: 'Phát âm thử' }).click()
  await page.getByText('Cụm loa đã phát âm thử').waitFor({ timeout: 60_000 })
  await wellMade(t, page, 'enrol-done')
  await page.getByRole('link', { name: 'Mở trang cụm loa' }).click()
  await page.getByRole('heading', { name: 'Cụm 3 · Chợ' }).waitFor()
  const id = new URL(page.url()).pathname.split('/')[2] ?? ''
  t.match((await world.ask(`GET /clusters/${id}`)).body, { name: 'Cụm 3 · Chợ', lat: 11.74512, lon: 108.37345, area: { code: '24958-dong' } })
  await workFromAfar(t, page, world, id)
  t.same(wrong, [], 'no error in the browser')
})

async function workFromAfar(t: Test, page: Page, world: PagesWorld, id: string): Promise<void> {
  await wellMade(t, page, 'cluster-detail')
  await page.getByRole('button', { name: 'Ghi người trông coi' }).click()
  await page.getByLabel('Họ và tên').fill('Bà Sáu')
  await page.getByLabel('Số điện thoại').fill('0912 345 678')
  await page.getByRole('button', { name: 'Lưu', exact: true }).click()
  t.equal(await page.getByRole('link', { name: 'Gọi Bà Sáu' }).getAttribute('href'), 'tel:+84912345678')
  await page.getByRole('button', { name: 'Ghi gói cước' }).click()
  await page.getByLabel('Dung lượng mỗi tháng').fill('3,5')
  await page.getByLabel('Nhà mạng').fill('Viettel')
  await page.getByRole('button', { name: 'Lưu', exact: true }).click()
  await page.getByText(/Còn 3,[45] GB|Viettel/).first().waitFor()
  await page.getByText('Điều khiển từ xa').click()
  await page.getByRole('button', { name: 'Nghe kiểm tra 10 giây' }).click()
  await page.locator('audio').waitFor({ timeout: 60_000 })
  t.match(await page.locator('audio').getAttribute('src'), /^\/api\/v1\/services\/\w+\/file$/)
  await page.getByText('Biểu đồ', { exact: true }).click()
  await page.getByRole('button', { name: 'Độ mạnh của sóng' }).click()
  await page.getByRole('button', { name: 'Giờ', exact: true }).click()
  await page.locator('.uplot canvas').waitFor()
  await page.getByText('Xem dưới dạng bảng').click()
  await page.getByText('Các buổi đã phát trong tháng').click()
  await page.locator('.days button').first().click()
  await page.getByText('Những việc đã xảy ra').click()
  await page.getByText(`Thiết bị ${id} bắt đầu hoạt động ở đây`).waitFor()
  await page.getByText('Tên, địa bàn, vị trí').click()
  await page.getByLabel('Tên cụm loa').fill('Cụm 3 · Chợ mới')
  await wellMade(t, page, 'cluster-detail-open')
  await page.getByRole('button', { name: 'Lưu', exact: true }).click()
  await page.getByText('Đã lưu.').waitFor()
  t.match((await world.ask(`GET /clusters/${id}`)).body, { name: 'Cụm 3 · Chợ mới', area: { code: '24958-dong' }, lat: 11.74512 })
  await page.getByRole('link', { name: 'Thay thiết bị' }).click()
  await page.getByRole('button', { name: 'Tạo mã cho thiết bị' }).click()
  await page.getByText('Đang chờ thiết bị kết nối').waitFor()
  await wellMade(t, page, 'replace')
}

t.test('three thousand clusters on a map: few markers, smooth, by keyboard, and one of them opens', { skip: cannot, timeout: 180_000 }, async (t) => {
  const world = await pagesWorld(t)
  const box = await world.enrol('Cụm 1', '24958-dong')
  const one = (await world.ask(`GET /clusters/${box.cluster}`)).body as object
  const place = (n: number): { lat: number | null; lon: number | null } => (n % 1_000 === 999 ? { lat: null, lon: null } : { lat: 11 + ((n * 7_919) % 3_000) / 3_000, lon: 108 + ((n * 104_729) % 2_999) / 3_000 })
  const many = Array.from({ length: 3_000 }, (_, n) => ({ ...one, id: `c${String(n).padStart(9, '0')}`, name: `Cụm ${n} · Thôn Đồng`, online: n % 7 !== 0, area: { code: `2495${n % 9}`, name: `Xã ${n % 9}` }, ...place(n) }))
  const browser = await launch(t)
  const { page, context, wrong } = await visit(browser, PHONE)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  const cookies = await context.cookies()
  await context.route('**/api/v1/clusters', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(many) }))
  await page.goto(`${world.url}/cum-loa`)
  await page.getByRole('link', { name: 'Bản đồ' }).click()
  await page.locator('.spot').first().waitFor()
  t.ok(await page.locator('.spot').count() < 150, `${await page.locator('.spot').count()} markers`)
  await page.getByText('3 cụm loa chưa có vị trí').waitFor()
  await wellMade(t, page, 'map-3000')
  const cdp = await context.newCDPSession(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  const frames = (await page.evaluate(`new Promise((done) => {
    const map = document.querySelector('.leaflet-container'); const { left, top, width, height } = map.getBoundingClientRect()
    const at = (type, x) => map.dispatchEvent(new MouseEvent(type, { bubbles: true, clientX: left + x, clientY: top + height / 2, button: 0, buttons: 1, view: window }))
    const began = performance.now(); let count = 0
    at('mousedown', width / 2)
    const step = () => {
      count++
      at('mousemove', width / 2 + 80 * Math.sin(count / 10))
      const ms = performance.now() - began
      if (ms < 3000) return requestAnimationFrame(step)
      const moved = document.querySelector('.leaflet-map-pane').style.transform
      at('mouseup', width / 2)
      done({ count, ms, moved })
    }
    requestAnimationFrame(step)
  })`)) as { count: number; ms: number; moved: string }
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  t.comment(`moved with a processor four times slower: ${Math.round((frames.count * 1_000) / frames.ms)} frames a second`)
  t.ok(frames.count > 15, 'it moves')
  t.match(frames.moved, /translate3d\(-?[1-9]/, 'and follows the finger')
  // by keyboard alone: into a group, nearer and nearer, until a single one opens
  for (let n = 0; n < 12 && new URL(page.url()).pathname === '/cum-loa/ban-do'; n++) {
    if (n === 0) await page.locator('.spot').first().focus()
    await page.waitForTimeout(900)
    await page.keyboard.press('Enter')
    await page.waitForTimeout(200)
  }
  t.match(new URL(page.url()).pathname, /^\/cum-loa\/c\d{9}$/, 'a cluster is open')
  await page.goBack()
  await page.locator('.spot').first().waitFor()
  await wellMade(t, page, 'map-near')
  for (const [name, look] of [['map-dark', { ...PHONE, dark: true }], ['map-desk', DESK]] as const) {
    const other = await visit(browser, look)
    await other.context.addCookies(cookies)
    await other.context.route('**/api/v1/clusters', (route) => route.fulfill({ contentType: 'application/json', body: JSON.stringify(many.slice(0, 60)) }))
    await other.page.goto(`${world.url}/cum-loa/ban-do`)
    await other.page.locator('.spot').first().waitFor()
    await wellMade(t, other.page, name)
    t.same(other.wrong, [])
    await other.context.close()
  }
  t.same(wrong, [], 'no error in the browser')
})
