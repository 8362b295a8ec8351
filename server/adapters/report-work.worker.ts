import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { workerData } from 'node:worker_threads'
import { wallMs } from '../../shared/core/clock.ts'
import { BrokenInvariant } from '../../shared/core/result.ts'
import type { ReportWork, WorkKind } from '../core/report-jobs.ts'
import { plainHeading } from '../core/report-heading.ts'
import { paperOf } from '../core/report-paper.ts'
import { periodOf, type Period } from '../core/report-period.ts'
import { openReportDatabases } from './report-database.ts'
import { createReportReading } from './report-reading.ts'
import { resultsFrom } from './report-results.ts'
import { createTracer } from './report-tracing.ts'
import { createUpkeep } from './report-upkeep.ts'
import type { WorkSetting } from './worker-pool.ts'
import { serveThread } from './worker-thread.ts'

type Works = { readonly [K in WorkKind]?: (ask: ReportWork[K]['ask']) => ReportWork[K]['answer'] | Promise<ReportWork[K]['answer']> }

const { folder, files, mode } = workerData as WorkSetting
const databases = openReportDatabases(folder, mode)
const newFile = (form: string): string => join(files, `${randomBytes(12).toString('hex')}.${form}`)

function upkeepWorks(): Works {
  const upkeep = createUpkeep(databases)
  return { sweep: ({ now }) => upkeep.sweep(now), pack: ({ now }) => upkeep.pack(now) }
}

function known(text: string): Period {
  const period = periodOf(text)
  if (!period) throw new BrokenInvariant(`no period: ${text}`)
  return period
}

function readingWorks(): Works {
  const reading = createReportReading(databases)
  const tracer = createTracer(reading)
  const report = async ({ area, period: text, now, form, heading }: ReportWork['report']['ask']): Promise<ReportWork['report']['answer']> => {
    const period = known(text)
    const made = reading.report({ area, period, now })
    if (form === 'json') return { json: JSON.stringify(made) }
    const path = newFile(form)
    const paper = paperOf(made, { heading: heading ?? plainHeading(made.area.name), now: wallMs(now) })
    // what draws a form is loaded when it is asked for: questions are answered without it
    if (form === 'pdf') await (await import('./report-pdf.ts')).writePdf(paper, path)
    else if (form === 'docx') await (await import('./report-docx.ts')).writeDocx(paper, path)
    else if (form === 'xlsx') await (await import('./report-sheets.ts')).writeXlsx(made, path)
    else await (await import('./report-sheets.ts')).writeCsv(made, path)
    return { path }
  }
  return {
    report,
    rows: tracer.rows,
    sessions: tracer.sessions,
    log: tracer.log,
    incidents: ({ area, period, now, kind }) => reading.incidents({ area, period: known(period), now })?.filter((one) => kind === undefined || one.kind === kind) ?? null,
    export: async (ask) => {
      const path = newFile('csv')
      await (await import('./report-export.ts')).writeExport(tracer, ask, path)
      return { path }
    },
    day: ({ day, clusters, revs, now, offset, limit }) => {
      const rows = clusters.flatMap((cluster) => reading.reader.evidence(cluster, day, now, revs)).sort((a, b) => a.due - b.due || (a.cluster < b.cluster ? -1 : a.cluster > b.cluster ? 1 : 0))
      return { rows: rows.slice(offset, offset + limit), total: rows.length }
    },
    slot: ({ cluster, slot, day, now }) => reading.reader.evidence(cluster, day, now).find((one) => one.slot === slot) ?? null,
    picture: async ({ svg }) => (await import('./picture.ts')).pictureOf(svg),
    results: resultsFrom(reading),
  }
}

serveThread(mode === 'upkeep' ? upkeepWorks() : readingWorks())
