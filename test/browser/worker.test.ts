import { createServer, request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { cannot, enter, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(200_000)
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
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
  t.ok(held.includes('/') && held.some((path) => /^\/assets\/first-.*\.js$/.test(path)), 'the shell')
  t.ok(held.some((path) => /^\/assets\/Clusters-/.test(path)), 'the page that was opened')
  t.notOk(held.some((path) => /^\/assets\/Reports-/.test(path)), 'and none that was not')
  t.same(held.filter((path) => path.startsWith('/api/')), [], 'never what the server answers')
  t.equal(await page.evaluate(`caches.match('/', { ignoreVary: true }).then(({ headers }) => headers.get('link'))`), null, 'the page as it is for somebody whom nobody knows')
  t.match((await context.request.get(world.url)).headers()['link'], /api\/v1\/me/, 'and not as it is for whoever is signed in')

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

/** Stands before a server and gives out the worker of another build once `next` says so. */
async function before(t: Test, url: string, next: () => boolean): Promise<string> {
  const front = createServer((request, response) => {
    // what the browser holds is the other build's
    const { 'if-none-match': _held, ...headers } = request.headers
    const forward = ask(`${url}${request.url ?? '/'}`, { method: request.method, headers: { ...headers, 'accept-encoding': 'identity' } }, (answer) => {
      if (request.url !== '/service-worker.js' || !next() || answer.statusCode !== 200) {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        return void answer.pipe(response)
      }
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
        const text = String(Buffer.concat(parts)).replace(/"version":"[^"]+"/, '"version":"next"')
        response.writeHead(200, { ...answer.headers, 'content-length': Buffer.byteLength(text), 'etag': '"next"' }).end(text)
      })
    })
    // whoever turns away takes the request along
    response.on('close', () => forward.destroy())
    forward.on('error', () => response.destroy())
    request.pipe(forward)
  }).listen(0, '127.0.0.1')
  await new Promise((done) => front.once('listening', done))
  t.teardown(() => {
    front.closeAllConnections()
    front.close()
  })
  return `http://127.0.0.1:${(front.address() as AddressInfo).port}`
}

t.test('a new version is taken at the next opening, without a dialog, and the one before is not lost to pages that are open', { skip: cannot, timeout: 190_000 }, async (t) => {
  const world = await pagesWorld(t)
  let isNext = false
  const url = await before(t, world.url, () => isNext)
  const { page, wrong } = await visit(await launch(t), KEPT)
  await enter(page, world.firstLink.replace(world.url, url), 'Nguyễn Văn An')
  await page.evaluate('navigator.serviceWorker.ready')
  const names = async (): Promise<string[]> => (await page.evaluate('caches.keys()')) as string[]
  const [first] = await names()
  isNext = true
  // opening it is enough: browsers look for another version then
  await page.reload()
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
  for (const end = performance.now() + 20_000; performance.now() < end && (await names()).length < 2;) await sleep(200)
  t.same(await names(), [first, 'shell-next'])
  await page.reload()
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
  t.same(wrong, [])
})
