import { Type, type Static } from 'typebox'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { RUNGS } from '../../core/evidence-report.ts'
import { REPORT_FORMS, type RowFilter } from '../../core/report-jobs.ts'
import { CLASSES, SOURCES } from '../../core/report-nature.ts'

const strict = { additionalProperties: false } as const
export const ClusterId = Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{10}$', description: 'ten characters, as in the list of clusters' })
export const SlotName = Type.String({ pattern: '^[\\w.~-]{1,80}$', description: 'as in the rows' })
export const PeriodText = Type.String({ minLength: 4, maxLength: 22, pattern: '^[0-9q.-]+$', description: '2026-11-23, 2026-11, 2026-q4, 2026 or 2026-11-01..2026-11-15' })
const area = { area: Type.Optional(AreaCode) }
const flag = Type.Optional(Type.Literal('yes'))

export const ReportOf = Type.Object({ ...area, form: Type.Optional(Type.Enum([...REPORT_FORMS])) }, strict)
export const Paged = { ...area, period: PeriodText, after: Type.Optional(Type.String({ pattern: '^\\d{1,6}\\.[\\w-]{0,20}\\.\\d{1,9}$', description: 'what the page before gave as next' })), limit: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,2}$', description: 'rows to give, at most 500' })) }

export const RowsOf = Type.Object(
  {
    ...Paged,
    cluster: Type.Optional(ClusterId),
    source: Type.Optional(Type.Enum([...SOURCES])),
    class: Type.Optional(Type.Enum([...CLASSES])),
    language: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]{2,20}$' })),
    rung: Type.Optional(Type.Enum([...RUNGS])),
    reason: Type.Optional(Type.String({ pattern: '^[a-z-]{1,40}$', description: 'a code of why less was played' })),
    session: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,40}$' })),
    occurrence: Type.Optional(Type.String({ pattern: '^\\d{12,14}$', description: 'start of the occurrence, ms since 1970' })),
    played: flag, late: flag, underruns: flag, substitute: flag,
  },
  strict,
)
export const SessionsOf = Type.Object({ ...Paged, verdict: Type.Optional(Type.Enum(['whole', 'part', 'none'])) }, strict)
export const LogOf = Type.Object(Paged, strict)
export const IncidentsOf = Type.Object({ ...area, period: PeriodText, kind: Type.Optional(Type.String({ pattern: '^[a-z-]{1,40}$' })) }, strict)
export const ExportOf = Type.Object({ ...area, period: PeriodText }, strict)

export function filterOf(query: Static<typeof RowsOf>): RowFilter {
  const { cluster, source, class: of, language, rung, reason, session, occurrence, played, late, underruns, substitute } = query
  const given = { cluster, source, class: of, language, rung, reason, session }
  const flags = { played, late, underruns, substitute }
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(occurrence === undefined ? {} : { occurrence: Number(occurrence) }),
    ...Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined).map(([key]) => [key, true])),
  }
}
