import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { administratorToken } from '../../server/adapters/administrator-token.ts'
import { createAudit, createDecide } from '../../server/adapters/sqlite/audit.ts'
import { migrate } from '../../server/adapters/sqlite/migrate.ts'
import { DECISION_MIGRATIONS, openDatabases, TELEMETRY_MIGRATIONS, type Databases } from '../../server/adapters/sqlite/open.ts'
import { createStores } from '../../server/create-stores.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { ROOT } from '../support/tree.ts'
import { testClock } from '../support/server-world.ts'

function opened(t: Test, folder = t.testdir()): Databases & { folder: string } {
  const result = openDatabases(folder)
  if (!result.ok) throw new Error(result.why)
  t.teardown(() => result.value.close())
  return { ...result.value, folder }
}

t.test('decisions are written through to the disk, telemetry is not, and both keep a log ahead', (t) => {
  const { decisions, telemetry } = opened(t)
  for (const [db, synchronous] of [[decisions, 2], [telemetry, 1]] as const) {
    t.equal(db.pragma('journal_mode', { simple: true }), 'wal')
    t.equal(db.pragma('synchronous', { simple: true }), synchronous)
    t.equal(db.pragma('foreign_keys', { simple: true }), 1)
  }
  t.end()
})

t.test('migrations are numbered without a gap and run once each', (t) => {
  for (const migrations of [DECISION_MIGRATIONS, TELEMETRY_MIGRATIONS]) t.same(migrations.map((m) => m.version), migrations.map((_, n) => n + 1))
  const db = new Sqlite(':memory:')
  const steps = [{ version: 1, name: 'a', up: 'CREATE TABLE a (x)' }, { version: 2, name: 'b', up: 'ALTER TABLE a ADD COLUMN y' }]
  t.same(migrate(db, steps.slice(0, 1)), { ok: true, value: 1 })
  t.same(migrate(db, steps), { ok: true, value: 2 })
  t.same(migrate(db, steps), { ok: true, value: 2 })
  t.match(migrate(db, steps.slice(0, 1)), { ok: false, code: 'newer-database', why: /newer version.*Install/ })
  t.end()
})

t.test('a migration that fails half-way changes nothing', (t) => {
  const db = new Sqlite(':memory:')
  t.throws(() => migrate(db, [{ version: 1, name: 'broken', up: 'CREATE TABLE a (x); CREATE TABLE a (x)' }]))
  t.equal(db.pragma('user_version', { simple: true }), 0)
  t.same(db.prepare("SELECT name FROM sqlite_master WHERE name = 'a'").all(), [])
  t.end()
})

t.test('a second server on the same folder gets a sentence, and the folder when the first is gone', (t) => {
  const folder = t.testdir()
  const first = openDatabases(folder)
  t.match(openDatabases(folder), { ok: false, code: 'in-use', why: /Another server is using this data folder.*TL_DATA/ })
  if (first.ok) first.value.close()
  const second = openDatabases(folder)
  t.equal(second.ok, true)
  if (second.ok) second.value.close()
  t.end()
})

t.test('a newer, a damaged and an unusable folder are each a sentence, and are left as they are', (t) => {
  const folder = t.testdir()
  opened(t, folder).close()
  const db = new Sqlite(join(folder, 'tieng-lang.db'))
  db.pragma('user_version = 99')
  db.close()
  t.match(openDatabases(folder), { ok: false, code: 'newer-database' })
  t.match(openDatabases(folder), { ok: false, code: 'newer-database' }, 'the lock was given back')
  writeFileSync(join(folder, 'tieng-lang.db'), 'this is no database, and it is long enough to tell'.repeat(100))
  t.match(openDatabases(folder), { ok: false, code: 'damaged-database', why: /backup/ })
  writeFileSync(join(folder, 'file'), '')
  t.match(openDatabases(join(folder, 'file')), { ok: false, code: 'unusable-folder', why: /TL_DATA/ })
  t.end()
})

t.test('a decision and its audit row are one: a throw undoes both', (t) => {
  const databases = opened(t)
  const stores = createStores(databases, testClock())
  const decide = createDecide(databases.decisions, stores.audit)
  decide({ actor: 'a', action: 'x', subject: 's' }, () => stores.meta.set('k', '1'))
  t.throws(() => decide({ actor: 'a', action: 'x', subject: 's' }, () => {
    stores.meta.set('k', '2')
    throw new Error('no')
  }))
  t.throws(() => decide(() => { throw new Error('no') }, () => stores.meta.set('k', '3')))
  t.equal(stores.meta.get('k'), '1')
  t.equal(stores.audit.head().n, 1)
  t.equal(decide((value: number) => ({ actor: 'a', action: 'x', subject: String(value) }), () => 42), 42)
  t.match(stores.audit.verify(), { ok: true, value: { n: 2 } })
  t.end()
})

t.test('the audit log cannot be changed through the database, and a change behind its back is found', (t) => {
  const { decisions: db } = opened(t)
  const audit = createAudit(db, testClock())
  for (let n = 0; n < 20; n++) audit.append({ actor: 'administrator', action: 'session.create', subject: `s-${n}`, detail: { n } })
  const head = audit.head()
  t.throws(() => db.exec("UPDATE audit SET actor = 'x'"), /append-only/)
  t.throws(() => db.exec('DELETE FROM audit'), /append-only/)
  t.match(audit.verify(head), { ok: true, value: { n: 20 } })
  db.exec('DROP TRIGGER audit_never_changed; DROP TRIGGER audit_never_deleted')
  const tampered: [string, RegExp][] = [
    ["UPDATE audit SET detail = '{}' WHERE n = 7", /row 7/],
    ["UPDATE audit SET actor = 'x' WHERE n = 1", /row 1\b/],
    ['UPDATE audit SET at = at + 1 WHERE n = 20', /row 20/],
    ['DELETE FROM audit WHERE n = 5', /row 6/],
    ['UPDATE audit SET hash = prev WHERE n = 9', /row 9/],
    ['DELETE FROM audit WHERE n > 15', /ends at row 15/],
  ]
  for (const [sql, sentence] of tampered) {
    db.exec(`SAVEPOINT tamper; ${sql}`)
    t.match(audit.verify(head), { ok: false, code: 'audit-broken', why: sentence }, sql)
    db.exec('ROLLBACK TO tamper; RELEASE tamper')
  }
  t.match(audit.verify(head), { ok: true })
  t.end()
})

t.test('kill -9 loses no decision that was accepted, tears none in half, and leaves no lock', { timeout: 60_000 }, async (t) => {
  const folder = t.testdir()
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'test/support/decide-forever.ts'), folder], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '', TAP_CHILD_ID: '' } })
  let accepted = 0
  for await (const line of createInterface({ input: child.stdout })) {
    accepted = Number(line)
    if (accepted === 25) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  t.equal(child.signalCode, 'SIGKILL')
  t.ok(accepted >= 25)
  const databases = opened(t, folder)
  const stores = createStores(databases, testClock())
  const stored = stores.sessions.all().length
  t.ok(stored >= accepted, `${stored} stored, ${accepted} accepted`)
  t.match(stores.audit.verify(), { ok: true, value: { n: stored } })
})

t.test('the administrator’s token is made once, for this user only, and anew when it was deleted or damaged', (t) => {
  const folder = t.testdir()
  const token = administratorToken(folder)
  t.match(token, /^[A-Za-z0-9_-]{32}$/)
  t.equal(administratorToken(folder), token)
  const path = join(folder, 'administrator-token')
  t.equal(statSync(path).mode & 0o777, 0o600)
  writeFileSync(path, 'short')
  t.not(administratorToken(folder), 'short')
  t.ok(existsSync(path))
  t.end()
})

t.test('the data folder is made when it is absent, for this user only', (t) => {
  const folder = join(t.testdir(), 'a', 'b')
  opened(t, folder)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  mkdirSync(folder, { recursive: true })
  t.end()
})

t.test('each cluster keeps its newest five plans; areas follow each other; claims are forgotten', (t) => {
  const stores = createStores(opened(t), testClock())
  const plan = (rev: number) => ({ cluster: 'c', rev, sha: `s${rev}`, len: 1, horizon: wallMs(1), order: 'o', issuedAt: wallMs(rev) })
  stores.plans.saveMany(Array.from({ length: 9 }, (_, n) => plan(n + 1)))
  stores.plans.save({ ...plan(9), len: 2 })
  t.match(stores.plans.current('c'), { rev: 9, len: 2 })
  t.equal(stores.plans.allCurrent().length, 1)
  t.equal(stores.plans.current('d'), null)
  stores.areas.put({ code: '24958', name: 'Cũ', kind: 'commune', to: '2026-01-01' })
  stores.areas.put({ code: '24958', name: 'Mới', kind: 'commune', from: '2026-01-01' })
  t.equal(stores.areas.byCode('24958').length, 2)
  stores.claims.insert({ tokenSha256: new Uint8Array(32), name: null, area: null, expiresAt: wallMs(10), createdAt: wallMs(0) })
  t.equal(stores.claims.prune(wallMs(10)), 0)
  t.equal(stores.claims.prune(wallMs(11)), 1)
  t.end()
})

t.test('that a horn was not heard is known after a restart as well, until it is heard again', (t) => {
  const databases = opened(t)
  const rows = (verdicts: readonly ('heard' | 'not-heard' | 'cannot-tell')[], first = 1) => verdicts.map((verdict, i) => ({ n: first + i, slot: `s${first + i}`, due: 1_000 * (first + i), end: 1_000 * (first + i) + 900, began: 1_000 * (first + i), ms: 900, level: -12, underruns: 0, heard: { via: 'microphone', verdict, share: 0 } }) as never)
  const stores = createStores(databases, testClock())
  stores.evidence.insertRows('c', 'log', rows(['heard', 'not-heard', 'cannot-tell', 'not-heard']), { at: wallMs(9) })
  stores.evidence.insertRows('d', 'log', rows(['not-heard', 'heard']), { at: wallMs(9) })
  const again = createStores(databases, testClock()).lately
  t.same(again.unheard('c'), { items: 2, since: 2_000, last: 4_000 })
  t.equal(again.unheard('d'), null)
  t.equal(again.unheard('e'), null)
  again.noteHeard('c', [{ due: wallMs(9), verdict: 'heard' }])
  t.equal(again.unheard('c'), null)
  t.end()
})

t.test('a cluster belongs to one area at a time, whatever was planned before', (t) => {
  const { clusters } = createStores(opened(t), testClock())
  clusters.insert({ id: 'c', name: 'c', created: wallMs(0), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
  clusters.join('c', '1', '2026-01-01')
  clusters.join('c', '2', '2026-06-01')
  clusters.join('c', '3', '2026-12-01')
  clusters.join('c', '4', '2026-03-01')
  t.same(clusters.membershipsOf('c'), [{ cluster: 'c', area: '1', from: '2026-01-01', to: '2026-03-01' }, { cluster: 'c', area: '4', from: '2026-03-01' }])
  clusters.join('c', '5', '2026-03-01')
  t.same(clusters.membershipsOf('c').map((m) => m.area), ['1', '5'])
  t.end()
})

t.test('beats are kept by cluster and hour and read back for any span', (t) => {
  const { telemetry } = createStores(opened(t), testClock())
  const start = Date.UTC(2026, 10, 23)
  for (let n = 0; n < 200; n++) telemetry.noteBeat('c', { s: n + 1, t: 1, c: 1000, l: n, ...(n % 2 ? { p: 's.1' } : {}) }, wallMs(start + n * 40_000))
  t.same(telemetry.beats('c', wallMs(start + 3_560_000), wallMs(start + 3_680_000)).map((b) => [b.seq, b.at, b.playing]), [[90, start + 3_560_000, true], [91, start + 3_600_000, false], [92, start + 3_640_000, true]])
  t.match(telemetry.latest('c'), { beat: { s: 200 }, health: null })
  t.same(telemetry.latest('d'), { beat: null, beatAt: null, health: null, healthAt: null })
  t.equal(telemetry.allLatest().size, 1)
  telemetry.prune(wallMs(start + 3_600_000))
  t.equal(telemetry.beats('c', wallMs(start), wallMs(start + 3_600_000)).length, 0)
  t.equal(telemetry.beats('c', wallMs(start + 3_600_000), wallMs(start + 7_200_000)).length, 90)
  t.end()
})
