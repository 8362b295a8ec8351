import { Type, type Static } from 'typebox'
import { AreaCode, Session } from '../../../shared/core/timetable.ts'
import { FindingView } from '../../core/refusal.ts'

export const strict = { additionalProperties: false } as const
export const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
export const Words = Type.Object({ en: Type.String(), vi: Type.String() })
export const CivilDateText = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' })
const Count = Type.Integer({ minimum: 0 })
const Name = Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' })

export const NewDraft = Type.Object({ name: Name, area: Type.Optional(AreaCode) }, strict)
export type NewDraft = Static<typeof NewDraft>
export const Renamed = Type.Object({ name: Name }, strict)

const draftFields = {
  id: Type.String(),
  name: Type.String(),
  area: nullable(Type.String({ description: 'everything in it lies within; null = the whole station' })),
  owner: Type.String(),
  version: Count,
  baseRev: Type.Integer({ description: 'number of the publication that it began from' }),
  state: Type.Union([Type.Literal('open'), Type.Literal('published'), Type.Literal('discarded')]),
  publication: nullable(Type.Integer()),
  changes: Count,
  createdAt: Type.String(),
  updatedAt: Type.String(),
}
export const DraftView = Type.Object(draftFields)
export type DraftView = Static<typeof DraftView>

export const DraftWhole = Type.Object({
  ...draftFields,
  list: Type.Array(Type.Object({
    session: Type.String(),
    what: Type.Union([Type.Literal('added'), Type.Literal('changed'), Type.Literal('removed')]),
    doc: nullable(Session),
    base: nullable(Session),
    words: Type.Array(Words),
  })),
  conflicts: Type.Array(Type.Object({ session: Type.String(), base: nullable(Session), theirs: nullable(Session), mine: nullable(Session) })),
  meanwhile: Type.Array(Type.Object({ n: Count, title: Type.String(), at: Type.String(), by: Type.String(), sessions: Type.Array(Type.String()) }), { description: 'what others published since' }),
})
export type DraftWhole = Static<typeof DraftWhole>

/** What an edit of a draft answers; findings are those of the sessions that it touched. */
export const EditedView = Type.Object({ id: Type.String(), version: Count, changed: Type.Array(Type.String()), findings: Type.Array(FindingView) })
export type Edited = Static<typeof EditedView>

/** What the event `draft.changed` says; its subject is the draft. */
export interface DraftNews {
  readonly what: 'changed' | 'renamed' | 'discarded'
  readonly version: number
  /** Name of whoever did it. */
  readonly by: string
}

const Reach = Type.Object({ clusters: Count, communes: Type.Array(Type.Object({ code: Type.String(), name: Type.String() })), en: Type.String(), vi: Type.String() })
export type ReachView = Static<typeof Reach>
const Span = Type.Object({ at: Type.String(), end: Type.String() })
const Cohort = Type.Union([Type.Literal('kept'), Type.Literal('joined'), Type.Literal('left')])

export const UnusualView = Type.Object({ session: Type.String(), hour: Type.Integer(), at: Type.String(), communes: Type.Array(Type.String()), en: Type.String(), vi: Type.String() })
export const DifferenceView = Type.Object({
  draft: Type.String(),
  version: Count,
  reach: Reach,
  sessions: Type.Array(Type.Object({
    session: Type.String(),
    name: Type.String(),
    what: Type.Union([Type.Literal('added'), Type.Literal('changed'), Type.Literal('removed')]),
    words: Type.Array(Words),
    cohorts: Type.Object({ kept: Type.Array(Type.String()), joined: Type.Array(Type.String()), left: Type.Array(Type.String()) }, { description: 'ids of clusters for which it changes, is new, is gone' }),
    minutes: Type.Object({ before: Type.Number(), after: Type.Number() }, { description: 'in the eight days that clusters hold' }),
  })),
  instants: Type.Array(Type.Object({
    session: Type.String(),
    name: Type.String(),
    cohort: Cohort,
    what: Type.Union([Type.Literal('gained'), Type.Literal('lost'), Type.Literal('moved'), Type.Literal('resized'), Type.Literal('content')]),
    at: Type.String(),
    end: Type.String(),
    to: nullable(Span),
    clusters: Count,
  })),
  more: Type.Integer({ description: 'instants that are not listed' }),
  unusual: Type.Array(UnusualView),
  findings: Type.Array(FindingView),
  approval: nullable(Type.Object({
    texts: Type.Array(Type.Object({ session: Type.String(), text: Type.String(), author: Type.String() })),
    ...Words.properties,
  }, { description: 'words of others that whoever asks lets on the air by publishing this' })),
  publishable: Type.Boolean(),
})
export type DifferenceView = Static<typeof DifferenceView>

export const PublishWish = Type.Object(
  { unusual: Type.Optional(Type.Literal('meant', { description: 'told of an hour at which nothing sounds there, the person meant it' })), version: Type.Optional(Count) },
  strict,
)
export const PublishedView = Type.Object({
  publication: Type.Integer(),
  at: Type.String(),
  clusters: Count,
  communes: Count,
  replayed: Type.Boolean(),
  warnings: Type.Array(FindingView),
})
export type PublishedView = Static<typeof PublishedView>
export const UndoneView = Type.Object({
  ...PublishedView.properties,
  restored: Type.Array(Type.String()),
  skipped: Type.Array(Type.Object({ session: Type.String(), name: Type.String(), newer: nullable(Type.Integer()), en: Type.String(), vi: Type.String() })),
})
export type UndoneView = Static<typeof UndoneView>

const publicationFields = {
  n: Type.Integer(),
  at: Type.String(),
  by: Type.String(),
  kind: Type.Union([Type.Literal('draft'), Type.Literal('session'), Type.Literal('import'), Type.Literal('undo')]),
  title: Type.String(),
  undoes: nullable(Type.Integer()),
  undoneBy: nullable(Type.Integer()),
  areas: Type.Union([Type.Array(Type.String()), Type.Literal('all')]),
  clusters: Count,
  communes: Count,
}
export const PublicationView = Type.Object(publicationFields)
export type PublicationView = Static<typeof PublicationView>
export const PublicationWhole = Type.Object({ ...publicationFields, changes: Type.Array(Type.Object({ session: Type.String(), before: nullable(Session), after: nullable(Session), words: Type.Array(Words) })) })
export type PublicationWhole = Static<typeof PublicationWhole>
