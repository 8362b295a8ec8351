import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { createDisk } from '../../agent/adapters/disk.ts'
import { enrol, loadIdentity, ownSecret, saveIdentity, type EnrolOptions } from '../../agent/adapters/enrol.ts'
import { fingerprintOf } from '../../agent/core/claim.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'

const crypto = nodeCrypto()
const root = crypto.publicKey(new Uint8Array(32).fill(7))
const claim = `ABCD-EFGH-JKMN-PQ23.${fingerprintOf(root, crypto)}`
const good = { cluster: '0123456789', mqttUrl: 'mqtt://127.0.0.1:1883', password: 'x'.repeat(24), root: toBase64Url(root), serverTime: 1_700_000_000_000 }

async function serve(t: Test, status: number, body: string | object): Promise<{ server: string; bodies: unknown[] }> {
  const bodies: unknown[] = []
  const http = createServer((req: IncomingMessage, res) => {
    let text = ''
    req.on('data', (chunk: Buffer) => (text += chunk.toString()))
    req.on('end', () => {
      bodies.push({ url: req.url, method: req.method, ...(JSON.parse(text) as object) })
      res.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' })
      res.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => { http.closeAllConnections(); http.close() })
  return { server: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, bodies }
}
const options = (server: string, more: Partial<EnrolOptions> = {}): EnrolOptions =>
  ({ server, claim, name: 'Thôn Đông', publicKey: new Uint8Array(32).fill(1), agent: '0.1.0', crypto, ...more })

t.test('a claim that fits becomes an identity', async (t) => {
  const { server, bodies } = await serve(t, 201, good)
  const made = await enrol(options(server))
  t.same(made, { ok: true, value: { v: 1, cluster: '0123456789', mqttUrl: good.mqttUrl, password: good.password, root: good.root } })
  t.same(bodies, [{ url: '/api/v1/enrol', method: 'POST', claim, publicKey: toBase64Url(new Uint8Array(32).fill(1)), agent: '0.1.0', name: 'Thôn Đông' }])
})

t.test('a root key that the claim does not name is refused', async (t) => {
  const { server } = await serve(t, 201, { ...good, root: toBase64Url(new Uint8Array(32).fill(9)) })
  t.match(await enrol(options(server)), { ok: false, code: 'wrong-root', why: /does not match/ })
})

t.test('wrong, used and expired claims are each a sentence, the server’s own where it gives one', async (t) => {
  for (const [status, code] of [[404, 'wrong-claim'], [409, 'used-claim'], [410, 'expired-claim'], [400, 'refused'], [500, 'busy'], [429, 'busy'], [302, 'refused']] as const) {
    const { server } = await serve(t, status, 'no JSON')
    t.match(await enrol(options(server)), { ok: false, code, why: /\.$/ }, String(status))
  }
  const { server } = await serve(t, 410, { error: { code: 'expired', en: 'Too late.', vi: 'Mã đã hết hạn.' } })
  t.match(await enrol(options(server)), { ok: false, code: 'expired-claim', why: 'Too late. / Mã đã hết hạn.' })
})

t.test('what is no answer of this product is refused, however it is malformed', async (t) => {
  for (const body of ['', '<html>', 'null', '[]', { ...good, cluster: '../../etc' }, { ...good, mqttUrl: 'http://x' }, { ...good, root: 'short' }, { ...good, password: '' }]) {
    const { server } = await serve(t, 200, body)
    t.match(await enrol(options(server)), { ok: false, code: 'bad-answer' }, JSON.stringify(body).slice(0, 40))
  }
})

t.test('an answer without end is cut off', async (t) => {
  const { server } = await serve(t, 200, 'x'.repeat(1_000_000))
  t.match(await enrol(options(server)), { ok: false, code: 'unreachable', why: /too long/ })
})

t.test('a server that is not there is unreachable, with the reason', async (t) => {
  t.match(await enrol(options('http://127.0.0.1:1')), { ok: false, code: 'unreachable', why: /ECONNREFUSED|bad port/ })
})

t.test('the identity and the key are kept, for this user only', async (t) => {
  const dir = t.testdir()
  const disk = await createDisk(dir)
  t.same(await loadIdentity(disk), { ok: true, value: null })
  const secret = await ownSecret(disk)
  t.equal(secret.length, 32)
  t.same(await ownSecret(disk), secret, 'the same key at the next attempt')
  const { serverTime: _, ...rest } = good
  await saveIdentity(disk, { v: 1, ...rest })
  t.same(await loadIdentity(await createDisk(dir)), { ok: true, value: { v: 1, ...rest } })
  for (const file of ['identity', 'secret']) t.equal(statSync(join(dir, 'state', file)).mode & 0o777, 0o600)
  writeFileSync(join(dir, 'state/identity'), '{"v":1')
  t.match(await loadIdentity(disk), { ok: false, code: 'damaged-identity', why: /Restore/ })
})
