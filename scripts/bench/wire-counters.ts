import { execFileSync } from 'node:child_process'

/** IPv4 and TCP headers of a segment with the time stamp option, which Linux and every carrier's path use. */
export const HEADER_BYTES = 20 + 20 + 12
const LOOK_MS = 200
/** Quiet for this long: the exchange is over, delayed acknowledgements included. */
const QUIET_MS = 700

/** One exchange: what passed between two silences of a connection, as the kernel counted it. Up is from the agent. */
export interface Exchange {
  /** When it began, host's monotonic ms. */
  readonly atMs: number
  readonly upBytes: number
  readonly downBytes: number
  readonly upSegments: number
  readonly downSegments: number
}
type Counts = Omit<Exchange, 'atMs'>

const NOTHING: Counts = { upBytes: 0, downBytes: 0, upSegments: 0, downSegments: 0 }
const combine = (a: Counts, b: Counts, sign: 1 | -1): Counts => ({
  upBytes: a.upBytes + sign * b.upBytes, downBytes: a.downBytes + sign * b.downBytes,
  upSegments: a.upSegments + sign * b.upSegments, downSegments: a.downSegments + sign * b.downSegments,
})

/** All of an exchange on the wire at IP level, which is what a SIM is charged for. */
export const ipBytes = (e: Counts): number => e.upBytes + e.downBytes + (e.upSegments + e.downSegments) * HEADER_BYTES
export const sum = (exchanges: readonly Counts[]): Counts => exchanges.reduce<Counts>((all, e) => combine(all, e, 1), NOTHING)

/** The kernel's counters of the connections to a local port, by their own local port. TLS records and repeats are in the bytes, handshakes too. */
export function countersTo(port: number): ReadonlyMap<string, Counts> {
  const text = execFileSync('ss', ['-Htin', 'state', 'established', `( dport = :${port} )`], { encoding: 'utf8' })
  const found = new Map<string, Counts>()
  let name = ''
  for (const line of text.split('\n')) {
    if (!/^\s/.test(line)) {
      name = line.trim().split(/\s+/)[2] ?? ''
      continue
    }
    const figure = (key: string): number => Number(new RegExp(`\\b${key}:(\\d+)`).exec(line)?.[1] ?? 0)
    found.set(name, { upBytes: figure('bytes_sent'), downBytes: figure('bytes_received'), upSegments: figure('segs_out'), downSegments: figure('segs_in') })
  }
  return found
}

/** Watches the one connection to a port and cuts what passes into exchanges. */
export function watchExchanges(port: number): { readonly exchanges: readonly Exchange[]; readonly connections: () => number; stop(): void } {
  const exchanges: Exchange[] = []
  const seen = new Map<string, Counts>()
  let open: { atMs: number; lastMs: number; counts: Counts } | null = null
  const close = (): void => {
    if (open) exchanges.push({ atMs: open.atMs, ...open.counts })
    open = null
  }
  const look = (): void => {
    const now = performance.now()
    if (open && now - open.lastMs > QUIET_MS) close()
    for (const [name, counts] of countersTo(port)) {
      const passed = combine(counts, seen.get(name) ?? NOTHING, -1)
      if (passed.upSegments + passed.downSegments === 0) continue
      seen.set(name, counts)
      open = { atMs: open?.atMs ?? now, lastMs: now, counts: combine(open?.counts ?? NOTHING, passed, 1) }
    }
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    exchanges,
    connections: () => seen.size,
    stop() {
      clearInterval(timer)
      close()
    },
  }
}
