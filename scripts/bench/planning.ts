import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Bench, BenchContext, BenchRow } from './bench.ts'
import { communeSession, openProvince, PER_COMMUNE, provinceSession, realClock, type Province } from './province.ts'

const SIZES = [150, 3_000]
/** Goals of DESIGN §10 for the province; a commune is a twentieth of it and has none of its own. */
const GOAL_ALL_MS = 1_000
const GOAL_COMMUNE_MS = 20

export const planning: Bench = {
  name: 'planning',
  what: 'change of the timetable → signed plans of all clusters concerned on disk and handed to the broker: real conductor, SQLite and files, ten days ahead; after a rest longer than the 100 ms in which changes gather',
  limitS: 240,
  async run(context) {
    const rows: BenchRow[] = []
    for (const clusters of SIZES) rows.push(...(await measure(context, clusters)))
    return rows
  },
}

/** Longer than changes are gathered: a person's next change does not come sooner. */
const rest = (): Promise<void> => new Promise((done) => setTimeout(done, 200))

interface Figures {
  readonly lastMs: number[]
  readonly idleMs: number[]
  readonly cpuMs: number[]
  readonly blockedMs: number[]
  readonly plans: number[]
}
const blank = (): Figures => ({ lastMs: [], idleMs: [], cpuMs: [], blockedMs: [], plans: [] })

async function measure({ runs, quick, say, signal }: BenchContext, clusters: number): Promise<BenchRow[]> {
  const counted = { plans: 0, lastAt: 0 }
  let finished: () => void = () => undefined
  const province = openProvince({
    clusters,
    clock: realClock,
    published: (topic) => {
      if (!topic.endsWith('/plan')) return
      counted.plans++
      counted.lastAt = performance.now()
    },
    planned: () => finished(),
  })
  const change = async (into: Figures, make: (province: Province) => readonly string[] | null): Promise<void> => {
    signal.throwIfAborted()
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const idle = new Promise<void>((done) => (finished = done))
    counted.plans = 0
    const [from, cpu] = [performance.now(), process.cpuUsage()]
    const sessions = make(province)
    province.fleet.listener.timetableChanged(sessions ? { sessions } : undefined)
    await idle
    const used = process.cpuUsage(cpu)
    into.lastMs.push(counted.lastAt - from)
    into.idleMs.push(performance.now() - from)
    into.cpuMs.push((used.user + used.system) / 1_000)
    // a tick more, so that the last stretch is seen
    await new Promise((done) => setTimeout(done, 30))
    delay.disable()
    into.blockedMs.push(delay.max / 1e6)
    into.plans.push(counted.plans)
  }
  try {
    // the first planning of a new station; not counted
    await change(blank(), () => null)
    await rest()
    const [all, one, anything] = [blank(), blank(), blank()]
    for (let run = 1; run <= (quick ? 1 : runs); run++) {
      for (const [into, session] of [[all, provinceSession('buoi-sang', run)], [one, communeSession(1, run)]] as const) {
        await change(into, ({ stores }) => {
          stores.sessions.put(session, realClock.wall())
          return [session.id]
        })
        await rest()
      }
      await change(anything, ({ stores }) => {
        stores.sessions.put(communeSession(2, run), realClock.wall())
        return null
      })
      await rest()
      say(`${clusters} clusters, run ${run}: all ${Math.round(all.lastMs.at(-1) ?? 0)} ms, one commune ${Math.round(one.lastMs.at(-1) ?? 0)} ms`)
    }
    return [...rowsOf(clusters, 'a change for all', all, clusters === 3_000 ? GOAL_ALL_MS : null), ...rowsOf(clusters, 'a change for one commune', one, clusters === 3_000 ? GOAL_COMMUNE_MS : null), ...rowsOf(clusters, 'anything may have changed, one commune did', anything, clusters === 3_000 ? GOAL_ALL_MS : null)]
  } finally {
    province.stop()
  }
}

function rowsOf(clusters: number, what: string, figures: Figures, goal: number | null): BenchRow[] {
  const row = (name: string, unit: string, values: readonly number[], atMost: number | null = null): BenchRow => ({
    what: `${clusters} clusters, ${Math.ceil(clusters / PER_COMMUNE)} communes, ${what}: ${name}`, who: 'conductor', role: 'ours', unit, values, ...(atMost === null ? {} : { goal: { atMost } }),
  })
  return [
    row('last plan issued', 'ms', figures.lastMs, goal),
    row('CPU', 'ms', figures.cpuMs),
    row('longest that the thread served nobody else', 'ms', figures.blockedMs),
    row('plans issued', '', figures.plans),
  ]
}
