import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { accepted, answer, errorBody, refusals, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]
export type TrustDeps = Pick<ServerDeps, 'trust'>

export const TrustView = Type.Object({
  authority: Type.Union([
    Type.Object({
      name: Type.String({ description: 'as it stands in the list of a phone' }),
      fingerprint: Type.String({ description: 'SHA-256 of the certificate, for comparing' }),
      until: Type.String(),
      certificate: Type.String({ description: 'path of the file' }),
    }),
    Type.Null({ description: 'this station has none of its own: its certificate is the one that was given to it, or it has none' }),
  ]),
  addresses: Type.Array(Type.String(), { description: 'where phones in the same network open the secure pages' }),
})
const CERTIFICATE = '/api/v1/trust/tieng-lang.crt'

const NONE: Refusal = {
  status: 404, code: 'no-authority',
  en: 'This station has no authority of its own: there is nothing to trust.',
  vi: 'Đài này không dùng chứng thực riêng: điện thoại không cần cài gì thêm.',
}

export function addTrustRoutes(app: App, { trust }: TrustDeps): void {
  const tags = ['trust']
  app.get('/trust', { config: { open: true }, schema: { tags, summary: 'How to open the secure pages in the local network', response: { 200: TrustView, ...refusals } } }, (_request, reply) => {
    const facts = trust?.() ?? null
    return answer(reply, accepted({
      authority: facts && { name: facts.name, fingerprint: facts.fingerprint, until: isoWithOffset(facts.until), certificate: CERTIFICATE },
      addresses: [...(facts?.addresses() ?? [])],
    }))
  })
  // Safari offers to install what is shown to it under this type; elsewhere the phone's settings ask for a file
  const query = Type.Object({ as: Type.Optional(Type.Literal('file')) }, { additionalProperties: false })
  app.get('/trust/tieng-lang.crt', { config: { open: true }, schema: { tags, summary: 'The certificate of this station’s own authority (DER); as=file: to be kept as a file', querystring: query } }, (request, reply) => {
    const facts = trust?.() ?? null
    if (!facts) return reply.code(NONE.status).send(errorBody(NONE))
    const asFile = request.query.as === 'file'
    return reply.header('content-disposition', `${asFile ? 'attachment' : 'inline'}; filename="tieng-lang.crt"`).type(asFile ? 'application/octet-stream' : 'application/x-x509-ca-cert').send(facts.certificate)
  })
}
