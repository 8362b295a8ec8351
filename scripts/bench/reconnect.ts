import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectExternalBroker } from '../../server/adapters/broker/external.ts'
import { mosquittoPasswordHash } from '../../server/adapters/broker/mosquitto.ts'
import { silentLog } from '../../shared/core/log.ts'
import { topicOf } from '../../shared/protocol/topics.ts'
import { mosquittoMissing, startMosquitto } from '../../test/support/mosquitto.ts'
import { until } from '../../test/support/mqtt-client.ts'
import { realClock } from '../../test/support/real-clock.ts'
import { cpuSeconds, type Bench, type BenchContext, type BenchRow } from './bench.ts'
import { makeCertificate, type Certificate } from './certificate.ts'
import { startChild } from './children.ts'
import { clusterName, passwordOf, PLAN_BYTES } from './reconnect-fleet.ts'

const CLUSTERS = 3_000
/** How many clusters are on their way at the same time. */
const IN_FLIGHT = 200
const GOAL_S = 10

interface Subject {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}
interface Storm {
  readonly tookMs: number
  readonly plans: number
  readonly failed: number
  readonly cpuS: number
}
interface Figures {
  readonly seconds: number[]
  readonly cpu: number[]
  readonly lost: number[]
  readonly load: number[]
}

export const reconnect: Bench = {
  name: 'reconnect',
  what: `${CLUSTERS} clusters reconnect (CONNECT, 5 exact subscriptions, retained plan head of ${PLAN_BYTES} B), ${IN_FLIGHT} at a time, from another process on the same machine`,
  limitS: 240,
  async run(context) {
    const folder = mkdtempSync(join(tmpdir(), 'tl-bench-'))
    try {
      const tls = makeCertificate(folder)
      return [...(await compare(context, folder, null)), ...(await compare(context, folder, tls))]
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

/** The runs alternate, so that the machine's other work falls on both alike. */
async function compare(context: BenchContext, folder: string, tls: Certificate | null): Promise<BenchRow[]> {
  const ours = await startOurs(context, tls)
  const theirs = mosquittoMissing ? null : await startTheirs(join(folder, tls ? 'tls' : 'plain'), tls)
  const figures = { ours: blank(), theirs: blank() }
  try {
    for (let run = -1; run < context.runs; run++) {
      // the first storm warms up and is not counted: a server that has been running for a while is what clusters come back to
      await storm({ context, subject: ours, tls, into: run < 0 ? blank() : figures.ours })
      if (theirs) await storm({ context, subject: theirs, tls, into: run < 0 ? blank() : figures.theirs })
      context.say(`${tls ? 'TLS' : 'plain'} ${run < 0 ? 'warm-up' : `run ${run + 1} of ${context.runs}`}: ours ${figures.ours.seconds.at(-1)?.toFixed(2) ?? '–'} s, Mosquitto ${figures.theirs.seconds.at(-1)?.toFixed(2) ?? '–'} s`)
    }
  } finally {
    await ours.stop()
    await theirs?.stop()
  }
  return rowsOf(figures, tls !== null)
}

const blank = (): Figures => ({ seconds: [], cpu: [], lost: [], load: [] })

async function storm({ context, subject, tls, into }: { context: BenchContext; subject: Subject; tls: Certificate | null; into: Figures }): Promise<void> {
  const before = cpuSeconds(subject.pid)
  const load = startChild('./reconnect-load.ts', { port: subject.port, tls: tls !== null, clusters: CLUSTERS, inFlight: IN_FLIGHT }, context.signal)
  try {
    const result = await load.next<Storm>()
    into.seconds.push(result.tookMs / 1_000)
    into.cpu.push(cpuSeconds(subject.pid) - before)
    into.lost.push(CLUSTERS - result.plans + result.failed)
    into.load.push(result.cpuS)
  } finally {
    await load.stop()
  }
}

async function startOurs(context: BenchContext, tls: Certificate | null): Promise<Subject> {
  const child = startChild('./reconnect-broker.ts', { clusters: CLUSTERS, ...(tls ? { tls } : {}) }, context.signal)
  try {
    const { port } = await child.next<{ port: number }>()
    return { port, pid: child.pid, stop: () => child.stop() }
  } catch (error) {
    await child.stop()
    throw error
  }
}

async function startTheirs(folder: string, tls: Certificate | null): Promise<Subject> {
  const clusters = Array.from({ length: CLUSTERS }, (_, i) => clusterName(i))
  mkdirSync(folder)
  writeFileSync(join(folder, 'passwords'), clusters.map((cluster) => `${cluster}:${mosquittoPasswordHash(passwordOf(cluster), randomBytes(12))}\n`).join(''))
  const mosquitto = await startMosquitto(folder, tls ?? undefined)
  const link = connectExternalBroker({
    url: `${tls ? 'mqtts' : 'mqtt'}://localhost:${mosquitto.port}`, ...mosquitto.server, log: silentLog, clock: realClock, random: Math.random,
    ...(tls ? { ca: readFileSync(tls.certFile) } : {}),
  })
  try {
    if (!(await until(() => link.connected()))) throw new Error(`Mosquitto does not serve: ${mosquitto.log()}`)
    for (const cluster of clusters) await link.publish(topicOf('plan', cluster), Buffer.alloc(PLAN_BYTES, 112), { qos: 1, retain: true })
    await link.stop()
  } catch (error) {
    await link.stop()
    await mosquitto.stop()
    throw error
  }
  return mosquitto
}

function rowsOf({ ours, theirs }: { ours: Figures; theirs: Figures }, tls: boolean): BenchRow[] {
  const over = tls ? 'over TLS 1.3 (P-256, full handshakes)' : 'over plain TCP'
  const who = [
    { who: 'embedded broker', role: 'ours' as const, figures: ours, absent: undefined },
    { who: 'Mosquitto', role: 'reference' as const, figures: theirs, absent: mosquittoMissing ?? undefined },
  ]
  const row = (what: string, unit: string, pick: (figures: Figures) => number[], atMost?: number): BenchRow[] =>
    who.map(({ who, role, figures, absent }) => ({
      what: `${what}, ${over}`, who, role, unit, values: pick(figures),
      ...(role === 'ours' && atMost !== undefined ? { goal: { atMost } } : {}),
      ...(absent ? { note: absent } : {}),
    }))
  return [
    ...row('time until the last cluster holds its plan', 's', (figures) => figures.seconds, GOAL_S),
    ...row('CPU of the broker (from /proc)', 's', (figures) => figures.cpu),
    ...row('CPU of the made-up fleet, on the same cores', 's', (figures) => figures.load),
    ...row('plans that did not come', '', (figures) => figures.lost, 0),
  ]
}
