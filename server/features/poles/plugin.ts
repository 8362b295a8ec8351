import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, refusals } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { sendAudio } from '../programmes/plugin.ts'
import { createPoleHandlers, PoleDay } from './handlers.ts'

export { heardAgain, type Shelf } from './listening.ts'

const ByCode = Type.Object({ public: Type.String({ pattern: '^[2-9a-z]{8}$', description: 'eight characters, as they stand on the pole' }) })
const BySlot = Type.Object({ ...ByCode.properties, slot: Type.String({ pattern: '^[\\w.~-]{1,80}$', description: 'as in the items of the day' }) })

/** The page of a pole: what whoever stands below it may know without an account. */
export const polesPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const handlers = createPoleHandlers(deps)
    const tags = ['poles']
    const config = { open: true } as const
    app.get('/public/clusters/:public/day', { config, schema: { tags, summary: 'What sounds on this pole now and why, and its programme of today', params: ByCode, response: { 200: PoleDay, ...refusals } } }, (request, reply) =>
      answer(reply, handlers.day(request.params.public, request.ip)))
    app.get('/public/clusters/:public/items/:slot/audio', { config, schema: { tags, summary: 'To hear again what sounded here today; takes a byte range', params: BySlot, response: refusals } }, async (request, reply) =>
      sendAudio(reply, await handlers.sound(request.params.public, request.params.slot, { address: request.ip, range: request.headers.range })))
  }
