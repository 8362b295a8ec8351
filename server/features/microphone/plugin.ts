import websocket from '@fastify/websocket'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { addMicrophoneRoutes, MAX_MESSAGE_BYTES, type MicrophoneDoorDeps } from './door.ts'

export { startMicrophone, type Microphone, type MicrophoneDeps } from './microphone.ts'

/** The WebSocket of microphones. Belongs below `/api/v1`, whose token check it takes part in by tickets. */
export const microphonePlugin =
  (deps: MicrophoneDoorDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    await app.register(websocket, { options: { maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false } })
    addMicrophoneRoutes(app, deps)
  }
