import { connect, createServer, type AddressInfo } from 'node:net'
import { forkIn } from '../../scripts/bench/link/namespaces.ts'
import { openEmulator } from '../../scripts/bench/link/emulator.ts'
import type { BoxLink } from '../../scripts/bench/link/profiles.ts'

/** Both ends of an emulated link for its test: run within the server's namespace it forks itself into that of the boxes. */
export interface EndsTask {
  readonly boxes: string
  readonly links: readonly BoxLink[]
  /** Where to dial, when this is the boxes' end. */
  readonly dial?: { readonly host: string; readonly port: number; readonly localAddresses: readonly (string | null)[] }
}
export interface EndsFound {
  /** Round trip of a few bytes over each link, the quickest of some, ms. */
  readonly roundTripMs: readonly number[]
  /** The same, asked at the moment at which link 0 went dark for a second. */
  readonly darkMs: readonly number[]
  readonly bytes: readonly { readonly up: number; readonly down: number; readonly lost: number }[]
}

/** Sends and waits for the echo, several times one after the other; the quickest, ms. Of a single one, with its connection. */
function trip(host: string, port: number, localAddress: string | null, times: number): Promise<number> {
  return new Promise((done, fail) => {
    const socket = connect({ host, port, noDelay: true, ...(localAddress === null ? {} : { localAddress }) })
    const started = performance.now()
    let [left, began, best] = [times, started, Infinity]
    const send = (): void => {
      began = performance.now()
      socket.write('x'.repeat(400))
    }
    let got = 0
    socket.once('connect', send)
    socket.once('error', fail)
    socket.on('data', (bytes) => {
      got += bytes.length
      if (got < 400) return
      got = 0
      best = Math.min(best, performance.now() - (times === 1 ? started : began))
      if (--left > 0) return send()
      socket.destroy()
      done(best)
    })
  })
}

async function dialAll({ host, port, localAddresses }: NonNullable<EndsTask['dial']>): Promise<void> {
  const all = (times: number): Promise<number[]> => Promise.all(localAddresses.map((address) => trip(host, port, address, times)))
  const roundTripMs = await all(4)
  process.send?.('dark please')
  await new Promise((done) => process.once('message', done))
  const darkMs = await all(1)
  process.send?.({ roundTripMs, darkMs })
}

async function serve({ boxes, links }: EndsTask): Promise<void> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  await new Promise<void>((done) => server.listen(0, '0.0.0.0', done))
  const link = await openEmulator({ links, port: (server.address() as AddressInfo).port, seed: 1, boxes, random: Math.random })
  const [first] = link.ends
  if (!first) throw new Error('no link')
  const { host, port } = first
  const task: EndsTask = { boxes, links, dial: { host, port, localAddresses: link.ends.map((end) => end.localAddress) } }
  const child = forkIn(boxes, new URL(import.meta.url), task)
  const found = await new Promise<Pick<EndsFound, 'roundTripMs' | 'darkMs'>>((done, fail) => {
    child.once('exit', (code) => fail(new Error(`the boxes' end ended with ${code}`)))
    child.on('message', (message) => {
      if (message !== 'dark please') return done(message as EndsFound)
      link.dark(1_000, 0)
      child.send('dark')
    })
  })
  const bytes = await Promise.all(links.map((_, n) => link.bytes(n)))
  child.kill('SIGTERM')
  await link.stop()
  server.close()
  process.send?.({ ...found, bytes }, () => process.exit(0))
}

if (process.argv[1]?.endsWith('link-ends.ts')) {
  const task = JSON.parse(process.argv[2] ?? '{}') as EndsTask
  await (task.dial ? dialAll(task.dial) : serve(task))
}
