import { every, wallMs, type Cancel } from '../../../shared/core/clock.ts'
import { durationMs } from '../../../shared/core/durations.ts'
import { occurrencesBetween } from '../../../shared/core/recurrence.ts'
import type { ReportWork } from '../../core/report-jobs.ts'
import { resultSentence, type SessionResult } from '../../core/result-of-session.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

/** So long after its end a session's evidence has arrived from everybody who can be reached. */
export const RESULT_AFTER_MS = 300_000
const LOOK_MS = 30_000
const DAY_MS = 86_400_000
/** A clock that is set back by less is waited for; by more, it was wrong before and what it saw does not count. */
const SET_BACK_MS = 60_000
/** Until which instant sessions have had their result. */
const DONE_KEY = 'results'

type ResultDeps = Pick<ServerDeps, 'stores' | 'clock' | 'reports' | 'events'>

/** What the threads must know to make results. */
export function askOf({ stores, clock }: Pick<ServerDeps, 'stores' | 'clock'>, occurrences: ReportWork['results']['ask']['occurrences']): ReportWork['results']['ask'] {
  return {
    occurrences, now: clock.wall(),
    online: new Set(stores.presence.all().flatMap(({ cluster, online }) => (online ? [cluster] : []))),
    calls: new Map(stores.care.caretakers.all().map(({ cluster, name }) => [cluster, { name }])),
  }
}

/** Makes the results of sessions that ended `RESULT_AFTER_MS` ago; each once, also after a restart. Answers how many. */
export function createResults(deps: ResultDeps): () => Promise<number> {
  const { stores, clock, reports, events } = deps
  return async () => {
    const now = clock.wall()
    const seen = Number(stores.meta.get(DONE_KEY) ?? now - LOOK_MS)
    const done = seen - now > SET_BACK_MS ? now - 1 : seen
    if (now <= done) return 0
    // an end that lies between then and now, of a session that began within the day before
    const sessions = stores.sessions.all()
    const ended = sessions.flatMap((session) => {
      const staggerMs = session.stagger === undefined ? 0 : durationMs(session.stagger) * Math.max(0, ...stores.clusters.active().map(({ stagger }) => stagger))
      const due = (end: number): number => end + staggerMs + RESULT_AFTER_MS
      return occurrencesBetween(session, wallMs(Math.max(done, now - DAY_MS) - DAY_MS), now).filter(({ end }) => due(end) > done && due(end) <= now)
    })
    const title = (id: string): string => sessions.find((session) => session.id === id)?.name ?? id
    const results = ended.length === 0 ? [] : await reports.run('results', askOf(deps, ended.map(({ session, start }) => ({ session, title: title(session), occurrence: start }))))
    stores.reports.putResults(results, now)
    for (const result of results) events.tell({ kind: 'session.result', at: now, areas: result.area === '' ? [] : [result.area], subject: result.session, detail: detailOf(result) })
    // last: who was cut off before they were told is told by the next server, and what waits to be told twice is told once
    stores.meta.set(DONE_KEY, String(now))
    return results.length
  }
}

const detailOf = (result: SessionResult): object => ({
  occurrence: result.occurrence, area: result.area, areaName: result.areaName, title: result.title, clusters: result.clusters, whole: result.whole, part: result.part, ...resultSentence(result),
})

/** Until cancelled. */
export function startResults(deps: ResultDeps & Pick<ServerDeps, 'log'>): Cancel {
  const make = createResults(deps)
  let under = false
  let stopped = false
  const cancel = every(deps.clock, LOOK_MS, () => {
    if (under) return
    under = true
    make()
      .catch((error: unknown) => {
        if (!stopped) deps.log.error({ error: String(error) }, 'results of sessions were not made, they are tried again')
      })
      .finally(() => (under = false))
  })
  return () => {
    stopped = true
    cancel()
  }
}
