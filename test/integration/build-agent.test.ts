import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Aedes } from 'aedes'
import t from 'tap'
import { unitFlags } from '../../scripts/fleet/agent-process.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')
const BUILD_MS = 120_000

/** An agent in small: everything that is bundled or copied in a special way, and nothing of the product's own course. */
const ENTRY = `
import { createConnect } from ${JSON.stringify(join(root, 'agent/adapters/mqtt-link.ts'))}
import { openAtPort } from ${JSON.stringify(join(root, 'agent/adapters/signal/at-port.ts'))}
import { nodeCrypto } from ${JSON.stringify(join(root, 'agent/adapters/crypto.ts'))}
import { Decoder } from '@evan/opus'
import { silentLog } from ${JSON.stringify(join(root, 'shared/core/log.ts'))}
const connect = createConnect({ url: process.env.BROKER, username: 'u', password: 'p', log: silentLog })
const silence = new Decoder({ channels: 1, sample_rate: 48000 }).decode(Buffer.from([0xf8, 0xff, 0xfe]))
const serial = await openAtPort('/nonexistent/tty').then(() => 'open', (e) => e.message)
let heard = 0
const idleRssBytes = process.memoryUsage.rss()
const link = connect.value({ clientId: 'c', subscriptions: ['t/x'], will: { topic: 't', payload: new Uint8Array() } }, {
  up: () => link.publish('t/x', new Uint8Array(100), 1),
  message: (topic, payload) => { heard = payload.length; link.close() },
  down: (why) => console.log(JSON.stringify({ why, heard, serial, opus: silence.length, hash: nodeCrypto().sha256(new Uint8Array()).length, idleRssBytes })),
})
`

t.test('the built folder runs alone, far from the repository', { timeout: BUILD_MS }, async (t) => {
  const dir = t.testdir({ 'main.ts': ENTRY })
  await run(process.execPath, [join(root, 'scripts/build-agent.mjs'), '--entry', join(dir, 'main.ts'), '--out', join(dir, 'agent')])
  // outside the repository, where no node_modules can be found by chance
  const spot = mkdtempSync(join(tmpdir(), 'tl-agent-'))
  t.teardown(() => rmSync(spot, { recursive: true }))
  const archive = readdirSync(dir).find((name) => name.endsWith('.tgz')) ?? ''
  await run('tar', ['-xzf', join(dir, archive), '-C', spot])
  const folder = join(spot, 'tieng-lang-agent')
  const aedes = await Aedes.createBroker({})
  const broker = createServer(aedes.handle)
  await once(broker.listen(0, '127.0.0.1'), 'listening')
  t.teardown(async () => {
    broker.close()
    await new Promise<void>((done) => aedes.close(done))
  })
  const env = { PATH: process.env['PATH'], BROKER: `mqtt://127.0.0.1:${(broker.address() as AddressInfo).port}` }
  const { stdout } = await run(process.execPath, [...unitFlags(), 'main.mjs'], { cwd: folder, env })
  const told = JSON.parse(stdout) as Record<string, unknown>
  t.match(told, { why: 'closed by this agent', heard: 100, serial: /nonexistent/, opus: Number, hash: 32 })
  t.ok((told['opus'] as number) > 0)
  t.comment(`idle RSS ${Math.round((told['idleRssBytes'] as number) / 2 ** 20)} MiB, with the serial port's native part`)

  for (const file of ['main.mjs', 'launcher.mjs', 'trial.mjs', 'watchdog.mjs', 'package.json', 'settings.env', 'install-agent', 'tieng-lang-agent.service']) t.ok(existsSync(join(folder, file)), file)
  const opus = readdirSync(join(folder, 'node_modules/@evan/opus/node'))
  t.same(opus.filter((name) => name.endsWith('.node')), ['arm64-linux.node', 'x64-linux.node'], 'no parts for other systems')
  t.same(readdirSync(join(folder, 'node_modules/@serialport/bindings-cpp/prebuilds')), ['linux-arm', 'linux-arm64', 'linux-x64'])
  const settings = readFileSync(join(folder, 'settings.env'), 'utf8')
  t.match(settings, /#TL_MODEM=none/)
  t.notMatch(settings, /FAKE/)
  t.notMatch(readFileSync(join(folder, 'main.mjs'), 'utf8'), root, 'no path of the building machine')
  t.notOk(existsSync(join(folder, 'node_modules/mqtt')))
  t.ok(statSync(join(folder, 'install-agent')).mode & 0o100)
})

t.test('install-agent says what it would do and changes nothing in a dry run', async (t) => {
  const dir = t.testdir({ 'main.mjs': '', 'settings.env': '# Settings\n' })
  spawnSync('cp', [join(root, 'scripts/install-agent'), join(root, 'scripts/systemd/tieng-lang-agent.service'), dir])
  const { stdout } = await run(join(dir, 'install-agent'), ['--dry-run', '--node', process.execPath], { env: { PATH: process.env['PATH'], TL_SERVER: 'https://h', TL_NAME: 'Thôn "Đông"' } })
  t.match(stdout, 'Nothing was changed')
  t.match(stdout, 'TL_NAME="Thôn \\"Đông\\""')
  t.match(stdout, /useradd .*tieng-lang-agent/)
  t.match(stdout, /usermod .*--groups audio/)
  t.match(stdout, `ExecStart=${spawnSync('readlink', ['-f', process.execPath]).stdout.toString().trim()} ${unitFlags().join(' ')}`)
  t.match(stdout, /ExecStart=.*\/launcher\.mjs/)
  t.match(stdout, /rm -f \S+\/releases\/boot\.json/, 'what is installed by hand is what runs')
  t.match(stdout, 'systemctl enable tieng-lang-agent')
  t.notOk(existsSync('/opt/tieng-lang-agent'))
})

t.test('install-agent refuses an old Node, a wrong folder and a wrong option with a sentence', async (t) => {
  const dir = t.testdir({ whole: { 'main.mjs': '', 'settings.env': '' }, empty: {}, node: '#!/bin/sh\necho 18.19.0\n' })
  for (const folder of ['whole', 'empty']) spawnSync('cp', [join(root, 'scripts/install-agent'), join(root, 'scripts/systemd/tieng-lang-agent.service'), join(dir, folder)])
  spawnSync('chmod', ['+x', join(dir, 'node')])
  const said = (folder: string, args: string[]): string => {
    const { status, stderr } = spawnSync(join(dir, folder, 'install-agent'), args, { encoding: 'utf8' })
    t.equal(status, 1)
    return stderr
  }
  t.match(said('whole', ['--dry-run', '--node', join(dir, 'node')]), /18\.19\.0 is too old/)
  t.match(said('empty', ['--dry-run', '--node', process.execPath]), /no main\.mjs/)
  t.match(said('whole', ['--fast']), /Unknown option/)
})

t.test('the service file is one that systemd accepts', { skip: spawnSync('systemd-analyze', ['--version']).error ? 'systemd-analyze is not installed' : false }, async (t) => {
  const dir = t.testdir()
  const unit = readFileSync(join(root, 'scripts/systemd/tieng-lang-agent.service'), 'utf8')
  // the checker wants the programs to exist
  writeFileSync(join(dir, 'tieng-lang-agent.service'), unit.replaceAll('/usr/bin/node', '/bin/true'))
  const { stderr } = spawnSync('systemd-analyze', ['verify', join(dir, 'tieng-lang-agent.service')], { encoding: 'utf8' })
  t.equal(stderr.split('\n').filter((line) => line.includes('tieng-lang-agent')).join('\n'), '')
})
