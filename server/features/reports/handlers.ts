import { civilDayNumber } from '../../../shared/core/civil.ts'
import type { ReportHeading } from '../../core/report-heading.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { IncidentFact } from '../../core/report-facts.ts'
import type { LogEntry, ReportForm, RowFilter, RowOfReport, Scope, SessionOfReport } from '../../core/report-jobs.ts'
import { reportDayOf } from '../../core/report-nature.ts'
import { periodOf, type Period } from '../../core/report-period.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { evidenceView, type EvidenceView } from '../evidence/plugin.ts'
import { BAD_PERIOD, NO_SOUND, NO_SUCH_ROW, NOT_YET } from './refusals.ts'

/** A report as it is asked for: for whom it is filtered is decided before. */
export interface ReportQuery {
  readonly area?: string
  readonly period: string
}
export interface PageQuery extends ReportQuery {
  readonly after?: string
  readonly limit?: string
}
export interface RowView extends EvidenceView {
  readonly station: string
  readonly stationName: string
  readonly source: string
  readonly class: string
  readonly language: string
}
export interface RowPageView {
  readonly rows: RowView[]
  readonly next: string | null
  readonly all: { readonly rows: number; readonly plannedMinutes: number; readonly playedMinutes: number } | null
}
export type Made = { readonly json: string } | { readonly stream: NodeJS.ReadableStream; readonly bytes: number }

/** Bounds of an inspector's link; whoever has an account is bounded by their grants. */
export interface Bounds {
  readonly area: string
  readonly from: number
  readonly to: number
}

export interface ReportHandlers {
  report(who: Identity, query: ReportQuery & { readonly form: ReportForm }, bounds?: Bounds): Promise<Outcome<Made>>
  rows(who: Identity, query: PageQuery, filter: RowFilter, bounds?: Bounds): Promise<Outcome<RowPageView>>
  sessions(who: Identity, query: PageQuery & { readonly verdict?: string }, bounds?: Bounds): Promise<Outcome<{ sessions: readonly SessionOfReport[]; next: string | null }>>
  log(who: Identity, query: PageQuery, bounds?: Bounds): Promise<Outcome<{ entries: readonly LogEntry[]; next: string | null }>>
  incidents(who: Identity, query: ReportQuery & { readonly kind?: string }, bounds?: Bounds): Promise<Outcome<{ incidents: readonly IncidentFact[] }>>
  export(who: Identity, query: ReportQuery & { readonly what: 'rows' | 'log' }, bounds?: Bounds): Promise<Outcome<Made>>
  /** File behind a row: the very sound of an item; of a relay or a live broadcast the recording, where one was kept. */
  soundOf(who: Identity, row: { readonly cluster: string; readonly slot: string; readonly due?: number }, bounds?: Bounds): Promise<Outcome<string>>
  confirm(who: Identity, note: { readonly cluster: string; readonly slot: string; readonly due?: number; readonly note?: string }): Promise<Outcome<{ readonly cluster: string; readonly slot: string; readonly rung: 'confirmed' }>>
  headingOf(who: Identity, area: string): Outcome<ReportHeading | null>
  putHeading(who: Identity, area: string, heading: ReportHeading): Outcome<ReportHeading>
  removeHeading(who: Identity, area: string): Outcome<{ readonly area: string }>
}

const PAGE = 500
/** What was swept so shortly ago is new enough. */
const FRESH_MS = 5_000

export function createReportHandlers(deps: ServerDeps): ReportHandlers {
  const { stores, access, clock, reports } = deps
  const keepCurrent = createCurrency(deps)
  const refusalFor = (who: Identity, area: string, bounds?: Bounds): Refusal | null => {
    if (bounds) return access.book().within(area, bounds.area) ? null : BOUND
    const known = area === '' || stores.areas.byCode(area).length > 0
    if (!known) return notFound({ en: 'area', vi: 'địa bàn' }, area).refusal
    return access.refusal(who, 'report.read', area === '' ? 'all' : [area])
  }
  const asked = (who: Identity, { area, period: text }: ReportQuery, bounds?: Bounds): Outcome<{ readonly scope: Scope; readonly period: Period }> => {
    const period = periodOf(text)
    if (!period) return refused(BAD_PERIOD)
    const now = clock.wall()
    if (period.from > civilDayNumber(now)) return refused(NOT_YET)
    const wanted = area ?? bounds?.area ?? ''
    const refusal = refusalFor(who, wanted, bounds)
    if (refusal) return refused(refusal)
    if (bounds && (period.from < bounds.from || period.to > bounds.to)) return refused(BOUND)
    return accepted({ period, scope: { area: wanted, from: period.from, to: period.to, now } })
  }
  const made = async (answer: { readonly json: string } | { readonly path: string }): Promise<Made> => ('json' in answer ? answer : reports.file(answer.path))
  const limitOf = ({ limit = String(PAGE), after }: PageQuery): { limit: number; after?: string } => ({ limit: Math.min(PAGE, Number(limit)), ...(after === undefined ? {} : { after }) })
  const rowView = ({ evidence, station, stationName, source, class: of, language }: RowOfReport): RowView => ({
    ...evidenceView(stores, evidence, stores.clusters.byId(evidence.cluster) ?? undefined), station, stationName, source, class: of, language,
  })
  return {
    ...createHeadings(deps),
    async report(who, query, bounds) {
      const question = asked(who, query, bounds)
      if (!question.ok) return question
      await keepCurrent()
      const { scope, period } = question.value
      return accepted(await made(await reports.run('report', { area: scope.area, period: period.text, now: scope.now, form: query.form, heading: headingFor(deps, scope.area) })))
    },
    async rows(who, query, filter, bounds) {
      const question = asked(who, query, bounds)
      if (!question.ok) return question
      const { rows, next, all } = await reports.run('rows', { ...question.value.scope, ...limitOf(query), filter })
      const minutes = (ms: number): number => Math.round(ms / 6_000) / 10
      return accepted({ rows: rows.map(rowView), next, all: all && { rows: all.rows, plannedMinutes: minutes(all.plannedMs), playedMinutes: minutes(all.playedMs) } })
    },
    async sessions(who, query, bounds) {
      const question = asked(who, query, bounds)
      return question.ok ? accepted({ ...(await reports.run('sessions', { ...question.value.scope, ...limitOf(query), ...(query.verdict === undefined ? {} : { verdict: query.verdict }) })) }) : question
    },
    async log(who, query, bounds) {
      const question = asked(who, query, bounds)
      return question.ok ? accepted({ ...(await reports.run('log', { ...question.value.scope, ...limitOf(query) })) }) : question
    },
    async incidents(who, query, bounds) {
      const question = asked(who, query, bounds)
      if (!question.ok) return question
      const { scope, period } = question.value
      return accepted({ incidents: (await reports.run('incidents', { area: scope.area, period: period.text, now: scope.now, ...(query.kind === undefined ? {} : { kind: query.kind }) })) ?? [] })
    },
    async export(who, query, bounds) {
      const question = asked(who, query, bounds)
      return question.ok ? accepted(await made(await reports.run('export', { ...question.value.scope, filter: {}, what: query.what }))) : question
    },
    async soundOf(who, { cluster, slot, due }, bounds) {
      const areas = access.areasOfCluster(cluster)
      const refusal = bounds ? (areas.some((area) => access.book().within(area, bounds.area)) ? null : BOUND) : access.refusal(who, 'report.read', areas)
      if (refusal) return refused(refusal)
      const day = reportDayOf(slot, due ?? clock.wall())
      if (bounds && (day < bounds.from || day > bounds.to)) return refused(BOUND)
      const row = await reports.run('slot', { cluster, slot, day, now: clock.wall() })
      if (!row) return refused(NO_SUCH_ROW)
      const sha = row.planned?.stream ? recordingOf(deps, row.planned.stream, row.due) : (row.planned?.media ?? null)
      return sha === null || (await deps.media.bytes(sha)) === null ? refused(NO_SOUND) : accepted(sha)
    },
    async confirm(who, { cluster, slot, due, note }) {
      const known = stores.clusters.byId(cluster)
      if (!known) return notFound({ en: 'cluster', vi: 'cụm loa' }, cluster)
      const refusal = access.refusal(who, 'report.confirm', access.areasOfCluster(cluster))
      if (refusal) return refused(refusal)
      const day = reportDayOf(slot, due ?? clock.wall())
      if (!(await reports.run('slot', { cluster, slot, day, now: clock.wall() }))) return refused(NO_SUCH_ROW)
      deps.decide({ actor: who.actor, action: 'report.confirm', subject: cluster, detail: { slot, note: note ?? null } }, () =>
        stores.reports.noteRung({ cluster, slot, rung: 'confirmed', at: clock.wall(), actor: who.actor, note: note ?? null }, day))
      return accepted({ cluster, slot, rung: 'confirmed' })
    },
  }
}

const BOUND: Refusal = {
  status: 403, code: 'outside-link', en: 'This link is for another area or other days: see what it says of itself.', vi: 'Đường dẫn này chỉ dùng cho địa bàn và thời gian đã ghi.',
}

/** What arrived meanwhile is added up before it is reported; several who ask at once wait for one sweep. */
function createCurrency({ clock, reports }: ServerDeps): () => Promise<void> {
  let sweptAt = Number.NEGATIVE_INFINITY
  let under: Promise<unknown> | null = null
  return async () => {
    if (clock.mono() - sweptAt < FRESH_MS) return
    under ??= reports.run('sweep', { now: clock.wall() }).finally(() => {
      under = null
      sweptAt = clock.mono()
    })
    await under
  }
}

/** A recording of a relay that was kept when it was due: it begins with the relay, a little before the item. */
function recordingOf({ stores }: ServerDeps, relay: string, due: number): string | null {
  const HOURS_MS = 6 * 3_600_000
  const found = stores.programmes.inFolder(`tiep-am/${relay}`).filter(({ kind, createdAt, ms }) => kind === 'recording' && createdAt >= due && createdAt - ms - HOURS_MS <= due)
  return found.sort((a, b) => a.createdAt - b.createdAt)[0]?.sha ?? null
}

/** An area's own heading, else that of the area above it. */
function headingFor({ stores, access }: ServerDeps, area: string): ReportHeading | null {
  for (const { code } of area === '' ? [] : access.book().chain(area)) {
    const heading = stores.reports.heading(code)
    if (heading) return heading
  }
  return null
}

function createHeadings(deps: ServerDeps): Pick<ReportHandlers, 'headingOf' | 'putHeading' | 'removeHeading'> {
  const { stores, access } = deps
  const allowed = (who: Identity, area: string, action: 'report.read' | 'policy.write'): Refusal | null =>
    stores.areas.byCode(area).length === 0 ? notFound({ en: 'area', vi: 'địa bàn' }, area).refusal : access.refusal(who, action, [area])
  return {
    headingOf(who, area) {
      const refusal = allowed(who, area, 'report.read')
      return refusal ? refused(refusal) : accepted(stores.reports.heading(area))
    },
    putHeading(who, area, heading) {
      const refusal = allowed(who, area, 'policy.write')
      if (refusal) return refused(refusal)
      deps.decide({ actor: who.actor, action: 'report.heading', subject: area, detail: heading }, () => stores.reports.putHeading(area, heading))
      return accepted(heading)
    },
    removeHeading(who, area) {
      const refusal = allowed(who, area, 'policy.write')
      if (refusal) return refused(refusal)
      deps.decide({ actor: who.actor, action: 'report.heading-remove', subject: area }, () => stores.reports.removeHeading(area))
      return accepted({ area })
    },
  }
}
