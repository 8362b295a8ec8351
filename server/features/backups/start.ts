import { every, wallMs, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { refuse, type Result } from '../../../shared/core/result.ts'
import { backupIsDue, backupIsLate, type BackupFailure, type BackupRecord } from '../../core/backup.ts'
import type { StationEvents } from '../../core/station-events.ts'

/** Makes copies away from the thread that carries sound. */
export interface BackupMaker {
  /** The newest first. */
  list(): Promise<BackupRecord[]>
  make(now: WallMs): Promise<Result<BackupRecord, BackupFailure>>
  /** Copies lie on the disk that they are to replace. */
  onSameDisk(): boolean
}
export interface BackupState {
  readonly making: boolean
  /** Why the last one failed; null when it did not, or none was tried since the start. */
  readonly failed: BackupFailure | null
  readonly late: boolean
  readonly sameDisk: boolean
  readonly copies: readonly BackupRecord[]
}
export interface Backups {
  state(): BackupState
  /** Begins one, unless one is being made; what becomes of it is told by `backup.changed`. */
  begin(): void
  stop(): void
}

const LOOK_MS = 10 * 60_000

/** Nightly copies of the station. */
export function startBackups({ clock, log, events, maker }: { readonly clock: Clock; readonly log: Log; readonly events: Pick<StationEvents, 'tell'>; readonly maker: BackupMaker }): Backups {
  const begun = clock.wall()
  let making = false
  let failed: BackupFailure | null = null
  /** null until they have been looked at. */
  let copies: readonly BackupRecord[] | null = null
  const tell = (): void => events.tell({ kind: 'backup.changed', at: clock.wall(), areas: [], subject: 'station', right: 'settings.write' })
  const finish = async (made: Result<BackupRecord, BackupFailure>): Promise<void> => {
    failed = made.ok ? null : made.code
    copies = await maker.list()
    making = false
    if (made.ok) log.info({ name: made.value.name, bytes: made.value.bytes }, 'the station was copied')
    else log.error({ why: made.why }, 'no copy of the station was made')
    tell()
  }
  const begin = (): void => {
    if (making) return
    making = true
    tell()
    maker.make(clock.wall())
      .catch((error: unknown) => refuse('failed', String(error)))
      .then(finish)
      .catch((error: unknown) => log.error({ error: String(error) }, 'the copies of the station were not looked at'))
  }
  const newest = (): WallMs | null => copies?.[0]?.at ?? null
  const look = (): void => {
    if (copies && backupIsDue(newest(), clock.wall(), begun)) begin()
  }
  maker.list().then((found) => void (copies ??= found), (error: unknown) => log.error({ error: String(error) }, 'the copies of the station were not looked at'))
  return {
    begin,
    state: () => ({ making, failed, late: backupIsLate(newest(), wallMs(clock.wall()), begun), sameDisk: maker.onSameDisk(), copies: copies ?? [] }),
    stop: every(clock, LOOK_MS, look),
  }
}
