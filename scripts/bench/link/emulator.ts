import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Random } from '../../../shared/core/clock.ts'
import { startProxy, type TcpProxy } from '../../../test/support/tcp-proxy.ts'
import { boxAddress, SERVER_ADDRESS, type BoxLink, type LinkShape } from './profiles.ts'

/** How a box reaches the server over its link. */
export interface LinkEnd {
  readonly host: string
  readonly port: number
  /** The address that its sockets must be bound to; null where its port alone tells the link. */
  readonly localAddress: string | null
}
/** Bytes of IP that were sent into a link; of a proxy, payload alone. */
export interface LinkBytes {
  readonly up: number
  readonly down: number
  readonly upPackets: number
  readonly downPackets: number
  readonly lost: number
}

export interface LinkEmulator {
  readonly kind: 'tun' | 'proxy'
  /** For the screen: what stands between server and boxes. */
  readonly what: string
  readonly ends: readonly LinkEnd[]
  /** Nothing passes on the link of this box, or on all, for so long. */
  dark(ms: number, box?: number): void
  set(box: number, link: BoxLink): void
  bytes(box: number): Promise<LinkBytes>
  /** Outages begin to come, by the links' own figures and by chance, until stop(). */
  startOutages(random: Random): void
  stop(): Promise<void>
}

export interface EmulatorOptions {
  readonly links: readonly BoxLink[]
  /** Where the server listens. */
  readonly port: number
  /** Same seed, same losses for the same packets. */
  readonly seed: number
  /** Namespace of the boxes; this process is in that of the server. null = a proxy on the loopback stands for the links. */
  readonly boxes: string | null
  readonly random: Random
}

export function openEmulator(options: EmulatorOptions): Promise<LinkEmulator> {
  return options.boxes === null ? openProxies(options) : openTun(options, options.boxes)
}

const ip = (...args: readonly string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] })
const ipBatch = (namespace: readonly string[], lines: readonly string[]): void => void execFileSync('ip', [...namespace, '-batch', '-'], { input: lines.join('\n'), stdio: ['pipe', 'ignore', 'inherit'] })

const wordsOf = ({ delayMs, jitterMs, loss, bursts, rateKbps, queueMs }: LinkShape): string =>
  [delayMs * 1_000, jitterMs * 1_000, loss * 1e6, bursts.share * 1e6, bursts.packets, rateKbps === Infinity ? 0 : rateKbps * 1_000, queueMs].map(Math.round).join(' ')

function build(): { readonly program: string; forget(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'tl-link-'))
  const program = join(folder, 'link')
  execFileSync('gcc', ['-O2', '-o', program, fileURLToPath(new URL('./link.c', import.meta.url))], { stdio: ['ignore', 'ignore', 'inherit'] })
  return { program, forget: () => rmSync(folder, { recursive: true, force: true }) }
}

/** What one says to the program, and what it answers. */
class LinkProgram {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  #asked: Promise<unknown> = Promise.resolve()

  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdin, stdout } = this.#child
    if (!stdin || !stdout) throw new Error('the link program has no pipes')
    // what was said to a program that has ended is told by its exit
    stdin.on('error', () => stdin.destroy())
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  }
  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('the link program has ended; see what it said above')
    return value
  }
  /** One question after the other. */
  ask(line: string): Promise<string> {
    const answer = this.#asked.then(() => (this.say(line), this.line()))
    this.#asked = answer
    return answer
  }
  async stop(): Promise<void> {
    const ended = this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, 'exit') : null
    this.#child.stdin?.end()
    await ended
  }
}

async function openTun({ links, port, seed }: EmulatorOptions, boxes: string): Promise<LinkEmulator> {
  const { program, forget } = build()
  const [near, far] = [`tls${process.pid}`, `tlb${process.pid}`]
  const link = new LinkProgram(program, [near, far, String(links.length), String(seed)])
  const outages = createOutages(links, (ms, box) => link.say(`dark ${box} ${ms}`))
  const stop = async (): Promise<void> => {
    outages.stop()
    await link.stop()
    forget()
  }
  try {
    await link.line()
    ip('link', 'set', far, 'netns', boxes)
    ipBatch([], [`addr add ${SERVER_ADDRESS}/32 dev ${near}`, `link set ${near} mtu 1400 up`, `route add 10.77.0.0/16 dev ${near}`])
    ipBatch(['-n', boxes], [...links.map((_, n) => `addr add ${boxAddress(n)}/32 dev ${far}`), `link set ${far} mtu 1400 up`, `route add ${SERVER_ADDRESS}/32 dev ${far}`])
  } catch (error) {
    await stop()
    throw error
  }
  const set = (box: number, { up, down }: BoxLink): void => {
    link.say(`set ${box} up ${wordsOf(up)}`)
    link.say(`set ${box} down ${wordsOf(down)}`)
  }
  links.forEach((one, n) => set(n, one))
  return {
    kind: 'tun',
    what: `${links.length} emulated links over TUN, real TCP`,
    ends: links.map((_, n) => ({ host: SERVER_ADDRESS, port, localAddress: boxAddress(n) })),
    dark: (ms, box = -1) => link.say(`dark ${box} ${Math.round(ms)}`),
    set,
    bytes: async (box) => {
      const [up, down, upPackets, downPackets, upLost, downLost] = (await link.ask(`stat ${box}`)).split(' ').slice(2).map(Number) as [number, number, number, number, number, number]
      return { up, down, upPackets, downPackets, lost: upLost + downLost }
    },
    startOutages: outages.start,
    stop,
  }
}

async function openProxies({ links, port, random }: EmulatorOptions): Promise<LinkEmulator> {
  const proxies: TcpProxy[] = []
  for (const _ of links) proxies.push(await startProxy({ target: { port }, random }))
  const timers = new Set<NodeJS.Timeout>()
  const set = (box: number, link: BoxLink): void => {
    for (const way of ['up', 'down'] as const) {
      const { delayMs, jitterMs, rateKbps } = link[way]
      proxies[box]?.set({ delayMs, jitterMs, rateKbps }, way)
    }
  }
  const dark = (ms: number, box = -1): void => {
    for (const proxy of box < 0 ? proxies : proxies.slice(box, box + 1)) {
      proxy.blackHole()
      const timer = setTimeout(() => (timers.delete(timer), proxy.resume()), ms)
      timers.add(timer)
    }
  }
  const outages = createOutages(links, dark)
  links.forEach((link, n) => set(n, link))
  return {
    kind: 'proxy',
    what: `${links.length} TCP proxies on the loopback: no losses, and after an outage every connection is reset`,
    ends: proxies.map((proxy) => ({ host: '127.0.0.1', port: proxy.port, localAddress: null })),
    dark,
    set,
    bytes: (box) => {
      const { up, down } = proxies[box]?.counters ?? { up: 0, down: 0 }
      return Promise.resolve({ up, down, upPackets: 0, downPackets: 0, lost: 0 })
    },
    startOutages: outages.start,
    async stop() {
      outages.stop()
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(proxies.map((proxy) => proxy.close()))
    },
  }
}

/** Each link goes dark at instants of its own: the next one half to one and a half times its mean away. */
function createOutages(links: readonly BoxLink[], dark: (ms: number, box: number) => void): { start(random: Random): void; stop(): void } {
  const timers = new Map<number, NodeJS.Timeout>()
  const arm = (box: number, random: Random): void => {
    const outages = links[box]?.outages
    if (!outages) return
    const waitMs = outages.everyMs * (0.5 + random())
    timers.set(box, setTimeout(() => {
      dark(outages.lengthMs, box)
      arm(box, random)
    }, waitMs))
  }
  return {
    start: (random) => links.forEach((_, box) => arm(box, random)),
    stop: () => timers.forEach((timer) => clearTimeout(timer)),
  }
}
