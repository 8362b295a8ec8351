import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Result } from '../../shared/core/result.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { BackupFailure, BackupRecord } from '../core/backup.ts'
import type { BackupOrder } from './backup-files.ts'
import { createThread } from './worker-thread.ts'

/** Makes copies of the data folder `from` in a thread of its own. */
export function createBackupMaker({ from, to, version }: Omit<BackupOrder, 'now'>) {
  const thread = createThread('backup')
  const deviceOf = (path: string): number => (existsSync(path) ? statSync(path).dev : deviceOf(dirname(path)))
  return {
    list: async () => (await thread.run('list', to)) as BackupRecord[],
    make: async (now: WallMs) => (await thread.run('make', { from, to, version, now } satisfies BackupOrder)) as Result<BackupRecord, BackupFailure>,
    onSameDisk: () => deviceOf(to) === deviceOf(from),
    stop: () => thread.stop(),
  }
}
