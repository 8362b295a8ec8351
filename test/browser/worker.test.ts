import t from 'tap'
import { cannot, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(200_000)
const KEPT = { ...PHONE, kept: true }
/** Addresses that are held for times without a link. */
const HELD = '(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat())()'

t.test('the server dies and the page is loaded anew: the shell is there and says so; the server comes back and it goes on by itself', { skip: cannot, timeout: 190_000 }, async (t) => {
  const world = await pagesWorld(t)
  const { page, context, wrong } = await visit(await launch(t), KEPT)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await page.evaluate('navigator.serviceWorker.ready')
  await page.reload()
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
  t.ok(await page.evaluate('navigator.serviceWorker.controller !== null'))
  await page.getByRole('link', { name: 'Cụm loa', exact: true }).click()
  await page.getByRole('heading', { name: 'Cụm loa' }).waitFor()
  const held = (await page.evaluate(HELD)) as string[]
  t.ok(held.includes('/') && held.some((path) => /^\/assets\/index-.*\.js$/.test(path)), 'the shell')
  t.ok(held.some((path) => /^\/assets\/Clusters-/.test(path)), 'the page that was opened')
  t.notOk(held.some((path) => /^\/assets\/Reports-/.test(path)), 'and none that was not')
  t.same(held.filter((path) => path.startsWith('/api/')), [], 'never what the server answers')

  await world.kill()
  await page.getByText('Mất kết nối mạng. Những gì đang hiện có thể đã cũ.').waitFor({ timeout: 20_000 })
  await page.reload()
  await page.getByText('Mất kết nối mạng').waitFor({ timeout: 20_000 })
  await picture(page, 'killed')
  await world.revive()
  await page.getByRole('heading', { name: 'Cụm loa' }).waitFor({ timeout: 60_000 })
  t.equal(new URL(page.url()).pathname, '/cum-loa', 'where one was')
  t.same(wrong, [], 'no error in the browser')

  const manifest = (await (await context.request.get(`${world.url}/manifest.webmanifest`)).json()) as { name: string; start_url: string; display: string; icons: unknown[] }
  t.match(manifest, { name: 'Tiếng Làng', start_url: '/', display: 'standalone' })
  t.ok(manifest.icons.length > 0)
})

t.test('a new version is taken at the next opening, without a dialog, and the one before is not lost to pages that are open', { skip: cannot, timeout: 190_000 }, async (t) => {
  const world = await pagesWorld(t)
  const { page, context } = await visit(await launch(t), KEPT)
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await page.evaluate('navigator.serviceWorker.ready')
  const [before] = (await page.evaluate('caches.keys()')) as string[]
  // as the next build would write it
  await context.route('**/service-worker.js', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: (await answer.text()).replace(/"version":"[^"]+"/, '"version":"next"') })
  })
  await page.evaluate('navigator.serviceWorker.getRegistration().then((one) => one.update())')
  await page.waitForFunction('caches.keys().then((names) => names.includes("shell-next"))', undefined, { timeout: 20_000 })
  t.same(await page.evaluate('caches.keys()'), [before, 'shell-next'])
  await page.reload()
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
})
