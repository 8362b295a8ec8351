import type { Item, Session, Targets } from '../../../../../../shared/core/timetable.ts'

/** What the API answers: the types of its own schemas where the compiler of the pages knows them. */
export type { DifferenceView, DraftView, DraftWhole, Edited, PublicationView, PublicationWhole, PublishedView, UndoneView } from '../../../../../features/timetable/views.ts'
export type { DraftNews } from '../../../../../features/timetable/views.ts'
export type { Days, Exception, Item, Session, Targets } from '../../../../../../shared/core/timetable.ts'

export interface Said {
  readonly vi: string
  readonly en: string
}
export interface Finding extends Said {
  readonly level: 'refused' | 'warning' | 'info'
  readonly code: string
  readonly path: string
}

/** GET /timetable/week. */
export interface WeekItem {
  readonly index: number
  readonly name: string
  readonly kind: 'chime' | 'file' | 'folder' | 'relay' | 'speak'
  readonly start: string | null
  readonly lengthMs: number
  readonly state: 'ready' | 'preparing' | 'missing' | 'not-approved' | 'not-yet' | 'expired'
  readonly fits: 'whole' | 'cut' | 'not-at-all'
  readonly problem: Said | null
}
export interface WeekSession {
  readonly session: string
  readonly name: string
  readonly date: string
  readonly start: string
  readonly end: string
  readonly lengthMs: number
  readonly filledMs: number
  readonly overS: number
  readonly underS: number
  readonly clusters: number
  /** The draft changes it. */
  readonly draft: boolean
  readonly items: readonly WeekItem[]
  readonly clashes: readonly { readonly session: string; readonly name: string; readonly from: string; readonly to: string; readonly how: 'queue' | 'interrupts' }[]
}
export interface WeekDay {
  readonly date: string
  readonly weekday: number
  readonly lunar: string
  readonly name: string | null
}
export interface WeekView {
  readonly from: string
  readonly area: string | null
  readonly draft: string | null
  readonly days: readonly WeekDay[]
  readonly sessions: readonly WeekSession[]
  readonly findings: readonly Finding[]
  readonly rules: readonly { readonly policy: string; readonly label: string; readonly sentences: readonly Said[] }[]
}

/** GET /pauses, /openings, /mourning. */
export interface SpanView {
  readonly id: string
  readonly kind: 'pause' | 'opening' | 'mourning'
  readonly areas: readonly string[]
  readonly clusters: readonly { readonly id: string; readonly name: string }[]
  readonly from: string
  readonly to: string
  readonly reason: string
  readonly by: string
  readonly state: 'upcoming' | 'running' | 'over' | 'ended'
  readonly reach: Said & { readonly clusters: number }
  readonly silences?: readonly { readonly session: string; readonly name: string; readonly at: string }[]
}
export interface TemplateView {
  readonly id: string
  readonly name: string
  readonly area: string | null
  readonly sessions: readonly Session[]
}
/** GET /timetable/drafts/:id/preview and, without a draft, /on-air. */
export interface PreviewView {
  readonly name: string
  readonly do: 'play' | 'silence'
  readonly because: Said
}
export interface ProgrammeRow {
  readonly id: string
  readonly name: string
  readonly kind: 'file' | 'speech' | 'chime' | 'recording'
  readonly ms: number
  readonly airs: boolean
}
export interface FolderRow {
  readonly ref: string
  readonly folder: string
  readonly programmes: number
  readonly airing: number
}
export interface RelayRow {
  readonly id: string
  readonly name: string
  readonly substitute?: string
}
export interface LinkRow {
  readonly id: string
  readonly area: string
  readonly createdAt: string
}

export const CLASH_ANSWERS = ['append', 'move', 'overwrite'] as const
export type ClashAnswer = (typeof CLASH_ANSWERS)[number]
/** POST /timetable/drafts/:id/place. */
export type PlaceBody = { readonly session: Session } | { readonly item: Item; readonly into: string; readonly at: string; readonly date?: string }
export type Place = Targets
