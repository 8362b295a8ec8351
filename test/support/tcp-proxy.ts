import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Cancel, Clock, Random } from '../../shared/core/clock.ts'
import { realClock } from './real-clock.ts'

/** How one direction of the emulated link behaves. */
export interface LinkShape {
  /** One way, ms. */
  readonly delayMs: number
  /** Uniform in 0 … this, added to the delay; the order of bytes is kept, as TCP keeps it. */
  readonly jitterMs: number
  /** Kilobits per second; Infinity = as fast as it goes. */
  readonly rateKbps: number
}
export type Direction = 'up' | 'down'

export interface TcpProxy {
  readonly port: number
  /** Applies to bytes that arrive from now on; `up` is client → target, without a direction both. */
  set(shape: Partial<LinkShape>, direction?: Direction): void
  /** Nothing passes; everything waits, in the proxy and in the sockets' buffers. New connections wait too. */
  stall(): void
  /** Nothing passes and nothing is told: bytes are swallowed, closes are hidden, new connections lead nowhere. */
  blackHole(): void
  /** Ends a stall (what waited arrives) or a black hole (connections that lost bytes are reset, new ones work). */
  resume(): void
  /** Resets every connection of the moment. */
  reset(): void
  /** Ends everything and frees the port. */
  close(): Promise<void>
  /** Bytes passed on, and swallowed by a black hole. */
  readonly counters: { readonly up: number; readonly down: number; readonly swallowed: number; readonly connections: number }
}

export interface ProxyOptions {
  readonly target: { readonly port: number; readonly host?: string }
  readonly random: Random
  readonly clock?: Clock
}

type Mode = 'open' | 'stalled' | 'black'
const CLEAR: LinkShape = { delayMs: 0, jitterMs: 0, rateKbps: Infinity }
/** What the emulated link holds in one direction before it stops reading: a router's buffer. */
const MAX_HELD_BYTES = 256 * 1_024

interface World {
  readonly clock: Clock
  readonly random: Random
  readonly shape: Record<Direction, LinkShape>
  readonly counters: { up: number; down: number; swallowed: number; connections: number }
  mode: Mode
}

/** A TCP proxy on loopback that behaves like a bad link. Every delay and chance comes from its options. */
export async function startProxy({ target, random, clock = realClock }: ProxyOptions): Promise<TcpProxy> {
  const world: World = { clock, random, shape: { up: CLEAR, down: CLEAR }, counters: { up: 0, down: 0, swallowed: 0, connections: 0 }, mode: 'open' }
  const pairs = new Set<Pair>()
  const waiting = new Set<Socket>()
  const join = (client: Socket): void => {
    const pair = new Pair(world, client, connect({ port: target.port, host: target.host ?? '127.0.0.1', noDelay: true, allowHalfOpen: true }))
    pairs.add(pair)
    pair.onClosed = () => pairs.delete(pair)
  }
  const server: Server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    world.counters.connections++
    if (world.mode === 'open') return join(client)
    waiting.add(client)
    client.on('error', () => waiting.delete(client))
    client.once('close', () => waiting.delete(client))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const reset = (): void => {
    for (const pair of [...pairs]) pair.reset()
    for (const socket of [...waiting]) socket.resetAndDestroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    counters: world.counters,
    set(shape, direction) {
      for (const way of direction ? [direction] : (['up', 'down'] as const)) world.shape[way] = { ...world.shape[way], ...shape }
    },
    stall: () => void (world.mode = 'stalled'),
    blackHole: () => void (world.mode = 'black'),
    resume() {
      const was = world.mode
      world.mode = 'open'
      for (const pair of [...pairs]) pair.resume()
      for (const socket of [...waiting]) was === 'black' ? socket.resetAndDestroy() : join(socket)
      waiting.clear()
    },
    reset,
    async close() {
      reset()
      await new Promise<void>((done) => server.close(() => done()))
    },
  }
}

/** One connection through the proxy. */
class Pair {
  onClosed: () => void = () => undefined
  readonly #sockets: readonly [Socket, Socket]
  readonly #lanes: readonly [Lane, Lane]
  readonly #world: World

  constructor(world: World, client: Socket, target: Socket) {
    this.#world = world
    this.#sockets = [client, target]
    this.#lanes = [new Lane(world, 'up', client, target), new Lane(world, 'down', target, client)]
    for (const socket of this.#sockets) {
      // a reset on one side is passed on as a reset, unless the link is dark: then nobody hears of it
      socket.on('error', () => this.#abort())
      socket.once('close', () => {
        if (client.destroyed && target.destroyed) this.onClosed()
      })
    }
  }

  #abort(): void {
    if (this.#world.mode === 'open') this.reset()
    else for (const lane of this.#lanes) lane.broken = true
  }

  resume(): void {
    if (this.#lanes.some((lane) => lane.broken)) return this.reset()
    for (const lane of this.#lanes) lane.flush()
  }

  reset(): void {
    for (const lane of this.#lanes) lane.stop()
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy()
    this.onClosed()
  }
}

interface Parcel {
  readonly bytes: Buffer | null
  readonly dueMs: number
}

/** One direction of one connection; null bytes stand for its end. */
class Lane {
  /** Bytes were lost, or the far end went away unheard: the connection cannot be healed. */
  broken = false
  readonly #world: World
  readonly #way: Direction
  readonly #from: Socket
  readonly #to: Socket
  #queue: Parcel[] = []
  #held = 0
  #lineFreeMs = 0
  #lastDueMs = 0
  #cancel: Cancel | null = null

  constructor(world: World, way: Direction, from: Socket, to: Socket) {
    this.#world = world
    this.#way = way
    this.#from = from
    this.#to = to
    from.on('data', (bytes: Buffer) => this.#take(bytes))
    from.once('end', () => this.#take(null))
    to.on('drain', () => this.#breathe())
  }

  #take(bytes: Buffer | null): void {
    const { clock, random, mode, shape } = this.#world
    if (mode === 'black') {
      this.broken = true
      this.#world.counters.swallowed += bytes?.length ?? 0
      return
    }
    const { delayMs, jitterMs, rateKbps } = shape[this.#way]
    const now: number = clock.mono()
    this.#lineFreeMs = Math.max(now, this.#lineFreeMs) + ((bytes?.length ?? 0) * 8) / rateKbps
    this.#lastDueMs = Math.max(this.#lastDueMs, this.#lineFreeMs + delayMs + jitterMs * random())
    this.#queue.push({ bytes, dueMs: this.#lastDueMs })
    this.#held += bytes?.length ?? 0
    if (this.#held > MAX_HELD_BYTES) this.#from.pause()
    if (!this.#cancel) this.flush()
  }

  /** Passes on what is due and sets the alarm for the next. */
  flush(): void {
    this.#cancel?.()
    this.#cancel = null
    if (this.#world.mode === 'black') {
      this.broken ||= this.#queue.length > 0
      return
    }
    if (this.#world.mode === 'stalled') return
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const waitMs = next.dueMs - this.#world.clock.mono()
      if (waitMs > 0) {
        this.#cancel = this.#world.clock.after(waitMs, () => this.flush())
        return
      }
      this.#queue.shift()
      this.#pass(next.bytes)
    }
  }

  #pass(bytes: Buffer | null): void {
    if (bytes === null) return void this.#to.end()
    this.#held -= bytes.length
    this.#world.counters[this.#way] += bytes.length
    this.#to.write(bytes)
    this.#breathe()
  }

  #breathe(): void {
    if (this.#held <= MAX_HELD_BYTES && !this.#to.writableNeedDrain) this.#from.resume()
    else this.#from.pause()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#queue = []
  }
}
