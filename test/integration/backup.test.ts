import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t from 'tap'
import { runBackup } from '../../scripts/backup.ts'
import { startServer } from '../../server/start-server.ts'
import type { BackupsView } from '../../server/features/backups/views.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { askHttp, sessionAt, settingsFor, soonMs, startLiveServer } from '../support/live-server.ts'
import { spansAt } from '../support/recording.ts'
import { ffmpegMakes } from '../support/sound-files.ts'

t.setTimeout(150_000)

const sleepUntil = (at: number): Promise<void> => new Promise((done) => setTimeout(done, Math.max(0, at - Date.now())))
/** Ordinary files of a copy that lie on the disk once for both. */
const sharedFiles = (a: string, b: string, folder: string): number =>
  readdirSync(join(a, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter((entry) => statSync(join(entry.parentPath, entry.name)).ino === statSync(join(entry.parentPath.replace(a, b), entry.name), { throwIfNoEntry: false })?.ino).length

t.test('a station is copied while it runs, and what is put back goes on with its clusters as it was then', async (t) => {
  const copies = mkdtempSync(join(tmpdir(), 'tl-copies-'))
  const live = await startLiveServer({ backups: copies })
  const data = join(live.folder, 'data')
  const command = (...args: string[]): ReturnType<typeof runBackup> => runBackup([...args, '--data', data, '--backups', copies], {})
  const box = await live.enrolBox('Thôn Đông')
  let server = live.server
  t.teardown(async () => {
    await box.stop(true)
    await server.stop()
    for (const folder of [live.folder, copies]) rmSync(folder, { recursive: true, force: true })
  })
  const tone = join(live.folder, 'tone.wav')
  ffmpegMakes(['-f', 'lavfi', '-i', `sine=frequency=700:sample_rate=48000:duration=3`, tone])
  const programme = await live.upload(tone)
  const [kept, later] = [soonMs(45_000), soonMs(52_000)]
  const session = (id: string, at: number): object => sessionAt(at, { id, name: id, items: [{ file: programme }], until: new Date(at + 7 * 3_600_000 + 5_000).toISOString().slice(11, 19) })
  t.equal((await live.ask('POST /sessions', session('truoc', kept))).status, 201)

  const view = async (): Promise<BackupsView> => (await live.ask('GET /backups')).body as BackupsView
  const copied = async (count: number): Promise<boolean> => {
    t.match(await live.ask('POST /backups'), { status: 200, body: { kept: true, making: true, failed: null } })
    for (const until = Date.now() + 60_000; Date.now() < until; await sleepUntil(Date.now() + 200)) {
      const now = await view()
      if (!now.making) return now.failed === null && now.copies.length === count
    }
    return false
  }
  t.ok(await copied(1), 'a copy is made beside the running station')
  const first = readdirSync(copies)[0] ?? ''
  await sleepUntil(Date.now() + 1_100)
  t.ok(await copied(1), 'a second one on the same day takes the place of the first')
  const [name = ''] = readdirSync(copies)
  t.not(name, first)
  t.same(command('verify', name).exitCode, 0)
  t.match(command('list').lines, [new RegExp(`^${name} `)])

  t.equal((await live.ask('POST /sessions', session('sau', later))).status, 201)
  t.match(command('restore', name), { exitCode: 1, lines: [/Another server is using this data folder/] }, 'not under a running server')
  const port = Number(new URL(server.mqttUrl).port)
  await server.stop()
  const restored = command('restore', name)
  t.equal(restored.exitCode, 0, restored.lines.join(' '))
  t.ok(existsSync(join(`${data}.before`, 'tieng-lang.db')), 'what was there is moved aside')

  const again = await startServer(settingsFor(live.folder, { mqttPort: port, backups: copies }), join(live.folder, 'lich.yaml'), silentLog)
  if (!again.ok) throw new Error(again.why)
  server = again.value
  const ids = ((await askHttp(server.url, server.token, 'GET /sessions')).body as { id: string }[]).map(({ id }) => id)
  t.ok(ids.includes('truoc') && !ids.includes('sau'), `sessions after the restore: ${ids.join(', ')}`)
  t.ok(server.deps.stores.audit.verify().ok, 'the audit log holds together')

  await sleepUntil(later + 6_000)
  const heard = spansAt(box.wav).map(({ fromMs }) => Math.round((fromMs - kept) / 1_000))
  t.same(heard, [0], 'the session of the copy sounded, by a plan that the cluster took; the one that was decided later did not')
})

t.test('what is unchanged lies on the disk once for all copies; a copy that is damaged is told and never put back', async (t) => {
  const live = await startLiveServer()
  const copies = join(live.folder, 'copies')
  const data = join(live.folder, 'data')
  const command = (...args: string[]): ReturnType<typeof runBackup> => runBackup([...args, '--data', data, '--backups', copies], {})
  const { people } = live.server.deps.stores
  const at = wallMs(Date.now())
  people.insert({ id: 'lan', name: 'Lan', phone: null, grants: [], createdAt: at, disabledAt: null })
  people.sessions.insert({ id: 'x'.repeat(24), tokenSha256: new Uint8Array(32), person: 'lan', level: 'password', createdAt: at, lastUsedAt: at, agent: '', address: '' })
  t.equal(command('make').exitCode, 0)
  const [name = ''] = readdirSync(copies)
  // as if it had been made the day before
  const [before, now] = [join(copies, '2026-01-01-023000'), join(copies, name)]
  writeFileSync(join(data, 'documents', 'moi.pdf'), 'x')
  const manifest = JSON.parse(readFileSync(join(now, 'backup.json'), 'utf8')) as { at: number }
  renameSync(now, before)
  writeFileSync(join(before, 'backup.json'), JSON.stringify({ ...manifest, at: manifest.at - 86_400_000 }))
  t.equal(command('make').exitCode, 0)
  const [, newest = ''] = readdirSync(copies).sort()
  t.ok(sharedFiles(before, join(copies, newest), 'media') > 0)
  t.ok(existsSync(join(copies, newest, 'documents', 'moi.pdf')))
  t.ok(existsSync(join(copies, newest, 'keys', 'root.key')))
  t.notOk(existsSync(join(copies, newest, 'server.lock')))
  await live.server.stop()
  t.teardown(() => rmSync(live.folder, { recursive: true, force: true }))

  const database = join(copies, newest, 'tieng-lang.db')
  copyFileSync(database, `${database}.whole`)
  const bytes = readFileSync(database)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff
  writeFileSync(database, bytes)
  t.match(command('verify', newest), { exitCode: 1, lines: [/damaged \(tieng-lang\.db\)/] })
  t.match(command('restore', newest), { exitCode: 1, lines: [/damaged/] })
  t.notOk(existsSync(`${data}.before`), 'nothing was moved')
  copyFileSync(`${database}.whole`, database)
  t.equal(command('verify', newest).exitCode, 0)
  t.equal(command('restore', newest).exitCode, 0)
  const restored = new Sqlite(join(data, 'tieng-lang.db'), { readonly: true })
  t.same(['person', 'person_session'].map((table) => restored.prepare(`SELECT count(*) FROM ${table}`).pluck().get()), [1, 0], 'people are there, and nobody is signed in')
  restored.close()
  t.match(command('restore', '2026-02-02-023000'), { exitCode: 1, lines: [/no copy/] })
  t.match(runBackup(['make', '--data', join(live.folder, 'nirgends'), '--backups', copies], {}), { exitCode: 1, lines: [/no station/] })
  t.equal(runBackup([], {}).exitCode, 2)
})
