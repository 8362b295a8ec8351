import t from 'tap'
import { AREAS } from '../support/server-world.ts'
import { incidentWorld, type IncidentWorld, type Place } from '../support/incident-world.ts'

const kindsHeard = (world: IncidentWorld): string[] => world.heard.map(({ kind }) => kind).filter((kind) => kind.startsWith('incident'))

/** Each cluster beats every 40 s at its own phase while `alive` says so. */
function live(world: IncidentWorld, places: readonly Place[], seconds: number, alive: (id: string, second: number) => boolean): void {
  for (let second = 0; second < seconds; second++) {
    const at = Math.floor(world.clock.mono() / 1000)
    places.forEach(({ id }, n) => {
      if (at % 40 === (n * 7) % 40 && alive(id, second)) world.beat(id)
    })
    world.second()
  }
}

t.test('a cluster that falls silent is one incident within a minute, and heals by itself when it is back', async (t) => {
  const world = await incidentWorld(t)
  const places = [{ id: 'c1' }, { id: 'c2' }, { id: 'c3' }, { id: 'c4' }]
  world.place(places)
  live(world, places, 120, () => true)
  t.same(world.open(), [])
  live(world, places, 61, (id) => id !== 'c2')
  t.match(world.open(), [{ kind: 'offline', cause: 'cluster c2', clusters: ['c2'] }])
  t.same(kindsHeard(world), ['incident.opened'])
  live(world, places, 200, () => true)
  t.same(world.open(), [])
  t.same(kindsHeard(world), ['incident.opened', 'incident.closed'])
  t.equal(world.deps.stores.incidents.list({ limit: 10 })[0]?.state, 'verified', 'verified by the system')
})

t.test('600 clusters of one carrier that fall at once are one incident with its list, and one event of its opening', async (t) => {
  const world = await incidentWorld(t)
  for (const area of AREAS) world.deps.stores.areas.put(area as never)
  const carriers = ['Viettel', 'VNPT', 'Mobi']
  const places = Array.from({ length: 900 }, (_, n) => ({ id: `c${n}`, area: n % 2 === 0 ? '24958' : '24958-dong', carrier: n < 600 ? 'Viettel' : (carriers[1 + (n % 2)] as string), cell: `cell${Math.floor(n / 5)}` }))
  world.place(places)
  live(world, places, 60, () => true)
  live(world, places, 75, (id) => Number(id.slice(1)) >= 600)
  const open = world.open()
  t.equal(open.length, 1, JSON.stringify(open.map(({ cause, clusters }) => [cause, clusters.length])))
  t.equal(open[0]?.cause, 'carrier Viettel')
  t.equal(open[0]?.clusters.length, 600)
  t.equal(kindsHeard(world).filter((kind) => kind === 'incident.opened').length, 1)
  live(world, places, 300, () => true)
  t.same(world.open(), [])
})

t.test('a flapping link opens one incident and does not close and open it', async (t) => {
  const world = await incidentWorld(t)
  const places = Array.from({ length: 6 }, (_, n) => ({ id: `c${n}` }))
  world.place(places)
  // away for 90 s, back for 60 s, for an hour
  live(world, places, 3_600, (id, second) => id !== 'c0' || second % 150 >= 90)
  t.same(kindsHeard(world).filter((kind) => kind !== 'incident.changed'), ['incident.opened'])
  live(world, places, 300, () => true)
  t.same(kindsHeard(world).filter((kind) => kind !== 'incident.changed'), ['incident.opened', 'incident.closed'])
  live(world, places, 200, (id) => id !== 'c0')
  const [only, ...others] = world.deps.stores.incidents.list({ limit: 10 })
  t.same(others, [], 'what returns within a day is the same incident again')
  t.match(only, { state: 'open', reopened: 1 })
})

t.test('an hour of 3 % loss with outages of 5 s opens no incident', async (t) => {
  const world = await incidentWorld(t)
  const places = Array.from({ length: 12 }, (_, n) => ({ id: `c${n}` }))
  world.place(places)
  let seed = 20_261_123
  t.comment(`seed ${seed}`)
  const chance = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  const late = new Map<number, string[]>()
  const conn = new Map(places.map(({ id }) => [id, 0]))
  const hello = (id: string): void => {
    conn.set(id, (conn.get(id) ?? 0) + 1)
    world.presence.noteHello(id, { boot: 'boot', conn: `${id}-${conn.get(id)}`, agent: '1', simulated: true, clock: 5, plan: 0, now: 0, caps: {} } as never)
  }
  const at = (second: number, id: string): void => void late.set(second, [...(late.get(second) ?? []), id])
  for (let second = 0; second < 3_600; second++) {
    places.forEach(({ id }, n) => {
      // an outage of 5 s every 37 s: the agent dials anew, the old connection's last will comes before the new hello
      if ((second + n * 3) % 37 === 0) {
        world.presence.noteGone(id, `${id}-${conn.get(id)}`)
        at(second + 5 + Math.floor(chance() * 3), id)
      }
      // TCP brings a lost beat later, up to 10 s
      if (second % 40 === (n * 7) % 40) at(second + (chance() < 0.03 ? 1 + Math.floor(chance() * 10) : 0), id)
    })
    for (const id of late.get(second) ?? []) hello(id)
    world.second()
  }
  t.same(kindsHeard(world), [])
})
