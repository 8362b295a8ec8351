import t from 'tap'
import { WebSocket } from 'ws'
import { utf8 } from '../../shared/protocol/wire.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { ROLES, type Grant, type Role } from '../../server/core/identity.ts'
import { roleMay, type Action } from '../../server/core/permissions.ts'
import { csrfToken } from '../../server/core/person-cookie.ts'
import type { RunningServer } from '../../server/start-server.ts'
import { startLiveServer } from '../support/live-server.ts'

t.setTimeout(240_000)
interface Operation {
  readonly 'x-right'?: 'open' | 'known' | Action
  readonly 'x-whole-station'?: boolean
}
interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly right: 'open' | 'known' | Action | undefined
  readonly wholeStation: boolean
}
function routesOf(server: RunningServer): Route[] {
  const { paths } = (server.app as unknown as { swagger(): { paths: Record<string, Record<string, Operation>> } }).swagger()
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/v1'))
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase() as Route['method'], path, right: operation['x-right'], wholeStation: operation['x-whole-station'] === true })))
}

/** What somebody sends along with a request to a path. */
type Person = (path: string) => Record<string, string>

/** Somebody with a session, put into the stores: people come in elsewhere. */
function person(server: RunningServer, name: string, grants: readonly Grant[]): Person {
  const { people } = server.deps.stores
  const crypto = nodeCrypto()
  const id = name.slice(0, 12)
  const now = wallMs(Date.now())
  people.insert({ id, name, phone: null, grants, createdAt: now, disabledAt: null })
  let n = 0
  const signIn = (): Record<string, string> => {
    const token = `${id}${++n}`.replaceAll(/[^A-Za-z0-9]/g, '').padEnd(32, 'x').slice(0, 32)
    people.sessions.insert({ id: token.slice(0, 24), tokenSha256: crypto.sha256(utf8(token)), person: id, level: 'password', createdAt: now, lastUsedAt: now, agent: '', address: '' })
    return { cookie: `tl-phien=${token}`, 'x-csrf-token': csrfToken(crypto, token) }
  }
  let kept: Record<string, string> | null = null
  return (path) => {
    const headers = (kept ??= signIn())
    // these end every session of whoever asks
    if (path.includes('sign-out')) kept = null
    return headers
  }
}

t.test('every route lets in whom the table names, and nobody else', async (t) => {
  const { server, stop } = await startLiveServer()
  t.teardown(stop)
  const routes = routesOf(server)
  t.ok(routes.length >= 70, `${routes.length} routes`)
  const status = async ({ method, path }: Route, headers: Record<string, string>): Promise<number> => {
    const answer = await server.app.inject({ method, url: path.replaceAll(/\{\w+\}/g, 'khong-co'), headers, payloadAsStream: true })
    answer.stream().destroy()
    return answer.statusCode
  }
  const everywhere = new Map(ROLES.map((role): [Role, Person] => [role, person(server, `every-${role}`, [{ role, areas: 'all' }])]))
  const somewhere = new Map(ROLES.map((role): [Role, Person] => [role, person(server, `some-${role}`, [{ role, areas: ['24958'] }])]))
  const nobody = person(server, 'nothing-granted', [])
  for (const route of routes) {
    const name = `${route.method} ${route.path}`
    const { right, wholeStation } = route
    if (right === undefined) t.fail(`${name} names no right`)
    // a microphone has its own ticket
    if (right === undefined || right === 'open') continue
    t.equal(await status(route, {}), 401, `${name}: nobody`)
    t.equal(await status(route, { authorization: 'Bearer wrong' }), 401, `${name}: a wrong token`)
    const withoutGrants = await status(route, nobody(route.path))
    if (right === 'known') {
      t.notOk([401, 403].includes(withoutGrants), `${name}: somebody without a grant, ${withoutGrants}`)
      continue
    }
    t.equal(withoutGrants, 403, `${name}: somebody without a grant`)
    for (const role of ROLES) {
      const may = roleMay(role, right)
      const all = await status(route, everywhere.get(role)?.(route.path) ?? {})
      if (may) t.notOk([401, 403].includes(all), `${name}: ${role} everywhere, ${all}`)
      else t.equal(all, 403, `${name}: ${role} everywhere`)
      if (!may || wholeStation) t.equal(await status(route, somewhere.get(role)?.(route.path) ?? {}), 403, `${name}: ${role} of one commune`)
    }
    if (route.method !== 'GET') t.equal(await status(route, { cookie: everywhere.get('administrator')?.(route.path).cookie ?? '' }), 403, `${name}: without the page’s token`)
  }
})

t.test('an emergency, a live broadcast and a microphone reach no further than whoever begins them is at work', async (t) => {
  const { server, stop } = await startLiveServer()
  t.teardown(stop)
  const { stores, clock } = server.deps
  stores.areas.put({ code: '24961', name: 'Xã bên', kind: 'commune', parent: '68' })
  for (const [id, area] of [['aaaaaaaaaa', '24958'], ['bbbbbbbbbb', '24961']] as const) {
    stores.clusters.insert({ id, name: `Cụm ${area}`, created: clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, area, '2020-01-01')
  }
  const [here, next] = ['24958', '24961'].map((area) => person(server, `bao-${area}`, [{ role: 'announcer', areas: [area] }]))
  const tell = async (who: Person | undefined, question: string, payload?: object) => {
    const [method, path] = question.split(' ') as ['GET' | 'POST', string]
    const answer = await server.app.inject({ method, url: `/api/v1${path}`, headers: who?.(path) ?? {}, ...(payload ? { payload } : {}) })
    return { status: answer.statusCode, body: answer.json<Record<string, never>>() }
  }
  const order = (targets: unknown, over: object = {}) => ({ title: 'Diễn tập', drill: true, targets, times: 1, messages: [{ programme: 'bao-yen' }], ...over })
  for (const targets of ['all', { areas: ['24961'] }, { areas: ['24958', '24961'] }, { areas: ['68'] }, { clusters: ['bbbbbbbbbb'] }]) t.equal((await tell(here, 'POST /emergencies', order(targets))).status, 403, JSON.stringify(targets))
  t.match(await tell(here, 'POST /emergencies', order({ areas: ['24958'] }, { authority: 2 })), { status: 403, body: { error: { code: 'authority-too-high' } } }, 'a commune does not speak in the province’s name')
  const raised = await tell(here, 'POST /emergencies', order({ areas: ['24958'] }, { authority: 1 }))
  t.equal(raised.status, 201)
  const id = String(raised.body['id'])
  t.match(await tell(here, 'GET /emergencies'), { body: [{ id }] })
  t.match(await tell(next, 'GET /emergencies'), { status: 200, body: [] })
  for (const path of [`/emergencies/${id}`, `/emergencies/${id}/board`]) t.equal((await tell(next, `GET ${path}`)).status, 403, path)
  t.equal((await tell(next, `POST /emergencies/${id}/cancel`, { reason: 'không phải xã tôi' })).status, 403)
  t.equal((await tell(next, `POST /emergencies/${id}/local-stop`, { targets: { areas: ['24958'] }, reason: 'không phải xã tôi' })).status, 403)
  t.equal((await tell(next, 'POST /emergencies', order({ areas: ['24961'] }, { replaces: [id] }))).status, 403, 'nor is another’s replaced')
  t.equal((await tell(here, 'POST /emergencies/stop-all', { reason: 'thử' })).status, 403)
  t.equal((await tell(here, `POST /emergencies/${id}/cancel`, { reason: 'thử xong', correction: null })).status, 200)
  t.match(stores.auditPages.page({ action: 'emergency', most: 2 }), [{ action: 'emergency.cancel', actor: 'person:bao-24958' }, { action: 'emergency.raise', actor: 'person:bao-24958' }])
  t.equal((await tell(here, 'POST /live', { programme: 'khong-co', targets: { areas: ['24961'] } })).status, 403)
  t.equal((await tell(here, 'POST /live', { programme: 'khong-co', targets: { areas: ['24958'] } })).status, 422, 'the place is right, the programme is not there')
  const spoken = (targets: unknown) => ({ t: 'start', format: 'pcm48', targets, title: 'Thử' })
  for (const [targets, fits] of [[{ areas: ['24961'] }, { t: 'problem', code: 'not-allowed' }], ['all', { t: 'problem', code: 'not-allowed' }]] as const) {
    const { body } = await tell(here, 'POST /microphone/tickets')
    const first = await firstWord(`${server.url.replace('http', 'ws')}/api/v1/microphone?ticket=${String(body['ticket'])}`, spoken(targets))
    t.match(first, fits, JSON.stringify(targets))
  }
})

/** What a microphone's connection answers to its first message. */
function firstWord(url: string, message: object): Promise<unknown> {
  const socket = new WebSocket(url)
  return new Promise((done, failed) => {
    socket.once('error', failed)
    socket.once('open', () => socket.send(JSON.stringify(message)))
    socket.once('message', (text: Buffer) => {
      done(JSON.parse(text.toString()))
      socket.terminate()
    })
  })
}
