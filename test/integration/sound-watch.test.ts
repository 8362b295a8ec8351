import { gunzipSync } from 'node:zlib'
import t from 'tap'
import type { Clock } from '../../shared/core/clock.ts'
import { startSoundWatch } from '../../server/features/events/plugin.ts'
import { get, ID, placedWorld } from '../support/incident-world.ts'
import { ask, TOKEN } from '../support/server-world.ts'

t.test('what sounds is counted by title, and screens are told when it changes and not otherwise', async (t) => {
  const w = await placedWorld(t)
  const { clock, stores, events, log } = w.deps
  const told: string[] = []
  events.onEvent(({ kind }) => void told.push(kind))
  let inForce: object[] = []
  let look = (): void => undefined
  const hand: Clock = { ...clock, after: (_ms, fn) => {
    look = fn
    return () => undefined
  } }
  const cancel = startSoundWatch({ clock: hand, stores, events, log, live: { list: () => [], count: () => ({ sounding: 0, online: 0, total: 0 }) }, emergencies: { list: () => inForce as never } })
  t.teardown(cancel)
  const sounding = (cluster: string, slot: string | null): void => {
    const before = stores.presence.byCluster(cluster)
    if (!before) throw new Error(`${cluster} is not there`)
    stores.presence.upsert({ ...before, online: true, playing: slot === null ? null : { slot, since: clock.wall() } as never })
  }
  for (const id of Object.values(ID)) w.beat(id)
  const due = clock.wall()
  stores.planned.insertMany([ID.dong, ID.tay].map((cluster) => ({ slot: 's1', cluster, session: 'sang', occurrence: due, due, end: due, item: 'Thời sự', media: null, stream: null, planRev: 1 })))
  sounding(ID.dong, 's1')
  sounding(ID.tay, 's1')
  const now = await ask(w.app, get('/on-air/now'))
  t.match(now.body, { sounding: [{ title: 'Thời sự', clusters: 2 }] })
  look()
  t.same(told.filter((kind) => kind.endsWith('.changed')), [], 'the first look is no change')
  look()
  t.same(told.filter((kind) => kind.endsWith('.changed')), [], 'nothing changed')
  sounding(ID.dong, null)
  inForce = [{ id: 'k1', startAt: 1, endedAt: null }]
  look()
  t.same(told.filter((kind) => kind.endsWith('.changed')).sort(), ['emergency.changed', 'sound.changed'])
})

t.test('long answers come packed to whoever takes them, and whole to others', async (t) => {
  const w = await placedWorld(t)
  const headers = { authorization: `Bearer ${TOKEN}` }
  const plain = await w.app.inject({ method: 'GET', url: '/api/v1/timetable.yaml', headers })
  const long = await w.app.inject({ method: 'GET', url: '/api/docs/json', headers: { ...headers, 'accept-encoding': 'gzip' } })
  t.equal(plain.headers['content-encoding'], undefined)
  t.equal(long.headers['content-encoding'], 'gzip')
  t.equal((JSON.parse(gunzipSync(long.rawPayload).toString()) as { openapi: string }).openapi, '3.1.0')
  const whole = await w.app.inject({ method: 'GET', url: '/api/docs/json', headers })
  t.equal(whole.headers['content-encoding'], undefined)
  t.ok(whole.rawPayload.length > 4 * long.rawPayload.length, `${whole.rawPayload.length} bytes become ${long.rawPayload.length}`)
})
