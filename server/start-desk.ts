import type { ServerDeps } from './core/server-deps.ts'
import type { Station, StationSetting } from './start-station.ts'

/** What works behind the desk without being asked: rules, notifications, results. What it starts is on `closers`. */
export function startDesk(_station: Station, _deps: ServerDeps, _setting: StationSetting): void {}
