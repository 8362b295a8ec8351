import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, refusals } from '../../core/refusal.ts'
import { CapAnswer } from './answer.ts'
import type { CapHandlers } from './handlers.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

/** A warning with long polygons; a bulletin of many pages is none. */
const MAX_CAP_BYTES = 262_144
const CAP_TYPES = ['application/cap+xml', 'application/xml', 'text/xml']

/** The signature is the authority: no token is asked for. A scope of its own, for only here is XML taken. */
export function addCapRoutes(app: App, handlers: CapHandlers): void {
  app.removeAllContentTypeParsers()
  for (const type of CAP_TYPES) app.addContentTypeParser(type, { parseAs: 'buffer', bodyLimit: MAX_CAP_BYTES }, (_request, body, done) => done(null, body))
  const schema = {
    tags: ['emergencies'],
    summary: 'A warning of another system: CAP 1.2, XML, signed (enveloped XML signature over the whole alert)',
    consumes: CAP_TYPES,
    body: Type.Unknown({ description: 'alert in urn:oasis:names:tc:emergency:cap:1.2: Alert, Update or Cancel' }),
    response: { 201: CapAnswer, ...refusals },
  }
  app.post('/cap', { bodyLimit: MAX_CAP_BYTES, config: { open: true }, schema }, async (request, reply) =>
    answer(reply, await handlers.receive(request.body as Uint8Array, request.ip), 201),
  )
}
