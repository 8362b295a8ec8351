import { vapidKeys } from './adapters/notify-push.ts'
import { createSenders } from './adapters/notify-senders.ts'
import { httpSource } from './adapters/source-http.ts'
import type { ServerDeps } from './core/server-deps.ts'
import { startSelfTests } from './features/ears/plugin.ts'
import { startHands } from './features/hands/plugin.ts'
import { startBulletinWatch } from './features/bulletins/plugin.ts'
import { startHealthWatch } from './features/health/plugin.ts'
import { startIncidents } from './features/incidents/plugin.ts'
import { startNotices } from './features/notices/plugin.ts'
import { startNotify } from './features/notify/plugin.ts'
import { startLibrary } from './features/programmes/plugin.ts'
import { startReports } from './features/reports/plugin.ts'
import { startResults } from './features/results/plugin.ts'
import { noteReceipt, startSourceQueue } from './features/source/plugin.ts'
import { startStandingWatch } from './features/standing/plugin.ts'
import { startUpdates } from './features/updates/plugin.ts'
import type { Station, StationSetting } from './start-station.ts'

/** What works behind the desk without being asked: rules, notifications, results. What it starts is on `closers`. */
export function startDesk({ broker, words, keys, emergencies }: Station, deps: ServerDeps, { closers }: StationSetting): void {
  closers.push(startHands(deps, { link: broker.link, words, signing: () => keys.orders }))
  closers.push(startUpdates(deps, { link: broker.link, words, signing: () => keys.orders }))
  closers.push(startSelfTests(deps))
  closers.push(startHealthWatch(deps))
  closers.push(startIncidents(deps))
  // whoever practises sends nothing to anybody outside, whatever they fill in
  const isReal = deps.practising === undefined
  if (isReal) vapidKeys(deps.stores.meta)
  closers.push(startNotify(deps, isReal ? createSenders(deps.stores.meta, deps.stores.notify) : () => ({})))
  closers.push(startStandingWatch(deps))
  closers.push(startLibrary(deps))
  closers.push(startNotices(deps))
  closers.push(startBulletinWatch({ ...deps, emergencies, noted: noteReceipt(deps) }))
  closers.push(startSourceQueue({ ...deps, adapter: isReal ? httpSource : {} }).stop)
  closers.push(startReports(deps))
  closers.push(startResults(deps))
}
