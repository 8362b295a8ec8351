import { every, type Cancel } from '../../../shared/core/clock.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

const SWEEP_MS = 60_000
const PACK_MS = 3_600_000

/** Keeps the sums up to what arrives, and packs what is some days old, until cancelled. A start has more urgent things to do: the first sweep comes a minute later, or with the first report. */
export function startReports({ clock, log, reports }: Pick<ServerDeps, 'clock' | 'log' | 'reports'>): Cancel {
  let stopped = false
  const work = (kind: 'sweep' | 'pack'): void => {
    reports.run(kind, { now: clock.wall() }).catch((error: unknown) => {
      // it is tried again with the next one; a server that stops ends its threads
      if (!stopped) log.error({ kind, error: String(error) }, 'the sums of reports are not up to date')
    })
  }
  const timers = [every(clock, SWEEP_MS, () => work('sweep')), every(clock, PACK_MS, () => work('pack'))]
  return () => {
    stopped = true
    timers.forEach((cancel) => cancel())
  }
}
