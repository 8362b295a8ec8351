import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { Targets } from '../../../shared/core/timetable.ts'
import { reachOfClusters } from '../../core/difference.ts'
import { NOTICE_STATES, NoticeField, type NoticeRecord, type NoticeTemplate } from '../../core/notice.ts'
import { jargonIn } from '../../core/notice-words.ts'
import { Sentence } from '../../core/refusal.ts'
import type { Aired, AiringDeps } from './airing.ts'
import type { Clearance } from './approving.ts'

/** In English. */
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const WhenView = Type.Union([Type.Literal('now'), Type.Literal('next-session'), Type.Object({ at: Type.String({ format: 'date-time', maxLength: 40, description: 'with offset' }) }, { additionalProperties: false })], {
  description: 'now, next-session, or {"at": …}',
})
export const NoticeView = Type.Object({
  id: Type.String(),
  template: Type.String(),
  version: Type.Integer(),
  name: Type.String(),
  area: nullable(Type.String()),
  fields: Type.Record(Type.String(), Type.String()),
  text: Type.String({ description: 'what is said' }),
  targets: Targets,
  state: Type.Enum([...NOTICE_STATES]),
  when: nullable(WhenView),
  programme: Type.String(),
  audio: Type.String({ description: 'where to listen to it, under /api/v1' }),
  ms: Type.Integer(),
  by: Type.String(),
  createdAt: Type.String(),
  soundings: Type.Array(Type.Object({ kind: Type.String({ description: 'live or session' }), id: Type.String(), at: Type.String(), to: Type.String(), clusters: Type.Integer() })),
  reach: Type.Object({ clusters: Type.Integer(), communes: Type.Integer(), en: Type.String(), vi: Type.String() }),
  approval: Type.Object({
    approved: Type.Boolean(),
    link: nullable(Type.Object({ person: Type.String(), expiresAt: Type.String(), path: nullable(Type.String({ description: 'null where it was sent to the approver alone' })) })),
    problem: nullable(Sentence),
  }),
  skipped: Type.Array(Type.Object({ cluster: Type.String(), name: Type.String(), because: Sentence })),
  warnings: Type.Array(Sentence),
  problem: nullable(Sentence),
})
export type NoticeView = Static<typeof NoticeView>

export function noticeView({ access, stores }: AiringDeps, notice: NoticeRecord, more: Partial<Clearance> & Partial<Aired>): NoticeView {
  const item = stores.programmes.byId(notice.programme)
  const clusters = notice.soundings.length > 0 ? [...new Set(notice.soundings.flatMap((sounding) => sounding.clusters))] : access.audience(notice.targets).clusters
  const reach = reachOfClusters(clusters, access.areasOfCluster, access.book())
  const communes = reach.communes.length
  const { link = null } = more
  return {
    id: notice.id, template: notice.template, version: notice.version, name: notice.name, area: notice.area, fields: { ...notice.fields }, text: notice.text, targets: notice.targets,
    state: notice.state, when: typeof notice.when === 'object' && notice.when !== null ? { at: isoWithOffset(notice.when.at) } : notice.when,
    programme: notice.programme, audio: `/programmes/${notice.programme}/audio`, ms: Math.round(item?.ms ?? 0), by: notice.actorName, createdAt: isoWithOffset(notice.createdAt),
    soundings: notice.soundings.map(({ kind, id, at, to, clusters: those }) => ({ kind, id, at: isoWithOffset(at), to: isoWithOffset(to), clusters: those.length })),
    reach: { clusters: clusters.length, communes, en: `It reaches ${count(clusters.length, 'cluster')} in ${count(communes, 'commune')}.`, vi: `Sẽ phát tới ${clusters.length} cụm loa thuộc ${communes} xã.` },
    approval: { approved: item?.airs === true, link: link && { person: link.person, expiresAt: link.expiresAt, path: link.path }, problem: more.problem ?? null },
    skipped: [...(more.skipped ?? [])], warnings: (more.warnings ?? []).map(({ code, en, vi }) => ({ code, en, vi })), problem: notice.problem,
  }
}

export const TemplateView = Type.Object({
  id: Type.String(), version: Type.Integer(), area: nullable(Type.String()), name: Type.String(), text: Type.String(), fields: Type.Array(NoticeField),
  author: Type.String(), at: Type.String(), retired: Type.Boolean(),
  warnings: Type.Array(Sentence, { description: 'words that people in a hamlet may not understand' }),
})
export type TemplateView = Static<typeof TemplateView>

export function templateView({ id, version, area, name, text, fields, authorName, at, retired }: NoticeTemplate): TemplateView {
  const warnings = jargonIn(text).map((word) => ({ code: 'jargon', field: '/text', en: `"${word}" is a word that listeners may not know: say it more simply.`, vi: `Từ "${word}" bà con có thể khó hiểu: nên nói đơn giản hơn.` }))
  return { id, version, area, name, text, fields: [...fields], author: authorName, at: isoWithOffset(at), retired, warnings }
}
