import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { LanguageCode } from '../../../shared/core/languages.ts'
import type { Identity } from '../../core/identity.ts'
import { answer, refusals, refused, type ErrorBody, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { PieceUpload, ServerDeps } from '../../core/server-deps.ts'
import { checked, describing, StateAtOnce } from './described.ts'
import type { ProgrammeHandlers } from './handlers.ts'
import type { Described, VariantOrder } from './making.ts'
import { ById, tags, writing, type App } from './routes.ts'
import { MAX_UPLOAD_BYTES, readFileForm, readUploadForm } from './upload-form.ts'
import { uploadOf } from './uploads.ts'
import { ProgrammeView } from './views.ts'

const strict = { additionalProperties: false } as const
const UPLOAD_LIMIT = MAX_UPLOAD_BYTES + 1_048_576
/** Characters that can be spoken in one go. */
const MAX_TEXT = 20_000

const words = {
  text: Type.String({ minLength: 1, maxLength: MAX_TEXT, pattern: '\\S' }),
  voice: Type.Optional(Type.String({ minLength: 1, maxLength: 60, description: 'of GET /api/v1/speech/voices' })),
  speed: Type.Optional(Type.Integer({ minimum: 50, maximum: 200, description: 'percent' })),
}
const Speech = Type.Object({ ...describing, ...words }, strict)
const FromPieces = Type.Object({ ...describing, name: Type.Optional(describing.name), upload: Type.String({ pattern: '^[A-Za-z0-9_-]{16}$', description: 'of POST /api/v1/uploads' }) }, strict)
type FromPieces = { readonly upload: string } & Partial<Described>

const NOT_JSON: Refusal = {
  status: 415, code: 'wrong-content-type',
  en: 'Send the recording as multipart/form-data with the part "file", or as JSON that names an upload.',
  vi: 'Hãy gửi bản ghi dạng multipart/form-data với phần "file", hoặc JSON nêu mã gửi lên.',
}
const WRONG_BODY: Refusal = {
  status: 400, code: 'invalid',
  en: 'Give either a text to be spoken ("text", with "voice" and "speed"), or the "upload" that holds the recording.',
  vi: 'Hãy gửi văn bản cần đọc ("text", kèm "voice", "speed"), hoặc mã "upload" của bản ghi.',
}

type Create = (described: Described, path: string) => Promise<Outcome<ProgrammeView>>

interface Setting {
  readonly deps: ServerDeps
  readonly handlers: ProgrammeHandlers
  readonly who: Identity
}

/** Works on a file that came in pieces; what comes of it is remembered, so that a lost answer is asked for again. */
async function withPieces({ deps, handlers, who }: Setting, id: string, work: (upload: PieceUpload) => Promise<Outcome<ProgrammeView>>): Promise<Outcome<ProgrammeView>> {
  const upload = uploadOf(deps, who, id)
  if (!upload.ok) return upload
  if (upload.value.programme !== null) return handlers.one(who, upload.value.programme)
  if (upload.value.offset < upload.value.bytes) return refused(unfinished(upload.value))
  const made = await work(upload.value)
  if (made.ok) await deps.uploads.pieces.finish(id, made.value.id)
  return made
}
const unfinished = ({ offset, bytes }: PieceUpload): Refusal => ({
  status: 409, code: 'unfinished',
  en: `Only ${offset} of ${bytes} bytes have arrived: send the rest first.`,
  vi: `Mới nhận ${offset}/${bytes} byte: hãy gửi tiếp phần còn lại.`,
})

/** Ways in: a file in one request, a file that came in pieces, words that are spoken. */
export function addSoundRoutes(app: App, handlers: ProgrammeHandlers, deps: ServerDeps): void {
  const fromForm = async (request: FastifyRequest, create: Create): Promise<Outcome<ProgrammeView>> => {
    const form = await readUploadForm(request, deps)
    if (!form.ok) return form
    try {
      return await create(form.value.described, form.value.upload.path)
    } finally {
      await form.value.upload.discard()
    }
  }
  const upload = {
    tags,
    summary: 'Upload a recording (multipart: file, name, folder, music, area, language, tags …), or name an upload that came in pieces; it is levelled and stored',
    consumes: ['multipart/form-data', 'application/json'],
    response: { 201: ProgrammeView, ...refusals },
  }
  app.post('/programmes', { config: writing, bodyLimit: UPLOAD_LIMIT, schema: upload }, async (request, reply) => {
    const create: Create = (described, path) => handlers.create(request.who, described, { path })
    if (request.isMultipart()) return answer(reply, await fromForm(request, create), 201)
    const body = jsonOf(request, FromPieces) as FromPieces | Refusal
    if ('status' in body) return answer(reply, refused(body))
    const { upload: id, ...given } = body
    return answer(reply, await withPieces({ deps, handlers, who: request.who }, id, async (piece) => {
      const described = checked({ ...given, name: given.name ?? piece.fileName })
      return 'status' in described ? refused(described) : create(described, piece.path)
    }), 201)
  })
  app.post('/programmes/speech', { config: writing, schema: { tags, summary: 'Speak a text into a programme', body: Speech, response: { 201: ProgrammeView, ...refusals } } }, async (request, reply) => {
    const { text, voice, speed, ...given } = request.body
    const described = checked(given)
    if ('status' in described) return answer(reply, refused(described))
    return answer(reply, await handlers.create(request.who, described, { text, ...(voice === undefined ? {} : { voice }), ...(speed === undefined ? {} : { speed }) }), 201)
  })
  addVariantRoutes(app, handlers, deps)
}

const Variant = Type.Object({ ...ById.properties, language: LanguageCode })
const VariantBody = Type.Union([
  Type.Object({ ...words, state: Type.Optional(StateAtOnce) }, strict),
  Type.Object({ upload: FromPieces.properties.upload, state: Type.Optional(StateAtOnce) }, strict),
])
type VariantBody = { readonly state?: VariantOrder['state'] } & ({ readonly text: string; readonly voice?: string; readonly speed?: number } | { readonly upload: string })
const STATES: readonly string[] = ['draft', 'pending', 'approved']

function addVariantRoutes(app: App, handlers: ProgrammeHandlers, deps: ServerDeps): void {
  const put = {
    tags, params: Variant, consumes: ['multipart/form-data', 'application/json'],
    summary: 'The programme in a language: a recording (multipart: file, state), an upload, or a text; its own language puts a new recording in place of the old one',
    response: { 200: ProgrammeView, ...refusals },
  }
  app.put('/programmes/:id/variants/:language', { config: writing, bodyLimit: UPLOAD_LIMIT, schema: put }, async (request, reply) => {
    const { id, language } = request.params
    const order = (from: VariantOrder['from'], state: VariantOrder['state']): Promise<Outcome<ProgrammeView>> =>
      handlers.putVariant(request.who, id, { language, from, ...(state === undefined ? {} : { state }) })
    if (request.isMultipart()) return variantFromForm(request, reply, deps, order)
    const body = jsonOf(request, VariantBody) as VariantBody | Refusal
    if ('status' in body) return answer(reply, refused(body))
    const { state } = body
    if ('text' in body) return answer(reply, await order({ text: body.text, ...(body.voice === undefined ? {} : { voice: body.voice }), ...(body.speed === undefined ? {} : { speed: body.speed }) }, state))
    return answer(reply, await withPieces({ deps, handlers, who: request.who }, body.upload, ({ path }) => order({ path }, state)))
  })
  app.delete('/programmes/:id/variants/:language', { config: writing, schema: { tags, summary: 'Take a language off a programme', params: Variant, response: { 200: ProgrammeView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.dropVariant(request.who, request.params.id, request.params.language)),
  )
}

async function variantFromForm(request: FastifyRequest, reply: FastifyReply, deps: ServerDeps, order: (from: VariantOrder['from'], state: VariantOrder['state']) => Promise<Outcome<ProgrammeView>>): Promise<ProgrammeView | ErrorBody> {
  const form = await readFileForm(request, deps, MAX_UPLOAD_BYTES)
  if (!form.ok) return answer(reply, form)
  try {
    const state = form.value.fields.get('state')
    if (state !== undefined && !STATES.includes(state)) return answer(reply, refused({ ...WRONG_BODY, field: '/state' }))
    return answer(reply, await order({ path: form.value.upload.path }, state as VariantOrder['state']))
  } finally {
    await form.value.upload.discard()
  }
}

/** The body of a request that may also be a form, so that its schema is not the route's. */
function jsonOf(request: FastifyRequest, schema: TSchema): unknown {
  if (typeof request.body !== 'object' || request.body === null || !String(request.headers['content-type']).startsWith('application/json')) return NOT_JSON
  const [fault] = Value.Errors(schema, request.body)
  if (!fault) return request.body
  const field = fault.instancePath || `/${Object.keys(request.body)[0] ?? ''}`
  return { ...WRONG_BODY, field, en: `${WRONG_BODY.en} (${field} ${fault.message})` }
}
