import { civilDate, MINUTE_MS, msOfDay } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import type { Notice } from '../../core/notify-store.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { Notifier } from './notifier.ts'
import { settingsOf } from './notifier.ts'
import { mayKnow, type ComposeDeps } from './compose.ts'
import { recipients } from './recipients.ts'

/** A cluster that is due to sound this morning and not ready for it, with the reason. */
export interface NotReady {
  readonly cluster: string
  readonly vi: string
}

export interface MorningDeps extends ComposeDeps, Pick<ServerDeps, 'log'> {
  readonly notifier: Notifier
  /** Of those that are due between two instants. */
  readonly notReady: (from: WallMs, to: WallMs) => readonly NotReady[]
}

const LATEST_MINUTE = 5 * 60 + 15
/** The morning's sessions begin within this time of the check. */
const MORNING_MS = 90 * MINUTE_MS
const DONE_KEY = 'notify-morning'
const NAMED = 8

function noticeOf(deps: MorningDeps, date: string, missing: readonly NotReady[]): Notice {
  const names = missing.slice(0, NAMED).map(({ cluster, vi }) => `${deps.stores.clusters.byId(cluster)?.name ?? cluster}: ${vi}`)
  const more = missing.length - names.length
  return {
    subject: `morning:${date}`,
    severity: 'fault',
    title: `Buổi sáng ${date.slice(8)}/${date.slice(5, 7)}: ${missing.length} cụm loa chưa sẵn sàng`,
    lines: [...names, ...(more > 0 ? [`… và ${more} cụm khác`] : [])],
    path: '/cum-loa',
  }
}

/** Once each morning, before 5:15: those on duty hear of what will not sound. No news is good news. Call it every second. */
export function morningCheck(deps: MorningDeps): void {
  const { stores, clock, notifier } = deps
  const before = settingsOf(deps).morningCheckMinutes
  const now = clock.wall()
  const minute = Math.floor(msOfDay(now) / MINUTE_MS)
  if (before === null || minute < LATEST_MINUTE - before || minute >= LATEST_MINUTE + 15) return
  const date = civilDate(now)
  if (stores.meta.get(DONE_KEY) === date) return
  const missing = deps.notReady(now, (now + MORNING_MS) as WallMs)
  for (const to of missing.length === 0 ? [] : recipients(deps)) {
    if (!to.profile.onDuty) continue
    const theirs = missing.filter(({ cluster }) => mayKnow(deps, to, deps.access.areasOfCluster(cluster)))
    if (theirs.length > 0) notifier.tell([to], noticeOf(deps, date, theirs))
  }
  // last: a check that failed, or was cut off, is made again; whoever waits for the same news twice gets it once
  stores.meta.set(DONE_KEY, date)
}
