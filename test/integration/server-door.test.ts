import fc from 'fast-check'
import t, { type Test } from 'tap'
import { AREAS, ask, serverWorld, TOKEN, type Method, type ServerWorld } from '../support/server-world.ts'

interface Operation { readonly security?: readonly object[] }
interface OpenApi { readonly openapi: string; readonly paths: Record<string, Record<string, Operation>> }

/** Every route that there is, from the document that is generated from the routes themselves. */
function routesOf(world: ServerWorld): { method: Method; path: string; operation: Operation }[] {
  const { paths } = (world.app as unknown as { swagger(): OpenApi }).swagger()
  return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase() as Method, path, operation })))
}
const addressOf = (path: string): string => path.replace('{id}', path.includes('clusters') ? '0000000000' : 'none')

/** Routes that a person decided to leave open; whoever adds one adds it here. */
const OPEN = ['GET /healthz', 'GET /metrics', 'POST /api/v1/enrol', 'POST /api/v1/sign-in', 'POST /api/v1/links/look', 'POST /api/v1/links/use', 'GET /api/v1/trust', 'GET /api/v1/trust/tieng-lang.crt']
/** Open to whoever holds a link or a key of their own, which the handler looks at, or to anybody at the pole. */
const BY_LINK = ['approval/{token}', 'timetable/calendar/{token}', 'inspect/{token}', 'source/bulletins', 'public/clusters/{public}'].map((path) => `/api/v1/${path}`)

t.test('every route but those named open asks for the token', async (t) => {
  const world = await serverWorld(t)
  const routes = routesOf(world)
  t.ok(routes.length >= 22, `${routes.length} routes`)
  for (const { method, path, operation } of routes) {
    const name = `${method} ${path}`
    const byLink = BY_LINK.some((one) => path === one || path.startsWith(`${one}/`))
    for (const authorization of ['', 'Bearer wrong', `Basic ${TOKEN}`, TOKEN, `Bearer ${TOKEN}x`]) {
      const { status, body, headers } = await ask(world.app, `${method} ${addressOf(path)}`, undefined, { authorization })
      if (byLink) {
        t.ok(status >= 400 && status < 500, `${name}: ${status} without its link`)
        continue
      }
      if (OPEN.includes(name)) {
        t.not(status, 401, name)
        continue
      }
      t.equal(status, 401, `${name} with "${authorization}"`)
      t.match(body, { error: { en: /token/, vi: /mã quản trị/i } })
      t.equal(headers['www-authenticate'], 'Bearer')
    }
    t.equal((operation.security ?? []).length > 0, !OPEN.includes(name) && !byLink, `${name} in the document`)
  }
})

t.test('the document is OpenAPI 3.1, and its page needs nothing from elsewhere', async (t) => {
  const { app } = await serverWorld(t)
  t.match((await ask(app, 'GET /api/docs/json')).body, { openapi: '3.1.0', paths: { '/api/v1/sessions': {} } })
  const page = await ask(app, 'GET /api/docs/', undefined, { authorization: '' })
  t.equal(page.status, 200)
  t.notMatch(page.text, /(src|href)="https?:/)
  t.match(page.headers['content-security-policy'], /'self'/)
})

t.test('every answer carries the security headers', async (t) => {
  const { app } = await serverWorld(t)
  for (const url of ['/api/v1/areas', '/healthz', '/nothing']) {
    t.match((await ask(app, `GET ${url}`)).headers, { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'content-security-policy': /frame-ancestors 'none'/, 'cache-control': 'no-store' }, url)
  }
})

t.test('what is no JSON, no known type or too long is answered with a sentence', async (t) => {
  const { app } = await serverWorld(t)
  const json = { 'content-type': 'application/json' }
  const cases: [string, Record<string, string>, number][] = [
    ['{"code": "24958",', json, 400],
    ['', json, 400],
    ['null', json, 400],
    ['[]', json, 400],
    ['{"__proto__": {"a": 1}}', json, 400],
    ['{"code": 1}', { 'content-type': 'text/html' }, 415],
    ['code: 1', { 'content-type': 'application/yaml' }, 415],
    [`{"name": "${'x'.repeat(1_100_000)}"}`, json, 413],
  ]
  for (const [payload, headers, status] of cases) {
    const answer = await ask(app, 'POST /api/v1/areas', payload, headers)
    t.equal(answer.status, status, payload.slice(0, 30))
    t.match(answer.body, { error: { code: /\S/, en: /[.:].*$/, vi: /\S/ } })
  }
  t.match(await ask(app, 'GET /api/v1/%zz'), { status: 400, body: { error: { en: /\S/ } } })
  t.match(await ask(app, 'GET /nowhere'), { status: 404, body: { error: { en: /nothing at this address/ } } })
})

t.test('an error of ours is logged under the number that the answer names, and its text stays here', async (t) => {
  const world = await serverWorld(t, { slotsFor: () => { throw new Error('secret detail') } })
  const claim = (await ask(world.app, 'POST /api/v1/clusters/claims', {})).body as { claim: string }
  await ask(world.app, 'POST /api/v1/enrol', { claim: claim.claim, publicKey: 'A'.repeat(43), agent: '1' })
  const { status, body, text } = await ask(world.app, 'GET /api/v1/on-air')
  t.equal(status, 500)
  t.notMatch(text, /secret detail/)
  const [logged] = world.errors as { id: string; error: string }[]
  t.match(logged, { error: /secret detail/, path: '/api/v1/on-air' })
  t.match(body, { error: { code: 'internal', en: new RegExp(logged?.id ?? '-') } })
})

t.test('health says what is wrong, and the figures count', async (t) => {
  let broker = true
  const world = await serverWorld(t, { vitals: { brokerConnected: () => broker, lastHeartbeat: () => null } })
  t.match(await ask(world.app, 'GET /healthz'), { status: 503, body: { ok: false, database: true, broker: true, lastHeartbeat: null } })
  broker = false
  t.match(await ask(world.app, 'GET /healthz'), { status: 503, body: { broker: false } })
  t.match((await ask((await serverWorld(t)).app, 'GET /healthz')), { status: 200, body: { ok: true, version: '0.1.0' } })
  await ask(world.app, 'GET /api/v1/areas')
  const { text } = await ask(world.app, 'GET /metrics')
  for (const line of ['tieng_lang_clusters 0', 'tieng_lang_broker_connected 0', 'tieng_lang_heartbeat_age_seconds -1', 'tieng_lang_http_requests_total{method="GET",status="2xx"} 1', 'tieng_lang_http_requests_total{method="GET",status="5xx"} 2']) {
    t.ok(text.split('\n').includes(line), line)
  }
})

/** Bodies near the right one: known fields with any value, unknown fields, and plain noise. */
const FIELDS = ['id', 'name', 'code', 'kind', 'parent', 'at', 'until', 'days', 'targets', 'items', 'claim', 'publicKey', 'agent', 'volume', 'area', 'mute', 'stop', 'repeat', 'extend', 'except', 'stagger', 'policy']
const SEEDS = [
  { id: 'sang', name: 'Sáng', at: '05:30', until: '06:30', days: 'daily', targets: 'all', items: [{ speak: 'Xin chào' }] },
  { code: '24960', name: 'x', kind: 'commune', parent: '68' },
  { name: 'x', area: '24958' },
]
const body = fc.oneof(
  fc.anything({ maxDepth: 3, withNullPrototype: false }),
  fc.dictionary(fc.constantFrom(...FIELDS), fc.jsonValue({ maxDepth: 3 })),
  fc.tuple(fc.constantFrom(...SEEDS), fc.constantFrom(...FIELDS), fc.jsonValue({ maxDepth: 3 })).map(([seed, field, value]) => ({ ...seed, [field]: value })),
  fc.string({ unit: 'binary' }),
)
const isJson = (value: unknown): string | null => {
  try {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? null)
  } catch {
    return null // a bigint or a cycle cannot be sent
  }
}

t.test('whatever is sent to whichever route, the answer is a success or a sentence, never a failure of ours', async (t: Test) => {
  const world = await serverWorld(t)
  for (const area of AREAS) await ask(world.app, 'POST /api/v1/areas', area)
  const routes = routesOf(world).filter(({ method, path }) => method !== 'GET' && path.startsWith('/api/v1'))
  const type = fc.constantFrom('application/json', 'application/json', 'application/json', 'application/yaml', 'multipart/form-data; boundary=x', 'text/plain', '')
  const seed = Math.floor(Math.random() * 1e9)
  t.comment(`seed ${seed}`)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...routes), body, type, async ({ method, path }, value, contentType) => {
      const payload = isJson(value)
      if (payload === null) return
      const answer = await ask(world.app, `${method} ${addressOf(path).replace('none', 'sang')}`, payload, contentType === '' ? {} : { 'content-type': contentType })
      if (answer.status >= 500 || (answer.status >= 400 && !(answer.body as { error?: { en?: string } } | null)?.error?.en)) {
        throw new Error(`${method} ${path} ${contentType} ${payload} → ${answer.status} ${answer.text} ${JSON.stringify(world.errors)}`)
      }
    }),
    { seed, numRuns: 400 },
  )
  t.same(world.errors, [])
  const query = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('2026-11-23', '2026-02-30', '2026-11-23T05:30:00+07:00', '9999-99-99'))
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('on-air?at=', 'evidence?date=', 'on-air?cluster=', 'evidence?date=2026-11-23&limit=', 'programmes/', 'clusters/', 'sessions/'), query, async (path, value) => {
      const { status } = await ask(world.app, `GET /api/v1/${path}${encodeURIComponent(Buffer.from(value).toString())}`)
      if (status >= 500) throw new Error(`${path}${value} → ${status}`)
    }),
    { seed, numRuns: 200 },
  )
})
