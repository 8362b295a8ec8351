import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { httpSource } from '../../server/adapters/source-http.ts'
import { MAX_ATTEMPTS, type SourceSystem } from '../../server/core/source-system.ts'
import { startSourceQueue } from '../../server/features/source/plugin.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { ask, serverWorld, type ServerWorld } from '../support/server-world.ts'

interface Taken {
  readonly n: string
  readonly body: unknown
}
/** A higher level's system that answers what it is told to. */
async function system(t: Test, answers: number[]): Promise<{ readonly url: string; readonly taken: Taken[] }> {
  const taken: Taken[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const status = answers.shift() ?? 200
      if (status === 200) taken.push({ n: String(request.headers['tl-message']), body: JSON.parse(Buffer.concat(chunks).toString()) })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/bien-nhan`, taken }
}
function post(world: ServerWorld, push: string): void {
  const { sources } = world.deps.stores
  const made: SourceSystem = { id: 'abcdefabcdef', name: 'Sở', areas: ['68'], emergencies: false, push, createdBy: 'administrator', createdAt: world.clock.wall(), revokedAt: null }
  if (!sources.system(made.id)) sources.insertSystem(made, new Uint8Array(32).fill(3))
  sources.post({ source: made.id, kind: 'receipt', body: JSON.stringify({ id: 'TB-01' }), createdAt: world.clock.wall() })
}

t.test('a receipt that could not be sent is sent by the next server, from the same folder', async (t) => {
  const folder = t.testdir()
  const { url, taken } = await system(t, [503])
  const first = await serverWorld(t, {}, folder)
  post(first, url)
  const queue = startSourceQueue({ ...first.deps, adapter: httpSource })
  await queue.look()
  t.same(taken, [])
  t.match(first.deps.stores.sources.posts('abcdefabcdef', 9), [{ state: 'waiting', attempts: 1, problem: 'it answered 503' }])
  await queue.look()
  t.equal(first.deps.stores.sources.posts('abcdefabcdef', 9)[0]?.attempts, 1, 'not before its time')
  queue.stop()
  await first.close()
  const second = await serverWorld(t, {}, folder)
  second.clock.pass(60_000)
  await startSourceQueue({ ...second.deps, adapter: httpSource }).look()
  t.same(taken, [{ n: '1', body: { id: 'TB-01' } }])
  t.match(second.deps.stores.sources.posts('abcdefabcdef', 9), [{ state: 'sent', attempts: 2, problem: null }])
})

t.test('a server that ends between the answer and its note sends it again under the same number', async (t) => {
  const { url, taken } = await system(t, [])
  const world = await serverWorld(t)
  post(world, url)
  const dying = startSourceQueue({ ...world.deps, adapter: httpSource })
  const under = dying.look()
  dying.stop()
  await under
  t.equal(world.deps.stores.sources.posts('abcdefabcdef', 9)[0]?.state, 'waiting')
  await startSourceQueue({ ...world.deps, adapter: httpSource }).look()
  t.same(taken.map(({ n }) => n), ['1', '1'])
})

t.test('what is never taken is given up where people see it, and can be tried again', async (t) => {
  const { url, taken } = await system(t, Array.from({ length: MAX_ATTEMPTS }, () => 500))
  const world = await serverWorld(t)
  const events: string[] = []
  world.deps.events.onEvent(({ kind }) => void events.push(kind))
  post(world, url)
  const queue = startSourceQueue({ ...world.deps, adapter: httpSource })
  for (let n = 0; n < MAX_ATTEMPTS; n++) {
    await queue.look()
    world.clock.pass(2 * 3_600_000)
  }
  t.match((await ask(world.app, 'GET /api/v1/source-systems/abcdefabcdef/posts')).body, [{ state: 'given-up', attempts: MAX_ATTEMPTS, problem: 'it answered 500' }])
  t.same(events, ['source.given-up'])
  t.equal((await ask(world.app, 'POST /api/v1/source-systems/abcdefabcdef/posts/1/retry')).status, 200)
  await queue.look()
  t.equal(taken.length, 1)
  t.equal((await ask(world.app, 'POST /api/v1/source-systems/abcdefabcdef/posts/1/retry')).status, 409)
})

t.test('nothing is sent to a system whose credential was taken back', async (t) => {
  const { url, taken } = await system(t, [])
  const world = await serverWorld(t)
  post(world, url)
  t.equal((await ask(world.app, 'DELETE /api/v1/source-systems/abcdefabcdef')).status, 200)
  await startSourceQueue({ ...world.deps, adapter: httpSource }).look()
  t.same(taken, [])
  t.equal(world.deps.stores.sources.duePosts(wallMs(world.clock.wall() + 9e9), 9).length, 0)
})
