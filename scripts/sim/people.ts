import { wallMs } from '../../shared/core/clock.ts'
import type { Session } from '../../shared/core/timetable.ts'
import type { Chance } from './chance.ts'
import type { SimStation } from './station.ts'
import { oneOff, type SimTimetable } from './timetable.ts'
import type { World } from './world.ts'

export interface PeopleDeps {
  readonly world: World
  readonly chance: Chance
  readonly station: SimStation
  readonly timetable: SimTimetable
  readonly last: number
  readonly note: (what: string) => void
}

const MINUTE = 60_000

/** What people decide while the station runs; they can only while the server is there. */
export function startPeople({ world, chance, station, timetable, last, note }: PeopleDeps): void {
  const { stores } = station
  const added: Session[] = []
  let n = 0
  const put = (session: Session): void => {
    timetable.note(session)
    stores.sessions.put(session, wallMs(Math.floor(world.now())))
    station.fleet()?.listener.timetableChanged({ sessions: [session.id] })
  }
  const add = (): void => {
    const session = oneOff(chance, timetable, world.now(), ++n)
    added.push(session)
    put(session)
  }
  const change = (): void => {
    const old = added.length > 0 ? chance.pick(added) : null
    if (!old) return add()
    // the policy of a session that is there is not exchanged under it: the checker knows one per name
    const { policy: _, ...fresh } = oneOff(chance, timetable, world.now(), n)
    put({ ...fresh, id: old.id, ...(old.policy === undefined ? {} : { policy: old.policy }) })
  }
  const remove = (): void => {
    const old = added.splice(chance.whole(0, Math.max(0, added.length - 1)), 1)[0]
    if (!old) return add()
    stores.sessions.remove(old.id)
    station.fleet()?.listener.timetableChanged({ sessions: [old.id] })
  }
  const span = (): void => {
    const id = chance.pick(['vung-rong', 'trua-yen', 'ca-ngay'])
    const from = Math.floor(world.now() + chance.between(0, 10 * MINUTE))
    const dated = [{ from, to: Math.floor(from + chance.between(3 * MINUTE, 60 * MINUTE)), reason: 'thử' }]
    const known = stores.policies.byId(id)
    const pause = chance.happens(0.5)
    stores.policies.putSpans(id, pause ? (known?.openings ?? []) : [...(known?.openings ?? []), ...dated], pause ? [...(known?.pauses ?? []), ...dated] : (known?.pauses ?? []))
    station.fleet()?.listener.timetableChanged()
  }
  const order = (): void => {
    const { id } = chance.pick(timetable.members)
    const before = stores.clusters.byId(id)?.now
    if (!before) return
    const now = wallMs(Math.floor(world.now()))
    const kind = chance.pick(['mute', 'stop', 'volume'])
    const state = { rev: Math.max(before.rev + 1, now), volume: kind === 'volume' ? chance.whole(10, 100) : before.volume, mute: kind === 'mute' ? !before.mute : before.mute, stop: kind === 'stop' ? now : before.stop }
    stores.clusters.setNow(id, state)
    station.fleet()?.listener.clusterChanged(id)
  }
  const deeds: readonly (readonly [string, () => void])[] = [['sessions added', add], ['sessions added', add], ['sessions changed', change], ['sessions removed', remove], ['openings and pauses', span], ['immediate orders', order], ['immediate orders', order], ['immediate orders', order]]
  const arm = (): void => {
    const at = world.now() - Math.log(1 - chance.random()) * 12 * MINUTE
    if (at >= last) return
    world.at(at, () => {
      if (station.fleet()) {
        const [name, act] = chance.pick(deeds)
        note(name)
        act()
      }
      arm()
    })
  }
  arm()
}
