import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { formFor, type WebApp, type WebAsset } from '../../core/web-asset.ts'

/** Nothing from elsewhere, nothing inline: what a page does is in the files of this server. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
/** Built files carry a hash of their content in their name. */
const FOR_GOOD = 'public, max-age=31536000, immutable'
const ASK_AGAIN = 'no-cache'

function send(request: FastifyRequest, reply: FastifyReply, asset: WebAsset, cache: string): FastifyReply {
  reply.header('cache-control', cache).header('etag', asset.tag).header('vary', 'accept-encoding').header('content-security-policy', CSP).type(asset.type)
  if (request.headers['if-none-match'] === asset.tag) return reply.code(304).send()
  const { bytes, encoding } = formFor(asset, String(request.headers['accept-encoding'] ?? ''))
  if (encoding !== null) reply.header('content-encoding', encoding)
  return reply.send(bytes)
}

/** The pages that people work with. Every address that is not the API's is one of them: the page itself knows which. Belongs at the top. */
export const webPlugin =
  (web: WebApp): FastifyPluginAsync =>
  async (app) => {
    const index = web.get('/index.html')
    if (!index) return
    for (const [address, asset] of web) {
      if (address === '/index.html') continue
      app.get(address, { schema: { hide: true }, config: { open: true } }, (request, reply) => send(request, reply, asset, address.startsWith('/assets/') ? FOR_GOOD : ASK_AGAIN))
    }
    app.get('/*', { schema: { hide: true }, config: { open: true } }, (request, reply) => {
      if (/^\/(api|assets)\//.test(request.url)) return reply.callNotFound()
      return send(request, reply, index, ASK_AGAIN)
    })
  }
