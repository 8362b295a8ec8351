import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lockFolder } from '../../agent/adapters/disk-lock.ts'
import { BadName, createDisk } from '../../agent/adapters/disk.ts'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const text = (got: Uint8Array | null): string | null => (got === null ? null : Buffer.from(got).toString())

t.test('a file that was written whole is read back, in part and by its hash', async (t) => {
  const disk = await createDisk(t.testdir())
  t.equal(await disk.read('state/plan'), null)
  t.equal(await disk.readRange('state/plan', 0, 4), null)
  t.equal(await disk.sha256('state/plan'), null)
  await disk.writeAtomic('state/plan', bytes('cũ'))
  await disk.writeAtomic('state/plan', bytes('mới hơn'))
  t.equal(text(await disk.read('state/plan')), 'mới hơn')
  t.equal(text(await disk.readRange('state/plan', 1, 3)), text(bytes('mới hơn').subarray(1, 4)))
  t.equal((await disk.readRange('state/plan', 5, 1_000))?.length, bytes('mới hơn').length - 5)
  t.equal((await disk.readRange('state/plan', 500, 10))?.length, 0)
  t.same(await disk.sha256('state/plan'), new Uint8Array(createHash('sha256').update('mới hơn').digest()))
  await disk.remove('state/plan')
  await disk.remove('state/plan')
  t.equal(await disk.read('state/plan'), null)
})

t.test('of writes that were begun together the last one stays, and a removal between them takes only what was before it', async (t) => {
  const disk = await createDisk(t.testdir())
  for (let round = 0; round < 40; round++) {
    // the earlier ones are long, and so would come last
    const writes = [...Array(6).keys()].map((n) => disk.writeAtomic('state/spent', bytes(`${round}.${n}`.padEnd(n < 5 ? 200_000 : 4))))
    await Promise.all(writes)
    t.equal(text(await disk.read('state/spent'))?.trim(), `${round}.5`)
    await Promise.all([disk.writeAtomic('state/now', bytes('cũ'.repeat(100_000))), disk.remove('state/now'), disk.writeAtomic('state/now', bytes('mới'))])
    t.equal(text(await disk.read('state/now')), 'mới')
  }
  await t.rejects(Promise.all([disk.rename('state/absent', 'state/now'), disk.writeAtomic('state/now', bytes('sau'))]), { code: 'ENOENT' })
  await disk.writeAtomic('state/spent', bytes('x'))
  t.equal(text(await disk.read('state/now')), 'sau', 'what failed holds up nothing behind it')
})

t.test('blocks may arrive in any order and the finished file takes its final name', async (t) => {
  const dir = t.testdir()
  const disk = await createDisk(dir)
  await disk.writeAt('part/abc', 4, bytes('5678'))
  await disk.writeAt('part/abc', 0, bytes('1234'))
  await disk.rename('part/abc', 'media/abc')
  t.equal(text(await disk.read('media/abc')), '12345678')
  t.equal(await disk.read('part/abc'), null)
  await disk.writeAtomic('media/abd', bytes('x'))
  await disk.writeAtomic('identity.json', bytes('{}'))
  t.same(await disk.list('media/'), [{ name: 'media/abc', bytes: 8 }, { name: 'media/abd', bytes: 1 }])
  t.same((await disk.list('media/abc')).map((f) => f.name), ['media/abc'])
  t.same((await disk.list('')).map((f) => f.name), ['identity.json', 'media/abc', 'media/abd'])
  t.equal(statSync(join(dir, 'identity.json')).mode & 0o777, 0o600)
  const free = await disk.free()
  t.ok(free !== null && free > 0)
})

t.test('names that leave the folder, or are none, are refused', async (t) => {
  const disk = await createDisk(t.testdir())
  for (const name of ['../x', 'a/../../x', '/etc/passwd', '', '.', '..', 'a//b', 'a/', '.lock', 'a\0b', 'x.tmp~', 'a/b/c/d/e', 'ü']) {
    await t.rejects(disk.writeAtomic(name, bytes('x')), BadName, JSON.stringify(name))
    await t.rejects(disk.read(name), BadName)
  }
})

t.test('unfinished files of a crash are swept at the next start, finished ones stay', async (t) => {
  const dir = t.testdir({ state: { plan: 'ganz', 'plan.12-1.tmp~': 'tor' }, 'x.9-9.tmp~': '' })
  const disk = await createDisk(dir)
  t.same(readdirSync(join(dir, 'state')), ['plan'])
  t.same((await disk.list('')).map((f) => f.name), ['state/plan'])
})

t.test('a write that fails leaves the old file and no litter', async (t) => {
  const dir = t.testdir()
  const disk = await createDisk(dir)
  mkdirSync(join(dir, 'state', 'plan'), { recursive: true })
  await t.rejects(disk.writeAtomic('state/plan', bytes('x')))
  t.same(readdirSync(join(dir, 'state')), ['plan'])
})

const ROUND = 400_000
t.test('a kill -9 in the middle of writing leaves the old file or the new one, never a mixture', async (t) => {
  const dir = t.testdir()
  const script = join(t.testdirName, 'writer.ts')
  writeFileSync(script, `
    import { createDisk } from ${JSON.stringify(new URL('../../agent/adapters/disk.ts', import.meta.url).href)}
    const disk = await createDisk(${JSON.stringify(join(dir, 'd'))})
    for (let i = 0; ; i = (i + 1) % 26) {
      await disk.writeAtomic('state/plan', new Uint8Array(${ROUND}).fill(65 + i))
      if (i === 0) process.stdout.write('.')
    }`)
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 20 + round * 13))
    child.kill('SIGKILL')
    await once(child, 'exit')
    const got = readFileSync(join(dir, 'd', 'state', 'plan'))
    t.equal(got.length, ROUND)
    t.ok(got.every((byte) => byte === got[0]))
  }
  await createDisk(join(dir, 'd'))
  t.same(readdirSync(join(dir, 'd', 'state')), ['plan'])
})

t.test('a second agent on the same folder gets a sentence', async (t) => {
  const dir = t.testdir()
  const first = await lockFolder(dir)
  t.ok(first.ok)
  const second = await lockFolder(dir)
  t.match(second, { ok: false, code: 'folder-in-use', why: new RegExp(`process ${process.pid}.*TL_DATA`) })
  if (first.ok) { await first.value.release(); await first.value.release() }
  t.notOk(existsSync(join(dir, '.lock')))
  const third = await lockFolder(dir)
  t.ok(third.ok)
})

t.test('a folder that cannot be made is a sentence', async (t) => {
  const dir = t.testdir({ file: '' })
  t.match(await lockFolder(join(dir, 'file', 'below')), { ok: false, code: 'folder-unusable', why: /ENOTDIR.*TL_DATA/ })
})

t.test('the lock of a process that is gone, or of another with its number, is taken over', async (t) => {
  for (const stale of ['999999999 1 x\n', `${process.pid} 1 x\n`, '', 'garbage\n']) {
    const dir = t.testdir({ '.lock': stale })
    const lock = await lockFolder(dir)
    t.ok(lock.ok, JSON.stringify(stale))
    t.match(readFileSync(join(dir, '.lock'), 'utf8'), new RegExp(`^${process.pid} `))
    t.same(readdirSync(dir), ['.lock'])
  }
})

t.test('of many that start in the same moment one gets the folder, also over a stale lock', async (t) => {
  const dir = t.testdir({ '.lock': '999999999 1 x\n' })
  const all = await Promise.all(Array.from({ length: 12 }, () => lockFolder(dir)))
  t.equal(all.filter((one) => one.ok).length, 1)
})
