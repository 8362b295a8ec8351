import websocket from '@fastify/websocket'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyPluginAsync } from 'fastify'
import { addMicrophoneRoutes, MAX_MESSAGE_BYTES, type MicrophoneDoorDeps } from './door.ts'

export { startMicrophone, type Microphone, type MicrophoneDeps } from './microphone.ts'

/** The WebSocket of microphones. Belongs below `/api/v1`, whose token check it takes part in by tickets. */
export const microphonePlugin =
  (deps: MicrophoneDoorDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(websocket, { options: { maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false } })
    addMicrophoneRoutes(app, deps)
  }

/** A file of the page; null when it is not there. */
export type WebFile = (name: string) => Promise<Uint8Array | null>

const FILES = {
  '/microphone': ['microphone/index.html', 'text/html; charset=utf-8'],
  '/microphone/page.mjs': ['microphone/page.mjs', 'text/javascript; charset=utf-8'],
  '/microphone/worklet.mjs': ['microphone/worklet.mjs', 'text/javascript; charset=utf-8'],
  '/microphone/page.css': ['microphone/page.css', 'text/css; charset=utf-8'],
} as const
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The page with one big button. Belongs at the top: it asks for the token itself. */
export const microphonePagePlugin =
  (file: WebFile): FastifyPluginAsync =>
  async (app) => {
    for (const [address, [name, type]] of Object.entries(FILES)) {
      app.get(address, { schema: { hide: true }, config: { open: true } }, async (_request, reply) => {
        const bytes = await file(name)
        if (bytes === null) return reply.code(404).send()
        return reply.header('content-security-policy', CSP).type(type).send(bytes)
      })
    }
  }
