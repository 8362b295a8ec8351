import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import t from 'tap'
import type { EmergencyView } from '../../server/features/emergencies/messages.ts'
import { enrolAlertBox } from '../support/alert-box.ts'
import { startLiveServer } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'
import { pause } from '../support/mic-world.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
const skip = CHROMIUM === undefined ? 'needs Chromium: apt-get install chromium' : false

t.test('a person raises an emergency from the page by holding, is told when to speak, and ends it', { skip, timeout: 200_000 }, async (t) => {
  const live = await startLiveServer()
  t.teardown(() => live.stop())
  const box = await enrolAlertBox(live.server, 'Thôn Đông', '24958')
  t.teardown(() => box.leave())
  const browser = await chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required'],
  })
  t.teardown(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 360, height: 640 } })
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(String(error)))
  page.on('console', (message) => void (message.type() === 'error' && wrong.push(message.text())))
  await page.goto(`${live.server.url.replace('127.0.0.1', 'localhost')}/microphone`)
  await page.fill('#token', live.server.token)
  await page.dispatchEvent('#token', 'change')
  await page.waitForSelector('#targets option[value="24958"]', { state: 'attached' })
  await page.selectOption('#targets', '24958')
  await page.fill('#title', 'Vỡ đê')
  await page.click('summary')
  t.ok(await page.isDisabled('#raise'), 'nobody has said whether it is an exercise')
  await page.check('input[value="drill"]')
  const inForce = async (): Promise<EmergencyView[]> => (await live.ask('GET /emergencies')).body as EmergencyView[]

  const place = await (await page.$('#raise'))?.boundingBox()
  if (!place) return t.fail('no button')
  t.ok(place.height >= 44, 'it can be hit with a thumb')
  await page.mouse.move(place.x + 20, place.y + 20)
  await page.mouse.down()
  await pause(500)
  await page.mouse.up()
  await pause(2_000)
  t.same(await inForce(), [], 'a tap raises nothing')

  await page.mouse.down()
  await page.waitForSelector('#state[data-state="tone"]', { timeout: 20_000 })
  await page.mouse.up()
  const [raised] = await inForce()
  t.match(raised, { title: 'Vỡ đê', drill: true, clusters: 1, voice: { open: true } })
  t.match(await page.textContent('#notes'), /DIỄN TẬP: phát tới 1 cụm loa/)
  t.match(await page.textContent('#hint'), /mời nói sau \d+ giây/)
  if (process.env['TL_SCREENSHOT']) await page.screenshot({ path: process.env['TL_SCREENSHOT'] })
  await page.waitForSelector('#state[data-state="speak"]', { timeout: 20_000 })
  t.equal(await page.textContent('#state'), 'MỜI NÓI')
  const id = raised?.id ?? ''
  const order = box.newest(id)
  if (!order) return t.fail('no order')
  await box.answer(order, 'sounding')
  await page.waitForSelector('#where:has-text("1/1")')
  await page.waitForSelector('#state[data-state="on-air"]', { timeout: 20_000 })
  await page.click('#end')
  t.ok(await until(() => (box.newest(id)?.parts.length ?? 0) === 4, 10_000), 'tone, exercise, what was said, chime')
  await page.waitForSelector('#before:not([hidden])', { timeout: 30_000 })
  t.match((await live.ask(`GET /emergencies/${id}`)).body, { endedBecause: 'finished', voice: { ended: { code: 'spoken' } } })
  t.same(wrong, [], 'no error in the browser')
})
