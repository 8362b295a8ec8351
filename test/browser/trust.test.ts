import t from 'tap'
import { axe, cannot, cramped, DESK, launch, pagesWorld, PHONE, picture, visit } from './world.ts'

t.setTimeout(120_000)

t.test('a phone is shown how to trust the station before it can; everything else there is behind the secure address', { skip: cannot, timeout: 110_000 }, async (t) => {
  const world = await pagesWorld(t, undefined, { TL_HTTPS_PORT: '0', TL_BIND: '127.0.0.1' })
  const [, secure = ''] = /^In the local network: (https:\S+)/m.exec(world.said()) ?? []
  t.match(secure, /^https:\/\/localhost:\d+$/, 'the start says where')
  const open = secure.replace('https', 'http')
  const browser = await launch(t)

  const phone = await visit(browser, PHONE)
  await phone.page.goto(`${open}/tin-cay`)
  await phone.page.getByRole('link', { name: 'Tải chứng thực của đài' }).waitFor()
  for (const kind of ['Android', 'iPhone, iPad']) {
    await phone.page.getByRole('button', { name: kind }).click()
    // colours fade over
    await phone.page.waitForTimeout(500)
    t.same([...await axe(phone.page), ...await cramped(phone.page)], [], kind)
    await picture(phone.page, `phone-${kind.slice(0, 6)}`)
  }
  t.equal(await phone.page.getByRole('link', { name: 'Mở trang an toàn' }).getAttribute('href'), `${secure}/`)
  const file = await phone.context.request.get(`${open}${(await phone.page.getByRole('link', { name: 'Tải chứng thực của đài' }).getAttribute('href')) ?? ''}`)
  t.match([file.status(), file.headers()['content-type']], [200, 'application/x-x509-ca-cert'])
  await t.rejects(phone.page.goto(`${open}/cum-loa`), /ERR_CERT_AUTHORITY_INVALID/, 'a browser that does not trust it yet')
  t.same(phone.wrong, [])

  const desk = await visit(browser, { ...DESK, dark: true })
  await desk.page.goto(`${world.url}/tin-cay`)
  await desk.page.getByRole('img', { name: `Mã quét của ${open}/tin-cay` }).waitFor()
  t.same([...await axe(desk.page), ...await cramped(desk.page)], [])
  await picture(desk.page, 'desk')

  const trusting = await browser.newContext({ ignoreHTTPSErrors: true, serviceWorkers: 'block' })
  const page = await trusting.newPage()
  await page.goto(`${secure}/`)
  await page.getByRole('heading', { name: 'Mời vào' }).waitFor()
  t.ok(await page.evaluate('isSecureContext && "mediaDevices" in navigator'))
  await trusting.close()
})
