import t from 'tap'
import { asNobody, browserOf, PASSWORD, peopleWorld, personIn, type Browser } from '../support/people-world.ts'
import { ask } from '../support/server-world.ts'

const OPERATOR = [{ role: 'operator', areas: ['24958'] }]
const at = (name: string): string => `https://push.example.com/${name}`
const subscribe = (who: Browser, name: string, more: object = {}) => who.ask('POST /api/v1/notify/me/browsers', { endpoint: at(name), keys: { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) }, ...more })

t.test('messages to a browser end with the session in which they were turned on, however it ends, and no others', async (t) => {
  const world = await peopleWorld(t)
  const mai = await personIn(world, 'Lò Thị Mai', OPERATOR)
  const held = (): string[] => world.deps.stores.notify.subscriptions(`person:${mai.person}`).map(({ endpoint }) => endpoint.slice(at('').length))
  const signIn = async (password = PASSWORD): Promise<Browser> => browserOf(world, await asNobody(world, 'POST /api/v1/sign-in', { login: 'Lò Thị Mai', password }))
  const [desk, phone] = [await signIn(), await signIn()]
  for (const [who, name] of [[mai, 'first'], [desk, 'desk'], [phone, 'phone']] as const) t.equal((await subscribe(who, name)).status, 200)
  t.same(held(), ['desk', 'first', 'phone'])

  t.equal((await phone.ask('POST /api/v1/sign-out')).status, 200)
  t.same(held(), ['desk', 'first'], 'signed out')
  const again = await signIn()
  t.equal((await again.ask('POST /api/v1/sign-out', { endpoint: at('first') })).status, 200)
  t.same(held(), ['desk'], 'signed out in a later session: the browser itself says where its messages go')
  const stranger = await personIn(world, 'Vừ A Páo', OPERATOR)
  await stranger.ask('POST /api/v1/sign-out', { endpoint: at('desk') })
  t.same(held(), ['desk'], 'another one’s messages are not theirs to end')

  const tablet = await signIn()
  await subscribe(tablet, 'tablet')
  const sessions = (await desk.ask('GET /api/v1/me/sessions')).body as { id: string; current: boolean; since: string }[]
  const stored = world.deps.stores.notify.subscriptions(`person:${mai.person}`).find(({ endpoint }) => endpoint === at('tablet'))
  t.ok(sessions.some(({ id }) => id === stored?.session))
  t.equal((await desk.ask(`DELETE /api/v1/me/sessions/${stored?.session ?? ''}`)).status, 200)
  t.same(held(), ['desk'], 'ended from another device')

  await subscribe(await signIn(), 'lost')
  t.equal((await desk.ask('POST /api/v1/me/password', { current: PASSWORD, password: 'bò ăn cỏ khô' })).status, 200)
  t.same(held(), ['desk'], 'a new password puts the other sessions out, with their messages')
  t.equal((await desk.ask('POST /api/v1/sign-out-everywhere')).status, 200)
  t.same(held(), [])
})

t.test('whoever may not come in any more is sent nothing, also once they may again; and a link for a new password ends what came before', async (t) => {
  const world = await peopleWorld(t)
  const mai = await personIn(world, 'Lò Thị Mai', OPERATOR)
  const held = (): number => world.deps.stores.notify.subscriptions(`person:${mai.person}`).length
  await subscribe(mai, 'phone')
  // one that was subscribed before sessions were noted
  world.deps.stores.notify.putSubscription({ endpoint: at('old'), actor: `person:${mai.person}`, p256dh: 'x', auth: 'y' })
  t.equal((await ask(world.app, `PATCH /api/v1/people/${mai.person}`, { name: 'Lò Thị Mai Hoa' })).status, 200)
  t.equal(held(), 2, 'another change ends nothing')
  t.equal((await ask(world.app, `PATCH /api/v1/people/${mai.person}`, { disabled: true })).status, 200)
  t.equal(held(), 0)
  await ask(world.app, `PATCH /api/v1/people/${mai.person}`, { disabled: false })
  t.equal(held(), 0)

  const signIn = async (): Promise<Browser> => browserOf(world, await asNobody(world, 'POST /api/v1/sign-in', { login: 'Lò Thị Mai Hoa', password: PASSWORD }))
  await subscribe(await signIn(), 'phone')
  t.equal((await ask(world.app, `POST /api/v1/people/${mai.person}/sign-out`)).status, 200)
  t.equal(held(), 0, 'an administrator signs them out everywhere')
  await subscribe(await signIn(), 'phone')
  const { token } = (await ask(world.app, `POST /api/v1/people/${mai.person}/link`)).body as { token: string }
  t.equal(held(), 1, 'a link that nobody has used changes nothing')
  t.equal((await asNobody(world, 'POST /api/v1/links/use', { token, password: 'bò ăn cỏ khô' })).status, 200)
  t.equal(held(), 0)
})

t.test('a browser whose address has changed says so: the old one ends, its name and its day go on, and ten are still ten', async (t) => {
  const world = await peopleWorld(t)
  const mai = await personIn(world, 'Lò Thị Mai', OPERATOR)
  const devices = async (): Promise<{ endpoint: string; name: string | null; addedAt: string }[]> => ((await mai.ask('GET /api/v1/notify/me')).body as { devices: { endpoint: string; name: string | null; addedAt: string }[] }).devices
  await subscribe(mai, 'one', { name: 'Android · Chrome' })
  const [before] = await devices()
  for (let n = 2; n <= 10; n++) await subscribe(mai, `n${n}`)
  world.clock.pass(86_400_000)
  t.match(await subscribe(mai, 'eleven'), { status: 409, body: { error: { code: 'too-many-browsers' } } })
  t.equal((await subscribe(mai, 'two', { replaces: at('one') })).status, 200)
  const after = await devices()
  t.equal(after.length, 10)
  t.same(after.find(({ endpoint }) => endpoint === at('two')), { ...before, endpoint: at('two') })
  t.notOk(after.some(({ endpoint }) => endpoint === at('one')))
  const other = await personIn(world, 'Vừ A Páo', OPERATOR)
  t.equal((await subscribe(other, 'his', { replaces: at('two') })).status, 200)
  t.equal((await devices()).length, 10, 'another one’s is not replaced')
})
