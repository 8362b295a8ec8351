import t from 'tap'
import type { ProgrammeView } from '../../server/features/programmes/plugin.ts'
import type { ServerDeps } from '../../server/core/server-deps.ts'
import { COMMUNE, libraryWorld, soundOf, type LibraryWorld } from '../support/library-world.ts'
import { asNobody } from '../support/people-world.ts'
import { form } from '../support/server-world.ts'

interface Made {
  readonly path: string | null
}
const pathOf = (answer: { readonly body: unknown }): string => `/api/v1${(answer.body as Made).path}`

/** A programme that waits, and a link that another approver made for Anh Bình. */
async function waiting(world: LibraryWorld): Promise<{ readonly id: string; readonly sha: string; readonly at: string }> {
  const { id, sha } = (await world.upload(world.operator, 'Họp thôn', { state: 'pending' })).body as ProgrammeView
  const link = await world.provinceApprover.ask(`POST /api/v1/programmes/${id}/approval-links`, { person: world.approver.person })
  if (link.status !== 201) throw new Error(link.text)
  return { id, sha, at: pathOf(link) }
}

t.test('the approver listens and approves from a link with one tap, and the audit names whom it was made for', async (t) => {
  const world = await libraryWorld(t)
  const { id, sha, at } = await waiting(world)
  t.match(await asNobody(world, `GET ${at}`), { status: 200, body: { name: 'Họp thôn', author: 'Chị Hoa', areaName: 'Xã Đức Trọng', ms: 60_000, for: 'Anh Bình', state: 'pending' } })
  t.match(await asNobody(world, `GET ${at}/audio`, undefined, { range: 'bytes=0-3' }), { status: 206, text: 'OggS' })
  t.match(await asNobody(world, `POST ${at}`, { decision: 'return' }), { status: 400, body: { error: { field: '/reason' } } })
  t.match(await asNobody(world, `POST ${at}`, { decision: 'perhaps' }), { status: 400 })
  t.same(world.found(id), [])
  t.match(await asNobody(world, `POST ${at}`, { decision: 'approve' }), { status: 200, body: { state: 'approved' } })
  t.same(world.found(id), [sha])
  t.match(await asNobody(world, `POST ${at}`, { decision: 'approve' }), { status: 200 }, 'the second tap changes nothing')
  t.match(await asNobody(world, `POST ${at}`, { decision: 'return', reason: 'Nghĩ lại' }), { status: 410 }, 'a link decides once')
  t.match((await world.operator.ask(`GET /api/v1/programmes/${id}/versions`)).body, [{ state: 'approved', decidedBy: 'Anh Bình' }])
  t.equal(world.events.filter((kind) => kind === 'programme.approved').length, 1)
  t.ok(world.deps.stores.audit.verify().ok)
})

t.test('a link is over after a day, after another decision, and when its person may approve no longer', async (t) => {
  const world = await libraryWorld(t)
  const first = await waiting(world)
  await world.provinceApprover.ask(`POST /api/v1/programmes/${first.id}/return`, { version: 1, reason: 'Chưa rõ' })
  t.match(await asNobody(world, `POST ${first.at}`, { decision: 'approve' }), { status: 409, body: { error: { code: 'wrong-state' } } })

  const second = (await world.upload(world.operator, 'Hai', { state: 'pending' })).body as ProgrammeView
  const link = pathOf(await world.provinceApprover.ask(`POST /api/v1/programmes/${second.id}/approval-links`, { person: world.approver.person }))
  const person = world.deps.stores.people.byId(world.approver.person)
  if (!person) throw new Error('nobody')
  world.deps.stores.people.update({ ...person, grants: [{ role: 'operator', areas: [COMMUNE] }] })
  t.match(await asNobody(world, `POST ${link}`, { decision: 'approve' }), { status: 403 })
  world.deps.stores.people.update({ ...person, disabledAt: world.clock.wall() })
  t.match(await asNobody(world, `POST ${link}`, { decision: 'approve' }), { status: 410 })
  world.deps.stores.people.update(person)
  world.clock.pass(24 * 3_600_000)
  for (const question of [`GET ${link}`, `GET ${link}/audio`, `POST ${link}`] as const) t.match(await asNobody(world, question, question.startsWith('POST') ? { decision: 'approve' } : undefined), { status: 410 }, question)
  t.match(await asNobody(world, `GET /api/v1/approval/${'x'.repeat(32)}`), { status: 410 })
  t.match(await asNobody(world, 'GET /api/v1/approval/short'), { status: 400 })
  t.same(world.found(second.id), [])
})

t.test('an edit while the approver listens is not approved with what was listened to', async (t) => {
  const world = await libraryWorld(t)
  const { id, at } = await waiting(world)
  const { payload, headers } = form([{ name: 'state', value: 'pending' }, { name: 'file', value: soundOf('khác hẳn'), file: 'a.webm' }])
  await world.operator.ask(`PUT /api/v1/programmes/${id}/variants/vi`, payload, headers)
  t.match(await asNobody(world, `POST ${at}`, { decision: 'approve' }), { status: 409, body: { error: { code: 'wrong-state' } } })
  t.same(world.found(id), [])
})

t.test('whoever may not approve never holds the link: it is sent to the approver, or not made', async (t) => {
  const sent: Parameters<NonNullable<ServerDeps['sendLink']>>[0][] = []
  const deaf = await libraryWorld(t, {})
  const { id } = (await deaf.upload(deaf.operator, 'Một', { state: 'pending' })).body as ProgrammeView
  const ask = (body: unknown) => deaf.operator.ask(`POST /api/v1/programmes/${id}/approval-links`, body)
  t.match(await ask({ person: deaf.approver.person }), { status: 409, body: { error: { code: 'cannot-send' } } })
  t.match(await ask({}), { status: 422, body: { error: { code: 'not-an-approver' } } }, 'not for oneself')
  t.match(await ask({ person: deaf.elsewhereApprover.person }), { status: 422, body: { error: { code: 'not-an-approver' } } })
  t.match(await ask({ person: 'none' }), { status: 422, body: { error: { code: 'unknown-person' } } })
  t.match(await ask({ person: deaf.approver.person, version: 9 }), { status: 404 })
  t.match(await ask({ person: 7 }), { status: 400 })
  await deaf.close()

  const world = await libraryWorld(t, { sendLink: async (link) => { sent.push(link); return true } })
  const made = (await world.upload(world.operator, 'Hai', { state: 'pending' })).body as ProgrammeView
  const named = (await world.operator.ask(`GET /api/v1/programmes/${made.id}/approvers`)).body as { id: string; name: string }[]
  t.ok(named.some(({ id, name }) => id === world.approver.person && name === 'Anh Bình'), 'the author chooses among those who may')
  t.notOk(named.some(({ id }) => id === world.operator.person || id === world.elsewhereApprover.person), 'not the author, nor one of another place')
  t.match(await world.elsewhereApprover.ask(`GET /api/v1/programmes/${made.id}/approvers`), { status: 404 })
  t.match(await world.operator.ask(`POST /api/v1/programmes/${made.id}/approval-links`, { person: world.approver.person }), { status: 201, body: { path: null, person: 'Anh Bình' } })
  t.match(sent, [{ person: world.approver.person, programme: 'Hai' }])
  t.equal((await asNobody(world, `POST /api/v1${sent[0]?.path ?? ''}`, { decision: 'approve' })).status, 200)
  t.equal(world.found(made.id).length, 1)
})
