import { civilDate, civilDayNumber, civilInstant, clockText, DAY_MS, dayNumberOf, msOfDay, secondOfDay } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'

/** A copy of everything that a station keeps. Its folder is called by the civil time at which it was begun: `2026-11-22-023000`. */
export interface BackupRecord {
  readonly name: string
  readonly at: WallMs
  /** Of all its files; those that it shares with other copies take no room of their own. */
  readonly bytes: number
  readonly files: number
}

/** Why there is no copy: no data folder, a full disk, a folder that cannot be written, anything else. */
export const BACKUP_FAILURES = ['no-station', 'no-room', 'unusable-folder', 'failed'] as const
export type BackupFailure = (typeof BACKUP_FAILURES)[number]

/** One file of a copy, as it was when it was copied. */
export interface BackupFile {
  /** Within the copy and the data folder, with `/`. */
  readonly path: string
  readonly bytes: number
  /** Of the file that was copied: by it and the length an unchanged one is known again. */
  readonly mtimeMs: number
  /** SHA-256, hexadecimal. */
  readonly sha: string
}
/** Written last: a folder without it is no copy. */
export interface BackupManifest {
  readonly v: 1
  readonly at: WallMs
  readonly version: string
  readonly files: readonly BackupFile[]
}
export const MANIFEST_NAME = 'backup.json'

const NAME = /^(\d{4}-\d{2}-\d{2})-(\d{2})(\d{2})(\d{2})$/

/** What a copy that is begun now is called. */
export const backupName = (now: WallMs): string => `${civilDate(now)}-${clockText(Math.floor(msOfDay(now) / 1_000)).replaceAll(':', '').padEnd(6, '0')}`

/** When a copy was begun; null for a name that is none. */
export function backupInstant(name: string): WallMs | null {
  const [, date, h, m, s] = NAME.exec(name) ?? []
  if (date === undefined || Number.isNaN(dayNumberOf(date))) return null
  const second = secondOfDay(`${h}:${m}:${s}`)
  return Number.isNaN(second) ? null : civilInstant(date, second)
}

/** The station's quiet hours: no session, nobody at the desk. */
const NIGHT_FROM_S = 2 * 3_600
const NIGHT_TO_S = 4 * 3_600
/** Long enough that a second one is not made in the same night. */
const SAME_NIGHT_MS = 12 * 3_600_000
/** A station that is switched off at night makes it when it can. */
const OVERDUE_MS = 30 * 3_600_000

/** Once a night between two and four; where there was none for thirty hours, at once. `begun`: when the station began to run. */
export function backupIsDue(newest: WallMs | null, now: WallMs, begun: WallMs): boolean {
  const second = msOfDay(now) / 1_000
  const isNight = second >= NIGHT_FROM_S && second < NIGHT_TO_S
  return now - (newest ?? -Infinity) > SAME_NIGHT_MS && (isNight || now - Math.max(newest ?? -Infinity, begun) > OVERDUE_MS)
}

const DAILY = 7
const WEEKLY = 5
const MONTHLY = 12

/** Names that may go: the newest of each of seven days, five weeks and twelve months stay. A name that is none is never among them. */
export function backupsToForget(names: readonly string[]): string[] {
  const found = names.flatMap((name) => {
    const at = backupInstant(name)
    return at === null ? [] : [{ name, at }]
  }).sort((a, b) => b.at - a.at)
  const kept = new Set<string>()
  const keepNewestOf = (spanOf: (at: WallMs) => string | number, spans: number): void => {
    const seen = new Set<string | number>()
    for (const { name, at } of found) {
      const span = spanOf(at)
      if (seen.has(span) || seen.size >= spans) continue
      seen.add(span)
      kept.add(name)
    }
  }
  keepNewestOf(civilDayNumber, DAILY)
  // weeks begin with Monday; day 0 was a Thursday
  keepNewestOf((at) => Math.floor((civilDayNumber(at) + 3) / 7), WEEKLY)
  keepNewestOf((at) => civilDate(at).slice(0, 7), MONTHLY)
  return found.filter(({ name }) => !kept.has(name)).map(({ name }) => name)
}

/** The newest copy is older than a night and a day: somebody should look why. */
export const backupIsLate = (newest: WallMs | null, now: WallMs, begun: WallMs): boolean => now - Math.max(newest ?? -Infinity, begun) > 2 * DAY_MS
