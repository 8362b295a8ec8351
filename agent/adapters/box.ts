import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cancel, Clock } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import { fromUtf8, utf8 } from '../../shared/protocol/wire.ts'
import { accumulate, countedInterfaces, decodeDataCount, type DataCount, type InterfaceBytes } from '../core/data-counter.ts'
import type { BoxFacts, Disk } from '../core/ports.ts'

/** Counters of a modem go back to zero when it re-attaches: what passed since the last look is then lost. */
const LOOK_EVERY_MS = 30_000
/** Written so often: a card of 4 GB endures it for decades, and a power cut loses a quarter of an hour of counting. */
const STORE_EVERY_LOOKS = 30
const COUNT_FILE = 'state/data-count'

export interface BoxDeps {
  readonly clock: Clock
  readonly disk: Disk
  readonly log: Log
  /** Root of the system's own files, for tests; `/` otherwise. */
  readonly root?: string
}
export interface Box {
  /** As of the last look. What this box cannot tell is absent. */
  facts(): BoxFacts
  stop(): Promise<void>
}

/** Looks at the box once, then every 30 s. */
export async function createBox(deps: BoxDeps): Promise<Box> {
  const { clock, disk, log } = deps
  const root = deps.root ?? '/'
  const stored = await disk.read(COUNT_FILE)
  let count: DataCount | null = stored === null ? null : decodeDataCount(fromUtf8(stored) ?? '')
  let hardware: BoxFacts = {}
  let looks = 0
  let wake: Cancel = () => undefined
  let stopped = false

  const store = async (): Promise<void> => {
    if (count !== null) await disk.writeAtomic(COUNT_FILE, utf8(JSON.stringify(count)))
  }
  const look = async (): Promise<void> => {
    const seen = await interfaceBytes(root)
    if (seen !== null) count = accumulate(count, await bootId(root), seen)
    hardware = { ...(await temperature(root)), ...(await power(root)) }
    if (++looks % STORE_EVERY_LOOKS === 1) await store()
  }
  const again = (): void => {
    wake = clock.after(LOOK_EVERY_MS, () => {
      running = look().catch((error: unknown) => log.warn({ error: String(error) }, 'the box cannot be looked at')).then(() => (stopped ? undefined : again()))
    })
  }
  let running: Promise<void> = Promise.resolve()
  await look()
  again()
  return {
    facts: () => ({
      ...hardware,
      rssBytes: process.memoryUsage.rss(),
      ...(count === null ? {} : { data: { rxBytes: count.rxBytes, txBytes: count.txBytes } }),
    }),
    stop: async () => {
      if (stopped) return
      stopped = true
      wake()
      await running
      await store()
    },
  }
}

/** The text of a small system file; null where there is none, or where the driver behind it does not answer. */
async function told(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch {
    return null // absent, or EIO and ENODATA of a sensor: the fact is not known
  }
}
async function numberAt(path: string): Promise<number | null> {
  const text = await told(path)
  return text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : null
}
async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch {
    return [] // no such class of hardware on this box
  }
}

const bootId = async (root: string): Promise<string> => (await told(join(root, 'proc/sys/kernel/random/boot_id'))) ?? ''

/** null where the box has no interface to the outside. */
async function interfaceBytes(root: string): Promise<Record<string, InterfaceBytes> | null> {
  const folder = join(root, 'sys/class/net')
  const seen: [string, InterfaceBytes][] = []
  for (const name of countedInterfaces(await namesIn(folder))) {
    const rx = await numberAt(join(folder, name, 'statistics/rx_bytes'))
    const tx = await numberAt(join(folder, name, 'statistics/tx_bytes'))
    if (rx !== null && tx !== null) seen.push([name, { rx, tx }])
  }
  return seen.length === 0 ? null : Object.fromEntries(seen)
}

/** The hottest zone, °C. */
async function temperature(root: string): Promise<Pick<BoxFacts, 'tempC'>> {
  const folder = join(root, 'sys/class/thermal')
  let hottest: number | null = null
  for (const name of await namesIn(folder)) {
    if (!name.startsWith('thermal_zone')) continue
    const milli = await numberAt(join(folder, name, 'temp'))
    // sensors that are not wired read −273 or some thousand degrees
    if (milli !== null && milli > -60_000 && milli < 200_000) hottest = Math.max(hottest ?? milli, milli)
  }
  return hottest === null ? {} : { tempC: Math.round(hottest / 100) / 10 }
}

/** Mains while any outside supply is on; battery when one is off, or when a battery says that it is emptied. */
async function power(root: string): Promise<Pick<BoxFacts, 'power'>> {
  const folder = join(root, 'sys/class/power_supply')
  let off = false
  for (const name of await namesIn(folder)) {
    const type = await told(join(folder, name, 'type'))
    const online = await numberAt(join(folder, name, 'online'))
    if ((type === 'Mains' || type === 'USB') && online === 1) return { power: 'mains' }
    if (type === 'Mains' && online === 0) off = true
    if (type === 'Battery' && (await told(join(folder, name, 'status'))) === 'Discharging') off = true
  }
  return off ? { power: 'battery' } : {}
}
