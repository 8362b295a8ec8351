import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { civilDate } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { readRecording, soundSpan } from '../support/recording.ts'
import { ROOT } from '../support/tree.ts'

/** What `npm start` runs, from the same bundle: the set-up of `npm test` builds it. */
const MAIN = join(ROOT, 'dist', 'server', 'main.js')
const SESSION_WITHIN_MS = 170_000

interface Row {
  readonly cluster: string
  readonly session: string
  readonly item: string
  readonly rung: string
  readonly seconds: number
  readonly plannedSeconds: number
  readonly plannedStart: string
  readonly level: number | null
  readonly startErrorMs: number | null
  readonly simulated: boolean
  readonly signal: { readonly rsrp: number } | null
}

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

t.setTimeout(480_000)

t.test('the demonstration commune plays its session on three clusters, at any hour, and says so', { skip: existsSync(MAIN) ? false : 'dist/server is not built: npm run build && npm run build:agent' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tl-demo-'))
  const server = spawn(process.execPath, [MAIN], { cwd: ROOT, env: { ...process.env, TL_DATA: folder, TL_PORT: '0', TL_MQTT_PORT: '0' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  server.stdout.setEncoding('utf8').on('data', (text: string) => void (said += text))
  server.stderr.setEncoding('utf8').on('data', (text: string) => void (said += text))
  const ended = new Promise<number | null>((done) => server.on('exit', done))
  t.teardown(async () => {
    server.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  const find = async (pattern: RegExp, withinMs: number): Promise<string> => {
    for (const end = performance.now() + withinMs; performance.now() < end && server.exitCode === null; await sleep(200)) {
      const [, found] = pattern.exec(said) ?? []
      if (found !== undefined) return found
    }
    throw new Error(`${String(pattern)} was not printed:\n${said}`)
  }
  const address = await find(/^Address: (http:\S+)/m, 240_000)
  const token = await find(/^Administrator token: (\S+)/m, 5_000)
  const evidence = async (): Promise<Row[]> => {
    const answer = await fetch(`${address}/api/v1/evidence?date=${civilDate(wallMs(Date.now()))}`, { headers: { authorization: `Bearer ${token}` } })
    return ((await answer.json()) as Row[]).filter((row) => row.session === 'trinh-dien' && row.rung === 'played')
  }
  let rows: Row[] = []
  for (const end = performance.now() + SESSION_WITHIN_MS; performance.now() < end && rows.length < 9; await sleep(1_000)) rows = await evidence()

  t.equal(new Set(rows.map((row) => row.cluster)).size, 3, 'three clusters have played')
  t.equal(rows.length, 9, 'each of them all three items')
  for (const row of rows) {
    t.ok(row.seconds > row.plannedSeconds - 1, `${row.item}: ${row.seconds} of ${row.plannedSeconds} s`)
    t.ok(row.level !== null && row.level > -35 && row.level < -5, `${row.item}: ${row.level} dBFS`)
    t.ok(row.startErrorMs !== null && Math.abs(row.startErrorMs) < 1_000, `${row.item}: began ${row.startErrorMs} ms late`)
    t.ok(row.signal !== null && row.simulated, 'with a signal that is marked as made up')
  }
  t.match(said, /mô phỏng/, 'the table marks the modems too')
  const first = Math.min(...rows.map((row) => Date.parse(row.plannedStart)))
  for (const n of [1, 2, 3]) {
    const heard = soundSpan(readRecording(join(folder, 'agents', String(n), 'sound.wav')))
    t.ok(heard && Math.abs(heard.fromMs - first) < 1_000, `cluster ${n} sounded ${heard ? Math.round(heard.fromMs - first) : '–'} ms after the planned start, by its samples`)
  }
})
