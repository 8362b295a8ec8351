import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { ClusterId } from '../../../shared/protocol/messages/fields.ts'
import { answer, refusals } from '../../core/refusal.ts'
import { ClaimRequest, EnrolRequest, type EnrolHandlers } from './handlers.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

const ClaimMade = Type.Object({
  claim: Type.String({ description: 'XXXX-XXXX-XXXX-XXXX.FINGERPRINT, shown this once' }),
  expiresAt: Type.String(),
  name: Type.Union([Type.String(), Type.Null()]),
  area: Type.Union([AreaCode, Type.Null()]),
})
const Enrolled = Type.Object({
  cluster: ClusterId,
  mqttUrl: Type.String(),
  /** Also the MQTT password; given this once and stored only as a hash. */
  password: Type.String(),
  root: Type.String({ description: 'public root key, base64url' }),
  serverTime: Type.Integer({ description: 'milliseconds since 1970, for a box without a clock' }),
})

export function addEnrolRoutes(app: App, handlers: EnrolHandlers): void {
  const tags = ['clusters']
  app.post(
    '/clusters/claims',
    { config: { action: 'cluster.enrol' }, schema: { tags, summary: 'Make a claim with which one box can enrol within ten minutes', body: ClaimRequest, response: { 201: ClaimMade, ...refusals } } },
    (request, reply) => answer(reply, handlers.claim(request.who, request.body), 201),
  )
  app.post(
    '/enrol',
    {
      // the claim is the credential: a box has no other yet
      config: { open: true },
      bodyLimit: 4_096,
      schema: { tags, summary: 'Turn a claim into a cluster (called by the box itself)', body: EnrolRequest, response: { 200: Enrolled, ...refusals } },
    },
    async (request, reply) => answer(reply, await handlers.enrol(request.body, request.ip)),
  )
}
