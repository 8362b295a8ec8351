import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { fromBase64Url } from '../../shared/protocol/wire.ts'
import { hasty, startBox, type Box } from '../support/box.ts'
import { askHttp, enrolAt, type Reply } from '../support/live-server.ts'
import type { Method } from '../support/server-world.ts'
import { ROOT } from '../support/tree.ts'

const MAIN = join(ROOT, 'dist', 'server', 'main.js')
const PAGES = join(ROOT, 'dist', 'web', 'app', 'index.html')
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))

/** Why the pages cannot be tried here; false where they can. */
export const cannot = CHROMIUM === undefined ? 'needs Chromium: apt-get install chromium' : !existsSync(MAIN) || !existsSync(PAGES) ? 'the server is not built: npm run build' : false

const TIMETABLE = `version: 1
station: Đài thử
areas:
  - { code: '68', name: Tỉnh thử, kind: province }
  - { code: '24958', name: Xã Đức Trọng, kind: commune, parent: '68' }
  - { code: '24958-dong', name: Thôn Đông, kind: hamlet, parent: '24958' }
policies:
  ca-ngay: { windows: [00:00-24:00], quiet: [], warn: [] }
sessions: []
`
export const PASSWORD = 'ba từ quen thuộc'

export interface PagesWorld {
  readonly url: string
  readonly token: string
  /** Everything that the server has printed so far. */
  said(): string
  /** The link that the server printed for the first administrator. */
  readonly firstLink: string
  ask(question: `${Method} ${string}`, payload?: object): Promise<Reply>
  /** A real agent, enrolled by a claim, that plays into a WAV file. */
  enrol(name: string, area: string): Promise<Box & { readonly cluster: string }>
  /** A box that was stopped starts again as it was. */
  again(cluster: string): Promise<Box>
  /** Somebody of a role, by an invitation. Answers the link. */
  invite(name: string, role: string): Promise<string>
  /** The server dies without a word, and … */
  kill(): Promise<void>
  /** … is there again, at the same address. */
  revive(): Promise<void>
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

async function printed(child: ChildProcess, pattern: RegExp, said: () => string): Promise<string> {
  for (const end = performance.now() + 90_000; performance.now() < end && child.exitCode === null; await sleep(100)) {
    const [, found] = pattern.exec(said()) ?? []
    if (found !== undefined) return found
  }
  throw new Error(`${String(pattern)} was not printed:\n${said()}`)
}

/** The program as people start it, on free ports, with a folder of its own. `fill` may put a station's past into its data folder before; `more`: settings beside. */
export async function pagesWorld(t: Test, fill?: (data: string) => void, more: Readonly<Record<string, string>> = {}): Promise<PagesWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'tl-pages-'))
  fill?.(join(folder, 'data'))
  const timetable = join(folder, 'lich.yaml')
  writeFileSync(timetable, TIMETABLE)
  let said = ''
  const run = (port: string): { readonly child: ChildProcess; readonly ended: Promise<unknown> } => {
    const env = { ...process.env, TL_DATA: join(folder, 'data'), TL_PORT: port, TL_HTTPS_PORT: 'off', TL_MQTT_PORT: '0', TL_TIMETABLE: timetable, TL_LOG_LEVEL: 'warn', ...more }
    const child = spawn(process.execPath, [MAIN, '--no-demo'], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (said += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (said += text))
    return { child, ended: new Promise((done) => child.on('exit', done)) }
  }
  let server = run('0')
  const boxes: Box[] = []
  const starts = new Map<string, () => Promise<Box>>()
  t.teardown(async () => {
    for (const box of boxes) await box.stop(true)
    server.child.kill('SIGTERM')
    await server.ended
    rmSync(folder, { recursive: true, force: true })
  })
  const firstLink = await printed(server.child, /^First administrator .*: (http\S+)/m, () => said)
  const url = await printed(server.child, /^Address: (http:\S+)/m, () => said)
  const token = await printed(server.child, /^Administrator token: (\S+)/m, () => said)
  const ask: PagesWorld['ask'] = (question, payload) => askHttp(url, token, question, payload)
  return {
    url, token, firstLink, ask,
    said: () => said,
    async kill() {
      server.child.kill('SIGKILL')
      await server.ended
    },
    async revive() {
      said = ''
      server = run(new URL(url).port)
      await printed(server.child, /^Address: (http:\S+)/m, () => said)
    },
    async enrol(name, area) {
      const { claim } = (await ask('POST /clusters/claims', { name, area })).body as { claim: string }
      const boxFolder = mkdtempSync(join(tmpdir(), 'tl-box-'))
      const identity = await enrolAt(url, claim, join(boxFolder, 'disk'))
      const root = fromBase64Url(identity.root)
      if (!root) throw new Error('no root key')
      const start = (): Promise<Box> => startBox({ url: identity.mqttUrl, cluster: identity.cluster, password: identity.password, root, random: hasty, folder: boxFolder })
      starts.set(identity.cluster, start)
      const box = await start()
      boxes.push(box)
      return { ...box, cluster: identity.cluster }
    },
    async again(cluster) {
      const box = await starts.get(cluster)?.()
      if (!box) throw new Error(`${cluster} was never enrolled`)
      boxes.push(box)
      return box
    },
    async invite(name, role) {
      const { status, body } = await ask('POST /people', { name, grants: [{ role, areas: ['24958'] }] })
      if (status !== 201) throw new Error(JSON.stringify(body))
      return (body as { link: { url: string } }).link.url
    },
  }
}

/** `more`: what this browser is told beside, such as a recording in place of its microphone. */
export async function launch(t: Test, more: readonly string[] = []): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM ?? '',
    args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required', ...more],
  })
  t.teardown(() => browser.close())
  return browser
}

/** How a person looks at it. */
export interface Look {
  readonly width: number
  readonly height: number
  readonly dark?: boolean
  /** 2 = letters and all twice as large. */
  readonly zoom?: number
  /** Pages are kept for times without a link. Absent = not: what is kept is asked for past the routes that a test lays. */
  readonly kept?: boolean
}
export const PHONE: Look = { width: 360, height: 640 }
export const DESK: Look = { width: 1280, height: 800 }

export interface Visit {
  readonly context: BrowserContext
  readonly page: Page
  /** Errors of scripts, of the content policy and of the console. */
  readonly wrong: string[]
}

/** What the browser says of a request that the link cut or the server refused, and is no fault of the page. */
const NETWORK = /Failed to load resource|net::ERR_/

export async function visit(browser: Browser, { width, height, dark = false, zoom = 1, kept = false }: Look): Promise<Visit> {
  // a page that is zoomed has fewer of its own pixels
  const context = await browser.newContext({ viewport: { width: Math.round(width / zoom), height: Math.round(height / zoom) }, deviceScaleFactor: zoom, colorScheme: dark ? 'dark' : 'light', locale: 'vi-VN', serviceWorkers: kept ? 'allow' : 'block' })
  const page = await context.newPage()
  const wrong: string[] = []
  page.on('pageerror', (error) => wrong.push(String(error)))
  page.on('console', (message) => void (message.type() === 'error' && !NETWORK.test(message.text()) && wrong.push(message.text())))
  return { context, page, wrong }
}

/** Comes in by a link, as somebody who got it by Zalo. */
export async function enter(page: Page, link: string, name?: string): Promise<void> {
  await page.goto(link)
  if (name !== undefined) await page.getByLabel('Họ và tên của bạn').fill(name)
  await page.getByLabel('Chọn mật khẩu').fill(PASSWORD)
  await page.getByRole('button', { name: 'Lưu và vào' }).click()
  await page.getByRole('heading', { name: 'Trực ban' }).waitFor()
}

/** Holds a button for so long, ms, with a finger that trembles. */
export async function hold(page: Page, name: string, ms: number): Promise<void> {
  const button = page.getByRole('button', { name })
  await button.scrollIntoViewIfNeeded()
  const place = await button.boundingBox()
  if (!place) throw new Error(`there is no button ${name}`)
  await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2)
  await page.mouse.down()
  await page.mouse.move(place.x + place.width / 2 + 9, place.y + place.height / 2 - 7)
  await sleep(ms)
  await page.mouse.up()
}

/** Keeps a picture for a person to look at, where TL_SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['TL_SCREENSHOTS']
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}

const AXE = readFileSync(join(ROOT, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')
/** What axe finds serious or worse, contrast AA included; a line each. */
export async function axe(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  return await page.evaluate(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) => violations.filter((one) => one.impact === 'serious' || one.impact === 'critical').flatMap((one) => one.nodes.map((node) => one.id + ': ' + node.target.join(' ') + ' ' + (node.any[0]?.message ?? ''))))`)
}

/** Buttons, links and fields lower than a thumb needs; and what is wider than the page. */
export async function cramped(page: Page): Promise<string[]> {
  return await page.evaluate(`(() => {
    const small = [...document.querySelectorAll('a[href], button, select, textarea, summary, input:not([type=radio]):not([type=checkbox])')]
      .filter((one) => one.checkVisibility() && !one.classList.contains('skip') && one.getBoundingClientRect().height < 44)
      .map((one) => 'low: ' + one.outerHTML.slice(0, 90))
    const wide = document.documentElement.scrollWidth > innerWidth ? ['wide: ' + document.documentElement.scrollWidth + ' of ' + innerWidth] : []
    return [...small, ...wide]
  })()`)
}

/** Words that cannot be read whole: outside of the page or of a box that hides what is too much, and what is chosen in a list that is too narrow for it. */
export async function cut(page: Page): Promise<string[]> {
  return await page.evaluate(`(() => {
    const found = new Set()
    // what only a reader's voice says: a box of one pixel
    const isUnseen = (box) => box && (box.offsetWidth <= 2 && getComputedStyle(box).overflowX === 'hidden' || isUnseen(box.parentElement))
    // a map is moved to see what lies beside it
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const range = document.createRange()
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement
      if (!node.data.trim() || !parent.checkVisibility() || parent.closest('.skip, .leaflet-map-pane, option, script, style, textarea') || isUnseen(parent)) continue
      range.selectNodeContents(node)
      for (const { left, right, top, bottom } of range.getClientRects()) {
        for (let box = parent; ; box = box.parentElement) {
          if (!box) {
            if (left < -1 || right > document.documentElement.clientWidth + 1) found.add('beside the page: ' + node.data.trim().slice(0, 60))
            break
          }
          const { overflowX, overflowY } = getComputedStyle(box)
          if (/auto|scroll/.test(overflowX + overflowY)) break
          const edge = box.getBoundingClientRect()
          if (/hidden|clip/.test(overflowX) && box !== document.documentElement && (left < edge.left - 1 || right > edge.right + 1)) found.add('cut: ' + node.data.trim().slice(0, 60))
          if (/hidden|clip/.test(overflowY) && box !== document.documentElement && (top < edge.top - 3 || bottom > edge.bottom + 3)) found.add('cut below: ' + node.data.trim().slice(0, 60))
        }
      }
    }
    const pen = document.createElement('canvas').getContext('2d')
    const ARROW = 22
    for (const list of document.querySelectorAll('select')) {
      const { font, paddingLeft, paddingRight } = getComputedStyle(list)
      pen.font = font
      const text = list.selectedOptions[0]?.textContent.trim() ?? ''
      if (list.checkVisibility() && pen.measureText(text).width > list.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - ARROW) found.add('too narrow for: ' + text)
    }
    for (const field of document.querySelectorAll('input[placeholder], textarea[placeholder]')) {
      const { font, paddingLeft, paddingRight } = getComputedStyle(field)
      pen.font = font
      if (field.checkVisibility() && field.value === '' && field.localName === 'input' && pen.measureText(field.placeholder).width > field.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) + 1) found.add('too narrow for: ' + field.placeholder)
    }
    return [...found]
  })()`)
}
