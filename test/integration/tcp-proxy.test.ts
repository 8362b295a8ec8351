import t from 'tap'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { until } from '../support/mqtt-client.ts'

const random = (): number => 0.5

interface Rig {
  readonly proxy: TcpProxy
  open(): Promise<{ socket: Socket; got: Buffer[] }>
}

/** A server that echoes, and the proxy before it. */
async function rig(t: { teardown(fn: () => unknown): void }): Promise<Rig> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => sockets.delete(socket))
    socket.pipe(socket)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const proxy = await startProxy({ target: { port: (server.address() as AddressInfo).port }, random })
  t.teardown(async () => {
    await proxy.close()
    for (const socket of sockets) socket.destroy()
    await new Promise((done) => server.close(done))
  })
  return {
    proxy,
    async open() {
      const socket = connect(proxy.port, '127.0.0.1')
      const got: Buffer[] = []
      socket.on('data', (bytes: Buffer) => got.push(bytes))
      t.teardown(() => socket.destroy())
      await once(socket, 'connect')
      return { socket, got }
    },
  }
}

const text = (got: readonly Buffer[]): string => Buffer.concat(got).toString()
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

t.test('a clear link passes every byte and counts it', async (t) => {
  const { proxy, open } = await rig(t)
  const { socket, got } = await open()
  const sent = Buffer.from(Array.from({ length: 600_000 }, (_, i) => i % 251))
  socket.end(sent)
  await once(socket, 'close')
  t.ok(Buffer.concat(got).equals(sent), 'unchanged, past the limit of what the proxy holds')
  t.same({ ...proxy.counters }, { up: 600_000, down: 600_000, swallowed: 0, connections: 1 })
})

t.test('delay and jitter hold bytes back and keep their order', async (t) => {
  const { proxy, open } = await rig(t)
  proxy.set({ delayMs: 150, jitterMs: 100 }, 'up')
  proxy.set({ delayMs: 100 }, 'down')
  const { socket, got } = await open()
  const began = performance.now()
  for (let i = 0; i < 20; i++) socket.write(`${i},`)
  t.ok(await until(() => text(got).endsWith('19,')))
  const tookMs = performance.now() - began
  t.ok(tookMs >= 295, `150 + 50 + 100 ms at least; took ${Math.round(tookMs)}`)
  t.equal(text(got), Array.from({ length: 20 }, (_, i) => `${i},`).join(''))
})

t.test('a rate bounds one direction and leaves the other alone', async (t) => {
  const { proxy, open } = await rig(t)
  proxy.set({ rateKbps: 800 }, 'up')
  const { socket, got } = await open()
  const began = performance.now()
  socket.write(Buffer.alloc(60_000))
  t.ok(await until(() => Buffer.concat(got).length === 60_000))
  const tookMs = performance.now() - began
  t.ok(tookMs >= 550, `60 kB at 800 kbit/s take 600 ms; took ${Math.round(tookMs)}`)
})

t.test('what waited in a stall arrives when it ends', async (t) => {
  const { proxy, open } = await rig(t)
  const { socket, got } = await open()
  socket.write('before ')
  t.ok(await until(() => text(got) === 'before '))
  proxy.stall()
  socket.write('after')
  const late = await open()
  late.socket.write('new')
  await pause(150)
  t.equal(text(got), 'before ', 'nothing passes')
  t.equal(text(late.got), '', 'nor on a new connection')
  t.notOk(socket.destroyed, 'and nothing is told')
  proxy.resume()
  t.ok(await until(() => text(got) === 'before after' && text(late.got) === 'new'))
})

t.test('a stalled link fills the sender’s socket until it really waits', async (t) => {
  const { proxy, open } = await rig(t)
  const { socket } = await open()
  proxy.stall()
  for (let i = 0; i < 400 && socket.writableLength < 100_000; i++) {
    socket.write(Buffer.alloc(65_536))
    await pause(1)
  }
  t.ok(socket.writableLength >= 100_000, `${socket.writableLength} B wait in the process`)
})

t.test('a black hole swallows bytes and closes; afterwards its connections are reset and new ones work', async (t) => {
  const { proxy, open } = await rig(t)
  const { socket, got } = await open()
  socket.write('x')
  t.ok(await until(() => text(got) === 'x'))
  proxy.blackHole()
  socket.write('lost')
  await pause(100)
  t.equal(text(got), 'x')
  t.equal(proxy.counters.swallowed, 4)
  t.notOk(socket.destroyed)
  const code = new Promise((done) => socket.once('error', (error: NodeJS.ErrnoException) => done(error.code)))
  proxy.resume()
  t.equal(await code, 'ECONNRESET')
  const next = await open()
  next.socket.write('again')
  t.ok(await until(() => text(next.got) === 'again'))
})

t.test('a reset ends every connection at once, and the port serves on', async (t) => {
  const { proxy, open } = await rig(t)
  const opened = await Promise.all([open(), open()])
  for (const { socket } of opened) socket.write('x')
  t.ok(await until(() => opened.every(({ got }) => text(got) === 'x')))
  const codes = opened.map(({ socket }) => new Promise((done) => socket.once('error', (error: NodeJS.ErrnoException) => done(error.code))))
  proxy.reset()
  t.same(await Promise.all(codes), ['ECONNRESET', 'ECONNRESET'])
  const next = await open()
  next.socket.write('again')
  t.ok(await until(() => text(next.got) === 'again'))
})

t.test('a target that is not there is a reset, not a crash', async (t) => {
  const proxy = await startProxy({ target: { port: 1 }, random })
  t.teardown(() => proxy.close())
  const socket = connect(proxy.port, '127.0.0.1')
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  t.equal(error.code, 'ECONNRESET')
})
