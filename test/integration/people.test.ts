import t from 'tap'
import { createArgon2Passwords } from '../../server/adapters/argon2-passwords.ts'
import { readServerSettings } from '../../server/core/server-settings.ts'
import { firstAdministratorLink } from '../../server/features/people/plugin.ts'
import { ask, serverWorld } from '../support/server-world.ts'
import { asNobody, browserOf, HOST, PASSWORD, peopleWorld, personIn, tokenOf } from '../support/people-world.ts'

const DAY = 86_400_000
const first = { name: 'Nguyễn Văn An', phone: '0912 345 678', password: PASSWORD }

t.test('first start: the link makes one administrator, who signs in by number or name, and out again', async (t) => {
  const world = await peopleWorld(t)
  t.match(await asNobody(world, 'POST /api/v1/links/look', { token: world.link }), { status: 200, body: { purpose: 'first', name: null } })
  const came = await asNobody(world, 'POST /api/v1/links/use', { token: world.link, ...first })
  t.match(came, { status: 200, body: { kind: 'person', name: 'Nguyễn Văn An', phone: '+84912345678', grants: [{ role: 'administrator', areas: 'all' }], rights: { 'person.write': 'all' }, csrf: /\S{43}/ } })
  t.match(String(came.headers['set-cookie']), /^tl-phien=[\w-]{32}; Path=\/; Max-Age=7776000; HttpOnly; SameSite=Strict$/)
  t.match(await asNobody(world, 'POST /api/v1/links/use', { token: world.link, ...first, name: 'Kẻ Gian', phone: undefined }), { status: 410, body: { error: { code: 'link-used' } } })
  t.equal(firstAdministratorLink(world.deps, 'https://x'), null, 'and none is made any more')
  for (const login of ['0912345678', '+84 912 345 678', 'nguyễn văn AN', 'nguyen van an']) {
    const answer = await asNobody(world, 'POST /api/v1/sign-in', { login, password: PASSWORD })
    t.match(answer, { status: 200, body: { name: 'Nguyễn Văn An' } }, login)
    const browser = browserOf(world, answer)
    t.equal((await browser.ask('GET /api/v1/people')).status, 200)
    t.match(await browser.ask('POST /api/v1/sign-out'), { status: 200, body: { ended: 1 }, headers: { 'set-cookie': /Max-Age=0/ } })
    t.match(await browser.ask('GET /api/v1/people'), { status: 401, body: { error: { code: 'signed-out', vi: /đăng nhập lại/ } } }, 'a stolen cookie opens nothing after that')
  }
})

t.test('the first link lasts a day, each start makes a new one, and the old one is none then', async (t) => {
  const world = await peopleWorld(t)
  const again = tokenOf(firstAdministratorLink(world.deps, 'https://x') ?? '')
  t.match(await asNobody(world, 'POST /api/v1/links/use', { token: world.link, ...first }), { status: 404, body: { error: { code: 'link-unknown' } } })
  world.clock.pass(DAY)
  t.match(await asNobody(world, 'POST /api/v1/links/use', { token: again, ...first }), { status: 410, body: { error: { code: 'link-expired' } } })
  t.notMatch(JSON.stringify(world.deps.stores.auditPages.page({ most: 100 })), again, 'the audit log does not know it')
})

t.test('of two who use one link at the same instant one comes in', async (t) => {
  const world = await peopleWorld(t)
  const both = await Promise.all(['An', 'Bình'].map((name) => asNobody(world, 'POST /api/v1/links/use', { token: world.link, name, password: PASSWORD })))
  t.same(both.map(({ status }) => status).sort(), [200, 410])
  t.equal(world.deps.stores.people.all().length, 1)
})

t.test('an invitation brings somebody in with the roles that were given, and a new link takes the place of a forgotten password', async (t) => {
  const world = await peopleWorld(t)
  const invited = await ask(world.app, 'POST /api/v1/people', { name: 'Lò Thị Mai', phone: '0912 000 111', grants: [{ role: 'operator', areas: ['24958'] }] }, { host: HOST })
  t.match(invited, { status: 201, body: { person: { name: 'Lò Thị Mai', phone: '+84912000111', hasPassword: false }, link: { purpose: 'invite', url: /^http:\/\/dai\.example\/vao#[\w-]{32}$/, expiresAt: '2026-11-30T04:00:00.000+07:00' } } })
  const { person, link } = invited.body as { person: { id: string }; link: { token: string } }
  t.match(await asNobody(world, 'POST /api/v1/sign-in', { login: '0912000111', password: PASSWORD }), { status: 401 }, 'not before the link was used')
  t.match(await asNobody(world, 'POST /api/v1/links/look', { token: link.token }), { body: { purpose: 'invite', name: 'Lò Thị Mai' } })
  t.match(await asNobody(world, 'POST /api/v1/links/use', { token: link.token, password: 'matkhau1' }), { status: 422, body: { error: { code: 'weak-password' } } })
  t.match(await asNobody(world, 'POST /api/v1/links/use', { token: link.token, password: PASSWORD, name: 'Ai Khác' }), { status: 400, body: { error: { code: 'name-fixed' } } })
  const mai = browserOf(world, await asNobody(world, 'POST /api/v1/links/use', { token: link.token, password: PASSWORD }))
  t.match((await mai.ask('GET /api/v1/me')).body, { name: 'Lò Thị Mai', rights: { 'timetable.publish': ['24958'] } })
  t.equal((await mai.ask('GET /api/v1/people')).status, 403)
  const renewed = (await ask(world.app, `POST /api/v1/people/${person.id}/link`)).body as { token: string; purpose: string }
  t.equal(renewed.purpose, 'password')
  t.equal((await asNobody(world, 'POST /api/v1/links/use', { token: renewed.token, password: 'bò ăn cỏ khô' })).status, 200)
  t.equal((await mai.ask('GET /api/v1/me')).status, 401, 'whoever came in by the old password is out')
  t.equal((await asNobody(world, 'POST /api/v1/sign-in', { login: '0912000111', password: PASSWORD })).status, 401)
  const late = (await ask(world.app, `POST /api/v1/people/${person.id}/link`)).body as { token: string }
  world.clock.pass(7 * DAY)
  t.match(await asNobody(world, 'POST /api/v1/links/use', { token: late.token, password: PASSWORD }), { status: 410 })
})

t.test('an invitation that is sent again because its answer was lost is one person, with one link that opens', async (t) => {
  const world = await peopleWorld(t)
  const mai = { name: 'Lò Thị Mai', phone: '0912 000 111', grants: [{ role: 'operator', areas: ['24958'] }] }
  const invite = (key: string, body: object) => ask(world.app, 'POST /api/v1/people', body, { host: HOST, 'idempotency-key': key })
  const made = ({ body }: { body: unknown }) => body as { person: { id: string }; link: { token: string } }
  const [first, again] = [await invite('k1', mai), await invite('k1', mai)]
  t.match([first.status, again.status], [201, 201])
  t.same(made(again).person, made(first).person)
  t.equal(world.deps.stores.people.all().length, 1)
  t.match(await asNobody(world, 'POST /api/v1/links/look', { token: made(first).link.token }), { status: 404 }, 'the one that nobody has seen opens nothing')
  t.match(await invite('k1', { ...mai, name: 'Ai Khác' }), { status: 409, body: { error: { code: 'duplicate', vi: /\S/ } } })
  t.match(await invite('k2', { name: 'Ai Khác', grants: mai.grants }), { status: 201 })
  t.equal(world.deps.stores.people.all().length, 2)
  t.equal((await asNobody(world, 'POST /api/v1/links/use', { token: made(again).link.token, password: PASSWORD })).status, 200)
  t.match(await invite('k1', mai), { status: 409, body: { error: { code: 'invited-already', vi: /\S/ } } }, 'who is in already gets no link to a new password by it')
})

t.test('a cookie alone changes nothing: the page’s token and the station’s own address are needed', async (t) => {
  const world = await peopleWorld(t)
  const { ask: browse } = await personIn(world, 'Quản Trị Hai', [{ role: 'administrator', areas: 'all' }])
  const area = { code: '24962', name: 'Xã Ninh Gia', kind: 'commune', parent: '68' }
  t.match(await browse('POST /api/v1/areas', area, { 'x-csrf-token': '' }), { status: 403, body: { error: { code: 'no-csrf-token', en: /x-csrf-token/, vi: /tải lại trang/ } } })
  t.match(await browse('POST /api/v1/areas', area, { 'x-csrf-token': 'A'.repeat(43) }), { status: 403 })
  for (const origin of ['https://evil.example', 'null', `https://${HOST}.evil.example`, `https://${HOST}:8443`]) t.match(await browse('POST /api/v1/areas', area, { origin }), { status: 403, body: { error: { code: 'wrong-origin' } } }, origin)
  t.match(await asNobody(world, 'POST /api/v1/sign-in', { login: 'Quản Trị Hai', password: PASSWORD }, { origin: 'https://evil.example' }), { status: 403 }, 'nor is anybody signed in from elsewhere')
  t.equal((await browse('POST /api/v1/areas', area, { origin: `https://${HOST}` })).status, 201)
  t.equal((await browse('GET /api/v1/areas', undefined, { 'x-csrf-token': '' })).status, 200, 'reading needs none')
  t.equal((await browse('GET /api/v1/areas', undefined, { origin: 'https://evil.example', upgrade: 'websocket' })).status, 403, 'a web socket from elsewhere is none')
})

t.test('whoever guesses is held back with the time to wait, for names that are there and names that are not alike', async (t) => {
  const world = await peopleWorld(t)
  await personIn(world, 'Lò Thị Mai', [{ role: 'operator', areas: ['24958'] }], '0912000111')
  const answers: string[] = []
  for (const login of ['0912000111', '0912999999']) {
    const guess = (password: string) => asNobody(world, 'POST /api/v1/sign-in', { login, password })
    for (let n = 0; n < 5; n++) {
      const { status, text } = await guess(`sai ${n}`)
      t.equal(status, 401)
      answers.push(text)
    }
    const held = await guess(PASSWORD)
    t.match(held, { status: 429, headers: { 'retry-after': 30 }, body: { error: { code: 'too-many-attempts', vi: /30 giây/ } } })
    answers.push(held.text.replaceAll(/\d+/g, ''))
  }
  t.same(answers.slice(0, 6), answers.slice(6), 'the answers tell nothing apart')
  world.clock.pass(30_000)
  t.equal((await asNobody(world, 'POST /api/v1/sign-in', { login: '0912 000 111', password: PASSWORD })).status, 200)
  for (let n = 0; n < 20; n++) await world.app.inject({ method: 'POST', url: '/api/v1/sign-in', payload: { login: 'Lò Thị Mai', password: 'x' }, remoteAddress: `203.0.113.${n}` })
  const far = await world.app.inject({ method: 'POST', url: '/api/v1/sign-in', payload: { login: 'lò thị mai', password: 'x' }, remoteAddress: '203.0.113.99' })
  t.equal(far.statusCode, 429, 'also from twenty addresses')
})

t.test('links cannot be guessed through either, and one address cannot keep the server busy', async (t) => {
  const world = await peopleWorld(t)
  const from = (url: string, payload: object) => world.app.inject({ method: 'POST', url, payload, remoteAddress: '203.0.113.7' })
  for (let n = 0; n < 30; n++) t.equal((await from('/api/v1/links/look', { token: 'A'.repeat(32) })).statusCode, 404)
  t.equal((await from('/api/v1/links/use', { token: world.link, ...first })).statusCode, 429)
  let refused = 0
  for (let n = 0; n < 1_000; n++) if ((await world.app.inject({ url: '/api/v1/me', remoteAddress: '203.0.113.8' })).statusCode === 429) refused++
  t.equal(refused, 0)
  const next = await world.app.inject({ url: '/api/v1/me', remoteAddress: '203.0.113.8' })
  t.equal(next.statusCode, 429)
  t.equal(next.headers['retry-after'], '1')
  t.equal((await world.app.inject({ url: '/api/v1/me', remoteAddress: '203.0.113.9' })).statusCode, 401, 'others are served')
})

t.test('a session ends after two idle weeks, and after ninety days in any case', async (t) => {
  const world = await peopleWorld(t)
  const mai = await personIn(world, 'Lò Thị Mai', [])
  world.clock.pass(13 * DAY)
  t.equal((await mai.ask('GET /api/v1/me')).status, 200)
  world.clock.pass(13 * DAY)
  t.equal((await mai.ask('GET /api/v1/me')).status, 200, 'use carries it on')
  world.clock.pass(14 * DAY)
  t.equal((await mai.ask('GET /api/v1/me')).status, 401)
  const again = browserOf(world, await asNobody(world, 'POST /api/v1/sign-in', { login: 'Lò Thị Mai', password: PASSWORD }))
  for (let n = 0; n < 8; n++) {
    world.clock.pass(11 * DAY)
    t.equal((await again.ask('GET /api/v1/me')).status, 200)
  }
  world.clock.pass(2 * DAY)
  t.equal((await again.ask('GET /api/v1/me')).status, 401)
})

t.test('sessions are listed and ended one by one or all at once, and outlive a restart', async (t) => {
  const folder = t.testdir()
  const world = await peopleWorld(t, folder)
  const phone = await personIn(world, 'Lò Thị Mai', [])
  const signIn = async () => browserOf(world, await asNobody(world, 'POST /api/v1/sign-in', { login: 'Lò Thị Mai', password: PASSWORD }, { 'user-agent': 'Máy ở đài' }))
  const desk = await signIn()
  const list = (await desk.ask('GET /api/v1/me/sessions')).body as { id: string; current: boolean; agent: string }[]
  t.match(list, [{ agent: /./ }, { agent: /./ }])
  t.equal(list.filter(({ current }) => current).length, 1)
  const other = list.find(({ current }) => !current)?.id ?? ''
  t.match(await desk.ask(`DELETE /api/v1/me/sessions/${other}`), { status: 200, body: { ended: 1 } })
  t.equal((await phone.ask('GET /api/v1/me')).status, 401)
  t.equal((await desk.ask('DELETE /api/v1/me/sessions/AAAAAAAAAAAA')).status, 404)
  await world.close()
  const restarted = await serverWorld(t, {}, folder)
  const kept = await ask(restarted.app, 'GET /api/v1/me', undefined, { authorization: '', host: HOST, cookie: desk.cookie })
  t.match(kept, { status: 200, body: { name: 'Lò Thị Mai', csrf: desk.csrf } })
  const leave = { authorization: '', host: HOST, cookie: desk.cookie, 'x-csrf-token': desk.csrf }
  t.match(await ask(restarted.app, 'POST /api/v1/sign-out-everywhere', undefined, leave), { status: 200, body: { ended: 1 } })
  t.equal((await ask(restarted.app, 'GET /api/v1/me', undefined, leave)).status, 401)
})

t.test('a changed password puts all other sessions out, and the present one must be known', async (t) => {
  const world = await peopleWorld(t)
  const phone = await personIn(world, 'Lò Thị Mai', [])
  const desk = browserOf(world, await asNobody(world, 'POST /api/v1/sign-in', { login: 'Lò Thị Mai', password: PASSWORD }))
  t.match(await desk.ask('POST /api/v1/me/password', { current: 'sai rồi nhé', password: 'bò ăn cỏ khô' }), { status: 422, body: { error: { code: 'wrong-password' } } })
  t.match(await desk.ask('POST /api/v1/me/password', { current: PASSWORD, password: 'lothimai1' }), { status: 422, body: { error: { code: 'weak-password' } } })
  t.match(await desk.ask('POST /api/v1/me/password', { current: PASSWORD, password: 'bò ăn cỏ khô' }), { status: 200, body: { ended: 1 } })
  t.equal((await phone.ask('GET /api/v1/me')).status, 401)
  t.equal((await desk.ask('GET /api/v1/me')).status, 200)
  for (let n = 0; n < 5; n++) await desk.ask('POST /api/v1/me/password', { current: 'x', password: PASSWORD })
  t.match(await desk.ask('POST /api/v1/me/password', { current: 'x', password: PASSWORD }), { status: 429 })
  t.match(await ask(world.app, 'POST /api/v1/me/password', { current: 'x', password: PASSWORD }), { status: 403, body: { error: { code: 'no-person' } } }, 'the token has none')
})

t.test('a stand-in has the right until the end of the last day, and a closed account opens nothing at once', async (t) => {
  const world = await peopleWorld(t)
  const mai = await personIn(world, 'Lò Thị Mai', [{ role: 'administrator', areas: ['24958'], until: '2026-11-23' }])
  t.match((await mai.ask('GET /api/v1/me')).body, { grants: [{ until: '2026-11-23' }] })
  world.clock.pass(20 * 3_600_000 - 1)
  t.equal((await mai.ask('GET /api/v1/people')).status, 200)
  world.clock.pass(1)
  t.equal((await mai.ask('GET /api/v1/people')).status, 403)
  t.match(await mai.ask('GET /api/v1/me'), { status: 200, body: { rights: {} } })
  t.equal((await ask(world.app, `PATCH /api/v1/people/${mai.person}`, { disabled: true })).status, 200)
  t.equal((await mai.ask('GET /api/v1/me')).status, 401)
  t.match(await asNobody(world, 'POST /api/v1/sign-in', { login: 'Lò Thị Mai', password: PASSWORD }), { status: 403, body: { error: { code: 'disabled' } } })
  t.match(await asNobody(world, 'POST /api/v1/sign-in', { login: 'Lò Thị Mai', password: 'sai' }), { status: 401, body: { error: { code: 'wrong-login' } } }, 'told only to whoever knows the password')
  t.match(await ask(world.app, `POST /api/v1/people/${mai.person}/link`), { status: 409 })
  t.equal((await ask(world.app, `PATCH /api/v1/people/${mai.person}`, { disabled: false })).status, 200)
  t.equal((await asNobody(world, 'POST /api/v1/sign-in', { login: 'Lò Thị Mai', password: PASSWORD })).status, 200)
})

t.test('an administrator of some areas gives nothing beyond them and touches nobody beyond them', async (t) => {
  const world = await peopleWorld(t)
  const chief = await personIn(world, 'Quản Trị Xã', [{ role: 'administrator', areas: ['24958'] }])
  const neighbour = await personIn(world, 'Người Xã Bên', [{ role: 'operator', areas: ['24961'] }])
  const both = await personIn(world, 'Người Hai Xã', [{ role: 'technician', areas: ['24958', '24961'] }])
  const invite = (grants: object[], name = 'Ai Đó') => chief.ask('POST /api/v1/people', { name, grants })
  for (const grants of [[{ role: 'operator', areas: ['24961'] }], [{ role: 'operator', areas: 'all' }], [{ role: 'operator', areas: ['24958', '24961'] }], [{ role: 'operator', areas: ['68'] }], []]) t.match(await invite(grants), { status: 403, body: { error: { code: 'not-allowed' } } }, JSON.stringify(grants))
  t.equal((await invite([{ role: 'operator', areas: ['24958-dong'] }])).status, 201)
  for (const { person } of [neighbour, both]) {
    t.equal((await chief.ask(`PATCH /api/v1/people/${person}`, { disabled: true })).status, 403)
    t.equal((await chief.ask(`POST /api/v1/people/${person}/link`)).status, 403)
    t.equal((await chief.ask(`POST /api/v1/people/${person}/sign-out`)).status, 403)
  }
  const names = ((await chief.ask('GET /api/v1/people')).body as { name: string }[]).map(({ name }) => name)
  t.same(names, ['Ai Đó', 'Người Hai Xã', 'Quản Trị Xã'])
  t.equal((await chief.ask(`PATCH /api/v1/people/${chief.person}`, { grants: [{ role: 'administrator', areas: 'all' }] })).status, 403, 'nor themselves')
  t.equal((await chief.ask('GET /api/v1/audit')).status, 403)
})

t.test('the last administrator of the whole station stays one', async (t) => {
  const world = await peopleWorld(t)
  const { ask: browse, person } = browserOf(world, await asNobody(world, 'POST /api/v1/links/use', { token: world.link, ...first }))
  const self = `PATCH /api/v1/people/${person}` as const
  for (const patch of [{ disabled: true }, { grants: [] }, { grants: [{ role: 'administrator', areas: 'all', until: '2026-12-31' }] }]) t.match(await browse(self, patch), { status: 409, body: { error: { code: 'last-administrator' } } }, JSON.stringify(patch))
  await personIn(world, 'Quản Trị Hai', [{ role: 'administrator', areas: 'all' }])
  t.equal((await browse(self, { grants: [] })).status, 200)
})

t.test('bad input of every route is refused with a sentence in both languages', async (t) => {
  const world = await peopleWorld(t)
  const mai = await personIn(world, 'Lò Thị Mai', [], '0912000111')
  const grant = (over: object) => ({ name: 'Mới', grants: [{ role: 'operator', areas: ['24958'], ...over }] })
  const wrong: [`${'GET' | 'POST' | 'PATCH' | 'DELETE'} ${string}`, unknown, number][] = [
    ['POST /sign-in', {}, 400], ['POST /sign-in', { login: '', password: 'x' }, 400], ['POST /sign-in', { login: 'x', password: 'x'.repeat(201) }, 400], ['POST /sign-in', { login: 'x', password: 'x', more: 1 }, 400],
    ['POST /links/look', { token: 'short' }, 400], ['POST /links/use', { token: 'A'.repeat(32) }, 400], ['POST /links/use', { token: world.link, password: PASSWORD }, 400],
    ['POST /links/use', { token: world.link, ...first, phone: '123' }, 400], ['POST /links/use', { token: world.link, ...first, phone: '0912000111' }, 409], ['POST /links/use', { token: world.link, ...first, name: '0912 111 222' }, 400],
    ['POST /people', { name: ' ', grants: [] }, 400], ['POST /people', { name: 'lò thị  MAI', grants: [] }, 409], ['POST /people', { name: 'Mới', phone: '+1 202 555 0143', grants: [] }, 400], ['POST /people', grant({ role: 'chief' }), 400],
    ['POST /people', grant({ areas: [] }), 400], ['POST /people', grant({ areas: ['99999'] }), 422], ['POST /people', grant({ until: '2026-02-30' }), 400], ['POST /people', grant({ until: '2026-11-22' }), 422],
    [`PATCH /people/${mai.person}`, {}, 400], [`PATCH /people/${mai.person}`, { disabled: 'yes' }, 400], ['PATCH /people/AAAAAAAAAAAA', { disabled: true }, 404], ['GET /people/x', undefined, 400], ['GET /people/AAAAAAAAAAAA', undefined, 404],
    ['POST /people/AAAAAAAAAAAA/link', undefined, 404], ['POST /people/AAAAAAAAAAAA/sign-out', undefined, 404], ['GET /audit?day=2026-02-30', undefined, 400], ['GET /audit?day=today', undefined, 400], ['GET /audit?limit=0', undefined, 400], ['GET /audit?who=x', undefined, 400],
  ]
  for (const [question, body, status] of wrong) {
    const space = question.indexOf(' ')
    const answer = await ask(world.app, `${question.slice(0, space) as 'GET'} /api/v1${question.slice(space + 1)}`, body, { host: HOST })
    t.equal(answer.status, status, `${question} ${JSON.stringify(body)} ${answer.text}`)
    t.match(answer.body, { error: { code: /\S/, en: /\.$/, vi: /\.$/ } })
  }
  t.same(world.errors, [])
})

t.test('the audit log is read by pages and by who, what, to what and when; it tells no password and no token', async (t) => {
  const world = await peopleWorld(t)
  const chief = browserOf(world, await asNobody(world, 'POST /api/v1/links/use', { token: world.link, ...first }))
  const rows = async (query: string) => ((await chief.ask(`GET /api/v1/audit${query}`)).body as { rows: { n: number; action: string; actorName: string | null; at: string }[]; next: number | null })
  const all = await rows('')
  t.match(all.rows.slice(0, 2), [{ action: 'person.first', actorName: 'Nguyễn Văn An', actor: `person:${chief.person}`, at: '2026-11-23T04:00:00.000+07:00' }, { action: 'person.first-link', actor: 'server', actorName: null }])
  t.equal(all.next, null)
  const pages = [await rows('?limit=4')]
  while (pages.at(-1)?.next) pages.push(await rows(`?limit=4&before=${pages.at(-1)?.next}`))
  t.same(pages.flatMap((page) => page.rows.map(({ n }) => n)), all.rows.map(({ n }) => n))
  t.same((await rows('?action=person')).rows.map(({ action }) => action), ['person.first', 'person.first-link'])
  t.equal((await rows('?action=area.create')).rows.length, 4)
  t.equal((await rows('?action=area.creat')).rows.length, 0)
  t.equal((await rows('?actor=administrator&subject=68')).rows.length, 1)
  t.equal((await rows('?day=2026-11-23')).rows.length, all.rows.length)
  t.equal((await rows('?day=2026-11-22')).rows.length, 0)
  const text = JSON.stringify(all)
  for (const secret of [PASSWORD, world.link, chief.cookie.split('=')[1] ?? '?', chief.csrf]) t.notMatch(text, secret)
  t.match(world.deps.stores.audit.verify(), { ok: true })
})

t.test('a password that was stored with less is stored anew when its owner signs in', async (t) => {
  const [weak, strong] = [createArgon2Passwords({ memoryKiB: 64, passes: 1 }), createArgon2Passwords({ memoryKiB: 128, passes: 2 })]
  const stored = await weak.hash(PASSWORD)
  t.ok(strong.isStale(stored))
  t.notOk(weak.isStale(await strong.hash(PASSWORD)), 'one that is stronger stays')
  t.ok(await strong.verify(stored, PASSWORD.normalize('NFD')), 'also as another keyboard composes it')
  t.notOk(await strong.verify(stored, `${PASSWORD} `))
  t.notOk(await strong.verify(null, PASSWORD))
  const world = await serverWorld(t, { passwords: strong })
  const mai = await personIn(world, 'Lò Thị Mai', [])
  world.deps.stores.people.setPassword(mai.person, stored)
  t.equal((await asNobody(world, 'POST /api/v1/sign-in', { login: 'Lò Thị Mai', password: PASSWORD })).status, 200)
  t.match(world.deps.stores.people.passwordOf(mai.person), /^\$argon2id\$v=19\$m=128,t=2,p=1\$/)
})

t.test('what a proxy says is believed where it was named, and from nobody else', async (t) => {
  const forwarded = { 'x-forwarded-for': '203.0.113.5', 'x-forwarded-proto': 'https', 'x-forwarded-host': HOST }
  const world = await serverWorld(t, { trustProxy: ['127.0.0.1', '10.0.0.0/8'] })
  await personIn(world, 'Lò Thị Mai', [])
  const order = { login: 'Lò Thị Mai', password: PASSWORD }
  const from = (remoteAddress: string) => world.app.inject({ method: 'POST', url: '/api/v1/sign-in', payload: order, headers: { ...forwarded, origin: `https://${HOST}` }, remoteAddress })
  const through = await from('10.1.2.3')
  t.equal(through.statusCode, 200)
  t.match(through.headers['set-cookie'], /^__Host-tl-phien=.*; HttpOnly; SameSite=Strict; Secure$/)
  t.match(through.json(), { session: { address: '203.0.113.5' } })
  const cookie = String(through.headers['set-cookie']).split(';')[0] ?? ''
  t.equal((await world.app.inject({ url: '/api/v1/me', headers: { ...forwarded, cookie }, remoteAddress: '10.1.2.3' })).statusCode, 200)
  t.equal((await world.app.inject({ url: '/api/v1/me', headers: { cookie }, remoteAddress: '10.1.2.3' })).statusCode, 401, 'the cookie of HTTPS is none without it')
  t.equal((await from('198.51.100.1')).statusCode, 403, 'a stranger’s word about the host is not believed')
})

t.test('proxies are read from the setting, and a word that is no address is told', async (t) => {
  t.match(readServerSettings({ TL_TRUST_PROXY: '127.0.0.1, 10.0.0.0/8, fd00::/8' }), { ok: true, value: { trustProxy: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'] } })
  t.match(readServerSettings({}), { ok: true, value: { trustProxy: [] } })
  for (const bad of ['proxy', '10.0.0.0/40', '1', '127.0.0.1;10.0.0.1']) t.match(readServerSettings({ TL_TRUST_PROXY: bad }), { ok: false, why: /TL_TRUST_PROXY: ".*" is no address/ }, bad)
})
