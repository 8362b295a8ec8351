import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import t, { type Test } from 'tap'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { openLocalDoor } from '../../agent/adapters/local-door/door.ts'
import { SHA512 } from '../../agent/adapters/local-door/page.ts'
import { signedWords, type StandingAction } from '../../agent/core/standing-challenge.ts'
import { createStanding, type StandingStage } from '../../agent/stages/standing.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import type { HeldPlan } from '../../shared/protocol/messages/plan.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'

const CHROMIUM = '/usr/bin/chromium'
const CLUSTER = 'k000000001'
const ORDER = 'vode000001'
const crypto = nodeCrypto()
const SECRET = new Uint8Array(32).fill(5)
const KEY = toBase64Url(crypto.publicKey(SECRET))

interface World {
  readonly stage: StandingStage
  readonly url: string
  plan: HeldPlan | null
  ask(path: string, body?: unknown, type?: string): Promise<{ status: number; body: Record<string, string> }>
  act(action?: StandingAction, over?: object): Promise<{ status: number; body: Record<string, string> }>
}

async function world(t: Test): Promise<World> {
  const now = Date.now()
  const clock: Clock = { wall: () => wallMs(Date.now()), mono: () => monoMs(performance.now()), after: (ms, fn) => ((timer) => () => clearTimeout(timer))(setTimeout(fn, ms)) }
  const held = {
    plan: {
      v: 2, rev: 1, from: now - 1e8, to: now + 8e8, volume: 60, stagger: 0, budget: 0, policies: {}, sessions: [], media: [],
      standing: { keys: [KEY], orders: [{ id: ORDER, name: 'Vỡ đê – sơ tán', danger: 9, times: 3, gap: 0, vol: null, parts: [{ m: 'A'.repeat(42) + 'E', ms: 5_000 }] }] },
    } as HeldPlan | null,
  }
  const stage = createStanding({
    cluster: CLUSTER, clock, crypto, log: silentLog, secretBytes: (count) => new Uint8Array(randomBytes(count)), disk: { read: async () => null, writeAtomic: async () => undefined },
    now: () => clock.wall(), plan: () => held.plan, holds: () => true, changed: () => undefined,
  })
  await stage.load()
  const door = await openLocalDoor('127.0.0.1:0', { clock, log: silentLog, door: stage.door })
  if (!door.ok) throw new Error(door.why)
  t.teardown(async () => {
    await door.value.stop()
    await stage.stop()
  })
  const ask: World['ask'] = async (path, body, type = 'application/json') => {
    const answer = await fetch(new URL(path, door.value.url), body === undefined ? {} : { method: 'POST', headers: { 'content-type': type }, body: typeof body === 'string' ? body : JSON.stringify(body) })
    const text = await answer.text()
    return { status: answer.status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, string>) : { text } }
  }
  const act: World['act'] = async (action = 'start', over = {}) => {
    const given = await ask('/challenge', { order: ORDER, action })
    const challenge = given.body.challenge ?? 'none'
    const signature = toBase64Url(crypto.sign(signedWords(CLUSTER, { order: ORDER, action }, challenge), SECRET))
    return ask('/act', { order: ORDER, action, challenge, key: KEY, signature, ...over })
  }
  return Object.assign(held, { stage, url: door.value.url, ask, act })
}

t.test('the page’s SHA-512 is that of everybody else, at every length around a block', async (t) => {
  const { sha512 } = (await import(`data:text/javascript,${encodeURIComponent(SHA512)}`)) as { sha512: (bytes: Uint8Array) => Uint8Array }
  for (const length of [0, 1, 32, 110, 111, 112, 113, 127, 128, 129, 300]) {
    const bytes = new Uint8Array(randomBytes(length))
    t.equal(Buffer.from(sha512(bytes)).toString('hex'), createHash('sha512').update(bytes).digest('hex'), `${length} bytes`)
  }
})

t.test('the door shows what is armed and takes what the commune’s key has signed', async (t) => {
  const w = await world(t)
  t.match(await w.ask('/state'), { status: 200, body: { cluster: CLUSTER, why: null, orders: [{ id: ORDER }], sounding: [] } })
  t.match(await w.act(), { status: 200, body: { name: 'Vỡ đê – sơ tán' } })
  t.equal(w.stage.slots().length, 1)
  t.match(await w.act('stop'), { status: 200 })
  t.equal(w.stage.slots().length, 0)
  w.plan = null
  t.match((await w.ask('/state')).body, { why: 'disarmed', vi: /chưa được bật/ })
  t.match(await w.act(), { status: 403, body: { code: 'disarmed' } })
})

t.test('five wrong attempts in a minute are enough, also for who then has the right key', async (t) => {
  const w = await world(t)
  for (let n = 0; n < 5; n++) t.equal((await w.act('start', { signature: 'A'.repeat(86) })).body.code, 'wrong-signature')
  t.match(await w.act(), { status: 429, body: { code: 'too-many-attempts', vi: /một phút/ } })
  t.equal(w.stage.slots().length, 0)
})

t.test('the door understands its own page and nothing else', async (t) => {
  const w = await world(t)
  t.equal((await w.ask('/act', { order: ORDER })).status, 400)
  t.equal((await w.ask('/challenge', { order: ORDER, action: 'start' }, 'text/plain')).status, 400, 'a form on a stranger’s page cannot ask')
  t.equal((await w.ask('/challenge', 'x'.repeat(5_000))).status, 400)
  t.equal((await w.ask('/../../etc/passwd')).status, 404)
  t.equal((await w.ask('/nothing')).status, 404)
  t.equal((await fetch(w.url, { method: 'DELETE' })).status, 400)
  const page = await fetch(w.url)
  t.match(page.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/)
  for (const place of ['wrong', '127.0.0.1', '127.0.0.1:99999']) t.match(await openLocalDoor(place, { clock: { mono: () => monoMs(0) }, log: silentLog, door: w.stage.door }), { ok: false, why: /TL_DOOR/ })
  t.match(await openLocalDoor(new URL(w.url).host, { clock: { mono: () => monoMs(0) }, log: silentLog, door: w.stage.door }), { ok: false, why: /cannot be opened/ })
})

if (!existsSync(CHROMIUM)) t.comment('No phone was imitated: there is no Chromium on this machine.')
else {
  t.test('on a phone without crypto.subtle the key comes by the address, the button is held, and the siren starts and stops', { timeout: 110_000 }, async (t) => {
    const w = await world(t)
    const { chromium } = await import('playwright-core')
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
    t.teardown(() => browser.close())
    const page = await browser.newPage({ viewport: { width: 360, height: 640 } })
    const faults: string[] = []
    page.on('pageerror', (error) => void faults.push(String(error)))
    await page.addInitScript(() => Object.defineProperty(globalThis.crypto, 'subtle', { value: undefined }))
    await page.goto(`${w.url}#k=${toBase64Url(SECRET)}`)
    t.equal(await page.evaluate(() => globalThis.crypto.subtle as unknown), undefined)
    const hold = async (name: RegExp, ms: number): Promise<void> => {
      const box = await page.getByRole('button', { name }).boundingBox()
      if (!box) throw new Error('no button')
      await page.mouse.move(box.x + 20, box.y + 20)
      await page.mouse.down()
      await page.waitForTimeout(ms)
      await page.mouse.up()
    }
    await page.getByRole('button', { name: /Giữ để phát: Vỡ đê/ }).waitFor()
    t.notMatch(page.url(), /k=/, 'the key is gone from the address')
    await hold(/Giữ để phát/, 300)
    await page.waitForTimeout(500)
    t.equal(w.stage.slots().length, 0, 'a tap starts nothing')
    await hold(/Giữ để phát/, 1_900)
    await page.getByRole('button', { name: /Giữ để dừng/ }).waitFor()
    t.equal(w.stage.slots().length, 1)
    t.match(await page.locator('#say').textContent(), /Đang phát: Vỡ đê|Đã ra lệnh/)
    await hold(/Giữ để dừng/, 1_900)
    await page.getByRole('button', { name: /Giữ để phát/ }).waitFor()
    t.equal(w.stage.slots().length, 0)
    await page.locator('#key').fill(toBase64Url(new Uint8Array(32).fill(9)))
    await hold(/Giữ để phát/, 1_900)
    await page.getByText('Khoá này không được phép').waitFor()
    t.equal(w.stage.slots().length, 0, 'another key starts nothing')
    t.same(faults, [])
  })
}
