import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, errorBody, refusals } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { ProgrammeView, type ProgrammeHandlers } from './handlers.ts'
import { MAX_UPLOAD_BYTES, readUploadForm } from './upload-form.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const tags = ['programmes']
const ById = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$', description: 'as in the list of programmes' }) })

export function addProgrammeRoutes(app: App, handlers: ProgrammeHandlers, deps: ServerDeps): void {
  app.get('/programmes', { config: { action: 'programme.read', wholeStation: true }, schema: { tags, summary: 'All programmes', response: { 200: Type.Array(ProgrammeView), ...refusals } } }, () => handlers.list())
  app.get('/programmes/:id', { config: { action: 'programme.read', wholeStation: true }, schema: { tags, summary: 'One programme, with its waveform', params: ById, response: { 200: ProgrammeView, ...refusals } } }, (request, reply) =>
    answer(reply, handlers.one(request.params.id)),
  )
  app.delete('/programmes/:id', { config: { action: 'programme.write', wholeStation: true }, schema: { tags, summary: 'Remove a programme that no session uses', params: ById, response: { 200: Type.Object({ id: Type.String() }), ...refusals } } }, (request, reply) =>
    answer(reply, handlers.remove(request.params.id)),
  )
  addUpload(app, handlers, deps)
  addAudio(app, handlers)
}

function addUpload(app: App, handlers: ProgrammeHandlers, deps: ServerDeps): void {
  const schema = {
    tags,
    summary: 'Upload a recording (multipart: file, name, folder, music); it is levelled and stored',
    consumes: ['multipart/form-data'],
    response: { 201: ProgrammeView, ...refusals },
  }
  app.post('/programmes', { config: { action: 'programme.write', wholeStation: true }, bodyLimit: MAX_UPLOAD_BYTES + 1_048_576, schema }, async (request, reply) => {
    const form = await readUploadForm(request, deps)
    if (!form.ok) return answer(reply, form)
    const { upload, ...fields } = form.value
    try {
      return answer(reply, await handlers.create({ ...fields, path: upload.path }), 201)
    } finally {
      await upload.discard()
    }
  })
}

function addAudio(app: App, handlers: ProgrammeHandlers): void {
  app.get('/programmes/:id/audio', { config: { action: 'programme.read', wholeStation: true }, schema: { tags, summary: 'The sound as clusters hold it (Ogg Opus); takes a byte range', params: ById } }, async (request, reply) => {
    const outcome = await handlers.audio(request.params.id, request.headers.range)
    if (!outcome.ok) return reply.code(outcome.refusal.status).send(errorBody(outcome.refusal))
    const { stream, total, range } = outcome.value
    const part = range.to - range.from + 1
    if (part < total) reply.code(206).header('content-range', `bytes ${range.from}-${range.to}/${total}`)
    return reply.header('accept-ranges', 'bytes').header('content-length', part).type('audio/ogg').send(stream)
  })
}
