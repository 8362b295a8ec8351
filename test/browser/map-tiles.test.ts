import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { axe, cannot, cramped, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(300_000)
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

interface Keeper {
  readonly url: string
  /** Who asked from where for what. */
  readonly asked: { readonly path: string; readonly referer: string | undefined }[]
  readonly server: Server
}
/** Another machine that keeps pictures of the ground. */
async function keeper(t: Test): Promise<Keeper> {
  const asked: Keeper['asked'] = []
  const server = createServer(({ url = '', headers: { referer } }, response) => {
    asked.push({ path: url, referer })
    const even = [...url].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 2 === 0
    response.writeHead(200, { 'content-type': 'image/svg+xml', 'cache-control': 'max-age=3600' })
    response.end(`<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="${even ? '#e4efdc' : '#dbe7f3'}"/><path d="M0 90 256 150" stroke="#c9a46a" stroke-width="6"/></svg>`)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, server }
}

t.test('the map is plain until an administrator names a ground; then it is fetched only while the map is open, and without it the map is plain again', { skip: cannot, timeout: 280_000 }, async (t) => {
  const world = await pagesWorld(t)
  const tiles = await keeper(t)
  for (const [name, lat, lon] of [['Cụm chợ', 11.74, 108.37], ['Cụm đình', 11.75, 108.39]] as const) {
    const { cluster } = await world.enrol(name, '24958-dong')
    t.equal((await world.ask(`PATCH /clusters/${cluster}`, { lat, lon })).status, 200)
  }
  const { page, context, wrong } = await visit(await launch(t), { ...PHONE, kept: true })
  const elsewhere: string[] = []
  page.on('request', (request) => void (!request.url().startsWith(world.url) && /^http/.test(request.url()) && elsewhere.push(request.url())))
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await page.evaluate('navigator.serviceWorker.ready')
  await page.goto(`${world.url}/cum-loa/ban-do`)
  await page.locator('.spot').first().waitFor()
  t.equal(await page.getByLabel('Hiện bản đồ nền').count(), 0, 'nothing to choose where there is none')
  t.same(elsewhere, [], 'nothing from elsewhere')

  await page.goto(`${world.url}/quan-tri`)
  await page.getByRole('link', { name: /Bản đồ nền/ }).click()
  await page.getByText('nơi đó biết bà con đang xem vùng nào').waitFor()
  await page.getByLabel('Địa chỉ bản đồ nền').fill('http://ban-do.example.vn/{z}/{x}/{y}.png')
  await page.getByLabel('Ghi nguồn').fill('© Cục Đo đạc & Bản đồ <i>')
  await page.getByRole('button', { name: 'Lưu' }).click()
  await page.getByText('phải bắt đầu bằng https://').waitFor()
  await picture(page, 'map-ground-refused')
  await page.getByLabel('Địa chỉ bản đồ nền').fill(`${tiles.url}/{z}/{x}/{y}.svg`)
  await page.getByRole('button', { name: 'Lưu' }).click()
  await page.getByText('Các máy thấy bản đồ nền từ lần mở trang sau.').waitFor()
  await picture(page, 'map-ground-saved')
  t.same([...await axe(page), ...await cramped(page)], [])
  t.same(tiles.asked, [], 'nobody has opened the map')

  await page.getByRole('button', { name: 'Xem trên bản đồ' }).click()
  await page.locator('img.leaflet-tile-loaded').first().waitFor({ timeout: 30_000 })
  await page.getByText('© Cục Đo đạc & Bản đồ <i>').waitFor()
  await sleep(1_500)
  await picture(page, 'map-ground')
  t.same([...await axe(page), ...await cramped(page)], [])
  t.ok(tiles.asked.length > 0 && tiles.asked.length < 20, `${tiles.asked.length} pictures: what is looked at, and a little around`)
  t.ok(tiles.asked.every(({ path, referer }) => /^\/\d+\/\d+\/\d+\.svg$/.test(path) && referer === `${world.url}/`), 'its keeper learns the place and the station, not who looks at what')
  const held = (await page.evaluate('(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat())()')) as string[]
  t.ok(held.length > 0 && held.every((url) => url.startsWith(world.url)), 'pictures from elsewhere are not kept')

  const soFar = tiles.asked.length
  await page.goto(`${world.url}/cum-loa`)
  await page.getByText('Cụm chợ').waitFor()
  await page.goto(`${world.url}/`)
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
  t.equal(tiles.asked.length, soFar, 'no other page asks for it')

  const dark = await visit(await launch(t), { ...PHONE, dark: true })
  await dark.context.addCookies(await context.cookies())
  await dark.page.goto(`${world.url}/cum-loa/ban-do`)
  await dark.page.locator('img.leaflet-tile-loaded').first().waitFor()
  await sleep(1_500)
  await picture(dark.page, 'map-ground-dark')
  t.same(await axe(dark.page), [])

  tiles.server.closeAllConnections()
  await new Promise((done) => tiles.server.close(done))
  await page.goto(`${world.url}/cum-loa/ban-do`)
  await page.locator('.spot').first().waitFor()
  await page.getByRole('button', { name: 'Phóng to' }).click()
  await sleep(1_000)
  await picture(page, 'map-ground-gone')
  t.equal(await page.getByRole('alert').count(), 0, 'nothing alarming')
  t.equal(await page.locator('.notice').count(), 0)
  const before = elsewhere.length
  await page.getByLabel('Hiện bản đồ nền').uncheck()
  await page.reload()
  await page.locator('.spot').first().waitFor()
  t.notOk(await page.getByLabel('Hiện bản đồ nền').isChecked(), 'what was chosen on this phone stays')
  await page.getByRole('button', { name: 'Phóng to' }).click()
  t.equal(elsewhere.length, before, 'and spares its data')
  t.same([...wrong, ...dark.wrong], [], 'no error in the browser')
})
