import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { clientIdOf, streamTopicOf, topicOf, type Connection } from '../../shared/protocol/topics.ts'
import { rawConnect, rawPuback, rawReader, rawSubscribe } from '../../test/support/raw-mqtt.ts'
import type { Bench, BenchContext, BenchRow } from './bench.ts'
import { busyText } from './busy.ts'
import { residentKib, startScript, type LineChild } from './fanout-children.ts'
import { RELAY_NAME, type FrozenReport, type FrozenTask } from './frozen-task.ts'
import { clusterName, passwordOf } from './reconnect-fleet.ts'
import { quantile } from './sounding.ts'

const CLUSTERS = 200
const FROZEN = 20
const MINUTES = 60
const QUICK_MINUTES = 3
const STOCK_MINUTES = 1
const MINUTE_MS = 60_000
/** The others wait no longer than this because of the frozen ones. */
const GOAL_LATER_MS = 200
/** From here on memory has found its level. */
const LEVEL_AFTER = 0.25
const GOAL_GROWTH_MIB = 16
const COMES_BACK_MS = 500
/** Who does not read hears of nothing: it is told that its connection was closed. */
const NOTICE_MS = 1_000
/** As a box asks for on its connection of streams; it says something in half of that. */
const KEEPALIVE_S = 120
const PINGREQ = Buffer.from([0xc0, 0])

export const frozen: Bench = {
  name: 'frozen',
  what: `${FROZEN} of ${CLUSTERS} clusters stop reading, their sockets really full, for ${MINUTES} minutes (--set minutes=5); whoever is cut comes back and freezes again: memory of the server, and delay of sound and orders of the others, minute by minute; beside it a stock aedes for a minute (one run, whatever --runs says)`,
  limitS: (MINUTES + 15) * 60,
  async run(context) {
    const minutes = Number(context.options?.['minutes'] ?? (context.quick ? QUICK_MINUTES : MINUTES))
    const own = await measure(context, { who: 'ours', minutes })
    const stock = await measure(context, { who: 'stock', minutes: STOCK_MINUTES })
    return rowsOf(own, stock)
  },
}

/** A minute of it. */
interface Minute extends FrozenReport {
  readonly rssMib: number
  readonly sound: readonly number[]
  readonly ordersMs: readonly number[]
  /** Sound that came, of what was due to those who read. */
  readonly share: number
}
interface Course {
  readonly before: Minute
  readonly minutes: readonly Minute[]
  /** Connections of those who read that were lost. */
  readonly lost: number
  /** Returns of frozen ones that were turned away. */
  readonly refused: number
}

interface Far {
  readonly connection: Connection
  readonly cluster: string
  readonly isFrozen: boolean
}

async function measure({ say, signal }: BenchContext, { who, minutes }: { readonly who: FrozenTask['who']; readonly minutes: number }): Promise<Course> {
  const clusters = Array.from({ length: CLUSTERS }, (_, n) => clusterName(n))
  const broker = startScript('./frozen-broker.ts', { who, clusters } satisfies FrozenTask, signal)
  const fleet = createFleet(broker)
  try {
    const { port } = await broker.next<{ port: number }>()
    for (const [n, cluster] of clusters.entries()) {
      // half of the frozen freeze on both connections, the others on that of sound alone
      await fleet.open(port, { cluster, connection: 'aud', isFrozen: n < FROZEN })
      await fleet.open(port, { cluster, connection: 'ctl', isFrozen: n < FROZEN / 2 })
    }
    const minute = async (): Promise<Minute> => {
      const { sound, orders } = fleet.take()
      const report = await broker.ask<FrozenReport>('report')
      return { ...report, rssMib: residentKib(broker.pid) / 1_024, sound, ordersMs: orders, share: sound.length / Math.max(1, report.sounds * fleet.readers()) }
    }
    await minute()
    await pause(MINUTE_MS / 2, undefined, { signal })
    const before = await minute()
    say(`${who}, before: ${words(before)}`)
    fleet.freeze()
    for (const until = performance.now() + MINUTE_MS; performance.now() < until; await pause(250, undefined, { signal })) {
      const { full } = await broker.ask<FrozenReport>('report')
      if (full >= FROZEN * 1.5) break
    }
    fleet.take()
    const all: Minute[] = []
    for (let n = 0; n < minutes; n++) {
      for (const until = performance.now() + MINUTE_MS; performance.now() < until; await pause(NOTICE_MS, undefined, { signal })) fleet.noticed(await broker.ask<number[]>('cuts'))
      const one = await minute()
      all.push(one)
      say(`${who}, minute ${n + 1}: ${words(one)}`)
    }
    return { before, minutes: all, lost: fleet.lost(), refused: fleet.refused() }
  } finally {
    fleet.close()
    await broker.stop()
  }
}

/** Both connections of every cluster, as raw sockets. */
function createFleet(broker: LineChild) {
  const open = new Map<Socket, Far>()
  let [sound, orders]: [number[], number[]] = [[], []]
  let [frozen, closed, lost, refused] = [false, false, 0, 0]
  const filterOf = ({ connection, cluster }: Far): readonly string[] => (connection === 'ctl' ? [topicOf('now', cluster)] : [streamTopicOf(RELAY_NAME), topicOf('audio', cluster)])
  const stopReading = (socket: Socket, { connection, cluster }: Far): void => {
    socket.pause()
    broker.tell(`fill ${socket.localPort} ${topicOf(connection === 'aud' ? 'audio' : 'now', cluster)}`)
  }
  const pings = setInterval(() => {
    for (const [socket, far] of open) if (!(frozen && far.isFrozen)) socket.write(PINGREQ)
  }, KEEPALIVE_S * 500)
  const join = (port: number, far: Far): Promise<void> =>
    new Promise((done, fail) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true })
      open.set(socket, far)
      socket.on('error', () => socket.destroy())
      socket.once('close', () => {
        open.delete(socket)
        if (closed) return
        // of no effect once it has joined
        fail(new Error(`${far.cluster} was not let in`))
        if (far.isFrozen) setTimeout(() => comeBack(port, far), COMES_BACK_MS)
        else lost++
      })
      socket.on('data', rawReader(({ type, flags, body }) => {
        if (type === 2) socket.write(rawSubscribe(1, filterOf(far)))
        if (type === 9) {
          if (frozen && far.isFrozen) stopReading(socket, far)
          done()
        }
        if (type !== 3) return
        const at = 2 + body.readUInt16BE(0)
        const acknowledged = (flags & 6) > 0
        if (acknowledged) socket.write(rawPuback(body.readUInt16BE(at)))
        if (far.isFrozen || frozenCluster(far)) return
        const late = Number(process.hrtime.bigint() - body.readBigUInt64BE(at + (acknowledged ? 2 : 0))) / 1e6
        ;(far.connection === 'aud' ? sound : orders).push(late)
      }))
      socket.once('connect', () => socket.write(rawConnect({ clientId: clientIdOf(far.cluster, far.connection), username: far.cluster, password: passwordOf(far.cluster), keepalive: KEEPALIVE_S })))
    })
  // a broker that lets nobody in while it is held up is tried again by the close
  const comeBack = (port: number, far: Far): void => {
    if (!closed) void join(port, far).catch(() => (refused += 1))
  }
  return {
    open: join,
    freeze: () => {
      frozen = true
      for (const [socket, far] of open) if (far.isFrozen) stopReading(socket, far)
    },
    noticed: (ports: readonly number[]) => {
      for (const socket of open.keys()) if (socket.localPort !== undefined && ports.includes(socket.localPort)) socket.destroy()
    },
    take: () => {
      const taken = { sound, orders }
      ;[sound, orders] = [[], []]
      return taken
    },
    readers: () => [...open.values()].filter((far) => far.connection === 'aud' && !frozenCluster(far)).length,
    lost: () => lost,
    refused: () => refused,
    close: () => {
      closed = true
      clearInterval(pings)
      for (const socket of open.keys()) socket.destroy()
    },
  }
}

/** One of the frozen; its other connection may read. */
const frozenCluster = ({ cluster }: Far): boolean => Number(cluster) < FROZEN

const ms = (values: readonly number[], share: number): string => (values.length === 0 ? '–' : quantile(values, share).toFixed(0))
const delays = (values: readonly number[]): string => `p50 ${ms(values, 0.5)}, p99 ${ms(values, 0.99)}, max ${ms(values, 1)} ms`
const words = ({ rssMib, heapMib, outsideMib, unsentKib, frozen: asked, full, cut, sound, ordersMs, share }: Minute): string =>
  `RSS ${rssMib.toFixed(1)} MiB, heap ${heapMib.toFixed(1)}, outside ${outsideMib.toFixed(1)}, unsent ${unsentKib.toFixed(0)} KiB; ${full} of ${asked} full, ${cut} cut; sound ${delays(sound)} (${(100 * share).toFixed(1)} % came); orders ${delays(ordersMs)}; ${busyText()}`

function rowsOf(own: Course, stock: Course): BenchRow[] {
  const all = (course: Course, pick: (minute: Minute) => readonly number[]): number[] => course.minutes.flatMap(pick)
  const row = (what: string, { who, role }: { readonly who: string; readonly role: BenchRow['role'] }, rest: Pick<BenchRow, 'unit' | 'values'> & Partial<BenchRow>): BenchRow => ({ what, who, role, ...rest })
  const us = { who: `ours, ${own.minutes.length} minutes`, role: 'ours' as const }
  const them = { who: `stock aedes, ${stock.minutes.length} minute`, role: 'reference' as const }
  const level = own.minutes.slice(Math.floor(own.minutes.length * LEVEL_AFTER))
  const half = Math.max(1, Math.floor(level.length / 2))
  const mean = (minutes: readonly Minute[]): number => minutes.reduce((sum, { rssMib }) => sum + rssMib, 0) / Math.max(1, minutes.length)
  const later = (course: Course, pick: (minute: Minute) => readonly number[], share: number): number => {
    const values = all(course, pick)
    return values.length === 0 ? Infinity : quantile(values, share) - quantile(pick(course.before), share)
  }
  const kinds = [['sound of the others', ({ sound }: Minute) => sound], ['orders of the others', ({ ordersMs }: Minute) => ordersMs]] as const
  return [
    ...kinds.flatMap(([what, pick]) => [
      ...([['p50', 0.5], ['p99', 0.99]] as const).flatMap(([name, share]) => [
        row(`${what}: later than before, ${name}`, us, { unit: 'ms', values: [later(own, pick, share)], goal: { atMost: GOAL_LATER_MS } }),
        row(`${what}: later than before, ${name}`, them, { unit: 'ms', values: [later(stock, pick, share)] }),
      ]),
      row(`${what}: greatest delay of all`, us, { unit: 'ms', values: [quantile(all(own, pick), 1)] }),
      row(`${what}: greatest delay of all`, them, { unit: 'ms', values: [all(stock, pick).length > 0 ? quantile(all(stock, pick), 1) : Infinity] }),
    ]),
    row('sound that came to who reads', us, { unit: '%', values: [(100 * own.minutes.reduce((sum, { share }) => sum + share, 0)) / own.minutes.length] }),
    row('sound that came to who reads', them, { unit: '%', values: [(100 * stock.minutes.reduce((sum, { share }) => sum + share, 0)) / stock.minutes.length] }),
    row('connections lost of who reads', us, { unit: '', values: [own.lost], goal: { atMost: 0 } }),
    row('returns of frozen ones that were turned away', us, { unit: '', values: [own.refused] }),
    row('memory of the server before', us, { unit: 'MiB', values: [own.before.rssMib] }),
    row('memory of the server, greatest', us, { unit: 'MiB', values: [Math.max(...own.minutes.map(({ rssMib }) => rssMib))] }),
    row('memory: mean of the last part above that of the part before it', us, { unit: 'MiB', values: [mean(level.slice(-half)) - mean(level.slice(0, half))], goal: { atMost: GOAL_GROWTH_MIB } }),
    row('frozen connections that were full when looked at', us, { unit: '%', values: [(100 * own.minutes.reduce((sum, { full, frozen: asked }) => sum + full / Math.max(1, asked), 0)) / own.minutes.length] }),
  ]
}
