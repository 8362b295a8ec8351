import Fastify from 'fastify'
import t from 'tap'
import type { WebApp } from '../../server/core/web-asset.ts'
import { pictureOrigin } from '../../server/features/map/plugin.ts'
import { webPlugin } from '../../server/features/web/plugin.ts'
import { ask, serverWorld } from '../support/server-world.ts'

const asset = (type: string, text: string) => ({ type, bytes: Buffer.from(text), gzip: Buffer.from('gzip'), brotli: Buffer.from('brotli'), tag: '"abc"' })
const PAGES: WebApp = new Map([['/index.html', asset('text/html; charset=utf-8', '<!doctype html>')], ['/service-worker.js', asset('text/javascript; charset=utf-8', 'const SHELL = {}')], ['/assets/a.js', asset('text/javascript; charset=utf-8', 'a')]])
const TILES = { url: 'https://tile.example.vn/{z}/{x}/{y}.png', attribution: '© Cục Đo đạc <b>' }

t.test('pages show pictures of this server alone, and of the one place more that an administrator names, as long as it is named', async (t) => {
  const { app, deps } = await serverWorld(t)
  const pages = Fastify({ logger: false })
  t.teardown(() => pages.close())
  await pages.register(webPlugin(PAGES, () => pictureOrigin(deps)))
  const get = async (url: string, headers: Record<string, string> = {}) => await pages.inject({ url, headers })
  const images = async (url: string): Promise<string | undefined> => /img-src [^;]*/.exec(String((await get(url)).headers['content-security-policy']))?.[0]

  t.same((await ask(app, 'GET /api/v1/map-tiles')).body, { tiles: null })
  const decided = deps.stores.audit.head().n
  t.equal(await images('/'), "img-src 'self' data: blob:")
  const before = await get('/')
  t.equal((await get('/', { 'if-none-match': '"abc"' })).statusCode, 304)

  for (const url of ['http://tile.example.vn/{z}/{x}/{y}.png', 'https://tile.example.vn/a.png']) {
    t.match(await ask(app, 'PUT /api/v1/map-tiles', { tiles: { ...TILES, url } }), { status: 422, body: { error: { code: 'bad-tile-address', vi: /https/ } } }, url)
  }
  t.match(await ask(app, 'PUT /api/v1/map-tiles', { tiles: { ...TILES, attribution: ' ' } }), { status: 400 }, 'whose it is must be said')
  t.equal(await images('/'), "img-src 'self' data: blob:", 'what was refused changes nothing')

  t.same((await ask(app, 'PUT /api/v1/map-tiles', { tiles: TILES })).body, { tiles: TILES })
  t.equal(await images('/cum-loa/ban-do'), "img-src 'self' data: blob: https://tile.example.vn")
  t.notMatch((await get('/')).headers['content-security-policy'], /(script|style|connect|default)-src[^;]*example/, 'pictures and nothing else')
  t.equal(await images('/assets/a.js'), "img-src 'self' data: blob:", 'what is kept for good does not change')
  t.equal((await get('/', { 'if-none-match': '"abc"' })).statusCode, 200, 'a page that came under another policy comes again')
  const { headers } = await get('/')
  t.equal((await get('/', { 'if-none-match': String(headers['etag']) })).statusCode, 304)
  const worker = await get('/service-worker.js', { 'accept-encoding': 'br' })
  t.match(worker.body, /^const SHELL = \{\}\n\/\/ pictures from https:\/\/tile\.example\.vn\n$/, 'the worker is another one, so that what it keeps is fetched anew')
  t.equal(worker.headers['content-encoding'], undefined)

  t.same((await ask(app, 'PUT /api/v1/map-tiles', { tiles: null })).body, { tiles: null })
  const after = await get('/')
  t.same([after.headers['content-security-policy'], after.headers['etag']], [before.headers['content-security-policy'], before.headers['etag']])
  t.equal((await get('/service-worker.js', { 'accept-encoding': 'br' })).body, 'brotli')
  t.equal(deps.stores.audit.head().n, decided + 2, 'both changes are in the audit log')
})
