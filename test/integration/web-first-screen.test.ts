import t from 'tap'
import { FIRST_ASKS } from '../../server/web/app/src/lib/first-asks.ts'
import { axe, cannot, cramped, enter, launch, pagesWorld, PHONE, visit } from '../browser/world.ts'

t.setTimeout(120_000)

/** Of everything that the first screen brings, compressed, without what people wrote. */
const MOST_BYTES = 80_000

t.test('the first administrator comes in by the printed link; the first screen is small, is of this server alone, and nothing in it is refused by its policy', { skip: cannot, timeout: 110_000 }, async (t) => {
  const world = await pagesWorld(t)
  const { page, context, wrong } = await visit(await launch(t), PHONE)
  const elsewhere: string[] = []
  page.on('request', (request) => void (new URL(request.url()).origin !== new URL(world.url).origin && !request.url().startsWith('data:') && elsewhere.push(request.url())))
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  t.match(await page.evaluate('document.cookie'), /^$/, 'scripts do not see the session')
  t.equal(new URL(page.url()).hash, '', 'the link’s token does not stay in the address')

  // as on the next morning: nothing is held, the session is
  const cookies = await context.cookies()
  await context.close()
  const morning = await visit(await launch(t), PHONE)
  await morning.context.addCookies(cookies)
  let bytes = 0
  const files: string[] = []
  const cdp = await morning.context.newCDPSession(morning.page)
  await cdp.send('Network.enable')
  const byRequest = new Map<string, string>()
  cdp.on('Network.responseReceived', ({ requestId, response }) => void byRequest.set(requestId, new URL(response.url).pathname))
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const path = byRequest.get(requestId) ?? ''
    if (path.startsWith('/api/')) return
    bytes += encodedDataLength
    files.push(`${path} ${encodedDataLength}`)
  })
  await morning.page.goto(world.url)
  await morning.page.getByText('Hiện không có gì đang phát.').waitFor()
  t.ok(files.length > 2 && bytes < MOST_BYTES, `${bytes} bytes: ${files.join(', ')}`)
  // on a slow link each turn of questions costs more than what it brings: nothing is asked for after the code, and nothing twice
  const asked = (await morning.page.evaluate(`performance.getEntriesByType('resource').filter(({ name }) => /api.v1/.test(name) && !/events/.test(name)).map(({ name, startTime }) => ({ path: name.slice(name.indexOf('/api/v1') + 7), startTime }))`)) as { path: string; startTime: number }[]
  const code = (await morning.page.evaluate(`performance.getEntriesByType('resource').find(({ name }) => /assets.first-.*js$/.test(name)).responseEnd`)) as number
  t.same(asked.map(({ path }) => path).sort(), Object.values(FIRST_ASKS).sort(), 'each answer is asked for once')
  t.same(asked.filter(({ startTime }) => startTime >= code), [], 'and before the code has come')
  t.notOk(files.some((file) => /Emergency|Clusters|Incidents/.test(file)), 'other pages come when they are opened')
  t.same([...await axe(morning.page), ...await cramped(morning.page)], [])
  t.same([...wrong, ...morning.wrong, ...elsewhere], [])
})
