import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { addTrustRoutes, type TrustDeps } from './routes.ts'

/** How phones come to trust this station's own authority. Belongs below `/api/v1`. */
export const trustPlugin =
  (deps: TrustDeps): FastifyPluginAsyncTypebox =>
  async (app) =>
    addTrustRoutes(app, deps)
