import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { answer, errorBody, refusals } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { MAX_PACK_BYTES } from '../../core/update-files.ts'
import { readFileForm } from '../programmes/plugin.ts'
import { createUpdateHandlers, RolloutBody } from './handlers.ts'
import { ReleaseView, RolloutView } from './views.ts'

export { createUpdateRunner, type RunnerDeps, type UpdateLink, type UpdateRunner } from './runner.ts'
export { startUpdates } from './start.ts'
export { createUpdateStore } from './store.ts'

const ByRelease = Type.Object({ release: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }) })
const ById = Type.Object({ id: Type.String({ pattern: '^[0-9a-z]{10}$' }) })

/** cập nhật phần mềm cụm loa: releases of the agent, and how far they have come. */
export const updatesPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { releases } = deps
    if (!releases) return
    const handlers = createUpdateHandlers({ ...deps, releases })
    const tags = ['updates']
    const config = { action: 'cluster.service' } as const
    app.post(
      '/updates',
      {
        config,
        schema: { tags, summary: 'Hand a release of the agent to the station: a form with the file that npm run release has made, as the part "file"', consumes: ['multipart/form-data'], response: { 201: ReleaseView, ...refusals } },
      },
      async (request, reply) => {
        const form = await readFileForm(request, deps, MAX_PACK_BYTES)
        if (!form.ok) return reply.code(form.refusal.status).send(errorBody(form.refusal))
        try {
          return answer(reply, await handlers.announce(request.who, form.value.upload.path), 201)
        } finally {
          await form.value.upload.discard()
        }
      },
    )
    app.get('/updates', { config, schema: { tags, summary: 'Releases of the agent that the station has, the newest first', response: { 200: Type.Array(ReleaseView), ...refusals } } }, () => handlers.releases())
    app.post(
      '/updates/:release/rollouts',
      { config, schema: { tags, summary: 'Bring a release to clusters: a few first, then wave after wave, each when those before are well. It halts by itself otherwise.', params: ByRelease, body: RolloutBody, response: { 201: RolloutView, ...refusals } } },
      (request, reply) => answer(reply, handlers.roll(request.who, request.params.release, request.body), 201),
    )
    app.get('/rollouts', { config, schema: { tags, summary: 'Rollouts, the newest first', response: { 200: Type.Array(RolloutView), ...refusals } } }, (request) => handlers.list(request.who))
    app.get('/rollouts/:id', { config, schema: { tags, summary: 'The board of a rollout: how far each cluster has come', params: ById, response: { 200: RolloutView, ...refusals } } }, (request, reply) => answer(reply, handlers.one(request.who, request.params.id)))
    const turns = [
      ['halt', 'halted', 'No further cluster goes over'],
      ['resume', 'running', 'Go on, in spite of what went wrong so far'],
      ['cancel', 'cancelled', 'Give it up; clusters that run the release keep it'],
    ] as const
    for (const [verb, to, summary] of turns) {
      app.post(`/rollouts/:id/${verb}`, { config, schema: { tags, summary, params: ById, response: { 200: RolloutView, ...refusals } } }, (request, reply) => answer(reply, handlers.turn(request.who, request.params.id, to)))
    }
  }
