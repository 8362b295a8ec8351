import { Type, type Static } from 'typebox'
import { DAY_MS, dayNumberOf, isoWithOffset, startOfDayNumber } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import type { AuditQuestion } from '../../core/audit-pages.ts'
import { accepted, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { noSuchDate } from './refusals.ts'

export const MAX_AUDIT_ROWS = 500
const Word = (what: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 120, description: what }))
export const AuditQuery = Type.Object(
  {
    actor: Word('who, such as person:ID, administrator, cluster:ID, server'),
    action: Word('what, such as session.create; session for all that begin with it'),
    subject: Word('to what: an identity'),
    day: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD, a civil day of Viet Nam' })),
    before: Type.Optional(Type.String({ pattern: '^\\d{1,15}$', description: 'only rows with a smaller number: `next` of the page before' })),
    limit: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,2}$', description: `rows to give, at most ${MAX_AUDIT_ROWS}` })),
  },
  { additionalProperties: false },
)
export type AuditQuery = Static<typeof AuditQuery>

export const AuditPage = Type.Object({
  rows: Type.Array(
    Type.Object({
      n: Type.Integer(),
      at: Type.String(),
      actor: Type.String(),
      actorName: Type.Union([Type.String(), Type.Null()]),
      action: Type.String(),
      subject: Type.String(),
      detail: Type.Unknown(),
    }),
  ),
  next: Type.Union([Type.Integer(), Type.Null()], { description: 'what `before` is on the next page; null on the last' }),
})
export type AuditPage = Static<typeof AuditPage>

/** The audit log, newest first. */
export function auditPage({ stores }: Pick<ServerDeps, 'stores'>, { actor, action, subject, day, before, limit }: AuditQuery): Outcome<AuditPage> {
  const number = day === undefined ? null : dayNumberOf(day)
  if (day !== undefined && Number.isNaN(number)) return refused(noSuchDate(day, 'day'))
  const most = Math.min(MAX_AUDIT_ROWS, Number(limit ?? 100))
  const question: AuditQuestion = {
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(subject === undefined ? {} : { subject }),
    ...(number === null ? {} : { from: startOfDayNumber(number), to: wallMs(startOfDayNumber(number) + DAY_MS) }),
    ...(before === undefined ? {} : { before: Number(before) }),
    most: most + 1,
  }
  const found = stores.auditPages.page(question)
  const rows = found.slice(0, most)
  const nameOf = (who: string): string | null => {
    const [, kind, id = ''] = /^(person|cluster):(.+)$/.exec(who) ?? []
    return kind === 'person' ? (stores.people.byId(id)?.name ?? null) : kind === 'cluster' ? (stores.clusters.byId(id)?.name ?? null) : null
  }
  return accepted({ rows: rows.map((row) => ({ ...row, at: isoWithOffset(row.at), actorName: nameOf(row.actor) })), next: found.length > most ? (rows.at(-1)?.n ?? null) : null })
}
