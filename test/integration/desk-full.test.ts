import t from 'tap'
import { MAX_HEARD } from '../../server/features/sessions/publish.ts'
import { forgetOver } from '../../server/features/notices/plugin.ts'
import { dateOfDayNumber, civilDayNumber } from '../../shared/core/civil.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { as, deskWorld, programme, session, type DeskWorld } from '../support/desk-world.ts'

/** A second at a time each: none of them is in another's way. */
const many = (world: DeskWorld, count: number, over: Partial<Session>): void => {
  const date = (n: number): string => dateOfDayNumber(civilDayNumber(world.clock.wall()) + 2 + n)
  for (let n = 0; n < count; n++) world.deps.stores.sessions.put(session({ id: `nhieu-${n}`, name: `Buổi ${n}`, at: '09:00', until: '09:01', days: { once: date(n) }, items: [{ file: 'a' }], ...over }), world.clock.wall())
}

t.test('a commune publishes however many sessions others have; a cluster that would have too many for its box is named', async (t) => {
  const world = await deskWorld(t)
  programme(world, 'a', { ms: 60_000 })
  many(world, MAX_HEARD, { targets: { areas: ['24961'] } })
  const one = session({ id: 'moi', at: '17:00', until: '17:01', items: [{ file: 'a' }] })
  const answer = await as(world.province, 'POST /sessions', one)
  t.equal(answer.status, 201, answer.text.slice(0, 500))
  t.match(await as(world.province, 'POST /sessions', { ...one, id: 'ben', targets: { areas: ['24961'] } }), { status: 422, body: { error: { code: 'too-many-sessions', vi: /Cụm Bên/, en: /Cụm Bên/ } } })
  t.equal((await as(world.province, 'DELETE /sessions/nhieu-7')).status, 200)
  t.equal((await as(world.province, 'POST /sessions', { ...one, id: 'ben', targets: { areas: ['24961'] } })).status, 201)
})

t.test('sessions that a notice or a bulletin made are forgotten a week after they sounded; what people made stays', async (t) => {
  const world = await deskWorld(t)
  const { stores, listener } = world.deps
  const today = civilDayNumber(world.clock.wall())
  const told: unknown[] = []
  const deps = { ...world.deps, listener: { ...listener, timetableChanged: (only: unknown) => void told.push(only) } }
  const made = (id: string, daysAgo: number, over: Partial<Session> = {}): void => stores.sessions.put(session({ id, days: { once: dateOfDayNumber(today - daysAgo) }, ...over }), world.clock.wall())
  made('tb-0123456789ab-0a1b', 9)
  made('bt-0123456789ab-ffff-2', 30)
  made('tb-0123456789ab-1111', 8)
  made('bt-0123456789ab-2222', -1)
  made('tb-0123456789ab-3333', 9, { days: 'daily' })
  made('tb-cua-xa', 100)
  made('tet', 100)
  t.equal(forgetOver(deps), 2)
  t.same(stores.sessions.all().map(({ id }) => id), ['bt-0123456789ab-2222', 'tb-0123456789ab-1111', 'tb-0123456789ab-3333', 'tb-cua-xa', 'tet'])
  t.same(told, [{ sessions: ['bt-0123456789ab-ffff-2', 'tb-0123456789ab-0a1b'] }], 'clusters are planned without them')
  t.equal(forgetOver(deps), 0)
  t.equal(told.length, 1)
})
