import t from 'tap'
import { NOTIFY_KEY } from '../../server/core/notify-ports.ts'
import type { Dispatch } from '../../server/core/notify-store.ts'
import { createNotifier, createPost, morningCheck, sendLink } from '../../server/features/notify/plugin.ts'
import { incidentWorld } from '../support/incident-world.ts'
import { dead, ME, telling } from '../support/notify-world.ts'
import { ask, AREAS } from '../support/server-world.ts'

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

t.test('a storm keeps it quiet and records it; what it leaves behind is told when it is over', async (t) => {
  const world = await telling(t)
  for (const area of AREAS) world.deps.stores.areas.put(area as never)
  world.place([{ id: 'c0', area: '24958-dong' }])
  await ask(world.app, 'PUT /api/v1/notify/me', ME)
  const storm = await ask(world.app, 'POST /api/v1/maintenance', { kind: 'storm', area: '24958', to: '2026-11-24T04:00', reason: 'Bão số 9' })
  t.equal(storm.status, 201)
  await world.run(150)
  t.match(world.open(), [{ kind: 'offline', clusters: ['c0'] }])
  t.same(world.sent, [])
  world.clock.pass(24 * 3_600_000)
  await world.run(60)
  t.match(world.sent, [{ title: /Cụm c0: mất kết nối/ }])
  t.match(world.deps.stores.incidents.open(), [{ quiet: false }])
  await world.run(120)
  t.equal(world.sent.length, 1, 'once')
})

t.test('what grows is told once, however much else was told meanwhile', async (t) => {
  const world = await telling(t)
  world.place([{ id: 'c0' }, { id: 'c1' }])
  await ask(world.app, 'PUT /api/v1/notify/me', ME)
  world.conditions.set('a', dead('suspected-theft', 'c0'))
  await world.run(3)
  t.equal(world.sent.length, 1)
  const { incidents, notify } = world.deps.stores
  for (let n = 0; n < 25; n++) notify.send(`person:${n}`, [], Array.from({ length: 100 }, (_, i) => `incident:${n}-${i}`))
  const [theft] = incidents.open()
  world.deps.events.tell({ kind: 'incident.changed', at: world.clock.wall(), areas: [], subject: theft?.id ?? '' })
  await world.run(3)
  t.equal(world.sent.length, 1)
})

t.test('what a server decided and had no time to tell is told by the next one, once', async (t) => {
  const { deps, ...world } = await incidentWorld(t)
  world.place([{ id: 'c0' }])
  await ask(world.app, 'PUT /api/v1/notify/me', ME)
  const { notify, incidents } = deps.stores
  const waiting = (): string[] => notify.dispatches(9).map(({ title }) => title)
  const nextServer = (): void => {
    const notifier = createNotifier(deps)
    notifier.catchUp()
    notifier.flush()
  }
  world.conditions.set('a', dead('power', 'c0'))
  world.clock.pass(3 * 3_600_000)
  for (let n = 0; n < 70; n++) {
    world.beat('c0')
    world.second()
  }
  t.match(incidents.open(), [{ kind: 'power' }])
  nextServer()
  world.clock.pass(60_000)
  nextServer()
  nextServer()
  t.match(waiting(), [/Cụm c0: mất điện lưới/])
  world.conditions.clear()
  for (let n = 0; n < 310; n++) {
    world.beat('c0')
    world.second()
  }
  t.same(incidents.open(), [])
  nextServer()
  world.clock.pass(60_000)
  nextServer()
  nextServer()
  t.match(waiting().sort(), [/Sự cố: Cụm c0/, /Đã khắc phục: Cụm c0/])
  t.same(notify.told(), [], 'and nothing of it is kept')
})

t.test('news of one session in several communes stands beside each other', async (t) => {
  const world = await telling(t)
  for (const area of AREAS) world.deps.stores.areas.put(area as never)
  await ask(world.app, 'PUT /api/v1/notify/me', ME)
  world.clock.pass(2 * 3_600_000)
  for (const [area, areaName] of [['24958', 'Xã Đức Trọng'], ['24961', 'Xã Bên']] as const) {
    world.deps.events.tell({ kind: 'session.result', at: world.clock.wall(), areas: [area], subject: 'sang', detail: { title: 'Buổi sáng', area, areaName, clusters: 3, whole: 1, vi: '1/3 cụm đã phát' } })
  }
  await world.run(60)
  t.match(world.sent.map(({ text }) => text), [/2 tin cần xem\n.*Xã Đức Trọng\n.*Xã Bên/])
})

t.test('a way that is slow holds up no other one, and nothing on it is begun twice', async (t) => {
  const { deps } = await incidentWorld(t)
  const sent: string[] = []
  const post = createPost({ ...deps, senders: () => ({
    sms: ({ id }) => new Promise(() => void sent.push(id)),
    email: async ({ id }) => (sent.push(id), { ok: true }),
  }) })
  const at = deps.clock.wall()
  const message = (id: string, channel: 'sms' | 'email'): Dispatch => ({ id, actor: 'administrator', channel, to: 'x', state: 'waiting', due: at, createdAt: at, tries: 0, title: 't', text: 't', path: null, severity: 'fault', note: null, sentAt: null })
  const look = async (): Promise<void> => {
    void post.look()
    await new Promise((done) => setImmediate(done))
  }
  deps.stores.notify.enqueue(message('a', 'sms'))
  await look()
  deps.stores.notify.enqueue(message('b', 'email'))
  await look()
  t.same(sent, ['a', 'b'])
  t.equal(deps.stores.notify.dispatch('b')?.state, 'sent')
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
  t.throws(() => morningCheck({ ...world.deps, notifier, notReady: () => {
    throw new Error('the database is busy')
  } }))
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
