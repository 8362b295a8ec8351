import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import { createReportJobs } from '../../server/adapters/worker-pool.ts'
import { REPORT_FORMS, type ReportJobs } from '../../server/core/report-jobs.ts'
import { dayNumberOf, DAY_MS, startOfDayNumber } from '../../shared/core/civil.ts'
import { playProvince } from '../province/play.ts'
import { sizeOfFolder } from '../province/measure.ts'
import type { Bench, BenchContext, BenchRow } from './bench.ts'

const FIRST = '2026-01-01'
const GOAL_S = 2
const GOAL_DELAY_MS = 50
/** Goals are of an event loop that is looked at so often. */
const RESOLUTION_MS = 10

export const report: Bench = {
  name: 'report',
  what: 'reports of a made-up province of 144 communes and 2,000 clusters, in threads of their own; options: folder=FOLDER of npm run province (then days=N is its length), days',
  limitS: 3_600,
  run: measure,
}

async function measure({ runs, quick, options = {}, say, signal }: BenchContext): Promise<BenchRow[]> {
  const days = Number(options.days ?? (quick ? 3 : 31))
  const made = options.folder === undefined ? mkdtempSync(join(tmpdir(), 'tl-report-')) : null
  const folder = options.folder ?? made ?? ''
  try {
    if (made !== null) {
      say(`making ${days} days`)
      const size = quick ? { communes: 20, clusters: 300 } : { communes: 144, clusters: 2_000 }
      playProvince({ folder, sums: 'daily', say, size: { seed: 'bench', firstDay: dayNumberOf(FIRST), days, ...size } }).close()
    }
    signal.throwIfAborted()
    // a folder that an older program made is brought to today's schema
    const opened = openDatabases(folder)
    if (!opened.ok) throw new Error(opened.why)
    opened.value.close()
    return await timed({ folder, days, runs, say })
  } finally {
    if (made !== null) rmSync(made, { recursive: true, force: true })
  }
}

interface Timed {
  readonly folder: string
  readonly days: number
  readonly runs: number
  readonly say: (text: string) => void
}

async function timed({ folder, days, runs, say }: Timed): Promise<BenchRow[]> {
  const jobs = createReportJobs(folder)
  const now = startOfDayNumber(dayNumberOf(FIRST) + days) + DAY_MS / 2
  const period = days > 31 ? '2026' : '2026-01'
  const rows: BenchRow[] = []
  try {
    await jobs.run('sweep', { now })
    for (const area of ['68', '24000']) {
      for (const form of REPORT_FORMS) {
        const seconds: number[] = []
        // the first one loads what draws the form
        for (let run = 0; run <= runs; run++) {
          const began = performance.now()
          await makeOne(jobs, { area, period, now, form })
          if (run > 0) seconds.push((performance.now() - began) / 1_000)
        }
        say(`${area} ${form} ${seconds.at(-1)?.toFixed(2)} s`)
        rows.push({ what: `report of ${period}, ${area === '68' ? 'the province' : 'a commune'}, ${form}`, who: 'thread of reports', role: 'ours', unit: 's', values: seconds, goal: { atMost: GOAL_S } })
      }
    }
    rows.push(await delayMeanwhile(jobs, { period, now, days, say }))
  } finally {
    await jobs.stop()
  }
  const megabytes = sizeOfFolder(folder) / 1e6
  rows.push({ what: `databases of ${days} days`, who: 'data folder', role: 'ours', unit: 'MB', values: [megabytes], ...(days >= 365 ? { goal: { atMost: 1_500 } } : {}) })
  return rows
}

interface Asked {
  readonly area: string
  readonly period: string
  readonly now: number
  readonly form: (typeof REPORT_FORMS)[number]
}
async function makeOne(jobs: ReportJobs, { area, period, now, form }: Asked): Promise<void> {
  const answer = await jobs.run('report', { area, period, now, form, heading: null })
  if ('path' in answer) await drain(jobs, answer.path)
}

/** Sends it as the server does, chunk by chunk on the main thread. */
async function drain(jobs: ReportJobs, path: string): Promise<void> {
  const { stream } = await jobs.file(path)
  for await (const chunk of stream) void chunk
}

/** The event loop of the thread that fans out audio, while reports and a full export are made. */
async function delayMeanwhile(jobs: ReportJobs, { period, now, days, say }: { readonly period: string; readonly now: number; readonly days: number; readonly say: (text: string) => void }): Promise<BenchRow> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  const from = dayNumberOf(FIRST)
  delay.enable()
  const reports = (async () => {
    for (const form of REPORT_FORMS) await makeOne(jobs, { area: '68', period, now, form })
  })()
  // a month of rows is what one file still opens with
  const exported = jobs.run('export', { area: '68', from, to: from + Math.min(days, 31) - 1, now, filter: {}, what: 'rows' }).then(({ path }) => drain(jobs, path))
  await Promise.all([reports, exported])
  delay.disable()
  say(`p50 ${(delay.percentile(50) / 1e6).toFixed(1)} ms, longest ${(delay.max / 1e6).toFixed(1)} ms`)
  return {
    what: 'delay of the main thread’s event loop meanwhile, p99, the pause between two looks taken off', who: 'thread that fans out audio', role: 'ours', unit: 'ms',
    values: [Math.max(0, delay.percentile(99) / 1e6 - RESOLUTION_MS)], goal: { atMost: GOAL_DELAY_MS },
  }
}
