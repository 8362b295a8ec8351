import Fastify from 'fastify'
import t from 'tap'
import type { WebApp } from '../../server/core/web-asset.ts'
import { webPlugin } from '../../server/features/web/plugin.ts'
import { FIRST_ASKS } from '../../server/web/app/src/lib/first-asks.ts'

const asset = (type: string, text: string) => ({ type, bytes: Buffer.from(text), gzip: Buffer.from('gzip'), brotli: Buffer.from('brotli'), tag: '"abc"' })
const HOME = '<!doctype html><script type="module" crossorigin src="/assets/first-a.js"></script><link rel="stylesheet" crossorigin href="/assets/first-b.css">'
const PAGES: WebApp = new Map([['/index.html', asset('text/html; charset=utf-8', HOME)], ['/assets/first-a.js', asset('text/javascript; charset=utf-8', 'a')]])

t.test('whoever is signed in is told with the first page what it will ask for, behind its code; nobody else is, and no answer stands in a page', async (t) => {
  const pages = Fastify({ logger: false })
  t.teardown(() => pages.close())
  await pages.register(webPlugin(PAGES, undefined, ({ headers }) => headers.cookie === 'mine'))
  const get = async (url: string, headers: Record<string, string> = {}) => await pages.inject({ url, headers })
  const linksOf = async (url: string, cookie = 'mine'): Promise<string[]> => String((await get(url, { cookie })).headers['link'] ?? '').split(', ').filter((one) => one !== '')
  const links = await linksOf('/')
  t.same(links.slice(0, 2), ['</assets/first-a.js>; rel=modulepreload; crossorigin=anonymous', '</assets/first-b.css>; rel=preload; as=style; crossorigin=anonymous'])
  t.same(links.slice(2).map((one) => /^<\/api\/v1([^>]+)>; rel=preload; as=fetch; crossorigin=anonymous$/.exec(one)?.[1]), Object.values(FIRST_ASKS))
  t.same(await linksOf('/?x=1'), links)
  for (const [url, cookie] of [['/', 'another'], ['/cum-loa', 'mine'], ['/cot/abc', 'mine'], ['/assets/first-a.js', 'mine']] as const) t.same(await linksOf(url, cookie), [], `${url} ${cookie}`)
  const mine = await get('/', { cookie: 'mine' })
  t.equal(mine.body, (await get('/')).body, 'the page is the same for everybody')
  t.match(mine.headers, { 'cache-control': 'no-cache', 'vary': 'accept-encoding, cookie' })
  t.same(await get('/', { 'cookie': 'mine', 'if-none-match': '"abc"' }).then(({ statusCode, headers }) => [statusCode, headers['link'] !== undefined]), [304, true])
})
