import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, globalAgent } from 'node:https'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { pushSender, vapidKeys } from '../../server/adapters/notify-push.ts'
import { createPost } from '../../server/features/notify/plugin.ts'
import { incidentWorld } from '../support/incident-world.ts'
import { makeCertificate, opensslMissing } from '../support/certificate.ts'
import { ask } from '../support/server-world.ts'

/** What a browser keeps of its subscription. */
function browser() {
  const keys = createECDH('prime256v1')
  keys.generateKeys()
  const auth = randomBytes(16)
  /** RFC 8291 over RFC 8188, as a browser reads it. */
  const read = (body: Buffer): unknown => {
    const [salt, length] = [body.subarray(0, 16), body.readUInt8(20)]
    const sender = body.subarray(21, 21 + length)
    const shared = Buffer.from(hkdfSync('sha256', keys.computeSecret(sender), auth, Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender]), 32))
    const derive = (info: string, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', shared, salt, `Content-Encoding: ${info}\0`, bytes))
    const sealed = body.subarray(21 + length)
    const open = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12))
    open.setAuthTag(sealed.subarray(-16))
    const plain = Buffer.concat([open.update(sealed.subarray(0, -16)), open.final()])
    return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString('utf8'))
  }
  return { keys: { p256dh: keys.getPublicKey('base64url'), auth: auth.toString('base64url') }, read }
}

interface Arrived { readonly path: string; readonly headers: NodeJS.Dict<string | string[]>; readonly body: Buffer }
/** A push service on this machine; `status` of its answers. */
async function service(t: Test, status: () => number): Promise<{ readonly url: string; readonly arrived: Arrived[] }> {
  const { certFile, keyFile } = makeCertificate(t.testdir())
  const arrived: Arrived[] = []
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      arrived.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts) })
      response.writeHead(status()).end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { ca } = globalAgent.options
  globalAgent.options.ca = readFileSync(certFile)
  t.teardown(() => {
    globalAgent.options.ca = ca
    server.closeAllConnections()
    server.close()
  })
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, arrived }
}

t.test('a test message reaches the browser that was subscribed, sealed for it and signed by the station; one that is gone is forgotten', { skip: opensslMissing ?? false }, async (t) => {
  const { app, deps, clock } = await incidentWorld(t)
  const { stores } = deps
  let status = 201
  const { url, arrived } = await service(t, () => status)
  const { publicKey } = vapidKeys(stores.meta)
  const phone = browser()
  // the door takes public names only: this one stands for the maker's service
  stores.notify.putSubscription({ endpoint: `${url}/phone`, actor: 'administrator', ...phone.keys, name: 'Android · Chrome' })
  const post = createPost({ ...deps, senders: () => ({ push: pushSender(stores.meta, stores.notify, 'mailto:dai@example.vn') }) })

  t.same((await ask(app, 'POST /api/v1/notify/me/test', { channel: 'push' })).body, { sent: 1 })
  await post.look()
  const [{ path, headers, body } = { path: '', headers: {}, body: Buffer.alloc(0) }] = arrived
  t.equal(path, '/phone')
  t.equal(headers['content-encoding'], 'aes128gcm')
  t.notMatch(body.toString('latin1'), /Tin th/, 'the service in between reads nothing')
  t.match(phone.read(body), { title: 'Tin thử của Tiếng Làng', text: /kênh này hoạt động/, severity: 'notice' })
  t.throws(() => browser().read(body), 'nobody else opens it')
  const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(.+)$/.exec(String(headers['authorization'])) ?? []
  t.equal(key, publicKey)
  const [head = '', claims = '', signature = ''] = token.split('.')
  const point = Buffer.from(publicKey, 'base64url')
  const stationKey = createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') } })
  t.ok(verify('sha256', Buffer.from(`${head}.${claims}`), { key: stationKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
  t.match(JSON.parse(Buffer.from(claims, 'base64url').toString()), { aud: url, sub: 'mailto:dai@example.vn' })
  t.match((await ask(app, 'GET /api/v1/notify/queue')).body, [{ channel: 'push', state: 'sent' }])

  status = 410
  await ask(app, 'POST /api/v1/notify/me/test', { channel: 'push' })
  clock.pass(1_000)
  await post.look()
  t.match((await ask(app, 'GET /api/v1/notify/me')).body, { browsers: 0, devices: [] }, 'who turned it off at the browser is not asked again')
  t.match(await ask(app, 'POST /api/v1/notify/me/test', { channel: 'push' }), { status: 422, body: { error: { code: 'no-way' } } })
})

t.test('a person sees their devices by name, the newest first, and takes one out; another one’s device is not theirs', async (t) => {
  const { app, deps, clock } = await incidentWorld(t)
  const subscribe = async (endpoint: string, name?: string) => await ask(app, 'POST /api/v1/notify/me/browsers', { endpoint, keys: browser().keys, ...(name === undefined ? {} : { name }) })
  await subscribe('https://push.example.com/old')
  const since = clock.wall()
  clock.pass(86_400_000)
  t.match(await subscribe('https://push.example.com/new', 'Android · Chrome'), { status: 200, body: { browsers: 2, devices: [{ endpoint: 'https://push.example.com/new', name: 'Android · Chrome' }, { endpoint: 'https://push.example.com/old', name: null }] } })
  const again = (await subscribe('https://push.example.com/old', 'iPhone · Safari')).body as { devices: { endpoint: string; name: string; addedAt: string }[] }
  t.equal(Date.parse(again.devices.find(({ endpoint }) => endpoint.endsWith('/old'))?.addedAt ?? ''), since, 'subscribing once more makes it no newer')
  t.match(await subscribe('https://push.example.com/x', ' '), { status: 400 })
  deps.stores.notify.putSubscription({ endpoint: 'https://push.example.com/hers', actor: 'person:ha', ...browser().keys })
  t.match((await ask(app, 'POST /api/v1/notify/me/browsers/remove', { endpoint: 'https://push.example.com/hers' })).body, { browsers: 2 })
  t.equal(deps.stores.notify.subscriptions('person:ha').length, 1)
  t.match((await ask(app, 'POST /api/v1/notify/me/browsers/remove', { endpoint: 'https://push.example.com/new' })).body, { browsers: 1, devices: [{ name: 'iPhone · Safari' }] })
})
