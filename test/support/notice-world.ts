import { createHash } from 'node:crypto'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import multipart from '@fastify/multipart'
import Fastify, { type FastifyError, type FastifyPluginAsync } from 'fastify'
import type { Test } from 'tap'
import { createAgentWords } from '../../server/core/agent-words.ts'
import { createErrorAnswer } from '../../server/core/error-answer.ts'
import { ADMINISTRATOR_IDENTITY } from '../../server/core/identity.ts'
import type { Live } from '../../server/core/live-book.ts'
import { identityOf } from '../../server/core/person-store.ts'
import type { ServerDeps } from '../../server/core/server-deps.ts'
import { startLive } from '../../server/features/live/plugin.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'
import { COMMUNE, libraryWorld, OTHER_COMMUNE, type LibraryWorld } from './library-world.ts'
import { ask, type Answer, type Method } from './server-world.ts'

/** 06:00 in Viet Nam. */
export const MORNING_MS = 2 * 3_600_000

export interface NoticeWorld extends LibraryWorld {
  readonly live: Live
  /** Texts that were spoken. */
  readonly spoken: string[]
  /** Questions to a feature that plays at once, on behalf of a person (id) or (null) the administrator. */
  readonly door: (plugin: (live: Live) => FastifyPluginAsync) => Promise<(person: string | null, question: `${Method} ${string}`, payload?: unknown, headers?: Record<string, string>) => Promise<Answer>>
}

/** The library's people, two clusters in one commune and one in the other, a voice, and live broadcasts; the time is 06:00. */
export async function noticeWorld(t: Test, over: Partial<ServerDeps> = {}): Promise<NoticeWorld> {
  const spoken: string[] = []
  const speaker: NonNullable<ServerDeps['speaker']> = async ({ text }) => {
    spoken.push(text)
    return { ok: true, value: { sha: createHash('sha256').update(text).digest('base64url'), bytes: 9_000, durationMs: 20_000, loudnessLufs: -16, truePeakDb: -2, peaks: toBase64Url(new Uint8Array([1])) } }
  }
  const world = await libraryWorld(t, { speaker, ...over })
  world.clock.pass(MORNING_MS)
  const { stores } = world.deps
  for (const [id, area] of [['aaaaaaaaaa', COMMUNE], ['bbbbbbbbbb', `${COMMUNE}-dong`], ['cccccccccc', OTHER_COMMUNE]] as const) {
    stores.clusters.insert({ id, name: `Cụm ${id[0]}`, created: world.clock.wall(), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, area, '2026-01-01')
  }
  const live = startLive({ ...world.deps, words: createAgentWords(), hub: { burst: () => undefined, forget: () => undefined }, packetsOf: () => Promise.resolve([]) })
  t.teardown(() => live.stop())
  const door: NoticeWorld['door'] = async (plugin) => {
    const http = Fastify({ ajv: { customOptions: { removeAdditional: false, coerceTypes: false, verbose: true, strictTypes: false, strictTuples: false } } }).withTypeProvider<TypeBoxTypeProvider>()
    await http.register(multipart, { throwFileSizeLimit: false })
    const answerTo = createErrorAnswer(world.deps)
    http.setErrorHandler((error, request, reply) => {
      const { status, body } = answerTo(error as FastifyError, { method: request.method, path: request.routeOptions?.url ?? null })
      void reply.code(status).send(body)
    })
    http.addHook('onRequest', async (request) => {
      const person = stores.people.byId(String(request.headers['x-person']))
      request.who = person ? identityOf(person) : ADMINISTRATOR_IDENTITY
    })
    await http.register(plugin(live), { prefix: '/api/v1' })
    await http.ready()
    t.teardown(() => http.close())
    return (person, question, payload, headers = {}) => ask(http, question, payload, { ...(person === null ? {} : { 'x-person': person }), ...headers })
  }
  return { ...world, live, spoken, door }
}
