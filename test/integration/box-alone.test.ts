import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { signedWords, type StandingAction } from '../../agent/core/standing-challenge.ts'
import { wavFile } from '../../server/core/tones.ts'
import { fromBase64Url, toBase64Url } from '../../shared/protocol/wire.ts'
import { startProgram, type ChildProgram } from '../support/child-program.ts'
import { sessionAt, soonMs, startLiveServer, type LiveServer } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'
import { sleep } from '../support/sound-rig.ts'

t.setTimeout(300_000)

const [LINE_HZ, SUBSTITUTE_HZ, SIREN_HZ, FLOOD_HZ] = [700, 1_900, 1_100, 1_500]
const work = mkdtempSync(join(tmpdir(), 'tl-alone-'))
const place = { data: join(work, 'data'), wav: join(work, 'sound.wav'), line: join(work, 'line.wav'), key: join(work, 'switch') }
const crypto = nodeCrypto()
const stranger = new Uint8Array(32).fill(9)

let live: LiveServer | null = null
let agent: ChildProgram | null = null
let cluster = ''
let doorUrl = ''
let secret: Uint8Array = stranger
const order: Record<string, string> = {}

const hum = (path: string, hz: number, seconds: number): void => writeFileSync(path, wavFile(Float32Array.from({ length: 48_000 * seconds }, (_, n) => 0.3 * Math.sin((2 * Math.PI * hz * n) / 48_000)), 48_000))
const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => done(port))
    })
  })
async function begin(over: Readonly<Record<string, string>> = {}): Promise<void> {
  const port = await freePort()
  doorUrl = `http://127.0.0.1:${port}`
  agent = startProgram('agent/main.ts', { TL_DATA: place.data, TL_SINK: `wav:${place.wav}`, TL_LINE: `file:${place.line}`, TL_SWITCH: `file:${place.key}`, TL_DOOR: `127.0.0.1:${port}`, ...over })
}
async function kill(): Promise<void> {
  agent?.child.kill('SIGKILL')
  await agent?.ended
}
t.teardown(async () => {
  await kill()
  await live?.stop()
  rmSync(work, { recursive: true, force: true })
})

/** What there is so far: another process is writing it. */
function recorded(): Int16Array {
  const bytes = readFileSync(place.wav)
  const from = bytes.byteOffset + 44
  return new Int16Array(bytes.buffer.slice(from, from + Math.max(0, (bytes.length - 44) & ~1)))
}
/** Sound of one height in the last `ms` of what the box played, as a share of them. */
function shareOf(hz: number, lastMs: number): number {
  const pcm = recorded()
  const [block, from] = [960, Math.max(0, pcm.length - lastMs * 48)]
  let [found, all] = [0, 0]
  for (let at = from; at + block <= pcm.length; at += block, all++) {
    let [re, im, sum] = [0, 0, 0]
    for (let i = 0; i < block; i++) {
      const x = pcm[at + i] ?? 0
      re += x * Math.cos((2 * Math.PI * hz * i) / 48_000)
      im += x * Math.sin((2 * Math.PI * hz * i) / 48_000)
      sum += x * x
    }
    if (sum / block > 300 ** 2 && (2 * (re * re + im * im)) / block > 0.5 * sum) found++
  }
  return all === 0 ? 0 : found / all
}
/** Waits until it has been heard for about a second. */
const isHeard = (hz: number, withinMs = 20_000): Promise<boolean> => until(() => shareOf(hz, 1_500) > 0.6, withinMs)
const isSilent = (): Promise<boolean> => until(() => [LINE_HZ, SUBSTITUTE_HZ, SIREN_HZ, FLOOD_HZ].every((hz) => shareOf(hz, 1_000) === 0), 20_000)

interface Answer { readonly status: number; readonly body: Record<string, unknown> }
async function door(path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${doorUrl}${path}`, body ? { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {})
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
/** What the page on a phone does with the key that it holds. */
async function phone(action: StandingAction, named: string, key = secret): Promise<Answer> {
  const given = await door('/challenge', { order: named, action })
  const challenge = String(given.body['challenge'] ?? 'none')
  const signature = toBase64Url(crypto.sign(signedWords(cluster, { order: named, action }, challenge), key))
  return door('/act', { order: named, action, challenge, key: toBase64Url(crypto.publicKey(key)), signature })
}
async function isOpen(): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(200)) if (await fetch(`${doorUrl}/state`).then(() => true, () => false)) return
  throw new Error(`the box did not open its door: ${agent?.err()}`)
}

t.before(async () => {
  hum(place.line, LINE_HZ, 10)
  writeFileSync(place.key, '0\n')
  const files = { substitute: SUBSTITUTE_HZ, siren: SIREN_HZ, flood: FLOOD_HZ }
  live = await startLiveServer()
  const clips: Record<string, string> = {}
  for (const [name, hz] of Object.entries(files)) {
    hum(join(work, `${name}.wav`), hz, 4)
    clips[name] = await live.upload(join(work, `${name}.wav`))
  }
  const ask = async (question: Parameters<LiveServer['ask']>[0], body?: object): Promise<Record<string, unknown>> => {
    const answer = await (live as LiveServer).ask(question, body)
    if (answer.status >= 300) throw new Error(`${question}: ${JSON.stringify(answer.body)}`)
    return answer.body as Record<string, unknown>
  }
  await ask('PUT /relays/line', { name: 'Đường dây cũ', source: 'line' })
  const claimed = await ask('POST /clusters/claims', { name: 'Thôn Đông', area: '24958' })
  const set = await ask('POST /standing/sets', {
    name: 'Khi mất liên lạc', areas: ['24958'],
    orders: [{ name: 'Sơ tán', clips: [clips['siren']], switch: 1, times: 100, gapSeconds: 0 }, { name: 'Vỡ đê', clips: [clips['flood']], times: 100, gapSeconds: 0 }],
  })
  for (const one of set['orders'] as { id: string; name: string }[]) order[one.name] = one.id
  const held = await ask('POST /standing/keys', { name: 'Ông Bảy', areas: ['24958'], lastDay: '2027-12-31' })
  secret = fromBase64Url(String(held['secret'])) ?? stranger
  await begin({ TL_SERVER: live.server.url, TL_CLAIM: String(claimed['claim']) })
  const { stores } = live.server
  if (!(await until(() => stores.clusters.active().length === 1, 60_000))) throw new Error(`not enrolled: ${agent?.err()}`)
  cluster = stores.clusters.active()[0]?.id ?? ''
  await ask(`POST /standing/sets/${String(set['id'])}/arm`)
  const chimes = stores.programmes.all().filter((p) => p.kind === 'chime').length
  const holds = (count: number): Promise<boolean> => until(() => (stores.presence.byCluster(cluster)?.held ?? 0) >= chimes + count, 60_000)
  if (!(await holds(2))) throw new Error('the cluster does not hold what is armed')
  const at = soonMs(25_000)
  await ask('POST /sessions', sessionAt(at, { items: [{ relay: 'line', length: '10s', substitute: clips['substitute'] }] }))
  if (!(await holds(3))) throw new Error('the cluster does not hold the substitute')
  await sleep(at - Date.now() - 4_000)
})

t.test('the line of the box sounds inside its signed window, and is silent before and after it', async (t) => {
  t.ok(await isSilent(), 'there is sound on the line, and none from the horn')
  t.ok(await isHeard(LINE_HZ), 'the line')
  await sleep(10_000)
  t.equal(shareOf(SUBSTITUTE_HZ, 20_000), 0, 'never the substitute')
  const whole = shareOf(LINE_HZ, 30_000) * 30
  t.ok(whole > 8.5 && whole < 10.5, `${whole.toFixed(1)} of 10 s`)
  t.ok(await isSilent(), 'the window is over')
})

t.test('with server and broker gone a key switch starts its clip, and ends it', async (t) => {
  await live?.stop()
  live = null
  await sleep(2_000)
  writeFileSync(place.key, '1\n')
  t.ok(await isHeard(SIREN_HZ))
  writeFileSync(place.key, '0\n')
  t.ok(await isSilent())
})

t.test('a phone with the commune’s key starts one, a stranger’s key and a changed order do not', async (t) => {
  t.match((await door('/state')).body, { cluster, why: null })
  t.match(await phone('start', order['Vỡ đê'] ?? '', stranger), { status: 403 }, 'a key that is not of this commune')
  t.ok((await phone('start', 'khongco001')).status >= 400, 'an order that nobody armed')
  const given = await door('/challenge', { order: order['Vỡ đê'], action: 'start' })
  const signature = toBase64Url(crypto.sign(signedWords(cluster, { order: order['Vỡ đê'] ?? '', action: 'stop' }, String(given.body['challenge'])), secret))
  t.ok((await door('/act', { order: order['Vỡ đê'], action: 'start', challenge: given.body['challenge'], key: toBase64Url(crypto.publicKey(secret)), signature })).status >= 400, 'other words were signed')
  await sleep(3_000)
  t.equal(shareOf(FLOOD_HZ, 3_000), 0, 'none of them sounds')
  t.match(await phone('start', order['Vỡ đê'] ?? ''), { status: 200 })
  t.ok(await isHeard(FLOOD_HZ))
  t.match(await phone('stop', order['Vỡ đê'] ?? ''), { status: 200 })
  t.ok(await isSilent())
})

t.test('a box whose clock cannot be trusted obeys its switch and no phone', async (t) => {
  await kill()
  // a year back: below what this box has seen, and nobody there to tell it better
  await begin({ TL_FAKE_CLOCK: 'offset=-31536000000,ppm=0' })
  await isOpen()
  t.ok((await phone('start', order['Vỡ đê'] ?? '')).status >= 400, 'nobody can tell whether the key has ended')
  writeFileSync(place.key, '1\n')
  t.ok(await isHeard(SIREN_HZ))
  t.equal(shareOf(FLOOD_HZ, 10_000), 0)
  writeFileSync(place.key, '0\n')
  t.ok(await isSilent())
})
