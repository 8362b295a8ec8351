import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startProgram, type ChildProgram } from '../support/child-program.ts'
import { stationFolder } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'

interface Server extends ChildProgram {
  readonly url: string
  /** Of the first administrator's link; null where none was printed. */
  readonly link: string | null
}
t.setTimeout(240_000)
const { folder, timetable } = stationFolder()
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

async function start(): Promise<Server> {
  const program = startProgram('server/main.ts', { TL_PORT: '0', TL_MQTT_PORT: '0', TL_DATA: join(folder, 'data'), TL_TIMETABLE: timetable }, ['--no-demo'])
  const ready = /Address: (\S+) [\s\S]*Administrator token: \S+\n(?:First administrator [^\n]*: (\S+)\n)?/
  if (!(await until(() => ready.test(program.out()), 60_000))) throw new Error(`the server did not start: ${program.out()}${program.err()}`)
  // the line of the link comes in the same breath as the one before it, or not at all
  await new Promise((done) => setTimeout(done, 200))
  const [, url = '', link] = ready.exec(program.out()) ?? []
  return { ...program, url, link: link?.split('#')[1] ?? null }
}
async function kill(program: ChildProgram): Promise<void> {
  program.child.kill('SIGKILL')
  await program.ended
}
const post = (server: Server, path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/api/v1${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })

t.test('who came in stays in when the server is killed, and the link that brought them in is used up', { timeout: 180_000 }, async (t) => {
  let server = await start()
  t.teardown(() => kill(server))
  const [first, password] = [server.link, 'trâu ăn cỏ xanh']
  t.match(first, /^[\w-]{32}$/)
  await kill(server)
  server = await start()
  const second = server.link
  t.not(second, first, 'a new link at every start')
  t.equal((await post(server, '/links/use', { token: first, password, name: 'Nguyễn Văn An' })).status, 404)
  const came = await post(server, '/links/use', { token: second, password, name: 'Nguyễn Văn An', phone: '0912 345 678' })
  t.equal(came.status, 200)
  const cookie = came.headers.get('set-cookie')?.split(';')[0] ?? ''
  const { csrf } = (await came.json()) as { csrf: string }
  await kill(server)
  server = await start()
  t.equal(server.link, null, 'no link any more')
  t.equal((await post(server, '/links/use', { token: second, password, name: 'Kẻ Gian' })).status, 410)
  const me = await fetch(`${server.url}/api/v1/me`, { headers: { cookie } })
  t.match(await me.json(), { name: 'Nguyễn Văn An', phone: '+84912345678', csrf })
  t.equal((await post(server, '/sign-out', {}, { cookie, 'x-csrf-token': csrf })).status, 200)
  t.equal((await fetch(`${server.url}/api/v1/me`, { headers: { cookie } })).status, 401, 'and who went out is out')
  const again = await post(server, '/sign-in', { login: '+84 912 345 678', password })
  t.equal(again.status, 200, 'with the real cost of a password')
})
