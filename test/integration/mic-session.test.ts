import t from 'tap'
import { utf8 } from '../../shared/protocol/wire.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { Targets } from '../../shared/core/timetable.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import type { Grant } from '../../server/core/identity.ts'
import type { MicMessage } from '../../server/core/mic-protocol.ts'
import { csrfToken } from '../../server/core/person-cookie.ts'
import { startLiveServer, type LiveServer } from '../support/live-server.ts'
import { speaker, type TestSpeaker } from '../support/mic-world.ts'

t.setTimeout(120_000)
const HERE: Targets = { areas: ['24958'] }
const BESIDE: Targets = { areas: ['24961'] }
const start = (targets: Targets): MicMessage => ({ t: 'start', format: 'pcm48', targets, title: 'Thử' })

interface Person {
  readonly id: string
  readonly headers: Record<string, string>
}
/** Somebody who is signed in. */
function person({ server }: LiveServer, id: string, grants: readonly Grant[]): Person {
  const { people } = server.deps.stores
  const [crypto, now, token] = [nodeCrypto(), wallMs(Date.now()), id.padEnd(32, 'x')]
  people.insert({ id, name: id, phone: null, grants, createdAt: now, disabledAt: null })
  people.sessions.insert({ id: token.slice(0, 24), tokenSha256: crypto.sha256(utf8(token)), person: id, level: 'password', createdAt: now, lastUsedAt: now, agent: '', address: '' })
  return { id, headers: { cookie: `tl-phien=${token}`, 'x-csrf-token': csrfToken(crypto, token) } }
}
async function ticketFor({ server }: LiveServer, headers: Record<string, string>, wanted?: object): Promise<{ readonly status: number; readonly body: { readonly ticket?: string; readonly error?: { readonly code: string } } }> {
  const answer = await fetch(`${server.url}/api/v1/microphone/tickets`, { method: 'POST', headers: { ...headers, ...(wanted ? { 'content-type': 'application/json' } : {}) }, ...(wanted ? { body: JSON.stringify(wanted) } : {}) })
  return { status: answer.status, body: (await answer.json()) as { ticket?: string } }
}
async function withTicket(live: LiveServer, who: Person, wanted?: object): Promise<TestSpeaker> {
  const { status, body } = await ticketFor(live, who.headers, wanted)
  if (status !== 201) throw new Error(JSON.stringify(body))
  return await speaker({ url: live.server.url }, {}, `?ticket=${encodeURIComponent(body.ticket ?? '')}`)
}
function place({ server }: LiveServer): void {
  const { stores, clock } = server.deps
  stores.areas.put({ code: '24961', name: 'Xã bên', kind: 'commune', parent: '68' })
  for (const [id, area] of [['aaaaaaaaaa', '24958'], ['bbbbbbbbbb', '24961']] as const) {
    stores.clusters.insert({ id, name: `Cụm ${area}`, created: clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, area, '2020-01-01')
  }
}

t.test('a microphone’s ticket is bound to a person, to what they want to do, and to the places', async (t) => {
  const live = await startLiveServer()
  t.teardown(() => live.stop())
  place(live)
  t.equal((await live.ask('PUT /areas/24958/policy', { policy: 'ca-ngay' })).status, 200, 'whatever the hour at which this is tried')
  const operator = person(live, 'canbo', [{ role: 'operator', areas: ['24958'] }])
  const announcer = person(live, 'truc', [{ role: 'announcer', areas: ['24958'] }])
  const technician = person(live, 'kythuat', [{ role: 'technician', areas: 'all' }])
  const raised = (await live.ask('POST /emergencies', { title: 'Diễn tập', targets: HERE, drill: true, messages: [{ microphone: true }] })).body as { id: string }
  const beside = (await live.ask('POST /emergencies', { title: 'Diễn tập', targets: BESIDE, drill: true, messages: [{ microphone: true }] })).body as { id: string }

  await t.test('the session gives one, with the token of its pages, and only for one’s own', async (t) => {
    t.equal((await ticketFor(live, {})).status, 401, 'nobody')
    t.match(await ticketFor(live, { cookie: operator.headers['cookie'] ?? '' }, { targets: HERE }), { status: 403, body: { error: { code: 'no-csrf-token' } } }, 'a page elsewhere does not know the token')
    t.equal((await ticketFor(live, technician.headers, { targets: HERE })).status, 403, 'a technician does not speak')
    t.equal((await ticketFor(live, operator.headers, { targets: HERE })).status, 201)
    for (const targets of [BESIDE, 'all'] as const) t.match(await ticketFor(live, operator.headers, { targets }), { status: 403, body: { error: { code: 'not-allowed' } } }, JSON.stringify(targets))
    t.match(await ticketFor(live, operator.headers, { emergency: raised.id }), { status: 403, body: { error: { code: 'not-allowed' } } }, 'an operator does not raise emergencies')
    t.equal((await ticketFor(live, announcer.headers, { emergency: raised.id })).status, 201)
    t.equal((await ticketFor(live, announcer.headers, { emergency: beside.id })).status, 403, 'another commune’s emergency')
    t.equal((await ticketFor(live, announcer.headers, { emergency: 'khongco' })).status, 403)
    t.equal((await ticketFor(live, announcer.headers, { everything: true })).status, 400)
  })

  await t.test('what it was not given for is refused when it is shown', async (t) => {
    const cases: [string, object | undefined, MicMessage, string][] = [
      ['other places', { targets: HERE }, start('all'), 'ticket-for-something-else'],
      ['an emergency with a ticket for a broadcast', { targets: HERE }, { t: 'speak', emergency: raised.id, format: 'pcm48' }, 'ticket-for-something-else'],
      ['a broadcast with a ticket for an emergency', { emergency: raised.id }, start(HERE), 'ticket-for-something-else'],
      ['another emergency', { emergency: raised.id }, { t: 'speak', emergency: beside.id, format: 'pcm48' }, 'ticket-for-something-else'],
      ['another commune’s emergency, with a ticket for anything', undefined, { t: 'speak', emergency: beside.id, format: 'pcm48' }, 'not-allowed'],
      ['another commune, with a ticket for anything', undefined, start(BESIDE), 'not-allowed'],
    ]
    for (const [what, wanted, message, code] of cases) {
      const who = await withTicket(live, announcer, wanted)
      who.tell(message)
      t.match(await who.answer('problem'), { code, fatal: true, vi: /\S/ }, what)
      await who.closed()
    }
    const who = await withTicket(live, announcer, { emergency: raised.id })
    who.tell({ t: 'speak', emergency: raised.id, format: 'pcm48' })
    t.match(await who.answer('started'), { id: raised.id }, 'what it was given for is not')
    who.cut()
  })

  await t.test('whoever lost the right after it was given is refused', async (t) => {
    const { people } = live.server.deps.stores
    const leaving = person(live, 'saptroi', [{ role: 'operator', areas: ['24958'] }])
    const change = (over: object): void => {
      const now = people.byId(leaving.id)
      if (now) people.update({ ...now, ...over })
    }
    const moved = await withTicket(live, leaving, { targets: HERE })
    change({ grants: [{ role: 'operator', areas: ['24961'] }] })
    moved.tell(start(HERE))
    t.match(await moved.answer('problem'), { code: 'not-allowed' }, 'a grant elsewhere')
    change({ grants: [{ role: 'operator', areas: ['24958'] }] })
    const gone = await withTicket(live, leaving, { targets: HERE })
    change({ disabledAt: wallMs(Date.now()) })
    gone.tell(start(HERE))
    t.match(await gone.answer('problem'), { code: 'not-allowed' }, 'an account that was closed')
  })

  await t.test('a broadcast is gone on with by whoever began it, and by nobody else', async (t) => {
    const who = await withTicket(live, operator, { targets: HERE })
    who.tell(start({ areas: ['24958', '24958'] }))
    const { token, id } = await who.answer('started')
    who.cut()
    const other = await withTicket(live, announcer, { targets: HERE })
    other.tell({ t: 'resume', token, format: 'pcm48' })
    t.match(await other.answer('problem'), { code: 'too-late', fatal: true })
    const again = await withTicket(live, operator, { targets: HERE })
    again.tell({ t: 'resume', token, format: 'pcm48' })
    t.match(await again.answer('started'), { id })
    again.tell({ t: 'end' })
    await again.answer('state', ({ state }) => state === 'ending')
  })
})
