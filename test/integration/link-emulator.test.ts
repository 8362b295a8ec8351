import { execFileSync } from 'node:child_process'
import t from 'tap'
import { forkIn, linkMissing, openNamespaces } from '../../scripts/bench/link/namespaces.ts'
import { drawLink, type BoxLink } from '../../scripts/bench/link/profiles.ts'
import { openEmulator } from '../../scripts/bench/link/emulator.ts'
import type { EndsFound, EndsTask } from '../support/link-ends.ts'

const clean = drawLink('clean', () => 0)
const link = (upMs: number, downMs: number, loss = 0): BoxLink => ({ up: { ...clean.up, delayMs: upMs, loss }, down: { ...clean.down, delayMs: downMs, loss }, outages: null })

t.test('each box has a link of its own: delays, losses and blackouts are its alone, and its bytes are counted', { timeout: 60_000 }, async (t) => {
  const missing = linkMissing()
  if (missing !== null) return t.comment(`not measured here: ${missing}`)
  const namespaces = openNamespaces()
  t.teardown(namespaces.close)
  const task: EndsTask = { boxes: namespaces.boxes, links: [link(60, 240), link(10, 10), link(10, 10, 0.3)] }
  const child = forkIn(namespaces.server, new URL('../support/link-ends.ts', import.meta.url), task)
  const { roundTripMs, darkMs, bytes } = await new Promise<EndsFound>((done, fail) => {
    child.once('message', (message) => done(message as EndsFound))
    child.once('exit', (code) => fail(new Error(`it ended with ${code}`)))
  })
  const [slow = 0, quick = 0, lossy = 0] = roundTripMs
  t.ok(slow >= 299 && slow < 1_500, `${slow.toFixed(0)} ms there and back`)
  t.ok(quick >= 19 && quick < slow / 2, `${quick.toFixed(0)} ms beside it`)
  t.ok(lossy >= 19, 'what is lost is sent again')
  const [dark = 0, other = 0] = darkMs
  t.ok(dark >= 1_000, `${dark.toFixed(0)} ms through a second without a link`)
  t.ok(other < 900, `${other.toFixed(0)} ms on the other link meanwhile`)
  t.ok(bytes.every(({ up, down }) => up > 2_000 && down > 2_000), 'with the headers of IP and TCP')
  t.ok((bytes[2]?.lost ?? 0) > 0)
  t.equal(bytes[1]?.lost, 0)
  namespaces.close()
  t.notMatch(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }), namespaces.server, 'nothing is left behind')
})

t.test('where there are no namespaces, proxies stand for the links and say so', async (t) => {
  const proxies = await openEmulator({ links: [clean, clean], port: 9, seed: 1, boxes: null, random: Math.random })
  t.equal(proxies.kind, 'proxy')
  t.match(proxies.what, /proxies/)
  t.not(proxies.ends[0]?.port, proxies.ends[1]?.port, 'each box has its own')
  await proxies.stop()
})
