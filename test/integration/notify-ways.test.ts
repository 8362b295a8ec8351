import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import t from 'tap'
import { createSenders } from '../../server/adapters/notify-senders.ts'
import { vapidKeys } from '../../server/adapters/notify-push.ts'
import { modemSender, type ModemLine } from '../../server/adapters/notify-sms-modem.ts'
import type { Dispatch } from '../../server/core/notify-store.ts'
import { incidentWorld } from '../support/incident-world.ts'
import { ME } from '../support/notify-world.ts'
import { ask } from '../support/server-world.ts'

t.test('e-mail and webhooks leave as they should', async (t) => {
  const world = await incidentWorld(t)
  const mails: string[] = []
  const smtp = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS'], onData(stream, _session, done) {
    let text = ''
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    stream.on('end', () => {
      mails.push(text)
      done()
    })
  } })
  await new Promise<void>((done) => smtp.listen(0, '127.0.0.1', () => done()))
  t.teardown(() => new Promise<void>((done) => smtp.close(() => done())))
  const hooks: { request: IncomingMessage; body: string }[] = []
  const http = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      hooks.push({ request, body })
      response.end('ok')
    })
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', () => done()))
  t.teardown(() => new Promise((done) => http.close(done)))
  const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port
  const secret = 'a-secret-of-the-receiver'
  const settings = {
    sms: { kind: 'gateway', form: { url: `http://127.0.0.1:${port(http)}/sms?to={to}`, headers: { authorization: 'Bearer hush' }, body: '{"message":"{text}"}' } },
    smsWithoutMarks: true, zalo: { form: { url: `http://127.0.0.1:${port(http)}/zalo`, body: '{"recipient":{"user_id":"{to}"},"message":{"text":"{text}"}}' } }, webhook: { secret }, telegram: null, pages: null, morningCheckMinutes: 10,
    email: { host: '127.0.0.1', port: port(smtp.server), secure: false, from: 'dai@xa.vn' },
  }
  const put = await ask(world.app, 'PUT /api/v1/notify/settings', settings)
  t.equal(put.status, 200, put.text)
  t.notMatch(put.text, /hush|a-secret/, 'secrets do not come back')
  t.equal((await ask(world.app, 'PUT /api/v1/notify/settings', put.body)).status, 200)
  const { stores, clock } = world.deps
  const senders = createSenders(stores.meta, stores.notify)()
  const message: Dispatch = {
    id: 'm1', actor: 'administrator', channel: 'email', to: 'anh@xa.vn', state: 'waiting', due: clock.wall(), createdAt: clock.wall(), tries: 0, title: 'Sự cố: Cụm loa "Đông"', text: 'Mất kết nối\nTừ 04:00', path: null,
    severity: 'fault', note: null, sentAt: null,
  }
  t.same(await senders.email?.(message), { ok: true })
  t.match(mails[0], /To: anh@xa.vn/)
  t.same(await senders.webhook?.({ ...message, to: `http://127.0.0.1:${port(http)}/hook` }), { ok: true })
  const hook = hooks.at(-1)
  t.equal(hook?.request.headers['x-tieng-lang-signature'], `sha256=${createHmac('sha256', secret).update(hook?.body ?? '').digest('hex')}`)
  t.same(await senders.sms?.({ ...message, to: '+84912345678' }), { ok: true })
  t.equal(hooks.at(-1)?.request.url, '/sms?to=%2B84912345678')
  t.equal(hooks.at(-1)?.request.headers.authorization, 'Bearer hush', 'what came back hidden stayed as it was')
  t.same(JSON.parse(hooks.at(-1)?.body ?? ''), { message: 'Mat ket noi\nTu 04:00' })
  t.same(await senders.zalo?.({ ...message, to: '123' }), { ok: true })
  t.match(JSON.parse(hooks.at(-1)?.body ?? ''), { message: { text: 'Mất kết nối\nTừ 04:00' } })
  t.equal(senders.telegram, undefined, 'off unless somebody fills it in')
  http.closeAllConnections()
  await new Promise((done) => http.close(done))
  t.match(await senders.webhook?.({ ...message, to: 'http://127.0.0.1:9/' }), { ok: false, again: true })
})

t.test('a modem takes a text in PDU mode, part by part', async (t) => {
  const said: string[] = []
  const modem = async (): Promise<ModemLine> => {
    let tell: (text: string) => void = () => undefined
    return {
      write(text) {
        said.push(text)
        setImmediate(() => tell(text.endsWith('\u001a') ? '\r\n+CMGS: 7\r\n\r\nOK\r\n' : text.startsWith('AT+CMGS') ? '\r\n> ' : '\r\nOK\r\n'))
      },
      onText: (fn) => void (tell = fn),
      close: () => undefined,
    }
  }
  const send = modemSender('/dev/ttyUSB2', true, modem)
  const dispatch = { to: '+84912345678', text: 'hellohello' } as Dispatch
  t.same(await send(dispatch), { ok: true })
  // the packed form of "hellohello" is the example of TS 23.038's literature
  t.match(said, ['AT+CMGF=0\r', 'AT+CMGS=22\r', '0001000B914819325476F800000AE8329BFD4697D9EC37\u001a'])
  said.length = 0
  t.same(await send({ ...dispatch, text: 'x'.repeat(300) }), { ok: true })
  t.equal(said.filter((line) => line.startsWith('AT+CMGS')).length, 2)
})

t.test('nobody is sent to places inside, and what is wrong is a sentence', async (t) => {
  const { app, deps } = await incidentWorld(t)
  vapidKeys(deps.stores.meta)
  t.match((await ask(app, 'GET /api/v1/notify/push-key')).body, { key: /^[\w-]{80,}/ })
  const keys = { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) }
  for (const endpoint of ['https://127.0.0.1/x', 'https://localhost/x', 'https://[::1]/', 'https://router.lan/x', 'https://10.0.0.1/']) {
    t.match(await ask(app, 'POST /api/v1/notify/me/browsers', { endpoint, keys }), { status: 422, body: { error: { code: 'bad-endpoint', vi: /\S/ } } }, endpoint)
  }
  t.match(await ask(app, 'POST /api/v1/notify/me/browsers', { endpoint: 'https://push.example.com/abc', keys }), { status: 200, body: { browsers: 1 } })
  t.match(await ask(app, 'POST /api/v1/notify/me/browsers/remove', { endpoint: 'https://push.example.com/abc' }), { status: 200, body: { browsers: 0 } })
  t.match(await ask(app, 'PUT /api/v1/notify/me', { ...ME, channels: [{ channel: 'email', to: 'a@b' }] }), { status: 422, body: { error: { code: 'bad-address', field: '/channels/0/to' } } })
  t.match(await ask(app, 'PUT /api/v1/notify/me', { ...ME, from: '25:00' }), { status: 400 })
  t.match(await ask(app, 'PUT /api/v1/notify/me', { ...ME, channels: [{ channel: 'pigeon', to: 'x' }] }), { status: 400 })
  t.match(await ask(app, 'POST /api/v1/notify/me/test', { channel: 'sms' }), { status: 422, body: { error: { code: 'no-way' } } })
  t.match(await ask(app, 'PUT /api/v1/notify/settings', { sms: { kind: 'modem', device: '/etc/passwd' } }), { status: 400 })
})
