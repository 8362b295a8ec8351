import t from 'tap'
import type { Identity, Role } from '../../server/core/identity.ts'
import type { StationEvent } from '../../server/core/station-events.ts'
import { createEventStreams } from '../../server/features/events/plugin.ts'
import { speechKey } from '../../server/features/programmes/plugin.ts'
import { serverWorld } from '../support/server-world.ts'
import { as, asAdministrator, CLUSTERS, deskWorld, difference, draftOf, programme, published, put, session } from '../support/desk-world.ts'

t.setTimeout(120_000)

t.test('a draft is heard by nobody until it is published, in one step with one audit row and one planning', async (t) => {
  const world = await deskWorld(t)
  const { operator, deps } = world
  const draft = await draftOf(operator, '24958')
  await put(operator, draft, session())
  await put(operator, draft, session({ id: 'sang', name: 'Buổi sáng', at: '05:30', until: '06:30' }))
  t.same(deps.stores.sessions.all(), [])
  t.same(world.told, [], 'no cluster hears of it')
  const heads = deps.stores.audit.head().n
  const answer = await as(operator, `POST /timetable/drafts/${draft}/publish`, {}, { 'idempotency-key': 'k1' })
  t.match(answer, { status: 200, body: { publication: 1, clusters: 2, communes: 1, replayed: false } })
  t.equal(deps.stores.audit.head().n, heads + 1)
  t.same(world.told, ['timetable'])
  t.same(deps.stores.sessions.all().map(({ id }) => id), ['chieu', 'sang'])
  t.match(await as(operator, `POST /timetable/drafts/${draft}/publish`, {}, { 'idempotency-key': 'k1' }), { status: 200, body: { publication: 1, replayed: true } }, 'the answer got lost')
  t.match(await as(operator, `POST /timetable/drafts/${draft}/publish`, {}, { 'idempotency-key': 'k2' }), { status: 409, body: { error: { code: 'published' } } })
  t.equal((await as(operator, `GET /timetable/drafts/${draft}`)).status, 409)
  t.match((await as(operator, 'GET /timetable/publications')).body, [{ n: 1, kind: 'draft', title: 'Tuần tới', by: 'Nguyễn Văn An', clusters: 2 }])
})

t.test('two communes see neither each other’s drafts nor put sessions there', async (t) => {
  const world = await deskWorld(t)
  const { operator, neighbour, province } = world
  const draft = await draftOf(operator, '24958')
  await put(operator, draft, session())
  t.same((await as(neighbour, 'GET /timetable/drafts')).body, [])
  for (const question of [`GET /timetable/drafts/${draft}`, `GET /timetable/drafts/${draft}/difference`, `DELETE /timetable/drafts/${draft}`, `GET /timetable/week?draft=${draft}`, `DELETE /timetable/drafts/${draft}/sessions/chieu`] as const) {
    t.equal((await as(neighbour, question)).status, 404, question)
  }
  t.equal((await as(neighbour, `POST /timetable/drafts/${draft}/publish`, {})).status, 404)
  t.match((await as(province, 'GET /timetable/drafts')).body, [{ id: draft }], 'the province sees those below')
  t.equal((await as(neighbour, 'POST /timetable/drafts', { name: 'x', area: '24958' })).status, 403)
  t.equal((await as(neighbour, 'POST /timetable/drafts', { name: 'x' })).status, 403, 'nor one for the whole station')
  const theirs = await draftOf(neighbour, '24961')
  for (const targets of ['all', { areas: ['24958'] }, { clusters: [CLUSTERS.hamlet] }, { areas: ['24961', '24958'] }] as const) {
    t.match(await as(neighbour, `PUT /timetable/drafts/${theirs}/sessions/x`, session({ id: 'x', targets: structuredClone(targets) as never })), { status: 403, body: { error: { code: 'outside-draft', en: /^This draft is for Xã [^0-9]+:/, vi: /dành cho Xã [^0-9]+:/ } } }, JSON.stringify(targets))
  }
  const wide = await draftOf(province, '68')
  t.equal((await as(province, `PUT /timetable/drafts/${wide}/sessions/y`, session({ id: 'y', targets: { areas: ['68'] } }))).status, 200)
  await published(province, wide)
  t.match(await as(operator, `DELETE /timetable/drafts/${draft}/sessions/y`), { status: 403 }, 'a session of the province is not theirs to take out')
  t.match(await as(operator, 'DELETE /sessions/y'), { status: 403 })
  t.match((await as(operator, 'GET /sessions')).body, [{ id: 'y' }], 'but they hear it, and see it')
})

t.test('what others publish meanwhile comes in by itself, and the same session is a conflict that a person decides', async (t) => {
  const world = await deskWorld(t)
  const { operator, approver } = world
  await asAdministrator(world, 'POST /sessions', session())
  const mine = await draftOf(operator, '24958', 'Của An')
  await put(operator, mine, session({ until: '17:45' }))
  const other = await draftOf(approver, '24958', 'Của Bình')
  await put(approver, other, session({ id: 'sang', name: 'Buổi sáng', at: '06:00', until: '06:30' }))
  await published(approver, other)
  t.match((await as(operator, `GET /timetable/drafts/${mine}`)).body, { conflicts: [], meanwhile: [{ n: 2, by: 'Lê Thị Bình', sessions: ['sang'] }], list: [{ session: 'chieu', what: 'changed', words: [{ vi: /17:00–18:00 → 17:00–17:45/ }] }] })
  await asAdministrator(world, 'PUT /sessions/chieu', session({ until: '18:30' }))
  t.match(await as(operator, `POST /timetable/drafts/${mine}/publish`, {}), { status: 409, body: { error: { code: 'conflict', findings: [{ path: '/sessions/chieu' }] } } })
  t.match((await as(operator, `GET /timetable/drafts/${mine}`)).body, { conflicts: [{ session: 'chieu', base: { until: '18:00' }, theirs: { until: '18:30' }, mine: { until: '17:45' } }] })
  t.equal((await as(operator, `POST /timetable/drafts/${mine}/resolve`, { session: 'chieu', take: 'mine' })).status, 200)
  await published(operator, mine)
  t.match(world.deps.stores.sessions.byId('chieu'), { until: '17:45' })
  t.match(world.deps.stores.sessions.byId('sang'), { at: '06:00' }, 'what was published meanwhile stays')
  t.match(await as(operator, `POST /timetable/drafts/${await draftOf(operator, '24958')}/resolve`, { session: 'chieu', take: 'mine' }), { status: 409, body: { error: { code: 'no-conflict' } } })
})

t.test('two phones that write the same draft notice each other', async (t) => {
  const { operator, approver } = await deskWorld(t)
  const draft = await draftOf(operator, '24958')
  const { version } = await put(operator, draft, session())
  t.equal((await as(approver, `PUT /timetable/drafts/${draft}/sessions/chieu`, session({ until: '17:30' }), { 'if-match': String(version) })).status, 200)
  t.match(await as(operator, `PUT /timetable/drafts/${draft}/sessions/chieu`, session({ until: '17:40' }), { 'if-match': `"${version}"` }), { status: 409, body: { error: { code: 'draft-changed' } } })
  t.match(await as(operator, `POST /timetable/drafts/${draft}/publish`, { version }), { status: 409 })
})

t.test('03:15 is pointed out by itself, and what may not sound is refused with all findings', async (t) => {
  const world = await deskWorld(t)
  const { operator, approver } = world
  await asAdministrator(world, 'POST /sessions', session())
  const draft = await draftOf(operator, '24958')
  const { findings } = await put(operator, draft, session({ at: '03:15', until: '04:15', items: [{ file: 'none' }] }))
  t.ok(findings.some(({ code, level }) => code === 'quiet-hours' && level === 'refused'))
  const refused = await as(operator, `POST /timetable/drafts/${draft}/publish`, { unusual: 'meant' })
  t.match(refused, { status: 422, body: { error: { vi: /./ } } })
  const codes = (refused.body as { error: { findings: { code: string }[] } }).error.findings.map(({ code }) => code)
  for (const code of ['quiet-hours', 'unknown-programme']) t.ok(codes.includes(code), code)
  // allowed by the area's rules, and still at an hour at which nothing ever sounds there
  t.equal((await as(approver, 'PUT /policies/ca-ngay', { windows: ['00:00-24:00'], quiet: [] })).status, 200)
  t.equal((await as(approver, 'PUT /areas/24958/policy', { policy: 'ca-ngay' })).status, 200)
  await put(operator, draft, session({ at: '03:15', until: '04:15' }))
  const shown = await difference(operator, draft)
  t.match(shown.unusual, [{ session: 'chieu', hour: 3, communes: ['24958'], vi: /03:15/ }, { hour: 4 }])
  t.match(shown, { reach: { clusters: 2, communes: [{ code: '24958', name: 'Xã Đức Trọng' }], vi: 'Sẽ phát tới 2 cụm loa thuộc 1 xã.' }, publishable: true })
  t.match(shown.instants[0], { session: 'chieu', what: 'moved', cohort: 'kept', at: /T17:00/, to: { at: /T03:15/ }, clusters: 2 })
  t.match(await as(operator, `POST /timetable/drafts/${draft}/publish`, {}), { status: 409, body: { error: { code: 'unusual-hour', vi: /03:15/ } } })
  await published(operator, draft, { unusual: 'meant' })
  t.match(world.deps.stores.sessions.byId('chieu'), { at: '03:15' })
  // a day later that hour is one at which it sounds
  world.clock.pass(2 * 86_400_000)
  const next = await draftOf(operator, '24958')
  await put(operator, next, session({ at: '03:20', until: '04:15' }))
  t.same((await difference(operator, next)).unusual, [])
})

t.test('the difference says for whom what changes and when', async (t) => {
  const world = await deskWorld(t)
  const { province, operator } = world
  await asAdministrator(world, 'POST /sessions', session({ targets: { areas: ['24958', '24961'] } }))
  const draft = await draftOf(province, '68')
  await put(province, draft, session({ targets: { areas: ['24958-dong', '24961'] }, at: '17:10', until: '18:10', items: [{ speak: 'Chào bà con' }] }))
  await put(province, draft, session({ id: 'tiem', name: 'Tiêm chủng', at: '16:00', until: '16:10', days: { once: '2026-11-25' }, targets: { areas: ['24961'] } }))
  const shown = await difference(province, draft)
  t.match(shown.reach, { clusters: 3, vi: 'Sẽ phát tới 3 cụm loa thuộc 2 xã.' })
  const [changed, added] = shown.sessions
  t.match(changed, { session: 'chieu', what: 'changed', cohorts: { kept: [CLUSTERS.hamlet, CLUSTERS.next], left: [CLUSTERS.centre], joined: [] }, minutes: { before: 480, after: 480 } })
  for (const part of ['giờ phát: 17:00–18:00 → 17:10–18:10', 'nơi phát: Xã Đức Trọng, Xã Hiệp Thạnh → Thôn Đông, Xã Hiệp Thạnh', 'thêm "Chào bà con"', 'bỏ "Xin chào bà con"']) t.ok(changed?.words.some(({ vi }) => vi.includes(part)), part)
  t.match(added, { session: 'tiem', what: 'added', words: [{ vi: 'Thêm buổi phát "Tiêm chủng", 16:00–16:10, một lần, ngày 2026-11-25, cho Xã Hiệp Thạnh, 1 nội dung' }] })
  t.equal(shown.instants.filter(({ session: id, what }) => id === 'chieu' && what === 'moved').length, 8)
  t.equal(shown.instants.filter(({ session: id, cohort, what }) => id === 'chieu' && cohort === 'left' && what === 'lost').length, 8)
  t.match(shown.instants.filter(({ session: id }) => id === 'tiem'), [{ what: 'gained', at: '2026-11-25T16:00:00.000+07:00', clusters: 1 }])
  t.equal((await as(operator, `GET /timetable/drafts/${draft}/difference`)).status, 404)
})

t.test('a publication is undone where nothing newer touched it, and nothing unapproved comes back', async (t) => {
  const world = await deskWorld(t)
  const { operator, neighbour, deps } = world
  const song = programme(world, 'bai1')
  await asAdministrator(world, 'POST /sessions', session({ items: [{ file: song }] }))
  const draft = await draftOf(operator, '24958')
  await put(operator, draft, session({ until: '17:30' }))
  await put(operator, draft, session({ id: 'sang', name: 'Buổi sáng', at: '06:00', until: '06:30' }))
  const { publication } = await published(operator, draft)
  await asAdministrator(world, 'PUT /sessions/sang', session({ id: 'sang', name: 'Buổi sáng', at: '06:00', until: '06:20' }))
  t.equal((await as(neighbour, `POST /timetable/publications/${publication}/undo`, {})).status, 404)
  const [version] = deps.stores.programmes.versions(song)
  deps.stores.programmes.decideVersion(song, version?.n ?? 1, { state: 'returned', by: 'x', name: 'x', at: world.clock.wall() })
  t.match(await as(operator, `POST /timetable/publications/${publication}/undo`, {}), { status: 422, body: { error: { code: 'not-approved', vi: /chưa duyệt/ } } })
  t.match(deps.stores.sessions.byId('chieu'), { until: '17:30' }, 'and nothing changed')
  deps.stores.programmes.decideVersion(song, version?.n ?? 1, { state: 'approved', by: 'x', name: 'x', at: world.clock.wall() })
  const undone = await as(operator, `POST /timetable/publications/${publication}/undo`, {}, { 'idempotency-key': 'u1' })
  t.match(undone, { status: 200, body: { publication: 4, restored: ['chieu'], skipped: [{ session: 'sang', newer: 3, vi: /lần công bố 3/ }] } })
  t.match(await as(operator, `POST /timetable/publications/${publication}/undo`, {}, { 'idempotency-key': 'u1' }), { status: 200, body: { publication: 4, replayed: true } })
  t.match(deps.stores.sessions.byId('chieu'), { until: '18:00', items: [{ file: song }] })
  t.match(deps.stores.sessions.byId('sang'), { until: '06:20' })
  t.match((await as(operator, `GET /timetable/publications/${publication}`)).body, { undoneBy: 4, changes: [{ session: 'chieu' }, { session: 'sang' }] })
  t.match(await as(operator, `POST /timetable/publications/${publication}/undo`, {}), { status: 409, body: { error: { code: 'nothing-to-undo' } } })
})

t.test('an item that is not approved, out of its dates or gone is told with what is heard instead, and kept off the air', async (t) => {
  const world = await deskWorld(t)
  const { operator } = world
  programme(world, 'cho', { state: 'pending' })
  programme(world, 'cu', { validTo: '2026-11-20' })
  programme(world, 'ngan', { validTo: '2026-11-25' })
  const draft = await draftOf(operator, '24958')
  const { findings } = await put(operator, draft, session({ items: [{ file: 'cho' }, { file: 'cu' }, { file: 'ngan' }, { file: 'khong' }] }))
  const told = (n: number): object | undefined => findings.find(({ path }) => path === `/sessions/chieu/items/${n}/file`)
  t.match(told(0), { level: 'refused', code: 'not-approved', vi: /chưa duyệt.*im lặng/ })
  t.match(told(1), { level: 'refused', code: 'expired', vi: /hết hạn/ })
  t.match(told(2), { level: 'warning', code: 'expired', vi: /2026-11-26/ })
  t.match(told(3), { level: 'refused', code: 'unknown-programme' })
  t.match(await as(operator, `POST /timetable/drafts/${draft}/publish`, {}), { status: 422 })
  t.match(await as(operator, 'POST /sessions', session({ items: [{ file: 'cho' }] })), { status: 422, body: { error: { code: 'not-approved', findings: [{ path: '/items/0/file' }] } } })
  t.same(world.deps.stores.sessions.all(), [])
})

t.test('nobody opens the night by naming a policy that is not that of the area', async (t) => {
  const world = await deskWorld(t)
  await asAdministrator(world, 'PUT /policies/ca-dem', { windows: ['00:00-24:00'], quiet: [] })
  const night = session({ id: 'dem', at: '23:00', until: '23:30', policy: 'ca-dem' })
  t.match(await as(world.operator, 'POST /sessions', night), { status: 422, body: { error: { code: 'policy-not-yours' } } })
  t.equal((await as(world.approver, 'POST /sessions', night)).status, 201, 'whoever may write the rules may')
  t.equal((await as(world.operator, 'PUT /sessions/dem', { ...night, name: 'Tên khác' })).status, 200, 'and what stands so may be changed otherwise')
})

t.test('drafts, publications and their numbers survive a server that was killed between the two', async (t) => {
  const folder = t.testdir()
  const world = await deskWorld(t, folder)
  const draft = await draftOf(world.operator, '24958')
  await put(world.operator, draft, session())
  const other = await draftOf(world.operator, '24958', 'Khác')
  await put(world.operator, other, session({ id: 'trua', at: '10:00', until: '10:30' }))
  await published(world.operator, other)
  await world.close()
  const again = await serverWorld(t, {}, folder)
  t.match((await asAdministrator(again, 'GET /timetable/drafts')).body, [{ id: draft, changes: 1, state: 'open' }])
  t.match((await asAdministrator(again, `GET /timetable/drafts/${draft}`)).body, { list: [{ session: 'chieu', what: 'added' }], meanwhile: [{ n: 1 }] })
  t.match((await asAdministrator(again, `POST /timetable/drafts/${draft}/publish`, {})).body, { publication: 2 })
  t.same(again.deps.stores.sessions.all().map(({ id }) => id), ['chieu', 'trua'])
})

t.test('a publication whose row cannot be written leaves nothing behind', async (t) => {
  const world = await deskWorld(t)
  const draft = await draftOf(world.operator, '24958')
  await put(world.operator, draft, session())
  const { publications } = world.deps.stores.desk
  const insert = publications.insert
  Object.assign(publications, { insert: () => { throw new Error('the disk is full') } })
  t.equal((await as(world.operator, `POST /timetable/drafts/${draft}/publish`, {})).status, 500)
  Object.assign(publications, { insert })
  t.same(world.deps.stores.sessions.all(), [])
  t.same(world.told, [])
  t.match((await as(world.operator, `GET /timetable/drafts/${draft}`)).body, { state: 'open', list: [{ session: 'chieu' }] })
  await published(world.operator, draft)
})

t.test('whoever may approve approves the words of others by publishing them, and no words of their own', async (t) => {
  const world = await deskWorld(t)
  const { operator, approver, deps } = world
  const { programmes, audit } = deps.stores
  const keyOf = (text: string): string => speechKey(deps.crypto, { text })
  const draft = await draftOf(operator, '24958')
  await put(operator, draft, session({ items: [{ speak: 'Mời bà con họp thôn' }, { speak: 'Xin nhắc lại' }] }))
  await put(approver, draft, session({ id: 'sang', name: 'Buổi sáng', at: '06:00', until: '06:30', items: [{ speak: 'Lời của chính người duyệt' }] }))
  t.equal(programmes.spoken(keyOf('Xin nhắc lại')), null, 'a draft lets nothing on the air')
  t.equal((await difference(operator, draft)).approval, null, 'who may not approve approves nothing')
  t.match((await difference(approver, draft)).approval, {
    texts: [{ session: 'chieu', text: 'Mời bà con họp thôn', author: 'Nguyễn Văn An' }, { text: 'Xin nhắc lại' }],
    vi: 'Khi công bố, bạn đồng thời duyệt lời đọc của Nguyễn Văn An: “Mời bà con họp thôn”, “Xin nhắc lại”.',
  })
  t.match((await difference(approver, draft)).findings.filter(({ code }) => code === 'waits-for-approval'), [{ path: '/sessions/sang', vi: /“Lời của chính người duyệt” còn chờ người duyệt/ }])
  const rows = audit.head().n
  await published(approver, draft)
  t.equal(audit.head().n, rows + 3, 'one row of the publication and one of each text')
  for (const text of ['Mời bà con họp thôn', 'Xin nhắc lại']) t.match(programmes.spoken(keyOf(text)), { author: `person:${operator.person}`, approvedBy: `person:${approver.person}`, area: '24958' })
  t.match(programmes.spoken(keyOf('Lời của chính người duyệt')), { author: `person:${approver.person}`, approvedBy: null }, 'their own words wait for somebody else')
  t.match((await asAdministrator(world, 'GET /audit?action=text.approve')).body, { rows: [{ action: 'text.approve' }, { action: 'text.approve' }] })
})

t.test('words that wait since an operator published them are approved by the next publication of an approver, but none that were returned', async (t) => {
  const world = await deskWorld(t)
  const { operator, approver, deps } = world
  const { programmes } = deps.stores
  const told: string[] = []
  deps.events.onEvent(({ kind, subject }) => void told.push(`${kind} ${subject}`))
  const words = { chờ: 'Mời bà con họp thôn', trả: 'Lời bị trả lại', own: 'Lời của người duyệt' }
  const made = (id: string, text: string, author: string): string => programme(world, id, { kind: 'speech', key: speechKey(deps.crypto, { text }), author, state: 'pending', area: '24958' })
  t.equal((await as(operator, 'POST /sessions', session({ items: [{ speak: words.chờ }, { speak: words.trả }] }))).status, 201)
  t.equal((await as(approver, 'POST /sessions', session({ id: 'sang', name: 'Buổi sáng', at: '06:00', until: '06:30', items: [{ speak: words.own }] }))).status, 201)
  const [waits, returned, own] = [made('mot', words.chờ, `person:${operator.person}`), made('hai', words.trả, `person:${operator.person}`), made('ba', words.own, `person:${approver.person}`)]
  t.equal((await as(approver, `POST /programmes/${returned}/return`, { version: 1, reason: 'sai giờ' })).status, 200)
  told.length = 0
  const draft = await draftOf(operator, '24958')
  await put(operator, draft, session({ until: '17:50', items: [{ speak: words.chờ }, { speak: words.trả }] }))
  await put(operator, draft, session({ id: 'sang', name: 'Buổi sáng', at: '06:10', until: '06:30', items: [{ speak: words.own }] }))
  const shown = await difference(approver, draft)
  t.match(shown.approval?.texts, [{ text: words.chờ }])
  t.same(shown.findings.filter(({ code }) => code === 'not-approved').map(({ path }) => path), ['/sessions/chieu/items/1/speak', '/sessions/sang/items/0/speak'], 'what is let on the air by it is no warning')
  await published(approver, draft)
  t.match(programmes.versions(waits), [{ state: 'approved', decidedBy: `person:${approver.person}`, decidedAt: world.clock.wall() }])
  t.match(programmes.versions(returned), [{ state: 'returned' }])
  t.match(programmes.versions(own), [{ state: 'pending' }], 'their own, which an operator has moved')
  t.same(told.filter((one) => one.startsWith('programme.')), [`programme.approved ${waits}`])
  t.equal((await as(approver, 'PUT /areas/24958/rules', { selfApproval: true })).status, 200)
  t.equal((await as(approver, 'PUT /sessions/sang', session({ id: 'sang', name: 'Buổi sáng', at: '06:15', until: '06:30', items: [{ speak: words.own }] }))).status, 200)
  t.match(programmes.versions(own), [{ state: 'approved' }], 'the rule of the area allows it')
})

t.test('whoever has a draft open hears of another hand in it at once, and nobody who may not see it', async (t) => {
  const world = await deskWorld(t)
  const { operator, approver, deps } = world
  const told: StationEvent[] = []
  deps.events.onEvent((event) => void (event.kind === 'draft.changed' && told.push(event)))
  const screens = createEventStreams(deps)
  t.teardown(() => screens.stop())
  const texts = new Map<string, string>()
  const person = (role: Role, areas: 'all' | string[]): Identity => ({ kind: 'person', actor: `person:${role}`, name: role, grants: [{ role, areas }] })
  for (const [name, who] of [['here', person('operator', ['24958'])], ['above', person('approver', ['68'])], ['neighbour', person('operator', ['24961'])], ['hamlet', person('operator', ['24958-dong'])], ['technician', person('technician', ['24958'])]] as const) {
    screens.open({ write: (text) => (texts.set(name, (texts.get(name) ?? '') + text), true), waiting: () => 0, end: () => undefined, onClose: () => undefined }, () => who, null)
  }
  const draft = await draftOf(operator, '24958')
  const { version } = await put(operator, draft, session())
  await as(approver, `POST /timetable/drafts/${draft}/sessions/chieu/forget`)
  await as(approver, `PATCH /timetable/drafts/${draft}`, { name: 'Tên khác' })
  t.match(told, [
    { subject: draft, areas: ['24958'], detail: { what: 'changed', version, by: 'Nguyễn Văn An' } }, { detail: { what: 'changed', version: version + 1, by: 'Lê Thị Bình' } }, { detail: { what: 'renamed', version: version + 2 } },
  ])
  t.match((await as(operator, `GET /timetable/drafts/${draft}`)).body, { version: version + 2 }, 'the version that was told is the one that is there')
  await as(operator, `DELETE /timetable/drafts/${draft}`)
  t.match(told.at(-1), { detail: { what: 'discarded' } })
  const hears = (name: string): number => (texts.get(name) ?? '').split('event: draft.changed').length - 1
  t.same(['here', 'above', 'neighbour', 'hamlet', 'technician'].map(hears), [4, 4, 0, 0, 0])
  const whole = await draftOf(world.province, '68')
  await put(world.province, whole, session({ id: 'tinh', targets: { areas: ['68'] } }))
  t.same(['here', 'above'].map(hears), [4, 5], 'a draft of the province is none of a commune’s')
})
