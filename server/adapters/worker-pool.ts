import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { BrokenInvariant } from '../../shared/core/result.ts'
import type { ReportJobs, ReportWork, WorkKind } from '../core/report-jobs.ts'

export interface WorkSetting {
  /** The station's data folder. */
  readonly folder: string
  /** Where files are made that are sent once. */
  readonly files: string
  /** `upkeep` alone writes; any number may read. */
  readonly mode: 'read' | 'upkeep'
}
export interface WorkAsked {
  readonly id: number
  readonly kind: WorkKind
  readonly ask: unknown
}
export type WorkAnswer = { readonly id: number; readonly ok: true; readonly value: unknown } | { readonly id: number; readonly ok: false; readonly why: string }

interface Thread {
  run(kind: WorkKind, ask: unknown): Promise<unknown>
  stop(): Promise<void>
}

/** Built, the worker lies beside the program; from the sources it needs the same loader as the program itself. */
function startWorker(setting: WorkSetting): Worker {
  const options = { workerData: setting, resourceLimits: { maxOldGenerationSizeMb: 1_024 } }
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./report-work.worker.js', import.meta.url), options)
  const source = JSON.stringify(new URL('./report-work.worker.ts', import.meta.url).href)
  return new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${source}) })`, { ...options, eval: true })
}

/** A thread that is started when it is first needed, and again when it died. */
function createThread(setting: WorkSetting): Thread {
  const waiting = new Map<number, { done: (value: unknown) => void; failed: (error: Error) => void }>()
  let worker: Worker | null = null
  let stopped = false
  let last = 0
  const fail = (why: Error): void => {
    worker = null
    for (const { failed } of waiting.values()) failed(why)
    waiting.clear()
  }
  const started = (): Worker => {
    if (worker) return worker
    const fresh = startWorker(setting)
    fresh.on('message', (answer: WorkAnswer) => {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      // nothing to do: the program may end
      if (waiting.size === 0) fresh.unref()
      if (answer.ok) asked?.done(answer.value)
      else asked?.failed(new Error(answer.why))
    })
    fresh.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))))
    fresh.on('exit', (code) => {
      if (worker === fresh) fail(new Error(`the thread of reports ended with ${code}`))
    })
    return (worker = fresh)
  }
  return {
    run: (kind, ask) => {
      if (stopped) return Promise.reject(new Error('the server is stopping'))
      const id = ++last
      return new Promise((done, failed) => {
        waiting.set(id, { done, failed })
        const thread = started()
        thread.ref()
        thread.postMessage({ id, kind, ask } satisfies WorkAsked)
      })
    },
    stop: async () => {
      stopped = true
      const ending = worker
      fail(new Error('the server is stopping'))
      await ending?.terminate()
    },
  }
}

/** Answers that a person waits for do not wait behind a year's export. */
const LONG: ReadonlySet<WorkKind> = new Set(['export', 'report'])
const UPKEEP: ReadonlySet<WorkKind> = new Set(['sweep', 'pack'])

/** Threads for a data folder: one that keeps the sums, one for reports and exports, one for questions. */
export function createReportJobs(folder: string): ReportJobs {
  const files = join(folder, 'reports')
  mkdirSync(files, { recursive: true, mode: 0o700 })
  // of a server that died while it sent them
  for (const name of readdirSync(files)) rmSync(join(files, name), { recursive: true, force: true })
  const threads = { upkeep: createThread({ folder, files, mode: 'upkeep' }), long: createThread({ folder, files, mode: 'read' }), short: createThread({ folder, files, mode: 'read' }) }
  const threadFor = (kind: WorkKind): Thread => (UPKEEP.has(kind) ? threads.upkeep : LONG.has(kind) ? threads.long : threads.short)
  return {
    run: async <K extends WorkKind>(kind: K, ask: ReportWork[K]['ask']) => (await threadFor(kind).run(kind, ask)) as ReportWork[K]['answer'],
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
