import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext } from 'playwright-core'

const MAIN = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
const PASSWORD = 'ba từ quen thuộc'
const START_MS = 60_000

/** The built server in a process of its own, on free ports, with a folder of its own; and a browser beside it. */
export interface BuiltStation {
  readonly url: string
  readonly token: string
  readonly pid: number
  readonly folder: string
  readonly browser: Browser
  /** What the first administrator's browser holds once they have chosen a password. */
  readonly signedIn: Awaited<ReturnType<BrowserContext['cookies']>>
  stop(): Promise<void>
}

async function printed(child: ChildProcess, pattern: RegExp, said: () => string): Promise<string> {
  for (const end = performance.now() + START_MS; performance.now() < end && child.exitCode === null; await pause(100)) {
    const [, found] = pattern.exec(said()) ?? []
    if (found !== undefined) return found
  }
  throw new Error(`The server did not say ${String(pattern)}:\n${said()}`)
}

/** `env`: settings of the server beside; `flags`: what the browser is told beside. @throws where Chromium or the built server is missing. */
export async function openBuiltStation({ env = {}, flags = [] }: { readonly env?: Readonly<Record<string, string>>; readonly flags?: readonly string[] } = {}): Promise<BuiltStation> {
  if (CHROMIUM === undefined) throw new Error('Chromium is missing: apt-get install chromium')
  if (!existsSync(MAIN)) throw new Error('The server is not built: npm run build')
  const { chromium } = await import('playwright-core')
  const folder = mkdtempSync(join(tmpdir(), 'tl-bench-pages-'))
  const child = spawn(process.execPath, [MAIN, '--no-demo'], { env: { ...process.env, TL_DATA: join(folder, 'data'), TL_PORT: '0', TL_MQTT_PORT: '0', TL_LOG_LEVEL: 'error', ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (said += text))
  const ended = new Promise((done) => child.once('exit', done))
  let browser: Browser | null = null
  const stop = async (): Promise<void> => {
    await browser?.close()
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const firstLink = await printed(child, /^First administrator .*: (http\S+)/m, () => said)
    const [url, token] = [await printed(child, /^Address: (http:\S+)/m, () => said), await printed(child, /^Administrator token: (\S+)/m, () => said)]
    const opened = (browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...flags] }))
    return { url, token, folder, browser: opened, pid: child.pid ?? 0, signedIn: await enter(opened, firstLink), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function enter(browser: Browser, link: string): Promise<BuiltStation['signedIn']> {
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
