import { civilDate } from '../../../shared/core/civil.ts'
import { every, wallMs, type Cancel } from '../../../shared/core/clock.ts'
import { endingMark, endingsAt } from '../../core/standing-endings.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

const LOOK_MS = 600_000
const TOLD_KEY = 'standing-told'

type WatchDeps = Pick<ServerDeps, 'stores' | 'clock' | 'events' | 'log'>

/** Tells of every armed set and every telephone's key that ends soon or has ended, once for each stage. */
export function tellEndings({ stores, clock, events }: WatchDeps): void {
  const now = clock.wall()
  const told = new Set(JSON.parse(stores.meta.get(TOLD_KEY) ?? '[]') as string[])
  const found = endingsAt(stores.standing.sets(), stores.standing.keys(), now)
  const fresh = found.filter((one) => !told.has(endingMark(one)))
  if (fresh.length === 0) return
  // what is not found any more was renewed, removed, or is old news
  stores.meta.set(TOLD_KEY, JSON.stringify(found.map(endingMark)))
  for (const { kind, id, name, areas, endsAt, stage } of fresh) {
    events.tell({ kind: 'standing.ending', at: now, areas, subject: id, detail: { what: kind, name, lastDay: civilDate(wallMs(endsAt - 1)), over: stage === 2 } })
  }
}

/** Looks every ten minutes, until cancelled. */
export function startStandingWatch(deps: WatchDeps): Cancel {
  return every(deps.clock, LOOK_MS, () => {
    try {
      tellEndings(deps)
    } catch (error) {
      deps.log.error({ error: String(error) }, 'ends of standing orders were not looked at')
    }
  })
}
