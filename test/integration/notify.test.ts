import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import t, { type Test } from 'tap'
import { createSenders } from '../../server/adapters/notify-senders.ts'
import { vapidKeys } from '../../server/adapters/notify-push.ts'
import { modemSender, type ModemLine } from '../../server/adapters/notify-sms-modem.ts'
import { NOTIFY_KEY, type Sender, type Senders } from '../../server/core/notify-ports.ts'
import type { Dispatch } from '../../server/core/notify-store.ts'
import { createNotifier, createPost, morningCheck, sendLink } from '../../server/features/notify/plugin.ts'
import { incidentWorld, type IncidentWorld } from '../support/incident-world.ts'
import { ask, AREAS } from '../support/server-world.ts'

const ME = { channels: [{ channel: 'sms', to: '0912 345 678' }], severity: 'warning', from: '05:00', to: '21:00', faultsAtNight: true, digestMinutes: 0, onDuty: true }

interface Telling extends IncidentWorld {
  readonly sent: Dispatch[]
  /** Seconds of rules, notifier and post. */
  run(seconds: number): Promise<void>
}
async function telling(t: Test, sender?: Sender): Promise<Telling> {
  const world = await incidentWorld(t)
  const sent: Dispatch[] = []
  const keep: Sender = async (dispatch) => {
    sent.push(dispatch)
    return { ok: true }
  }
  const senders: Senders = { sms: sender ?? keep, push: keep, email: keep }
  const notifier = createNotifier(world.deps)
  world.deps.events.onEvent(notifier.heard)
  const post = createPost({ ...world.deps, senders: () => senders })
  return {
    ...world,
    sent,
    async run(seconds) {
      for (let n = 0; n < seconds; n++) {
        world.second()
        notifier.flush()
        await post.look()
      }
    },
  }
}
const dead = (kind: 'power' | 'suspected-theft' | 'weak-signal', cluster: string) => ({ cluster, kind, since: null, en: kind, vi: kind }) as const

t.test('1,000 clusters that fall at once make one message, and one when it is over', async (t) => {
  const world = await telling(t)
  for (const area of AREAS) world.deps.stores.areas.put(area as never)
  world.place(Array.from({ length: 1_000 }, (_, n) => ({ id: `c${n}`, area: n % 2 ? '24958' : '24958-dong', carrier: 'Viettel' })))
  t.equal((await ask(world.app, 'PUT /api/v1/notify/me', ME)).status, 200)
  await world.run(150)
  t.equal(world.sent.length, 1)
  t.match(world.sent[0]?.text, /1000 cụm loa.*mất kết nối/s)
  t.match(world.sent[0]?.text, /Từ \d\d:\d\d ngày \d\d\/\d\d/)
  for (let n = 0; n < 1_000; n++) world.beat(`c${n}`)
  for (let n = 0; n < 4; n++) {
    await world.run(39)
    for (let c = 0; c < 1_000; c++) world.beat(`c${c}`)
  }
  await world.run(30)
  // 04:00: what is over is no news for the night
  t.equal(world.sent.length, 1)
  world.clock.pass(2 * 3_600_000)
  for (let n = 0; n < 1_000; n++) world.beat(`c${n}`)
  await world.run(3)
  t.equal(world.sent.length, 2)
  t.match(world.sent[1]?.title, /Đã khắc phục/)
})

t.test('bulletins, what waits for approval and what could not go out are told to those who deal with it, and to nobody else', async (t) => {
  const world = await telling(t)
  for (const area of AREAS) world.deps.stores.areas.put(area as never)
  await ask(world.app, 'PUT /api/v1/notify/me', ME)
  const at = world.clock.wall()
  // a technician of the same commune, and an operator of another
  for (const [id, role, area] of [['ky', 'technician', '24958'], ['can', 'operator', '24001']] as const) {
    world.deps.stores.people.insert({ id, name: id, phone: null, grants: [{ role, areas: [area] }], createdAt: at, disabledAt: null })
    world.deps.stores.notify.putProfile({ actor: `person:${id}`, channels: [{ channel: 'sms', to: id }], severity: 'notice', fromMinute: 0, toMinute: 0, faultsAtNight: true, digestMinutes: 0, onDuty: false })
  }
  const mine = (): Dispatch[] => world.sent.filter(({ to }) => to.length > 4)
  let told = 0
  const tell = (kind: string, detail: object): void => world.deps.events.tell({ kind, at, areas: ['24958'], subject: `x${told++}`, detail })
  tell('bulletin.received', { title: 'Phòng dịch', class: 'priority', sender: 'Sở Y tế' })
  tell('timetable.published', { title: 'Lịch tuần' })
  tell('bulletin.read', { title: 'Phòng dịch' })
  world.clock.pass(2 * 3_600_000)
  await world.run(60)
  t.equal(mine().length, 1, 'what is for screens only is not sent')
  t.match(mine()[0]?.text, /Bản tin mới: Phòng dịch\nNơi gửi: Sở Y tế\nLoại: ưu tiên/)
  tell('programme.pending', { name: 'Bài một', author: 'Lê Bình' })
  tell('programme.returned', { name: 'Bài hai', reason: 'Nói nhanh quá' })
  tell('session.result', { title: 'Buổi sáng', clusters: 3, whole: 3, vi: '3/3 cụm đã phát' })
  tell('session.result', { title: 'Buổi chiều', clusters: 3, whole: 1, vi: '1/3 cụm đã phát' })
  await world.run(60)
  t.equal(mine().length, 2, 'in one message')
  t.match(mine()[1]?.text, /3 tin cần xem/)
  t.match(mine()[1]?.text, /Chờ duyệt: Bài một/)
  t.notMatch(mine()[1]?.text, /Buổi sáng/, 'all well is for those who asked for it')
  t.same(world.sent.filter(({ to }) => to === 'can').map(({ title }) => title), [], 'not of this commune')
  const technician = world.sent.filter(({ to }) => to === 'ky').map(({ text }) => text).join('\n')
  t.match(technician, /Buổi sáng/)
  t.notMatch(technician, /Phòng dịch|Bài/, 'not of their work')
})

t.test('what is urgent does not wait, not even for the morning', async (t) => {
  const world = await telling(t)
  world.place([{ id: 'c0' }, { id: 'c1' }])
  await ask(world.app, 'PUT /api/v1/notify/me', ME)
  world.conditions.set('x', dead('suspected-theft', 'c0'))
  await world.run(3)
  t.equal(world.sent.length, 1)
  world.conditions.set('y', { cluster: 'c1', kind: 'unauthorised-sound', since: null, en: 'x', vi: 'x' })
  await world.run(3)
  t.equal(world.sent.length, 2)
})

t.test('at night only faults are sent; the rest waits for the morning and comes as one', async (t) => {
  const world = await telling(t)
  world.place([{ id: 'c0' }, { id: 'c1' }, { id: 'c2' }])
  await ask(world.app, 'PUT /api/v1/notify/me', ME)
  world.conditions.set('a', dead('power', 'c0'))
  await world.run(5)
  world.clock.pass(60_000)
  for (const id of ['c0', 'c1', 'c2']) world.beat(id)
  world.conditions.set('b', { cluster: 'c1', kind: 'underruns', since: null, en: 'x', vi: 'x' })
  world.conditions.set('c', { cluster: 'c2', kind: 'clock', since: null, en: 'x', vi: 'x' })
  await world.run(3)
  for (let n = 0; n < 10; n++) {
    world.clock.pass(30_000)
    if (n === 5) world.conditions.delete('c')
    for (const id of ['c0', 'c1', 'c2']) world.beat(id)
    await world.run(1)
  }
  t.same(world.deps.stores.incidents.list({ limit: 9 }).map(({ kind, state }) => `${kind} ${state}`), ['clock verified', 'underruns open', 'power open'])
  t.same(world.sent, [])
  world.clock.pass(3_600_000)
  for (const id of ['c0', 'c1', 'c2']) world.beat(id)
  await world.run(2)
  t.equal(world.sent.length, 1)
  t.match(world.sent[0]?.title, /2 tin/, 'what was over by then is not told')
})

t.test('a storm keeps it quiet, and records it', async (t) => {
  const world = await telling(t)
  for (const area of AREAS) world.deps.stores.areas.put(area as never)
  world.place([{ id: 'c0', area: '24958-dong' }])
  await ask(world.app, 'PUT /api/v1/notify/me', ME)
  const storm = await ask(world.app, 'POST /api/v1/maintenance', { kind: 'storm', area: '24958', to: '2026-11-24T04:00', reason: 'Bão số 9' })
  t.equal(storm.status, 201)
  await world.run(150)
  t.match(world.open(), [{ kind: 'offline', clusters: ['c0'] }])
  t.same(world.sent, [])
})

t.test('a message that cannot be sent is tried again with growing patience, and given up with a note; the queue survives a restart', async (t) => {
  let tries = 0
  const world = await telling(t, async () => {
    tries++
    return { ok: false, again: true, why: 'the gateway is away' }
  })
  world.place([{ id: 'c0' }])
  await ask(world.app, 'PUT /api/v1/notify/me', ME)
  await ask(world.app, 'POST /api/v1/notify/me/test', { channel: 'sms' })
  await world.run(2)
  t.equal(tries, 1)
  await world.run(5)
  t.equal(tries, 1, 'not at once')
  const again = createPost({ ...world.deps, senders: () => ({ sms: async () => (tries++, { ok: false, again: true, why: 'still away' }) }) })
  for (let n = 0; n < 40; n++) {
    world.clock.pass(1_800_001)
    await again.look()
  }
  t.equal(tries, 12)
  const [row] = (await ask(world.app, 'GET /api/v1/notify/queue')).body as { state: string; note: string }[]
  t.match(row, { state: 'given-up', note: 'still away' })
})

t.test('before 5:15 those on duty hear once of what is not ready, and of nothing when all is', async (t) => {
  const world = await telling(t)
  world.place([{ id: 'c0' }, { id: 'c1' }])
  await ask(world.app, 'PUT /api/v1/notify/me', ME)
  const notifier = createNotifier(world.deps)
  let asked = 0
  const check = (missing: { cluster: string; vi: string }[]): void =>
    morningCheck({ ...world.deps, notifier, notReady: () => {
      asked++
      return missing
    } })
  const missing = [{ cluster: 'c1', vi: 'Chưa có lịch phát của buổi này.' }]
  check(missing)
  t.equal(asked, 0, '04:00 is too early')
  world.clock.pass(66 * 60_000)
  check(missing)
  check(missing)
  t.equal(asked, 1)
  for (const id of ['c0', 'c1']) world.beat(id)
  await world.run(2)
  t.match(world.sent, [{ title: /1 cụm loa chưa sẵn sàng/, text: /Cụm c1: Chưa có lịch/ }])
  world.clock.pass(24 * 3_600_000)
  for (const id of ['c0', 'c1']) world.beat(id)
  check([])
  t.equal(asked, 2)
  await world.run(2)
  t.equal(world.sent.length, 1, 'no news is good news')
})

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

t.test('a link to approve goes to its person at once by every way they named, and is not made where there is none', async (t) => {
  const { deps, ...world } = await telling(t)
  const link = { person: 'binh', path: '/approval/abc', programme: 'Lịch tiêm chủng', expiresAt: deps.clock.wall() }
  const profile = { actor: 'person:binh', severity: 'urgent', fromMinute: 0, toMinute: 0, faultsAtNight: false, digestMinutes: 60, onDuty: false } as const
  t.equal(sendLink(deps, link), false, 'nobody said how they want to be told')
  deps.stores.notify.putProfile({ ...profile, channels: [{ channel: 'sms', to: '+84912345678' }] })
  t.equal(sendLink(deps, link), false, 'nor where the pages are')
  deps.stores.meta.set(NOTIFY_KEY, JSON.stringify({ pages: 'https://dai.example/' }))
  t.equal(sendLink(deps, link), true)
  await world.run(2)
  t.match(world.sent, [{ channel: 'sms', to: '+84912345678', text: /Chờ duyệt: Lịch tiêm chủng\n.*\nhttps:\/\/dai\.example\/approval\/abc$/ }])
})
