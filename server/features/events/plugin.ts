import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { sinceMs, type MonoMs } from '../../../shared/core/clock.ts'
import type { Identity } from '../../core/identity.ts'
import { SESSION_IDLE_MS, SESSION_LIFE_MS } from '../../core/person-cookie.ts'
import { identityOf } from '../../core/person-store.ts'
import { ErrorBody, errorBody, refusals, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { createEventStreams, type Screen } from './stream.ts'

export { startSoundWatch } from './sound-watch.ts'
export { createEventStreams, MOST_SCREENS, type EventStreams, type Screen, type StreamDeps } from './stream.ts'

const TOO_MANY: Refusal = {
  status: 503,
  code: 'too-many-screens',
  en: 'Too many screens follow the station at once: close some of them and try again.',
  vi: 'Quá nhiều màn hình đang theo dõi cùng lúc: hãy đóng bớt rồi thử lại.',
}
/** Who somebody is is asked anew this often while things happen. */
const TRUSTED_MS = 1_000

/** Who follows the stream is asked again and again: it ends when they sign out, are shut out, or their session does. */
function createStill(deps: ServerDeps, request: FastifyRequest): () => Identity | null {
  const { stores, clock } = deps
  const session = request.visitor?.session ?? null
  const constant = request.who
  const now = (): Identity | null => {
    if (!session) return constant
    const found = stores.people.sessions.byToken(session.tokenSha256)
    const at = clock.wall()
    if (!found || at >= found.lastUsedAt + SESSION_IDLE_MS || at >= found.createdAt + SESSION_LIFE_MS) return null
    const person = stores.people.byId(found.person)
    return person && person.disabledAt === null ? identityOf(person) : null
  }
  let known: { readonly who: Identity | null; readonly at: MonoMs } | null = null
  return () => {
    const at = clock.mono()
    if (known === null || sinceMs(known.at, at) >= TRUSTED_MS) known = { who: now(), at }
    return known.who
  }
}

function screenOf(reply: FastifyReply): Screen {
  const { raw } = reply
  return {
    write: (text) => raw.write(text),
    waiting: () => raw.writableLength,
    end: () => raw.destroy(),
    onClose: (fn) => void raw.once('close', fn),
  }
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  // a proxy that gathers would hold the news back
  'x-accel-buffering': 'no',
}

/** What happens at the station, as it happens: one stream to each screen. */
export const eventsPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const streams = createEventStreams(deps)
    // before the server waits for its connections to end
    app.addHook('preClose', async () => streams.stop())
    app.get(
      '/events',
      {
        config: { action: 'station.read' },
        schema: {
          tags: ['events'],
          summary: 'What happens, as text/event-stream: incident.opened, cluster.offline, timetable.published … Resumes after Last-Event-ID; the event "resync" says that lists must be read anew',
          querystring: Type.Object({ lastEventId: Type.Optional(Type.String({ maxLength: 40, description: 'as the header Last-Event-ID, for who cannot set it' })) }, { additionalProperties: false }),
          response: { ...refusals, '5xx': ErrorBody },
        },
      },
      async (request, reply) => {
        const header = request.headers['last-event-id']
        const lastId = (typeof header === 'string' ? header : undefined) ?? request.query.lastEventId ?? null
        const still = createStill(deps, request)
        const started = { yes: false }
        const screen = screenOf(reply)
        const first: Screen = {
          ...screen,
          write(text) {
            if (!started.yes) {
              started.yes = true
              reply.hijack()
              reply.raw.writeHead(200, HEADERS)
            }
            return screen.write(text)
          },
        }
        if (!streams.open(first, still, lastId)) return reply.code(TOO_MANY.status).send(errorBody(TOO_MANY))
        return reply
      },
    )
  }
