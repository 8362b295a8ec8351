import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { micWorld, pause, pcmOf, rmsDbOf, type MicWorld } from '../support/mic-world.ts'
import { TOKEN } from '../support/server-world.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
const skip = CHROMIUM === undefined ? 'needs Chromium: apt-get install chromium' : false
const TEXT = 'Kính mời bà con thôn Đông đến nhà văn hoá lúc bảy giờ tối nay để họp bàn việc làm đường. Xin trân trọng cảm ơn bà con đã lắng nghe.'

/** A spoken sentence as a WAV file: noise suppression takes a plain tone for noise. */
function voiceFile(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'tl-voice-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const [raw, path] = [join(folder, 'raw.wav'), join(folder, 'voice.wav')]
  for (const [program, ...args] of [['espeak-ng', '-v', 'vi', '-w', raw, TEXT], ['ffmpeg', '-v', 'error', '-i', raw, '-ar', '48000', '-ac', '1', '-y', path]] as const) {
    const made = spawnSync(program, args, { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(made.stderr)
  }
  return path
}
const samplesOf = (wav: string): Int16Array => {
  const bytes = readFileSync(wav)
  return new Int16Array(new Uint8Array(bytes.subarray(bytes.indexOf('data') + 8)).buffer.slice(0, (bytes.length - bytes.indexOf('data') - 8) & ~1))
}

/** Loudness every 50 ms. */
const envelope = (pcm: Int16Array): number[] => Array.from({ length: Math.floor(pcm.length / 2_400) }, (_, n) => Math.sqrt(pcm.subarray(n * 2_400, (n + 1) * 2_400).reduce((sum, x) => sum + x * x, 0)))

const SPAN = 2.5 * 48_000
/** How much the rise and fall of some seconds of what was heard is that of the file, which is played round and round: −1 … 1. A busy machine makes gaps: the best seconds count. */
function likeness(heard: Int16Array, file: Int16Array): number {
  const starts = Array.from({ length: Math.max(1, Math.floor((heard.length - SPAN) / 24_000)) }, (_, n) => n * 24_000)
  return Math.max(...starts.map((from) => likenessOf(heard.subarray(from, from + SPAN), file)))
}
function likenessOf(heard: Int16Array, file: Int16Array): number {
  const [a, b] = [envelope(heard), envelope(file)]
  const correlation = (shift: number): number => {
    const pairs = a.map((x, i) => [x, b[(i + shift) % b.length] ?? 0] as const)
    const mean = (n: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[n], 0) / pairs.length
    const [ma, mb] = [mean(0), mean(1)]
    const product = (f: (x: number, y: number) => number): number => pairs.reduce((sum, [x, y]) => sum + f(x - ma, y - mb), 0)
    return product((x, y) => x * y) / Math.sqrt(product((x) => x * x) * product((_, y) => y * y) + 1e-9)
  }
  return Math.max(...b.map((_, shift) => correlation(shift)))
}

async function browser(t: Test): Promise<{ readonly browser: Browser; readonly file: Int16Array }> {
  const voice = voiceFile(t)
  const launched = await chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-audio-capture=${voice}`, '--autoplay-policy=no-user-gesture-required'],
  })
  t.teardown(() => launched.close())
  return { browser: launched, file: samplesOf(voice) }
}

async function begin(world: MicWorld, page: Page, format = ''): Promise<string> {
  await page.goto(`${world.url.replace('127.0.0.1', 'localhost')}/microphone${format === '' ? '' : `?format=${format}`}`)
  await page.fill('#token', TOKEN)
  await page.dispatchEvent('#token', 'change')
  await page.waitForSelector('#targets option[value="24958"]', { state: 'attached' })
  await page.selectOption('#targets', '24958')
  await page.fill('#title', 'Thử micro')
  await page.click('#start')
  await page.waitForSelector('#state[data-state="waiting"]')
  return world.live.list('under-way')[0]?.id ?? ''
}
const heardOf = (world: MicWorld, n = 0): Int16Array => (world.streams[n] ? pcmOf(world.streams[n]) : new Int16Array(0))

t.test('a person speaks into a real browser and is heard, pauses, and ends', { skip, timeout: 120_000 }, async (t) => {
  const world = await micWorld(t)
  const { browser: chrome, file } = await browser(t)
  const page = await chrome.newPage({ viewport: { width: 360, height: 640 } })
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(String(error)))
  page.on('console', (message) => void (message.type() === 'error' && wrong.push(message.text())))
  const id = await begin(world, page)
  t.match(await page.textContent('#where'), /0\/3 cụm/)
  world.say('aaaaaaaaaa', { slot: `l.${id}`, st: 'sounding' })
  await page.waitForSelector('#state[data-state="on-air"]')
  await page.waitForSelector('#where:has-text("1/3")')
  const needle: number[] = []
  for (let n = 0; n < 35; n++) {
    await pause(200)
    needle.push(Number(await page.evaluate("document.getElementById('meter').value")))
  }
  const heard = heardOf(world)
  const settled = heard.subarray(-4 * 48_000)
  t.ok(heard.length > 5.5 * 48_000, `${heard.length / 48_000} s arrived`)
  t.ok(Math.abs(rmsDbOf(settled) + 17) < 5, `level ${rmsDbOf(settled)} dBFS`)
  t.ok(likeness(heard, file) > 0.7, `it is the sound of the file: ${likeness(heard, file)}`)
  t.ok(Math.max(...needle) > -40, 'the needle moves')
  for (const button of ['#pause', '#end']) t.ok(((await (await page.$(button))?.boundingBox())?.height ?? 0) >= 44, `${button} can be hit with a thumb`)
  if (process.env['TL_SCREENSHOT']) await page.screenshot({ path: process.env['TL_SCREENSHOT'] })

  await page.click('#pause')
  await page.waitForSelector('#state[data-state="paused"]')
  await pause(1_000)
  const before = heardOf(world).length
  await pause(800)
  t.equal(heardOf(world).length, before, 'nothing is sent in a pause')
  await page.click('#pause')
  await page.waitForSelector('#state[data-state="on-air"]')
  await page.click('#end')
  await page.waitForSelector('#before:not([hidden])', { timeout: 20_000 })
  t.ok(world.live.byId(id)?.endedBy)
  t.same(wrong, [], 'no error in the browser')
})

t.test('a browser without an encoder sends PCM', { skip, timeout: 60_000 }, async (t) => {
  const world = await micWorld(t)
  const { browser: chrome, file } = await browser(t)
  const page = await chrome.newPage()
  await begin(world, page, 'pcm16')
  await pause(6_000)
  t.ok(likeness(heardOf(world), file) > 0.7)
})

t.test('the link drops and comes back, then the tab dies: the broadcast goes on, then ends', { skip, timeout: 90_000 }, async (t) => {
  const world = await micWorld(t)
  const context = await (await browser(t)).browser.newContext()
  const page = await context.newPage()
  await page.addInitScript('{ const Real = WebSocket; window.sockets = []; window.WebSocket = class extends Real { constructor(...a) { super(...a); window.sockets.push(this) } } }')
  const id = await begin(world, page)
  await pause(1_500)
  await page.evaluate('window.sockets.at(-1).close()')
  await page.waitForSelector('#state[data-state="lost"]')
  await page.waitForSelector('#state[data-state="waiting"]')
  t.equal(world.live.byId(id)?.endedBy, null)
  t.equal(world.streams.length, 1, 'the same broadcast')
  const before = heardOf(world).length
  await pause(1_500)
  t.ok(heardOf(world).length > before + 48_000 / 2)
  await context.close()
  await pause(3_000)
  t.equal(world.live.byId(id)?.endedBy, null, 'it may still come back')
  await pause(3_000)
  t.ok(world.live.byId(id)?.endedBy)
  t.equal(world.streams[0]?.ended, true)
  await pause(500)
  t.equal(world.imported.length, 1, 'what was said is kept')
})
