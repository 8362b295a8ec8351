import { spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, createSign, createHash, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { silentLog, type Log } from '../../shared/core/log.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import { openAuthority } from '../../server/adapters/tls-authority.ts'
import { openSecurePages, type SecurePages } from '../../server/adapters/tls-station.ts'
import { leafCertificate, type LocalNames } from '../../server/core/station-ca.ts'
import { trustPlugin } from '../../server/features/trust/plugin.ts'
import { startLiveServer } from '../support/live-server.ts'
import { opensslMissing } from '../support/certificate.ts'
import { realClock } from '../support/real-clock.ts'

interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}
function ask(url: string, ca: string | null, method = 'GET'): Promise<Reply> {
  const open = url.startsWith('https') ? httpsRequest : httpRequest
  return new Promise((done, failed) => {
    open(url, { method, agent: false, ...(ca === null ? {} : { ca }) }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part)).on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }))
    }).on('error', failed).end()
  })
}
const folderOf = (t: Test): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tl-https-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface World {
  readonly secure: SecurePages
  readonly url: string
  /** The authority, as a phone would have it. */
  readonly ca: string
}
/** An app with a page, an echo and the trust routes, behind the second port. */
async function world(t: Test, { folder = folderOf(t), addresses = () => ['192.168.1.5'] as readonly string[], clock = realClock, log = silentLog }: { folder?: string; addresses?: () => readonly string[]; clock?: Clock; log?: Log } = {}): Promise<World> {
  const app = Fastify({ forceCloseConnections: 'idle' })
  let secure: SecurePages | null = null
  await app.register(websocket)
  await app.register(trustPlugin({ trust: () => secure?.trust ?? null }), { prefix: '/api/v1' })
  await app.register(async (api) => {
    api.get('/echo', { websocket: true }, (socket) => {
      socket.on('message', (data: Buffer) => socket.send(`${String(data)}!`))
    })
    api.get('/who', (request) => ({ protocol: request.protocol, host: request.host, ip: request.ip }))
    api.get('/tin-cay', () => 'how')
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const opened = await openSecurePages({ folder, port: 0, host: '127.0.0.1', clock, log, addresses }, app as unknown as Parameters<typeof openSecurePages>[1])
  if (!opened.ok) throw new Error(opened.why)
  secure = opened.value
  t.teardown(async () => {
    await app.close()
    await opened.value.stop()
  })
  const [url = ''] = opened.value.trust.addresses()
  return { secure: opened.value, url, ca: new X509Certificate(opened.value.trust.certificate).toString() }
}

t.test('whoever trusts the authority reaches the same app by TLS, by name and by address; whoever does not is warned', async (t) => {
  const { url, ca, secure } = await world(t)
  const byAddress = url.replace('localhost', '127.0.0.1')
  t.match(JSON.parse(String((await ask(`${url}/who`, ca)).body)), { protocol: 'https', host: new URL(url).host, ip: '127.0.0.1' })
  t.equal((await ask(`${byAddress}/who`, ca)).status, 200)
  await t.rejects(ask(`${url}/who`, null), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  const file = await ask(`${url}/api/v1/trust/tieng-lang.crt`, ca)
  t.match(file.headers, { 'content-type': 'application/x-x509-ca-cert', 'content-disposition': /^inline;.*tieng-lang\.crt/ }, 'Safari offers to install it')
  t.match((await ask(`${url}/api/v1/trust/tieng-lang.crt?as=file`, ca)).headers, { 'content-type': 'application/octet-stream', 'content-disposition': /^attachment;/ }, 'other phones keep it as a file')
  t.same(file.body, Buffer.from(secure.trust.certificate))
  t.match(JSON.parse(String((await ask(`${url}/api/v1/trust`, ca)).body)), { authority: { fingerprint: new X509Certificate(file.body).fingerprint256, name: /^Tiếng Làng [0-9A-F]{6}$/ }, addresses: [url] })

  const socket = new WebSocket(`${url.replace('https', 'wss')}/echo`, { ca })
  const answer = await new Promise<string>((done, failed) => socket.on('open', () => socket.send('a')).on('message', (data: Buffer) => done(String(data))).on('error', failed))
  t.equal(answer, 'a!', 'connections that become something else')
  socket.terminate()
})

t.test('whoever types the address without https is sent on; only how to trust it is shown openly', async (t) => {
  const { url } = await world(t)
  const open = url.replace('https', 'http')
  t.match(await ask(`${open}/tin-cay`, null), { status: 200, body: Buffer.from('how') })
  t.equal((await ask(`${open}/api/v1/trust/tieng-lang.crt`, null)).status, 200)
  for (const path of ['/who', '/', '/api/v1/trust/../who', '/api/v1/people', '/tin-cay/x', '/assets/../who']) {
    const answer = await ask(`${open}${path}`, null)
    t.match([answer.status, answer.headers.location?.startsWith(`${url}/`)], [308, true], path)
  }
  t.equal((await ask(`${open}/tin-cay`, null, 'POST')).status, 308, 'nothing is sent to it openly')
})

t.test('the authority can sign for nothing in the wide world, and says so to whoever checks', { skip: opensslMissing ?? false }, async (t) => {
  const folder = folderOf(t)
  const { ca } = await world(t, { folder })
  const content = readFileSync(join(folder, 'https', 'authority.pem'), 'utf8')
  const key = createPrivateKey(content.slice(content.indexOf('-----BEGIN')))
  const publicDer = new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }))
  const keyId = new Uint8Array(createHash('sha256').update(publicDer).digest().subarray(0, 20))
  writeFileSync(join(folder, 'ca.pem'), ca)
  /** Whether a browser would take it, and what the strictest reader says. */
  const forged = async (names: LocalNames, servername: string): Promise<{ authorized: boolean; verdict: string }> => {
    const own = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const der = leafCertificate({ key: { publicDer, sign: (bytes) => new Uint8Array(createSign('SHA256').update(bytes).sign(key)) }, keyId, serial: Uint8Array.of(0x41), now: wallMs(Date.now()) }, { publicDer: new Uint8Array(own.publicKey.export({ type: 'spki', format: 'der' })), names })
    const pem = new X509Certificate(der).toString()
    writeFileSync(join(folder, 'leaf.pem'), pem)
    const server = createTlsServer({ cert: pem, key: String(own.privateKey.export({ type: 'pkcs8', format: 'pem' })) }).listen(0, '127.0.0.1')
    await new Promise((done) => server.once('listening', done))
    const socket: TLSSocket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername, ca, rejectUnauthorized: false })
    await new Promise((done) => socket.once('secureConnect', done))
    const { authorized } = socket
    socket.destroy()
    server.close()
    const { stdout, stderr } = spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', join(folder, 'ca.pem'), join(folder, 'leaf.pem')], { encoding: 'utf8' })
    return { authorized, verdict: stdout + stderr }
  }
  t.match(await forged({ dns: ['localhost'], addresses: ['10.1.2.3'] }, 'localhost'), { authorized: true, verdict: /OK/ }, 'its own name')
  t.match(await forged({ dns: ['nganhang.example.com'], addresses: [] }, 'nganhang.example.com'), { authorized: false, verdict: /permitted subtree violation/ }, 'a bank')
  t.match(await forged({ dns: ['localhost'], addresses: ['8.8.8.8'] }, 'localhost'), { authorized: false, verdict: /permitted subtree violation/ }, 'an address of the wide world')
})

t.test('it stays the same over restarts, its key is for the station alone, and one that is damaged is not replaced', async (t) => {
  const folder = folderOf(t)
  const first = openAuthority(join(folder, 'https'), realClock)
  const second = openAuthority(join(folder, 'https'), realClock)
  if (!first.ok || !second.ok) return t.fail('no authority')
  t.equal(first.value.fingerprint, second.value.fingerprint)
  const file = join(folder, 'https', 'authority.pem')
  t.equal(statSync(file).mode & 0o777, 0o600)
  const content = readFileSync(file)
  for (const damaged of [content.subarray(0, content.length - 200), Buffer.from('')]) {
    writeFileSync(file, damaged)
    t.match(openAuthority(join(folder, 'https'), realClock), { ok: false, code: 'bad-authority', why: /backup/ })
    t.same(readFileSync(file), damaged, 'it stays as it is')
  }
  writeFileSync(file, content)
  t.match(openAuthority(join(folder, 'https'), { ...realClock, wall: () => wallMs(Date.now() + 9.9 * 365 * 86_400_000) }), { ok: false, code: 'old-authority' })
})

/** Time passes when it is told to, and what is due then happens. */
function handClock(): Clock & { pass(ms: number): void } {
  const from = Date.now()
  let passed = 0
  let due: { readonly at: number; readonly work: () => void }[] = []
  return {
    wall: () => wallMs(from + passed), mono: () => monoMs(passed),
    after: (ms, work) => {
      const one = { at: passed + ms, work }
      due.push(one)
      return () => void (due = due.filter((other) => other !== one))
    },
    pass: (ms) => {
      passed += ms
      const now = due.filter(({ at }) => at <= passed)
      due = due.filter(({ at }) => at > passed)
      now.forEach(({ work }) => work())
    },
  }
}

t.test('another address, or the end of the certificate, brings a new one without a restart', async (t) => {
  const clock = handClock()
  let addresses: readonly string[] = ['192.168.1.5', '203.0.113.9']
  const { url } = await world(t, { clock, addresses: () => addresses })
  const shown = (): Promise<{ subjectaltname?: string; valid_to: string; serialNumber: string }> =>
    new Promise((done, failed) => {
      const socket: TLSSocket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => {
        done(socket.getPeerCertificate() as never)
        socket.destroy()
      })
      socket.on('error', failed)
    })
  const before = await shown()
  t.match(before.subjectaltname, /IP Address:192\.168\.1\.5/)
  t.notMatch(before.subjectaltname, /203\.0/, 'nothing for the wide world')
  clock.pass(120_000)
  t.equal((await shown()).serialNumber, before.serialNumber, 'nothing has changed')
  addresses = ['192.168.7.7']
  clock.pass(60_000)
  const moved = await shown()
  t.match(moved.subjectaltname, /IP Address:192\.168\.7\.7/)
  t.notMatch(moved.subjectaltname, /192\.168\.1\.5/)
  clock.pass(61 * 86_400_000)
  t.ok(Date.parse((await shown()).valid_to) > Date.parse(moved.valid_to) + 60 * 86_400_000, 'a month before its end')
})

t.test('a port that is taken is told in a sentence; what says nothing and what is no request is let go', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => taken.once('listening', done))
  t.teardown(() => taken.close())
  const app = Fastify()
  await app.ready()
  t.teardown(() => app.close())
  const refused = await openSecurePages({ folder: folderOf(t), port: (taken.address() as AddressInfo).port, host: '127.0.0.1', clock: realClock, log: silentLog }, app as unknown as Parameters<typeof openSecurePages>[1])
  t.match(refused, { ok: false, code: 'https-port', why: /TL_HTTPS_PORT/ })

  const { url } = await world(t)
  const { connect: connectPlain } = await import('node:net')
  for (const bytes of [Buffer.from([22, 3, 1, 255, 255, 0]), Buffer.from([0, 1, 2, 3]), Buffer.from('GET / HTTP/1.1\r\nHost: a b\r\n\r\n')]) {
    const socket = connectPlain(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => socket.destroy())
    socket.resume().end(bytes)
    await new Promise((done) => socket.once('close', done))
  }
  t.equal((await ask(`${url.replace('https', 'http')}/tin-cay`, null)).status, 200, 'and it goes on')
})

t.test('a whole station: somebody comes in by the secure address, and speaks', { timeout: 120_000 }, async (t) => {
  const live = await startLiveServer({ localHttps: { port: 0, bind: '127.0.0.1' } })
  t.teardown(() => live.stop())
  const { server } = live
  const [url = ''] = server.secureUrls
  const file = await fetch(`${server.url}/api/v1/trust/tieng-lang.crt`)
  const ca = new X509Certificate(Buffer.from(await file.arrayBuffer())).toString()
  const post = (path: string, headers: Record<string, string>, body?: object): Promise<Reply> =>
    new Promise((done, failed) => {
      const asking = httpsRequest(`${url}/api/v1${path}`, { method: 'POST', agent: false, ca, headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}), origin: url } }, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part)).on('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) }))
      })
      asking.on('error', failed).end(body ? JSON.stringify(body) : undefined)
    })
  const entered = await post('/links/use', {}, { token: server.firstAdministrator?.split('#')[1], name: 'Nguyễn Văn An', password: 'ba từ quen thuộc' })
  t.equal(entered.status, 200, String(entered.body).slice(0, 200))
  const [cookie = ''] = entered.headers['set-cookie'] ?? []
  t.match(cookie, /^__Host-tl-phien=.*; Secure/)
  t.notOk('strict-transport-security' in entered.headers, 'the open address stays open')
  const { csrf } = JSON.parse(String(entered.body)) as { csrf: string }
  const given = await post('/microphone/tickets', { 'cookie': cookie.split(';')[0] ?? '', 'x-csrf-token': csrf }, { targets: 'all' })
  t.equal(given.status, 201)
  const { ticket } = JSON.parse(String(given.body)) as { ticket: string }
  const socket = new WebSocket(`${url.replace('https', 'wss')}/api/v1/microphone?ticket=${ticket}`, { ca, origin: url })
  const answer = await new Promise<string>((done, failed) =>
    socket.on('open', () => socket.send(JSON.stringify({ t: 'start', targets: 'all', format: 'pcm48' }))).on('message', (data: Buffer) => done(String(data))).on('error', failed))
  t.match(JSON.parse(answer), { t: 'problem', code: /./ }, 'the station answers: there is no cluster yet')
  socket.terminate()
})
