import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext } from 'playwright-core'
import type { Bench, BenchContext, BenchRow } from './bench.ts'

const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
const PASSWORD = 'ba từ quen thuộc'
/** An old phone on a bad link. */
const SLOWER = 4
const LINK = { offline: false, latency: 300, downloadThroughput: 50_000, uploadThroughput: 25_000 }
const GOAL_MS = 3_000
const GOAL_KB = 80
const START_MS = 60_000

export const pages: Bench = {
  name: 'pages',
  what: `the first screen after sign-in, nothing of it in the browser's store, on a phone ${SLOWER} times slower than this machine behind 400 kbit/s and 300 ms (Chromium's own emulation): until what is on air stands there; and what came over the link`,
  limitS: 240,
  async run({ runs, quick, say }: BenchContext): Promise<readonly BenchRow[]> {
    if (CHROMIUM === undefined) throw new Error('Chromium is missing: apt-get install chromium')
    if (!existsSync(MAIN)) throw new Error('The server is not built: npm run build')
    const { chromium } = await import('playwright-core')
    const station = await startStation()
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
    try {
      const signedIn = await enter(browser, station.firstLink)
      const times: number[] = []
      const kilobytes: number[] = []
      for (let n = 0; n < (quick ? 1 : runs); n++) {
        const { ms, bytes } = await open(browser, station.url, signedIn)
        say(`${Math.round(ms)} ms, ${(bytes / 1_000).toFixed(1)} kB`)
        times.push(ms)
        kilobytes.push(bytes / 1_000)
      }
      const row = (what: string, unit: string, values: readonly number[], atMost: number): BenchRow => ({ what, who: 'page of duty', role: 'ours', unit, values, goal: { atMost } })
      return [row('slow phone: until the first screen can be used', 'ms', times, GOAL_MS), row('slow phone: bytes over the link for it, answers of the API included', 'kB', kilobytes, GOAL_KB)]
    } finally {
      await browser.close()
      await station.stop()
    }
  },
}

interface Station {
  readonly url: string
  readonly firstLink: string
  stop(): Promise<void>
}

async function printed(child: ChildProcess, pattern: RegExp, said: () => string): Promise<string> {
  for (const end = performance.now() + START_MS; performance.now() < end && child.exitCode === null; await pause(100)) {
    const [, found] = pattern.exec(said()) ?? []
    if (found !== undefined) return found
  }
  throw new Error(`The server did not say ${String(pattern)}:\n${said()}`)
}

async function startStation(): Promise<Station> {
  const folder = mkdtempSync(join(tmpdir(), 'tl-bench-pages-'))
  const child = spawn(process.execPath, [MAIN, '--no-demo'], { env: { ...process.env, TL_DATA: folder, TL_PORT: '0', TL_MQTT_PORT: '0', TL_LOG_LEVEL: 'error' }, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (said += text))
  const ended = new Promise((done) => child.once('exit', done))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    return { firstLink: await printed(child, /^First administrator .*: (http\S+)/m, () => said), url: await printed(child, /^Address: (http:\S+)/m, () => said), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>
async function enter(browser: Browser, link: string): Promise<Cookies> {
  const context = await browser.newContext({ locale: 'vi-VN' })
  const page = await context.newPage()
  await page.goto(link)
  await page.getByLabel('Họ và tên của bạn').fill('Nguyễn Văn An')
  await page.getByLabel('Chọn mật khẩu').fill(PASSWORD)
  await page.getByRole('button', { name: 'Lưu và vào' }).click()
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
  const cookies = await context.cookies()
  await context.close()
  return cookies
}

/** Opens the page as somebody who is signed in and has never been there with this phone. */
async function open(browser: Browser, url: string, cookies: Cookies): Promise<{ readonly ms: number; readonly bytes: number }> {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, locale: 'vi-VN', serviceWorkers: 'block' })
  try {
    await context.addCookies(cookies)
    const page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    let bytes = 0
    cdp.on('Network.loadingFinished', ({ encodedDataLength }) => void (bytes += encodedDataLength))
    await cdp.send('Network.enable')
    await cdp.send('Network.emulateNetworkConditions', LINK)
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
    const began = performance.now()
    await page.goto(url, { waitUntil: 'commit' })
    await page.getByText('Hiện không có gì đang phát.').waitFor()
    const ms = performance.now() - began
    await pause(3_000)
    return { ms, bytes }
  } finally {
    await context.close()
  }
}
