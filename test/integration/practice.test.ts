import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import t, { type Test } from 'tap'
import { civilDate } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { killed, startProgram, type ChildProgram } from '../support/child-program.ts'
import { until } from '../support/mqtt-client.ts'
import { ROOT } from '../support/tree.ts'

t.setTimeout(400_000)
const cannot = existsSync(join(ROOT, 'dist', 'agent', 'main.mjs')) ? false : 'the agent is not built: npm run build:agent'
const OPENS_WITHIN_MS = 120_000
/** A secret of the station's surroundings that must not be found in those of the practice station. */
const SECRET = 'not-for-practice'

interface Reply {
  readonly status: number
  readonly cookie: string | null
  readonly body: Record<string, unknown>
}
interface Asking {
  readonly headers?: Record<string, string>
  readonly body?: object
  /** Of an authority, PEM. */
  readonly ca?: string
}
function ask(question: string, { headers = {}, body, ca }: Asking = {}): Promise<Reply> {
  const space = question.indexOf(' ')
  const [method, url] = [question.slice(0, space), question.slice(space + 1)]
  const open = url.startsWith('https') ? httpsRequest : httpRequest
  return new Promise((done, failed) => {
    const sent = open(url, { method, agent: false, ...(ca === undefined ? {} : { ca }), headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) } }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
        const text = String(Buffer.concat(parts))
        const isJson = String(answer.headers['content-type']).includes('json')
        done({ status: answer.statusCode ?? 0, cookie: answer.headers['set-cookie']?.[0]?.split(';')[0] ?? null, body: isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : { text } })
      })
    })
    sent.on('error', failed)
    sent.end(body ? JSON.stringify(body) : undefined)
  })
}
const listens = (url: string): Promise<boolean> =>
  new Promise((done) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => {
      socket.destroy()
      done(true)
    }).on('error', () => done(false))
  })

/** Processes that this one started, and those that they started. */
function below(pid: number): { readonly pid: number; readonly env: string; readonly args: string; readonly nice: number }[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return [{ pid: Number(name), parent: Number(fields[1]), nice: Number(fields[16]), env: readFileSync(`/proc/${name}/environ`, 'utf8'), args: readFileSync(`/proc/${name}/cmdline`, 'utf8') }]
    } catch {
      // it ended while it was looked at
      return []
    }
  })
  const of = (parent: number): typeof all => all.filter((one) => one.parent === parent).flatMap((one) => [one, ...of(one.pid)])
  return of(pid)
}

interface Station {
  readonly program: ChildProgram
  readonly data: string
  readonly url: string
  readonly secureUrl: string
  readonly token: string
  readonly first: string
}
async function station(t: Test): Promise<Station> {
  const folder = mkdtempSync(join(tmpdir(), 'tl-practice-'))
  const data = join(folder, 'data')
  const program = startProgram('server/main.ts', { TL_PORT: '0', TL_MQTT_PORT: '0', TL_HTTPS_PORT: '0', TL_BIND: '127.0.0.1', TL_DATA: data, TL_HEARTBEAT_URL: `http://127.0.0.1:9/${SECRET}`, TL_LOG_LEVEL: 'error' }, ['--no-demo'])
  t.teardown(async () => {
    program.child.kill('SIGTERM')
    await program.ended
    rmSync(folder, { recursive: true, force: true })
  })
  if (!(await until(() => program.out().includes('First administrator'), 90_000))) throw new Error(`the server did not start: ${program.out()}${program.err()}`)
  const said = (pattern: RegExp): string => pattern.exec(program.out())?.[1] ?? ''
  return { program, data, url: said(/^Address: (\S+)/m), secureUrl: said(/^In the local network: (\S+)/m), token: said(/^Administrator token: (\S+)/m), first: said(/^First administrator .*#(\S+)/m) }
}
async function opened(base: string, headers: Record<string, string>, ca?: string): Promise<void> {
  const more = { headers, ...(ca === undefined ? {} : { ca }) }
  const first = await ask(`POST ${base}/api/v1/practice`, more)
  if (first.status !== 200) throw new Error(JSON.stringify(first.body))
  let phase: unknown = null
  const look = async (): Promise<void> => void (phase = (await ask(`GET ${base}/api/v1/practice`, more)).body['phase'])
  for (const end = performance.now() + OPENS_WITHIN_MS; performance.now() < end && phase !== 'open'; await new Promise((done) => setTimeout(done, 300))) {
    await look()
    if (phase === 'closed') throw new Error('it did not open')
  }
}

t.test('somebody opens the practice commune, goes in by a ticket that is good once, works there, and ends it', { skip: cannot }, async (t) => {
  const at = await station(t)
  const ca = new X509Certificate(Buffer.from(await (await fetch(`${at.url}/api/v1/trust/tieng-lang.crt`)).arrayBuffer())).toString()
  const api = `${at.secureUrl}/api/v1`
  const came = await ask(`POST ${api}/links/use`, { ca, body: { token: at.first, password: 'ba từ quen thuộc', name: 'Lò Thị Mai' } })
  const mine = { cookie: came.cookie ?? '', 'x-csrf-token': String(came.body['csrf']) }
  t.match(mine.cookie, /^__Host-tl-phien=/)
  t.match(await ask(`GET ${api}/practice`, { ca }), { status: 401 }, 'for those who are signed in')
  t.match(await ask(`POST ${api}/practice/tickets`, { ca, headers: mine, body: { role: 'operator' } }), { status: 409, body: { error: { code: 'practice-not-open' } } })
  await opened(at.secureUrl, mine, ca)

  const processes = below(at.program.child.pid ?? 0).filter(({ args }) => /--practice|agent/.test(args))
  t.equal(processes.length, 4, 'a server and three boxes')
  t.notOk(processes.some(({ env, args }) => (env + args).includes(SECRET)), 'nothing of the station’s settings')
  t.ok(processes.every(({ nice }) => nice >= 15), 'behind everything else on the machine')

  const way = await ask(`POST ${api}/practice/tickets`, { ca, headers: mine, body: { role: 'announcer' } })
  const link = new URL(String(way.body['url']))
  t.equal(link.protocol, 'https:')
  t.equal(link.hostname, new URL(at.secureUrl).hostname, 'the host by which it was asked for')
  t.not(link.port, new URL(at.secureUrl).port)
  const there = `${link.origin}/api/v1`
  const entered = await ask(`POST ${there}/practice/enter`, { ca, body: { ticket: link.hash.slice(1) } })
  t.match(entered, { status: 200, body: { home: `${at.secureUrl}/tap-duot` } }, 'by the certificate of the same authority')
  t.match(entered.cookie, /^__Host-tl-tap-duot=/, 'a cookie of its own')
  t.match(await ask(`POST ${there}/practice/enter`, { ca, body: { ticket: link.hash.slice(1) } }), { status: 403 }, 'once')
  t.match(await ask(`POST ${there}/practice/enter`, { ca, body: { ticket: 'x'.repeat(32) } }), { status: 403 })

  const cookies = `${mine.cookie}; ${entered.cookie ?? ''}`
  const me = await ask(`GET ${there}/me`, { ca, headers: { cookie: cookies } })
  t.match(me, { status: 200, body: { name: 'Trực ban khẩn cấp', grants: [{ role: 'announcer', areas: ['99901'] }] } })
  t.match(await ask(`GET ${api}/me`, { ca, headers: { cookie: cookies } }), { status: 200, body: { name: 'Lò Thị Mai' } }, 'the session at the station is untouched')
  t.match(await ask(`GET ${there}/me`, { ca, headers: mine }), { status: 401 }, 'it is worth nothing in the practice commune')
  t.match((await ask(`GET ${link.origin}/`, { ca })).body['text'], /<html data-practice /, 'its pages say so in their first bytes')
  t.notMatch((await ask(`GET ${at.secureUrl}/`, { ca })).body['text'], /data-practice/)

  const announcer = { cookie: entered.cookie ?? '', 'x-csrf-token': String(me.body['csrf']) }
  t.match(await ask(`GET ${there}/notify/push-key`, { ca, headers: announcer }), { status: 503 }, 'it sends nothing to telephones')
  const raised = await ask(`POST ${there}/emergencies`, { ca, headers: announcer, body: { title: 'Vỡ đập', drill: false, targets: { areas: ['99901'] }, times: 1, messages: [{ text: 'Nước đang lên, xin bà con lên chỗ cao.' }] } })
  t.match(raised, { status: 201, body: { clusters: 3, drill: false } })
  const board = async (): Promise<string> => JSON.stringify((await ask(`GET ${there}/emergencies/${String(raised.body['id'])}/board`, { ca, headers: announcer })).body['counts'])
  let counts = ''
  for (const end = performance.now() + 60_000; performance.now() < end && !/"(playing|finished)":[1-3]/.test(counts); await new Promise((done) => setTimeout(done, 500))) counts = await board()
  t.match(counts, /"(playing|finished)":[1-3]/, 'it “sounds”')
  t.match(await ask(`GET ${api}/emergencies?which=all`, { ca, headers: mine }), { status: 200, body: [] }, 'and nowhere else')

  const changed = await ask(`POST ${there}/practice/role`, { ca, headers: announcer, body: { role: 'operator' } })
  t.match(changed, { status: 200, body: { role: 'operator' } })
  const asOperator = await ask(`GET ${there}/me`, { ca, headers: { cookie: changed.cookie ?? '' } })
  t.match(asOperator, { status: 200, body: { name: 'Cán bộ truyền thanh', grants: [{ role: 'operator' }, { role: 'approver' }] } })
  const operator = { cookie: changed.cookie ?? '', 'x-csrf-token': String(asOperator.body['csrf']) }
  const notice = await ask(`POST ${there}/notices`, { ca, headers: operator, body: { template: 'hop-thon', fields: { luc: '2030-12-01T19:30', noi: 'nhà văn hóa', viec: 'làm đường' }, targets: { areas: ['99901'] }, when: { at: `${civilDate(wallMs(Date.now() + 86_400_000))}T09:00:00+07:00` } } })
  t.match(notice, { status: 201, body: { approval: { approved: true } } }, 'alone, from the words to the timetable')
  t.match(await ask(`GET ${there}/me`, { ca, headers: announcer }), { status: 401 }, 'the role before is left')

  t.match(await ask(`DELETE ${api}/practice`, { ca, headers: mine }), { status: 200, body: { phase: 'closed', why: 'asked' } })
  t.equal(await listens(link.origin), false)
  t.same(readdirSync(join(at.data, 'tap-duot')), [], 'its folder is gone')
  t.ok(await until(() => below(at.program.child.pid ?? 0).every(({ args }) => !/--practice|agent/.test(args))), 'so are its boxes')
  const { body } = await ask(`GET ${api}/audit?action=practice`, { ca, headers: mine })
  t.match(body, { rows: [{ action: 'practice.end', detail: { why: 'asked' } }, { action: 'practice.open' }] })
  t.notMatch(readFileSync(join(at.data, 'tieng-lang.db')).toString('latin1'), 'Vỡ đập', 'nothing of it is in the station’s database')
})

t.test('a station that is killed takes its practice commune along, and the next one starts without what it left', { skip: cannot }, async (t) => {
  const at = await station(t)
  const authorization = { authorization: `Bearer ${at.token}` }
  await opened(at.url, authorization)
  const way = await ask(`POST ${at.url}/api/v1/practice/tickets`, { headers: authorization, body: { role: 'technician' } })
  const { origin } = new URL(String(way.body['url']))
  t.equal(await listens(origin), true)
  const pids = below(at.program.child.pid ?? 0).filter(({ args }) => /--practice|agent/.test(args)).map(({ pid }) => pid)
  t.equal(pids.length, 4)
  await killed(at.program)
  t.ok(await until(() => pids.every((pid) => !existsSync(`/proc/${pid}`)), 30_000), 'server and boxes are no more')
  t.equal(await listens(origin), false)
  t.same(readdirSync(join(at.data, 'tap-duot')), [], 'it has taken its folder along')
})
