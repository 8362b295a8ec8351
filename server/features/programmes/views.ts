import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import { LanguageCode } from '../../../shared/core/languages.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import { toBase64Url } from '../../../shared/protocol/wire.ts'
import { folderRef, PROGRAMME_KINDS, PROGRAMME_SOURCES, VERSION_STATES, type Version } from '../../core/programme-store.ts'
import type { SeenItem } from './sight.ts'
import { isNamedBy } from './use.ts'

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()])
const CivilDate = Type.String({ description: 'YYYY-MM-DD' })
const Instant = Type.String()

export const TrimView = Type.Object(
  {
    fromMs: Type.Integer({ minimum: 0, maximum: 86_400_000, description: 'from the first sound of the recording' }),
    toMs: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
    fadeInMs: Type.Integer({ minimum: 0, maximum: 60_000 }),
    fadeOutMs: Type.Integer({ minimum: 0, maximum: 60_000 }),
  },
  { additionalProperties: false },
)

export const VersionView = Type.Object({
  version: Type.Integer(),
  language: LanguageCode,
  state: Type.Enum([...VERSION_STATES]),
  ms: Type.Integer(),
  /** Without trimming. */
  fullMs: Nullable(Type.Integer()),
  trim: Nullable(TrimView),
  /** Whether it can still be cut: the file is kept as it was handed in. */
  original: Type.Boolean(),
  text: Nullable(Type.String()),
  voice: Nullable(Type.String()),
  speed: Nullable(Type.Integer()),
  author: Type.String(),
  createdAt: Instant,
  decidedBy: Nullable(Type.String()),
  decidedAt: Nullable(Instant),
  reason: Nullable(Type.String()),
  audio: Type.String({ description: 'where this version can be listened to' }),
})
export type VersionView = Static<typeof VersionView>

export const STAGES = ['draft', 'pending', 'returned', 'approved', 'scheduled', 'aired'] as const

export const ProgrammeView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  folder: Type.String(),
  folderRef: Nullable(Type.String({ description: 'what a timetable calls its folder' })),
  kind: Type.Enum([...PROGRAMME_KINDS]),
  music: Type.Boolean(),
  ms: Type.Integer(),
  bytes: Type.Integer({ description: 'what each cluster downloads, once' }),
  sha: Type.String(),
  lufs: Nullable(Type.Number()),
  truePeak: Nullable(Type.Number()),
  key: Nullable(Type.String()),
  audio: Type.String({ description: 'where it can be listened to' }),
  createdAt: Instant,
  updatedAt: Instant,
  area: Nullable(Type.String()),
  areaName: Nullable(Type.String()),
  language: LanguageCode,
  languages: Type.Array(LanguageCode, { description: 'in which it may sound now' }),
  author: Type.String(),
  description: Type.String(),
  tags: Type.Array(Type.String()),
  class: Type.Union([Type.Literal('normal'), Type.Literal('priority')]),
  source: Type.Enum([...PROGRAMME_SOURCES]),
  origin: Nullable(Type.String()),
  validFrom: Nullable(CivilDate),
  validTo: Nullable(CivilDate),
  text: Nullable(Type.String()),
  state: Type.Union([Type.Literal('draft'), Type.Literal('pending'), Type.Literal('approved'), Type.Literal('returned')], { description: 'of the newest work on it' }),
  stage: Type.Enum([...STAGES], { description: 'how far it has come' }),
  airs: Type.Boolean({ description: 'whether an approved version is on the air' }),
  shared: Type.Boolean({ description: 'given by somebody else: to be used, not to be changed' }),
  work: Type.Array(VersionView, { description: 'versions that are not on the air: drafts, pending and returned ones' }),
  sessions: Type.Array(Type.Object({ id: Type.String(), name: Type.String() }), { description: 'that name it and come round again' }),
  airedAt: Nullable(Instant),
  peaks: Type.Optional(Type.String({ description: 'waveform, bytes 0–255 in base64url' })),
})
export type ProgrammeView = Static<typeof ProgrammeView>

const iso = (at: WallMs | null): string | null => (at === null ? null : isoWithOffset(at))

export const versionView = (version: Version): VersionView => ({
  version: version.n,
  language: version.language,
  state: version.state,
  ms: version.ms,
  fullMs: version.fullMs,
  trim: version.trim,
  original: version.original !== null,
  text: version.text,
  voice: version.voice,
  speed: version.speed,
  author: version.authorName || version.author,
  createdAt: isoWithOffset(version.createdAt),
  decidedBy: version.decidedName || version.decidedBy,
  decidedAt: iso(version.decidedAt),
  reason: version.reason,
  audio: `/api/v1/programmes/${version.programme}/audio?version=${version.n}`,
})

/** What a view needs to know beside the programme itself. */
export interface ViewContext {
  versions(programme: string): readonly Version[]
  /** Sessions that come round again. */
  readonly sessions: readonly Session[]
  areaName(code: string): string | null
}

const isWork = ({ state }: Version): boolean => state === 'draft' || state === 'pending' || state === 'returned'

/** Whoever sees only what is on the air learns nothing of the work on it. */
export function programmeView({ item, sees }: SeenItem, context: ViewContext): ProgrammeView {
  const all = context.versions(item.id)
  const isOwn = sees === 'all'
  const sessions = context.sessions.filter((session) => isNamedBy(session, item)).map(({ id, name }) => ({ id, name }))
  const state = isOwn ? item.state : 'approved'
  const { peaks: _p, deletedAt: _d, authorName, ...shown } = item
  return {
    ...shown,
    tags: [...item.tags],
    folderRef: item.folder === '' ? null : folderRef(item.area, item.folder),
    audio: `/api/v1/programmes/${item.id}/audio`,
    author: authorName || item.author,
    areaName: item.area === null ? null : context.areaName(item.area),
    languages: all.filter((version) => version.state === 'approved').map(({ language }) => language),
    createdAt: isoWithOffset(item.createdAt),
    updatedAt: isoWithOffset(item.updatedAt),
    airedAt: iso(item.airedAt),
    state,
    stage: state !== 'approved' ? state : item.airedAt !== null ? 'aired' : sessions.length > 0 ? 'scheduled' : 'approved',
    shared: !isOwn,
    work: isOwn ? all.filter(isWork).map(versionView) : [],
    sessions: isOwn ? sessions : [],
  }
}

export const withPeaks = (view: ProgrammeView, peaks: Uint8Array): ProgrammeView => ({ ...view, peaks: toBase64Url(peaks) })
