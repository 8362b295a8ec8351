import t from 'tap'
import type { BrowserContext, CDPSession, Page, Worker } from 'playwright-core'
import { axe, cannot, cramped, enter, launch, pagesWorld, PASSWORD, PHONE, picture, visit } from './world.ts'

t.setTimeout(300_000)
const KEPT = { ...PHONE, kept: true }
const ENDPOINT = 'https://push.example.com/this-phone'

/** A browser without its maker's service gives no subscription: this stands for it, and remembers as a browser does. */
const MAKER = `(() => {
  const made = () => localStorage.getItem('subscribed') === null ? null : { endpoint: '${ENDPOINT}', options: { applicationServerKey: null }, toJSON: () => ({ endpoint: '${ENDPOINT}', keys: { p256dh: '${'B'.repeat(87)}', auth: '${'a'.repeat(22)}' } }), unsubscribe: async () => (localStorage.removeItem('subscribed'), true) }
  PushManager.prototype.getSubscription = async () => made()
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    if (sessionStorage.getItem('away') !== null) throw new DOMException('Registration failed - push service not available', 'AbortError')
    localStorage.setItem('subscribed', String(applicationServerKey.length))
    return made()
  }
})()`

async function entered(t: Parameters<typeof launch>[0], permission: 'granted' | 'denied'): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly wrong: string[]; readonly world: Awaited<ReturnType<typeof pagesWorld>> }> {
  const world = await pagesWorld(t)
  const visited = await visit(await launch(t), KEPT)
  const { page, context } = visited
  await context.addInitScript(MAKER)
  if (permission === 'granted') await context.grantPermissions(['notifications'], { origin: world.url })
  await enter(page, world.firstLink, 'Nguyễn Văn An')
  await page.evaluate('navigator.serviceWorker.ready')
  await page.goto(`${world.url}/bao-tin`)
  await page.getByRole('heading', { name: 'Báo về điện thoại này' }).waitFor()
  return { ...visited, world }
}

t.test('a person turns messages on for this phone, tries them, and turns them off; what could not be sent did not happen', { skip: cannot, timeout: 200_000 }, async (t) => {
  const { page, context, wrong, world } = await entered(t, 'granted')
  const here = page.getByRole('region', { name: 'Báo về điện thoại này' })
  const turnOn = here.getByRole('button', { name: 'Báo về điện thoại này', exact: true })
  await turnOn.waitFor()
  await picture(page, 'push-off')
  t.same([...await axe(page), ...await cramped(page)], [])

  await page.evaluate(`sessionStorage.setItem('away', 'yes')`)
  await turnOn.click()
  await here.getByText('không liên lạc được với nơi chuyển thông báo').waitFor()
  await picture(page, 'push-unreached')
  await page.evaluate(`sessionStorage.removeItem('away')`)

  await page.route('**/api/v1/notify/me/browsers', (route) => route.abort())
  await turnOn.click()
  await here.getByText('Chưa thực hiện được', { exact: false }).or(here.getByRole('alert')).first().waitFor()
  await picture(page, 'push-link-cut')
  t.ok(await turnOn.isEnabled(), 'the station knows nothing: it is not on')
  t.match((await world.ask('GET /notify/me')).body, { browsers: 0 })
  await page.unroute('**/api/v1/notify/me/browsers')

  await turnOn.click()
  await here.getByText('Điện thoại này đang nhận tin báo.').waitFor()
  t.equal(await page.evaluate(`localStorage.getItem('subscribed')`), '65', 'by the station’s own key')
  await here.getByRole('button', { name: 'Gửi tin thử' }).click()
  await here.getByText('Đã gửi tin thử tới 1 máy.').waitFor()
  await here.getByText('Các máy đang nhận tin của tôi (1)').click()
  await here.getByText('(máy này)').waitFor()
  await here.getByText('· Chrome').waitFor()
  await picture(page, 'push-on')
  t.same([...await axe(page), ...await cramped(page)], [])

  await page.reload()
  await here.getByText('Điện thoại này đang nhận tin báo.').waitFor()
  await page.route('**/api/v1/notify/me/browsers/remove', (route) => route.abort())
  await here.getByRole('button', { name: 'Thôi báo về điện thoại này' }).click()
  await here.getByRole('alert').waitFor()
  await here.getByText('Điện thoại này đang nhận tin báo.').waitFor()
  await page.unroute('**/api/v1/notify/me/browsers/remove')
  await here.getByText('Các máy đang nhận tin của tôi (1)').click()
  await here.getByRole('button', { name: 'Thôi báo về máy này' }).click()
  await here.getByText('Muốn bật lại thì phải bật từ chính máy đó.').waitFor()
  await here.locator('button.danger').click()
  await turnOn.waitFor()
  t.equal(await page.evaluate(`localStorage.getItem('subscribed')`), null, 'the browser’s maker brings nothing more either')
  t.same(wrong, [], 'no error in the browser')
  await context.close()
})

t.test('why a phone cannot have messages is said in plain words', { skip: cannot, timeout: 200_000 }, async (t) => {
  const { context, wrong, world } = await entered(t, 'denied')
  const ways: readonly (readonly [string, string, string])[] = [
    ['denied', `Object.defineProperty(Notification, 'permission', { get: () => 'denied' })`, 'Điện thoại đang chặn thông báo của trang này.'],
    ['iphone', `delete window.PushManager; Object.defineProperty(navigator, 'userAgent', { get: () => 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)' })`, 'Thêm vào MH chính'],
    ['unsupported', `delete window.PushManager`, 'Trình duyệt này không nhận tin báo được.'],
    ['insecure', `delete window.PushManager; Object.defineProperty(window, 'isSecureContext', { get: () => false })`, 'địa chỉ bắt đầu bằng https'],
  ]
  const cookies = await context.cookies()
  for (const [name, script, said] of ways) {
    const other = await visit(context.browser() ?? (await launch(t)), KEPT)
    await other.context.addCookies(cookies)
    await other.page.goto(world.url)
    await other.page.evaluate('navigator.serviceWorker.ready')
    await other.context.addInitScript(script)
    await other.page.goto(`${world.url}/bao-tin`)
    await other.page.getByText(said).waitFor()
    await picture(other.page, `push-${name}`)
    t.same([...await axe(other.page), ...await cramped(other.page), ...other.wrong], [], name)
    await other.context.close()
  }
  t.same(wrong, [], 'no error in the browser')
})

/** The browser's own way to hand a worker what its maker's service brought. */
async function delivery(context: BrowserContext, page: Page, origin: string): Promise<(data: string) => Promise<void>> {
  const cdp: CDPSession = await context.newCDPSession(page)
  const registered = new Promise<string>((done) => cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations.forEach(({ registrationId, scopeURL, isDeleted }) => void (!isDeleted && scopeURL.startsWith(origin) && done(registrationId)))))
  await cdp.send('ServiceWorker.enable')
  const registrationId = await registered
  return async (data) => void (await cdp.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data }))
}
interface Shown { readonly title: string; readonly body: string; readonly tag: string; readonly url: string; readonly must: boolean }
/** The browser's maker brings messages by another way from now on: what the worker then does. No browser lets a script bring that about. */
const changed = (endpoint: string): string => `(async () => {
  const waits = []
  const event = new Event('pushsubscriptionchange')
  event.oldSubscription = { endpoint: '${ENDPOINT}' }
  event.newSubscription = { toJSON: () => ({ endpoint: '${endpoint}', keys: { p256dh: '${'C'.repeat(87)}', auth: '${'c'.repeat(22)}' } }) }
  event.waitUntil = (promise) => void waits.push(promise)
  dispatchEvent(event)
  await Promise.all(waits)
})()`
const SHOWN = `(async () => (await registration.getNotifications()).map(({ title, body, tag, data, requireInteraction }) => ({ title, body, tag, url: data.url, must: requireInteraction })))()`
const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
async function shown(worker: Worker, count: number): Promise<Shown[]> {
  let found: Shown[] = []
  for (const end = performance.now() + 20_000; performance.now() < end; await sleep(200)) {
    found = (await worker.evaluate(SHOWN)) as Shown[]
    if (found.length >= count) break
  }
  return found
}
/** A touch on a message; what the worker then opens is written down, for no browser lets a script touch in a person's place. */
const touched = (title: string): string => `(async () => {
  const done = []
  clients.openWindow = async (url) => void done.push('open ' + url)
  WindowClient.prototype.focus = async function () { done.push('focus ' + this.url); return this }
  WindowClient.prototype.navigate = async function (url) { done.push('go ' + url); return this }
  const notification = (await registration.getNotifications()).find((one) => one.title === ${JSON.stringify(title)})
  const event = new NotificationEvent('notificationclick', { notification })
  const waits = []
  event.waitUntil = (promise) => void waits.push(promise)
  dispatchEvent(event)
  await Promise.all(waits)
  return done
})()`

t.test('what the station sends is shown by the phone, and a touch opens its page without taking away one where somebody speaks', { skip: cannot, timeout: 200_000 }, async (t) => {
  const { page, context, wrong, world } = await entered(t, 'granted')
  const origin = world.url
  const deliver = await delivery(context, page, origin)
  const [worker] = context.serviceWorkers()
  if (!worker) throw new Error('no worker')
  const incident = { title: 'Sự cố: Cụm chợ mất kết nối', text: `Sự cố: Cụm chợ mất kết nối\nNơi: Thôn Đông\nTừ 05:10\n${origin}/su-co/abc`, path: '/su-co/abc', severity: 'urgent' }
  await deliver(JSON.stringify(incident))
  t.same(await shown(worker, 1), [{ title: incident.title, body: 'Nơi: Thôn Đông\nTừ 05:10', tag: '/su-co/abc', url: `${origin}/su-co/abc`, must: true }])
  await deliver(JSON.stringify({ ...incident, title: 'Đã khắc phục: Cụm chợ', text: 'Đã khắc phục: Cụm chợ\nLúc 06:00', severity: 'notice' }))
  await sleep(1_000)
  t.match(await shown(worker, 1), [{ title: 'Đã khắc phục: Cụm chợ', body: 'Lúc 06:00', must: false }], 'what is told later of the same matter takes its place')
  await deliver('no json')
  await deliver(JSON.stringify({ title: 'Lạ', text: 'Lạ', path: 'https://elsewhere.example/x' }))
  const all = await shown(worker, 3)
  t.same(all.map(({ title, url }) => `${title} ${url}`).sort(), [`Lạ ${origin}/`, `Tiếng Làng ${origin}/`, `Đã khắc phục: Cụm chợ ${origin}/su-co/abc`].sort(), 'something is shown whatever comes, and it leads nowhere else')

  t.same(await worker.evaluate(touched('Đã khắc phục: Cụm chợ')), [`focus ${origin}/bao-tin`, `go ${origin}/su-co/abc`])
  await page.goto(`${origin}/`)
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
  t.same(await worker.evaluate(touched('Lạ')), [`focus ${origin}/`], 'it is open already')
  await page.goto(`${origin}/phat-truc-tiep`)
  await page.waitForSelector('main h1')
  await deliver(JSON.stringify(incident))
  await shown(worker, 2)
  t.same(await worker.evaluate(touched(incident.title)), [`open ${origin}/su-co/abc`], 'whoever speaks is not cut off')
  t.same(wrong, [], 'no error in the browser')
})

t.test('messages end with the session, and go on where the browser’s maker brings them by another way', { skip: cannot, timeout: 200_000 }, async (t) => {
  const { page, context, wrong, world } = await entered(t, 'granted')
  const here = page.getByRole('region', { name: 'Báo về điện thoại này' })
  const turnOn = here.getByRole('button', { name: 'Báo về điện thoại này', exact: true })
  const ways = async (): Promise<unknown> => ((await (await context.request.get(`${world.url}/api/v1/notify/me`)).json()) as { devices: { endpoint: string; name: string | null }[] }).devices.map(({ endpoint, name }) => [endpoint, name])
  await turnOn.click()
  await here.getByText('Điện thoại này đang nhận tin báo.').waitFor()
  const [[, name] = []] = (await ways()) as string[][]
  const [worker] = context.serviceWorkers()
  if (!worker) throw new Error('no worker')

  const moved = 'https://push.example.com/this-phone-moved'
  await worker.evaluate(changed(moved))
  t.same(await ways(), [[moved, name]], 'the old way is forgotten, the device keeps its name')
  t.same(await worker.evaluate(SHOWN), [], 'and nobody is bothered')

  await worker.evaluate(changed(ENDPOINT))
  await context.route('**/api/v1/sign-out', (route) => route.abort())
  const leave = async (): Promise<void> => {
    await page.locator('details.who summary').click()
    await page.getByRole('button', { name: 'Đăng xuất' }).click()
  }
  await leave()
  await sleep(1_000)
  t.equal(await page.evaluate(`localStorage.getItem('subscribed')`), '65', 'the station was not reached: nothing has ended')
  await context.unroute('**/api/v1/sign-out')
  await page.reload()
  await here.getByText('Các máy đang nhận tin của tôi').waitFor()
  const cookies = await context.cookies()
  await leave()
  await page.getByRole('heading', { name: 'Mời vào' }).waitFor()
  for (const end = performance.now() + 5_000; performance.now() < end && (await page.evaluate(`localStorage.getItem('subscribed')`)) !== null;) await sleep(100)
  t.equal(await page.evaluate(`localStorage.getItem('subscribed')`), null, 'the browser’s maker brings nothing more')
  t.equal((await context.request.get(`${world.url}/api/v1/notify/me`, { headers: { cookie: cookies.map(({ name: key, value }) => `${key}=${value}`).join('; ') } })).status(), 401)

  await worker.evaluate(changed(moved))
  t.match(await shown(worker, 1), [{ title: 'Điện thoại này thôi nhận tin báo', url: `${world.url}/bao-tin` }], 'nobody is signed in: whoever waits for messages is told that none come')
  await page.getByLabel('Số điện thoại hoặc tên').fill('Nguyễn Văn An')
  await page.getByLabel('Mật khẩu', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Vào', exact: true }).click()
  await page.getByRole('heading', { name: 'Báo về điện thoại này' }).waitFor()
  t.same(await ways(), [], 'the station has forgotten this device')
  t.same(wrong, [], 'no error in the browser')
})
