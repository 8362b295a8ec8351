import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BrokenInvariant } from '../../shared/core/result.ts'
import type { ReportJobs, ReportWork, WorkKind } from '../core/report-jobs.ts'
import { createThread, type Thread } from './worker-thread.ts'

export interface WorkSetting {
  /** The station's data folder. */
  readonly folder: string
  /** Where files are made that are sent once. */
  readonly files: string
  /** `upkeep` alone writes; any number may read. */
  readonly mode: 'read' | 'upkeep'
}
const threadFor = (setting: WorkSetting): Thread => createThread('report-work', { workerData: setting, resourceLimits: { maxOldGenerationSizeMb: 1_024 } })

/** Answers that a person waits for do not wait behind a year's export. */
const LONG: ReadonlySet<WorkKind> = new Set(['export', 'report'])
const UPKEEP: ReadonlySet<WorkKind> = new Set(['sweep', 'pack'])

/** Threads for a data folder: one that keeps the sums, one for reports and exports, one for questions. */
export function createReportJobs(folder: string): ReportJobs {
  const files = join(folder, 'reports')
  mkdirSync(files, { recursive: true, mode: 0o700 })
  // of a server that died while it sent them
  for (const name of readdirSync(files)) rmSync(join(files, name), { recursive: true, force: true })
  const threads = { upkeep: threadFor({ folder, files, mode: 'upkeep' }), long: threadFor({ folder, files, mode: 'read' }), short: threadFor({ folder, files, mode: 'read' }) }
  const threadOf = (kind: WorkKind): Thread => (UPKEEP.has(kind) ? threads.upkeep : LONG.has(kind) ? threads.long : threads.short)
  return {
    run: async <K extends WorkKind>(kind: K, ask: ReportWork[K]['ask']) => (await threadOf(kind).run(kind, ask)) as ReportWork[K]['answer'],
    file: async (path) => {
      if (!path.startsWith(files)) throw new BrokenInvariant(`not a file of a report: ${path}`)
      const { size } = await stat(path)
      const stream = createReadStream(path)
      stream.once('close', () => void rm(path, { force: true }))
      return { stream, bytes: size }
    },
    stop: async () => {
      await Promise.all(Object.values(threads).map((thread) => thread.stop()))
    },
  }
}
