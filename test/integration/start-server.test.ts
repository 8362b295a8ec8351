import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { connect, createServer, type AddressInfo } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startSignOfLife } from '../../server/adapters/sign-of-life.ts'
import { exposureWarning, readServerSettings } from '../../server/core/server-settings.ts'
import { startServer } from '../../server/start-server.ts'
import { silentLog } from '../../shared/core/log.ts'
import { makeCertificate, opensslMissing } from '../support/certificate.ts'
import { startProgram } from '../support/child-program.ts'
import { settingsFor, stationFolder } from '../support/live-server.ts'
import { until } from '../support/mqtt-client.ts'
import { realClock } from '../support/real-clock.ts'
import { sleep } from '../support/sound-rig.ts'

function folderOf(t: Test): { folder: string; timetable: string } {
  const made = stationFolder()
  t.teardown(() => rmSync(made.folder, { recursive: true, force: true }))
  return made
}
/** Somebody else's port. */
async function taken(t: Test): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.teardown(() => void server.close())
  return (server.address() as AddressInfo).port
}
const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect({ host, port, timeout: 2_000 })
    const end = (open: boolean) => (): void => {
      socket.destroy()
      done(open)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })

t.test('a whole server starts on free ports, is healthy, and stops', async (t) => {
  const { folder, timetable } = folderOf(t)
  const started = await startServer(settingsFor(folder), timetable, silentLog)
  if (!started.ok) return t.fail(started.why)
  const server = started.value
  t.teardown(() => server.stop())
  t.equal((await fetch(`${server.url}/healthz`)).status, 200)
  t.equal((await fetch(`${server.url}/api/v1/clusters`)).status, 401, 'nothing without the token')
  t.equal((await fetch(`${server.url}/api/v1/clusters`, { headers: { authorization: `Bearer ${server.token}` } })).status, 200)
  const [http, mqtt] = [Number(new URL(server.url).port), Number(new URL(server.mqttUrl).port)]
  const outside = Object.values(networkInterfaces()).flat().find((i) => i && !i.internal && i.family === 'IPv4')?.address
  for (const port of [http, mqtt]) {
    t.equal(await answers('127.0.0.1', port), true)
    if (outside !== undefined) t.equal(await answers(outside, port), false, `without a certificate ${outside} does not answer`)
  }

  const second = await startServer(settingsFor(folder), timetable, silentLog)
  t.match(second, { ok: false, code: 'in-use', why: /Another server.*TL_DATA.*·.*máy chủ khác/s }, 'a second one on the same folder')
  t.equal((await fetch(`${server.url}/healthz`)).status, 200, 'the first one goes on')
  await server.stop()
  for (const port of [http, mqtt]) t.equal(await answers('127.0.0.1', port), false, 'stopped')
  const again = await startServer(settingsFor(folder), timetable, silentLog)
  t.ok(again.ok, 'the folder is free again')
  if (again.ok) await again.value.stop()
})

t.test('what cannot be had is a sentence, and nothing is left running', async (t) => {
  const { folder, timetable } = folderOf(t)
  const busy = await taken(t)
  const missing = join(folder, 'none.pem')
  const notPem = join(folder, 'text.pem')
  writeFileSync(notPem, 'no certificate')
  const badYaml = join(folder, 'bad.yaml')
  writeFileSync(badYaml, 'version: 1\nstation: x\nareas: []\nsessions: []\nwhat: 1\n')
  const cases = [
    { settings: { port: busy }, file: timetable, code: 'port-in-use', why: /TL_PORT/ },
    { settings: { mqttPort: busy }, file: timetable, code: 'port-in-use', why: /TL_MQTT_PORT/ },
    { settings: { bind: '203.0.113.7' }, file: timetable, code: 'address-unknown', why: /TL_BIND/ },
    { settings: { tls: { certFile: missing, keyFile: missing } }, file: timetable, code: 'bad-certificate', why: /none\.pem.*TL_TLS_CERT/ },
    { settings: { tls: { certFile: notPem, keyFile: notPem } }, file: timetable, code: 'bad-certificate', why: /TL_TLS_CERT/ },
    { settings: { tls: { certFile: folder, keyFile: folder } }, file: timetable, code: 'bad-certificate', why: /TL_TLS_CERT/ },
    { settings: { mqttUrl: 'mqtt://127.0.0.1:1' }, file: timetable, code: 'bad-settings', why: /USER:PASSWORD/ },
    { settings: { folder: notPem }, file: timetable, code: 'unusable-folder', why: /TL_DATA/ },
    { settings: {}, file: missing, code: 'no-timetable', why: /TL_TIMETABLE/ },
    { settings: {}, file: badYaml, code: 'bad-timetable', why: /bad\.yaml:\d+:\d+/ },
  ]
  for (const { settings, file, code, why } of cases) {
    const mqttPort = 'mqttPort' in settings ? busy : await free()
    const port = 'port' in settings ? busy : await free()
    const started = await startServer(settingsFor(folder, { mqttPort, port, ...settings }), file, silentLog)
    t.match(started, { ok: false, code, why }, `${code} ${JSON.stringify(settings)}`)
    if (started.ok) await started.value.stop()
    for (const p of [mqttPort, port]) if (p !== busy) t.equal(await answers('127.0.0.1', p), false, 'nothing listens')
  }
  const after = await startServer(settingsFor(folder), timetable, silentLog)
  t.ok(after.ok, 'the folder is not locked by any of them')
  if (after.ok) await after.value.stop()
})

async function free(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

t.test('every wrong setting is told at once, one sentence a line', async (t) => {
  const wrong = { TL_PORT: 'http', TL_MQTT_PORT: '70000', TL_TLS_CERT: 'cert.pem', TL_MQTT_URL: 'http://x', TL_LOG_LEVEL: 'loud', TL_HEARTBEAT_URL: 'mqtt://x', TL_MOSQUITTO_ACL: '/tmp/acl', TL_MOSQUITTO_RELOAD: 'please' }
  const read = readServerSettings(wrong)
  t.equal(read.ok, false)
  const lines = read.ok ? [] : read.why.split('\n')
  t.equal(lines.length, Object.keys(wrong).length)
  for (const name of Object.keys(wrong)) t.ok(lines.some((line) => line.includes(name) && line.endsWith('.')), name)
  t.match(readServerSettings({ TL_MOSQUITTO_PASSWORDS: 'p', TL_MOSQUITTO_ACL: 'a', TL_MOSQUITTO_RELOAD: 'command:systemctl reload mosquitto' }), {
    ok: true, value: { mosquitto: { passwordFile: 'p', aclFile: 'a', reload: { kind: 'command', command: ['systemctl', 'reload', 'mosquitto'] } } },
  })
  t.match(readServerSettings({}), { ok: true, value: { bind: '127.0.0.1', port: 8080, mqttPort: 1883, mosquitto: null } }, 'loopback unless told otherwise')
  t.match(readServerSettings({ TL_TLS_CERT: 'c', TL_TLS_KEY: 'k' }), { ok: true, value: { bind: '::', mqttPort: 8883 } })
})

t.test('the program says Ready with address and token, warns of an open address, and ends on a signal', async (t) => {
  const { folder, timetable } = folderOf(t)
  const run = startProgram('server/main.ts', { TL_PORT: '0', TL_MQTT_PORT: '0', TL_DATA: join(folder, 'data'), TL_TIMETABLE: timetable, TL_BIND: '0.0.0.0' }, ['--no-demo'])
  t.ok(await until(() => run.out().includes('Administrator token: '), 60_000), 'it is ready')
  t.match(run.out(), /Ready\nAddress: http:\/\/127\.0\.0\.1:\d+.*\nMQTT: mqtt:\/\/127\.0\.0\.1:\d+\nAdministrator token: \S{20,}/)
  t.match(run.err(), /TL_BIND=0\.0\.0\.0 without a certificate/)
  const second = startProgram('server/main.ts', { TL_PORT: '0', TL_MQTT_PORT: '0', TL_DATA: join(folder, 'data'), TL_TIMETABLE: timetable }, ['--no-demo'])
  t.equal(await second.ended, 2, 'a second one on the same folder gives up')
  t.match(second.err(), /Another server/)
  t.notMatch(second.err(), /\n\s+at |Error:/, 'with a sentence, not a stack')
  run.child.kill('SIGTERM')
  t.equal(await run.ended, 0)
  t.equal(exposureWarning({ bind: '127.0.0.1', tls: null } as never), null)
})

t.test('the sign of life is called while all is well, and not when it is not', async (t) => {
  const calls: string[] = []
  const http = createHttp((request, response) => {
    calls.push(request.url ?? '')
    response.end()
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    http.closeAllConnections()
    http.close()
  })
  let well = true
  // a minute of this clock is 100 ms
  const quick = { ...realClock, after: (ms: number, fn: () => void) => realClock.after(ms / 600, fn) }
  const stop = startSignOfLife({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/toi-song`, clock: quick, log: silentLog, well: () => well })
  t.ok(await until(() => calls.length >= 2), 'again and again')
  t.equal(calls[0], '/toi-song')
  well = false
  await sleep(300)
  const before = calls.length
  await sleep(500)
  t.equal(calls.length, before, 'a server that is not well is as silent as a dead one')
  stop()
})

t.test('a certificate and a key that do not belong together are a sentence', { skip: opensslMissing ?? false }, async (t) => {
  const { folder, timetable } = folderOf(t)
  const one = makeCertificate(mkdtempSync(join(tmpdir(), 'tl-cert-')))
  const other = makeCertificate(mkdtempSync(join(tmpdir(), 'tl-cert-')))
  const started = await startServer(settingsFor(folder, { tls: { certFile: one.certFile, keyFile: other.keyFile } }), timetable, silentLog)
  t.match(started, { ok: false, code: 'bad-certificate', why: /belong together/ })
  if (started.ok) await started.value.stop()
})
