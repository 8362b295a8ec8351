import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, Socket, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { Aedes } from 'aedes'
import t, { type Test } from 'tap'
import { raceDial } from '../../agent/adapters/mqtt-dial.ts'
import { createConnect } from '../../agent/adapters/mqtt-link.ts'
import { silentLog } from '../../shared/core/log.ts'

const portOf = (server: Server): number => (server.address() as AddressInfo).port

async function listening(t: Test, server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return portOf(server)
}

/** Dials that get no answer, until `after` of them have been made. */
function darkWay(port: number, after: number) {
  const made: Socket[] = []
  const way = { dial: (): Socket => (made.push(made.length < after ? new Socket() : connect({ host: '127.0.0.1', port })), made.at(-1) as Socket), forget: () => void state.forgotten++ }
  const state = { forgotten: 0 }
  return { way, made, state }
}

const raced = (way: Parameters<typeof raceDial>[0], patience: Parameters<typeof raceDial>[1]): Promise<{ socket: Socket | null; why: string }> =>
  new Promise((done) => void raceDial(way, patience, (socket, why) => done({ socket, why })))

t.test('the first dial that is answered is taken, without waiting for those before it, which are dropped', async (t) => {
  const port = await listening(t, createServer())
  const { way, made } = darkWay(port, 3)
  const began = performance.now()
  const { socket } = await raced(way, { redialMs: 50, dialMs: 20_000 })
  t.equal(socket, made[3])
  t.ok(performance.now() - began < 5_000)
  t.same(made.map((one) => one.destroyed), [true, true, true, false])
  socket?.destroy()
})

t.test('who is turned away stops dialling at once and asks for the name anew', async (t) => {
  const server = createServer()
  const port = await listening(t, server)
  server.close()
  await once(server, 'close')
  const { way, made, state } = darkWay(port, 1)
  const { socket, why } = await raced(way, { redialMs: 50, dialMs: 20_000 })
  t.equal(socket, null)
  t.match(why, /ECONNREFUSED/)
  t.equal(state.forgotten, 1)
  t.ok(made.every((one) => one.destroyed))
})

t.test('dialling ends when its time is over, and when it is told to', async (t) => {
  const { way, made } = darkWay(0, 1_000)
  t.equal((await raced(way, { redialMs: 20, dialMs: 200 })).socket, null)
  t.ok(made.length >= 2 && made.length <= 12, `${made.length} dials`)
  t.ok(made.every((one) => one.destroyed))
  const count = made.length
  raceDial(way, { redialMs: 20, dialMs: 200 }, () => t.fail('it was ended'))()
  await new Promise((done) => setTimeout(done, 300))
  t.equal(made.length, count + 1)
})

const patience = { dialMs: 5_000, silenceMs: 5_000, redialMs: 100 }

t.test('an attempt that dials anew comes up, and one that is closed meanwhile goes down once', async (t) => {
  const aedes = await Aedes.createBroker({})
  t.teardown(() => new Promise<void>((done) => aedes.close(done)))
  const port = await listening(t, createServer((socket) => aedes.handle(socket)))
  const made = createConnect({ url: `mqtt://127.0.0.1:${port}`, username: 'c', password: 'p', log: silentLog })
  if (!made.ok) throw new Error(made.why)
  const downs: string[] = []
  const down = new Promise<void>((done) => {
    const link = made.value({ clientId: 'c.aud', subscriptions: ['t/now'], patience }, {
      up: () => void link.ping().then(() => link.close()),
      down: (why) => (downs.push(why), done()),
      message: () => undefined,
    })
  })
  await down
  const early = new Promise<void>((done) => {
    made.value({ clientId: 'c.aud', subscriptions: [], patience }, { up: () => t.fail('it was closed'), down: (why) => (downs.push(why), done()), message: () => undefined }).close()
  })
  await early
  t.same(downs, ['closed by this agent', 'closed by this agent'])
})

const openssl = spawnSync('openssl', ['version']).error === undefined ? false : 'openssl is not installed, so there is no certificate to test with'
t.test('a second connection over TLS goes on with the session of the first, and what a wrong name gave is not gone on with', { skip: openssl }, async (t) => {
  const dir = t.testdir()
  const certificate = (name: string): { key: Buffer; cert: Buffer } => {
    const [key, cert] = [join(dir, `${name}.key`), join(dir, `${name}.pem`)]
    spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', key, '-out', cert])
    return { key: readFileSync(key), cert: readFileSync(cert) }
  }
  const reused: boolean[] = []
  const brokerOf = async (name: string): Promise<number> => {
    const aedes = await Aedes.createBroker({})
    t.teardown(() => new Promise<void>((done) => aedes.close(done)))
    const server = createTlsServer(certificate(name), (socket) => {
      socket.on('error', () => undefined)
      reused.push(socket.isSessionReused())
      aedes.handle(socket)
    })
    server.on('tlsClientError', (_e, socket: TLSSocket) => socket.destroy())
    return listening(t, server)
  }
  const attempts = async (port: number, ca: string): Promise<string[]> => {
    const made = createConnect({ url: `mqtts://localhost:${port}`, caFile: join(dir, `${ca}.pem`), username: 'c', password: 'p', log: silentLog })
    if (!made.ok) throw new Error(made.why)
    const how: string[] = []
    for (let n = 0; n < 3; n++) {
      await new Promise<void>((done) => {
        // sessions come behind the acceptance: the answer to a ping is behind them
        const link = made.value({ clientId: `c${n}`, subscriptions: [], ...(n > 0 ? { patience } : {}) }, { up: () => void link.ping().then(() => (how.push('up'), link.close())), down: (why) => (how.push(why), done()), message: () => undefined })
      })
    }
    return how
  }
  t.same(await attempts(await brokerOf('localhost'), 'localhost'), ['up', 'closed by this agent', 'up', 'closed by this agent', 'up', 'closed by this agent'])
  t.same(reused, [false, true, true])
  const strange = await attempts(await brokerOf('elsewhere'), 'elsewhere')
  t.equal(strange.length, 3)
  for (const why of strange) t.match(why, /elsewhere/)
})
