import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { wallMs } from '../../../shared/core/clock.ts'
import { LanguageCode } from '../../../shared/core/languages.ts'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { PROGRAMME_KINDS, PROGRAMME_SOURCES, type Trim } from '../../core/programme-store.ts'
import { answer, errorBody, refusals, refused, type Outcome } from '../../core/refusal.ts'
import { badDates, badFolder, changeable, NullableDate, StateAtOnce } from './described.ts'
import type { Audio, ProgrammeHandlers } from './handlers.ts'
import { ProgrammeView, TrimView, VersionView } from './views.ts'

export type App = Parameters<FastifyPluginAsyncTypebox>[0]

export const tags = ['programmes']
const strict = { additionalProperties: false } as const
export const ById = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$', description: 'as in the list of programmes' }) })
export const reading = { action: 'programme.read' } as const
export const writing = { action: 'programme.write' } as const

const MAX_PAGE = 200
// a query is text: what is a number or a choice is checked here
const Query = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 200, description: 'words; diacritics do not matter' })),
    state: Type.Optional(Type.Union(['draft', 'pending', 'approved', 'returned'].map((state) => Type.Literal(state)))),
    language: Type.Optional(LanguageCode),
    kind: Type.Optional(Type.Enum([...PROGRAMME_KINDS], { description: 'absent = all but the station’s own sounds, which kind=chime lists' })),
    source: Type.Optional(Type.Enum([...PROGRAMME_SOURCES])),
    area: Type.Optional(Type.Union([AreaCode, Type.Literal('station')])),
    folder: Type.Optional(Type.String({ maxLength: 120 })),
    tag: Type.Optional(Type.String({ maxLength: 40 })),
    shared: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')], { description: 'given by others' })),
    valid: Type.Optional(Type.Union([Type.Literal('true'), Type.Literal('false')], { description: 'within its dates today' })),
    offset: Type.Optional(Type.String({ pattern: '^\\d{1,7}$' })),
    limit: Type.Optional(Type.String({ pattern: '^([1-9]\\d?|1\\d\\d|200)$', description: `1 to ${MAX_PAGE}; 50 where absent` })),
  },
  strict,
)
const Page = Type.Object({ total: Type.Integer(), items: Type.Array(ProgrammeView) })
const FolderView = Type.Object({ ref: Type.String(), area: Type.Union([Type.String(), Type.Null()]), folder: Type.String(), programmes: Type.Integer(), airing: Type.Integer() })

export function addReadingRoutes(app: App, handlers: ProgrammeHandlers): void {
  app.get('/programmes', { config: reading, schema: { tags, summary: 'Programmes that you may use, the newest first, or what fits your words best', querystring: Query, response: { 200: Page, ...refusals } } }, (request) => {
    const { q, offset = '0', limit = '50', shared, valid, state, ...rest } = request.query
    return handlers.list(request.who, {
      ...rest, offset: Number(offset), limit: Number(limit),
      ...(q === undefined ? {} : { words: q }),
      ...(state === undefined ? {} : { state: state as 'draft' | 'pending' | 'approved' | 'returned' }),
      ...(shared === undefined ? {} : { shared: shared === 'true' }),
      ...(valid === undefined ? {} : { valid: valid === 'true' }),
    })
  })
  app.get('/programmes/folders', { config: reading, schema: { tags, summary: 'Folders, as timetables name them', response: { 200: Type.Array(FolderView), ...refusals } } }, (request) => handlers.folders(request.who))
  app.get('/programmes/:id', { config: reading, schema: { tags, summary: 'One programme, with its waveform', params: ById, response: { 200: ProgrammeView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.one(request.who, request.params.id)),
  )
  app.get('/programmes/:id/versions', { config: reading, schema: { tags, summary: 'All that was ever made of it, oldest first', params: ById, response: { 200: Type.Array(VersionView), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.versions(request.who, request.params.id)),
  )
  const audio = { tags, summary: 'The sound as clusters hold it (Ogg Opus); takes a byte range', params: ById, querystring: Type.Object({ version: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,5}$' })) }, strict) }
  app.get('/programmes/:id/audio', { config: reading, schema: audio }, async (request, reply) => {
    const { version } = request.query
    const { range } = request.headers
    return sendAudio(reply, await handlers.audio(request.who, request.params.id, { ...(version === undefined ? {} : { version: Number(version) }), ...(range === undefined ? {} : { range }) }))
  })
}

/** Answers a stretch of sound, or why not. */
export function sendAudio(reply: FastifyReply, outcome: Outcome<Audio>): FastifyReply {
  if (!outcome.ok) return reply.code(outcome.refusal.status).send(errorBody(outcome.refusal))
  const { stream, total, range } = outcome.value
  const part = range.to - range.from + 1
  if (part < total) reply.code(206).header('content-range', `bytes ${range.from}-${range.to}/${total}`)
  return reply.header('accept-ranges', 'bytes').header('content-length', part).type('audio/ogg').send(stream)
}

const ChangeBody = Type.Object(
  {
    ...Object.fromEntries(Object.entries(changeable).map(([field, schema]) => [field, Type.Optional(schema)])),
    validFrom: Type.Optional(NullableDate),
    validTo: Type.Optional(NullableDate),
    trim: Type.Optional(Type.Union([TrimView, Type.Null()], { description: 'what of the recording sounds; null takes the cut back' })),
    language: Type.Optional(LanguageCode),
    state: Type.Optional(StateAtOnce),
  },
  { ...strict, minProperties: 1 },
)
interface ChangeOrder {
  readonly trim?: Trim | null
  readonly language?: LanguageCode
  readonly state?: 'draft' | 'pending' | 'approved'
}

export function addChangingRoutes(app: App, handlers: ProgrammeHandlers): void {
  const patch = { tags, summary: 'Change what is said of a programme, or cut its sound (a new version, made from the file as it was handed in)', params: ById, body: ChangeBody, response: { 200: ProgrammeView, ...refusals } }
  app.patch('/programmes/:id', { config: writing, schema: patch }, async (request, reply) => {
    const { trim, language, state, ...given } = request.body as ChangeOrder & Parameters<ProgrammeHandlers['change']>[2]
    const fields = { ...given, ...(given.name === undefined ? {} : { name: given.name.normalize('NFC').trim() }), ...(given.folder === undefined ? {} : { folder: given.folder.normalize('NFC').trim() }) }
    const wrong = (fields.folder === undefined ? null : badFolder(fields.folder)) ?? badDates(fields)
    if (wrong) return answer(reply, refused(wrong))
    const { id } = request.params
    if (Object.keys(fields).length > 0 || trim === undefined) {
      const changed = handlers.change(request.who, id, fields)
      if (!changed.ok || trim === undefined) return answer(reply, changed)
    }
    return answer(reply, await handlers.trim(request.who, id, { trim: trim ?? null, ...(language === undefined ? {} : { language }), ...(state === undefined ? {} : { state }) }))
  })
  app.delete('/programmes/:id', { config: writing, schema: { tags, summary: 'Remove a programme that no session uses', params: ById, response: { 200: Type.Object({ id: Type.String() }), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.remove(request.who, request.params.id)),
  )
}

const Targets = {
  areas: Type.Optional(Type.Array(AreaCode, { maxItems: 500 })),
  groups: Type.Optional(Type.Array(Type.String({ pattern: '^[a-z0-9-]{1,40}$' }), { maxItems: 100 })),
}
const Until = Type.Optional(Type.Union([Type.String({ format: 'date-time', maxLength: 40, description: 'with offset; absent = until it is taken back' }), Type.Null()]))
const SharingView = Type.Object({
  shares: Type.Array(Type.Object({ area: Type.Union([Type.String(), Type.Null()]), group: Type.Union([Type.String(), Type.Null()]), name: Type.String(), until: Type.Union([Type.String(), Type.Null()]) })),
  stillUsedBy: Type.Array(Type.Object({ id: Type.String(), name: Type.String() }), { description: 'sessions elsewhere that go on naming it' }),
})

export function addSharingRoutes(app: App, { sharing }: ProgrammeHandlers): void {
  const config = { action: 'programme.share' } as const
  const response = { 200: SharingView, ...refusals }
  app.get('/programmes/:id/share', { config, schema: { tags, summary: 'With whom it is shared, and who uses it', params: ById, response } }, (request, reply) => answer(reply, sharing.of(request.who, request.params.id)))
  app.post('/programmes/:id/share', { config, schema: { tags, summary: 'Give it to areas below: it appears in their library', params: ById, body: Type.Object({ ...Targets, until: Until }, strict), response } }, (request, reply) => {
    const { until, ...targets } = request.body
    return answer(reply, sharing.share(request.who, request.params.id, { ...targets, until: until === undefined || until === null ? null : wallMs(Date.parse(until)) }))
  })
  app.delete('/programmes/:id/share', { config, schema: { tags, summary: 'Take it back from areas and groups, or (without a body) from all', params: ById, body: Type.Optional(Type.Union([Type.Object(Targets, strict), Type.Null()])), response } }, (request, reply) =>
    answer(reply, sharing.unshare(request.who, request.params.id, request.body ?? {})),
  )
}
