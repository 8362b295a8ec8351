import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { formFor, type WebApp, type WebAsset } from '../../core/web-asset.ts'
import { FIRST_ASKS } from '../../web/app/src/lib/first-asks.ts'

/** Nothing from elsewhere, nothing inline: what a page does is in the files of this server. `pictures`: the one place beside it that an administrator lets pictures come from. */
const policy = (pictures: string | null): string =>
  `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:${pictures === null ? '' : ` ${pictures}`}; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`
/** Built files carry a hash of their content in their name. */
const FOR_GOOD = 'public, max-age=31536000, immutable'
const ASK_AGAIN = 'no-cache'

/** What a page names comes before what it will ask for: browsers have six requests on the way at a time. */
function codeOf(index: WebAsset): string[] {
  const page = Buffer.from(index.bytes).toString('utf8')
  const [scripts, styles] = [/<script type="module"[^>]* src="([^"]+)"/g, /<link rel="stylesheet"[^>]* href="([^"]+)"/g].map((pattern) => [...page.matchAll(pattern)].flatMap(([, path]) => path ?? []))
  return [...(scripts ?? []).map((path) => `<${path}>; rel=modulepreload; crossorigin=anonymous`), ...(styles ?? []).map((path) => `<${path}>; rel=preload; as=style; crossorigin=anonymous`)]
}
/**
 * What the first screen will ask for: the browser asks at once, beside the page's code and not after it. These are addresses and never
 * answers, so that nothing of a person is kept with the page. As `fetch` asks: the attribute names a mode, and what is sent is the same.
 */
const ANSWERS = Object.values(FIRST_ASKS).map((path) => `</api/v1${path}>; rel=preload; as=fetch; crossorigin=anonymous`)

const isFirst = ({ url }: FastifyRequest): boolean => url === '/' || url.startsWith('/?')

/** What is sent of a file, and how long it may be kept. */
interface Sending {
  readonly asset: WebAsset
  readonly cache: string
  readonly pictures: string | null
}

/**
 * The worker keeps the page for times without a link, and with it the policy under which it came: where that changes, the worker is
 * another one, and browsers fetch the page anew.
 */
const workerUnder = (worker: WebAsset, pictures: string): string => `${Buffer.from(worker.bytes).toString('utf8')}\n// pictures from ${pictures}\n`

function send(request: FastifyRequest, reply: FastifyReply, { asset, cache, pictures }: Sending): FastifyReply {
  // the same page under another policy is another answer
  const tag = pictures === null ? asset.tag : `${asset.tag.slice(0, -1)}.${pictures}"`
  reply.header('cache-control', cache).header('etag', tag).header('content-security-policy', policy(pictures)).type(asset.type)
  if (!reply.hasHeader('vary')) reply.header('vary', 'accept-encoding')
  if (request.headers['if-none-match'] === tag) return reply.code(304).send()
  if (pictures !== null && asset.type.startsWith('text/javascript')) return reply.send(workerUnder(asset, pictures))
  const { bytes, encoding } = formFor(asset, String(request.headers['accept-encoding'] ?? ''))
  if (encoding !== null) reply.header('content-encoding', encoding)
  return reply.send(bytes)
}

/** The pages that people work with. Every address that is not the API's is one of them: the page itself knows which. Belongs at the top. `isKnown`: whether whoever asks is signed in. */
export const webPlugin =
  (web: WebApp, pictures: () => string | null = () => null, isKnown: (request: FastifyRequest) => boolean = () => false): FastifyPluginAsync =>
  async (app) => {
    const index = web.get('/index.html')
    if (!index) return
    const ahead = [...codeOf(index), ...ANSWERS].join(', ')
    for (const [address, asset] of web) {
      if (address === '/index.html') continue
      const cache = address.startsWith('/assets/') ? FOR_GOOD : ASK_AGAIN
      app.get(address, { schema: { hide: true }, config: { open: true } }, (request, reply) => send(request, reply, { asset, cache, pictures: cache === FOR_GOOD ? null : pictures() }))
    }
    app.get('/*', { schema: { hide: true }, config: { open: true } }, (request, reply) => {
      if (/^\/(api|assets)\//.test(request.url)) return reply.callNotFound()
      // who is there decides what comes along
      reply.header('vary', 'accept-encoding, cookie')
      if (isFirst(request) && isKnown(request)) reply.header('link', ahead)
      return send(request, reply, { asset: index, cache: ASK_AGAIN, pictures: pictures() })
    })
  }
