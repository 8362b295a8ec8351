import multipart from '@fastify/multipart'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, type FastifyServerOptions } from 'fastify'
import { compressText } from './adapters/http-compress.ts'
import { asPractice } from './adapters/practice-pages.ts'
import { readWebApp } from './adapters/web-app.ts'
import { deskPlugins } from './build-desk.ts'
import { createAttemptLimit } from './core/attempt-limit.ts'
import { createDoor, type Visitor } from './core/door.ts'
import type { Identity } from './core/identity.ts'
import type { Action } from './core/permissions.ts'
import { createErrorAnswer, NO_SUCH_ADDRESS } from './core/error-answer.ts'
import { errorBody, type Refusal } from './core/refusal.ts'
import { BrokenInvariant } from '../shared/core/result.ts'
import type { CapSeal } from './core/cap-ports.ts'
import type { EmergencyMessage } from './core/emergency.ts'
import type { Live } from './core/live-book.ts'
import type { ServerDeps } from './core/server-deps.ts'
import { areasPlugin } from './features/areas/plugin.ts'
import { backupsPlugin, type Backups } from './features/backups/plugin.ts'
import { capPlugin } from './features/cap/plugin.ts'
import { clustersPlugin } from './features/clusters/plugin.ts'
import { emergenciesPlugin, type RunningEmergencies } from './features/emergencies/plugin.ts'
import { enrolPlugin } from './features/enrol/plugin.ts'
import { evidencePlugin } from './features/evidence/plugin.ts'
import { healthPlugin } from './features/health/plugin.ts'
import { hornsPlugin } from './features/horns/plugin.ts'
import { livePlugin } from './features/live/plugin.ts'
import { microphonePlugin, type Microphone } from './features/microphone/plugin.ts'
import { onAirPlugin } from './features/on-air/plugin.ts'
import { peoplePlugin } from './features/people/plugin.ts'
import { practicePlugin } from './features/practice/plugin.ts'
import { keysPlugin } from './features/keys/plugin.ts'
import { mapPlugin, pictureOrigin } from './features/map/plugin.ts'
import { relaysPlugin, type Relays } from './features/relays/plugin.ts'
import { programmesPlugin, type StationSoundDeps } from './features/programmes/plugin.ts'
import { sessionsPlugin } from './features/sessions/plugin.ts'
import { speechPlugin } from './features/speech/plugin.ts'
import { standingPlugin } from './features/standing/plugin.ts'
import { trustPlugin } from './features/trust/plugin.ts'
import { webPlugin } from './features/web/plugin.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True where nobody is asked who they are. Absent = closed. */
    open?: boolean
    /** What it takes: a right that whoever asks must hold somewhere. Its handler asks `access` for the place. */
    action?: Action
    /** True where the right must be held for the whole station: what it does has no smaller place. */
    wholeStation?: boolean
    /** True where it is enough to be somebody, such as for one's own password. */
    known?: boolean
  }
  interface FastifyRequest {
    /** On whose behalf: set before any handler of a closed route runs. */
    who: Identity
    /** The same with the session; null where a route is open. */
    visitor: Visitor | null
  }
}

export type App = FastifyInstance

/** What people broadcast beside the timetable. */
export interface Broadcasting {
  readonly emergencies: RunningEmergencies
  readonly live: Live
  readonly microphone: Microphone
  readonly relays: Relays
  /** What speaks, and where its sound is kept. */
  readonly sounds: StationSoundDeps
  /** Who may warn this station, and by which key. */
  readonly seal: CapSeal
  /** What follows a warning that is called off without words of its own; null while it is not made yet. */
  readonly correction: () => EmergencyMessage | null
}

/** Everything that a request may cost, in one place: tests build the same app. */
const OPTIONS = {
  // one JSON document; routes that take more say so themselves
  bodyLimit: 1_048_576,
  // a programme of 200 MB over a weak 4G link from a phone
  requestTimeout: 1_800_000,
  connectionTimeout: 0,
  keepAliveTimeout: 72_000,
  routerOptions: { maxParamLength: 200 },
  forceCloseConnections: 'idle',
  return503OnClosing: true,
  logger: false,
  ajv: {
    customOptions: {
      // a field that is not known is a mistake of the writer, not something to drop in silence
      removeAdditional: false,
      // "5" is not 5: what was accepted is what was written
      coerceTypes: false,
      useDefaults: true,
      allErrors: false,
      verbose: true,
      strictTypes: false,
      strictTuples: false,
    },
  },
} satisfies FastifyServerOptions

const MULTIPART_LIMITS = { files: 1, fields: 10, parts: 11, fieldNameSize: 100, fieldSize: 10_000, headerPairs: 100 }

const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(self), microphone=(self)',
}
const NO_SCRIPTS = "default-src 'none'; frame-ancestors 'none'"

function addHeaders(app: FastifyInstance, deps: ServerDeps): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.headers(HEADERS)
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', NO_SCRIPTS)
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    if (deps.tls) reply.header('strict-transport-security', 'max-age=31536000')
  })
  app.addHook('onSend', compressText)
}

async function addDocs(app: FastifyInstance, deps: ServerDeps): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Tiếng Làng', description: 'Grassroots loudspeaker radio', version: deps.version },
      components: { securitySchemes: { administrator: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: 'tl-phien' } } },
    },
  })
  // served from the package on this machine: a station without the internet has its documentation too
  await app.register(swaggerUi, { routePrefix: '/api/docs', staticCSP: true, uiConfig: { deepLinking: true } })
}

const TOO_MANY_REQUESTS: Refusal = {
  status: 429,
  code: 'too-many-requests',
  en: 'Too many requests come from this address: wait some seconds and try again.',
  vi: 'Quá nhiều yêu cầu từ địa chỉ này: hãy đợi vài giây rồi thử lại.',
}
/** Far more than a commune's screens ask for behind one address, far less than keeps this server busy. */
const REQUESTS = { burst: 1_000, refillMs: 20 }
/** This machine itself, and a proxy on it that nobody named. */
const LOOPBACK = /^(::ffff:)?127\.|^::1$/

/** Asks who is there and for the right that the route names, before anything of the request's body is read. */
function guard(api: FastifyInstance, deps: ServerDeps): void {
  const door = createDoor(deps)
  const requests = createAttemptLimit(REQUESTS.burst, REQUESTS.refillMs)
  api.addHook('onRoute', (route) => {
    const { open = false, known = false, wholeStation = false, action } = route.config ?? {}
    // closed by default: whoever adds a route says who may call it
    if (!open && !known && action === undefined) throw new BrokenInvariant(`the route ${String(route.method)} ${route.url} names no right`)
    if (!route.schema) return
    if (!open) route.schema.security = [{ administrator: [] }, { session: [] }]
    Object.assign(route.schema, { 'x-right': open ? 'open' : known ? 'known' : action, ...(wholeStation ? { 'x-whole-station': true } : {}) })
  })
  api.addHook('onRequest', async (request, reply) => {
    if (!LOOPBACK.test(request.ip) && !requests.take(request.ip, deps.clock.mono())) return reply.code(429).header('retry-after', 1).send(errorBody(TOO_MANY_REQUESTS))
    const entered = door.enter(request, request.routeOptions.config)
    if (!entered.ok) {
      if (entered.refusal.status === 401) reply.header('www-authenticate', 'Bearer')
      return reply.code(entered.refusal.status).send(errorBody(entered.refusal))
    }
    request.visitor = entered.value
    if (entered.value) request.who = entered.value.who
    if (entered.value?.session) deps.practising?.noteRequest(request.method)
  })
}

/** Everything under /api/v1, behind one door. */
async function addApi(app: FastifyInstance, deps: ServerDeps, broadcasting: Broadcasting | null, backups: Backups | null): Promise<void> {
  await app.register(
    async (api) => {
      guard(api, deps)
      for (const plugin of [peoplePlugin, areasPlugin, clustersPlugin, enrolPlugin, programmesPlugin, sessionsPlugin, evidencePlugin, onAirPlugin, standingPlugin, hornsPlugin, mapPlugin, keysPlugin, trustPlugin, practicePlugin]) {
        await api.register(plugin(deps))
      }
      await api.register(backupsPlugin({ ...deps, backups }))
      for (const plugin of deskPlugins(deps, broadcasting)) await api.register(plugin)
      if (!broadcasting) return
      const all = { ...deps, ...broadcasting }
      for (const plugin of [emergenciesPlugin, livePlugin, microphonePlugin, relaysPlugin, capPlugin, speechPlugin]) await api.register(plugin(all))
    },
    { prefix: '/api/v1' },
  )
}

/** The HTTP side of the server, ready for `listen` or `inject`. */
export async function buildApp(deps: ServerDeps, broadcasting: Broadcasting | null = null, backups: Backups | null = null): Promise<App> {
  const answerTo = createErrorAnswer(deps)
  const answerError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const { status, body } = answerTo(error, { method: request.method, path: request.routeOptions?.url ?? null })
    void reply.code(status).send(body)
  }
  const trustProxy = deps.trustProxy && deps.trustProxy.length > 0 ? [...deps.trustProxy] : false
  const options: FastifyServerOptions = { ...OPTIONS, frameworkErrors: answerError, trustProxy, ...(deps.tls ? { https: deps.tls } : {}) }
  const app = Fastify(options).withTypeProvider<TypeBoxTypeProvider>()
  // what handlers answer is already the schema's type: no second serialiser that could drop a field or fail
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(errorBody(NO_SUCH_ADDRESS)))
  addHeaders(app, deps)
  await app.register(multipart, { limits: MULTIPART_LIMITS, throwFileSizeLimit: false })
  await addDocs(app, deps)
  // not in a scope of its own: it counts the requests of all the others
  await healthPlugin(deps)(app, {})
  await addApi(app, deps, broadcasting, backups)
  const pages = await readWebApp()
  const door = createDoor(deps)
  if (broadcasting) await app.register(webPlugin(deps.practising ? asPractice(pages) : pages, () => pictureOrigin(deps), (request) => door.enter(request, { known: true }).ok))
  await app.ready()
  return app
}
