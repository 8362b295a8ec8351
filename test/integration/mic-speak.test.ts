import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { wavFile } from '../../server/core/tones.ts'
import { micWorld, pause, pcmOf, strengthDb } from '../support/mic-world.ts'
import { ROOT } from '../support/tree.ts'
import { TOKEN } from '../support/server-world.ts'

interface Run { readonly said: () => string; readonly code: Promise<number | null>; interrupt(): void }
function run(args: readonly string[], env: Record<string, string>): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/speak.ts', ...args], { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { said: () => text, code: new Promise((done) => child.once('exit', done)), interrupt: () => void child.kill('SIGINT') }
}

t.test('a recording is spoken from the command line, and Ctrl-C ends with the chime', { timeout: 90_000 }, async (t) => {
  const world = await micWorld(t)
  const folder = mkdtempSync(join(tmpdir(), 'tl-speak-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'tin.wav')
  writeFileSync(file, wavFile(Float32Array.from({ length: 48_000 * 3 }, (_, n) => 0.2 * Math.sin((2 * Math.PI * 600 * n) / 48_000)), 48_000))
  const env = { TL_SERVER: world.url, TL_TOKEN: TOKEN }
  const whole = run(['--targets', '24958,Cụm 1', '--file', file, '--title', 'Tin mới'], env)
  t.equal(await whole.code, 0, whole.said())
  t.match(whole.said(), /Đã gửi lệnh: 0\/3 cụm[\s\S]*Đã kết thúc/)
  const [first] = world.streams
  t.ok(first && strengthDb(pcmOf(first).subarray(48_000, 2 * 48_000), 600) > -25)
  t.match(world.live.list('all'), [{ title: 'Tin mới', clusters: { length: 3 } }])

  const cut = run(['--targets', 'all', '--file', file, '--urgent'], env)
  for (let n = 0; n < 200 && world.streams.length < 2; n++) await pause(50)
  await pause(500)
  cut.interrupt()
  t.equal(await cut.code, 0)
  t.match(world.streams[1], { kind: 'urgent', ended: true })
})

t.test('what is wrong is said in a sentence', { timeout: 60_000 }, async (t) => {
  const help = run([], {})
  t.equal(await help.code, 2)
  t.match(help.said(), /--targets/)
  const away = run(['--targets', 'all', '--server', 'http://127.0.0.1:9'], { TL_TOKEN: 'x' })
  t.equal(await away.code, 1)
  t.match(away.said(), /ECONNREFUSED/)
  const world = await micWorld(t)
  const noDevice = run(['--targets', 'all', '--device', 'alsa:no-such-card'], { TL_SERVER: world.url, TL_TOKEN: TOKEN })
  t.equal(await noDevice.code, 1)
  t.match(noDevice.said(), /kiểm tra/)
})
