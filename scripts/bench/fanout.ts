import { mkdtempSync, rmSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, BenchContext } from './bench.ts'
import { makeCertificate, type Certificate } from './certificate.ts'
import { compileLoad, residentKib, scheduledSeconds, startLineChild, startScript, type LineChild } from './fanout-children.ts'
import { rowsOf, type Cell, type Taken } from './fanout-rows.ts'
import { SUBJECTS, type Running, type Subject } from './fanout-subjects.ts'

/** Opus at 24 kbit/s, and name, times and signature around it. */
const BYTES_PER_MS = 3
const AROUND_BYTES = 110
const SETTLE_MS = 1_200
/** So that no window pays for what Node has not yet compiled. */
const WARM_UP_MS = 2_000
const WARM_UP_EVERY_MS = 100
const JOINING_EVERY_MS = 40
const WINDOW_MS = 6_000
const QUICK_WINDOW_MS = 3_000

/**
 * Which rows: TL_BENCH_FANOUT='clusters=1000,3000 ms=200 link=tls who=embedded,mosquitto'. What is not named is all; 6000 clusters only when named.
 */
export interface Choice {
  readonly clusters: readonly number[]
  readonly ms: readonly number[]
  readonly links: readonly ('plain' | 'tls')[]
  readonly who: readonly string[]
}

export function chosen(text: string, quick: boolean): Choice {
  const given = new Map(text.split(/\s+/).filter(Boolean).map((part) => {
    const [key = '', values = ''] = part.split('=')
    if (!['clusters', 'ms', 'link', 'who'].includes(key) || values === '') throw new Error(`TL_BENCH_FANOUT: '${part}' is none of clusters=…, ms=…, link=plain,tls and who=embedded,bare,mosquitto,icecast`)
    return [key, values.split(',')] as const
  }))
  const numbers = (key: string, unless: readonly number[]): readonly number[] => given.get(key)?.map(Number) ?? unless
  return {
    clusters: numbers('clusters', quick ? [200, 1_000] : [200, 1_000, 3_000]),
    ms: numbers('ms', quick ? [60, 200] : [60, 200, 1_000]),
    links: (['plain', 'tls'] as const).filter((link) => given.get('link')?.includes(link) ?? true),
    who: given.get('who') ?? ['embedded', 'bare', 'mosquitto', 'icecast'],
  }
}

interface World {
  readonly context: BenchContext
  readonly folder: string
  readonly load: ReturnType<typeof compileLoad>
  readonly tls: Certificate | null
}

export const fanout: Bench = {
  name: 'fanout',
  what: 'one stream to many clusters: CPU of the server process for each delivered packet (scheduler’s account), delay from the appointed time, memory; the made-up fleet is another process on the same cores',
  limitS: 3_600,
  async run(context) {
    const choice = chosen(process.env['TL_BENCH_FANOUT'] ?? '', context.quick)
    const folder = mkdtempSync(join(tmpdir(), 'tl-bench-'))
    // a server that gives up root must still reach its files
    chmodSync(folder, 0o755)
    try {
      const load = compileLoad(folder)
      if (!load) context.say('no C compiler: Node makes up the fleet, which takes more of the machine')
      const certificate = makeCertificate(folder)
      const taken: Taken[] = []
      for (const link of choice.links) {
        for (const clusters of choice.clusters) {
          for (let run = 0; run < context.runs; run++) {
            // one after the other within a run, so that the machine's other work falls on all alike
            for (const subject of SUBJECTS.filter(({ name }) => choice.who.some((who) => name.toLowerCase().includes(who)))) {
              taken.push(...(await measureSubject({ context, folder, load, tls: link === 'tls' ? certificate : null }, { subject, clusters, ms: choice.ms, run })))
            }
          }
        }
      }
      return rowsOf(taken)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Measurement {
  readonly subject: Subject
  readonly clusters: number
  readonly ms: readonly number[]
  readonly run: number
}

async function measureSubject(world: World, { subject, clusters, ms, run }: Measurement): Promise<Taken[]> {
  const { context, tls } = world
  const cells = ms.map((everyMs): Cell => ({ clusters, everyMs, tls: tls !== null }))
  const missing = subject.missing(tls !== null)
  if (missing) return cells.map((cell) => ({ cell, subject, run, missing }))
  const running = await subject.start({ folder: world.folder, tls, clusters, signal: context.signal })
  const beforeKib = residentKib(running.pid)
  // Icecast lets listeners in between two reads of its source, and gives a silent one up
  if (subject.speaks === 'http') running.sender.tell(`send ${JOINING_EVERY_MS} ${AROUND_BYTES}`)
  const load = startLoad(world, { subject, running, clusters })
  const out: Taken[] = []
  try {
    const ready = await load.next<{ connectS: number; failed: number }>()
    await warmUp(context, running)
    // the longest first: where the machine is too small for the shortest, nothing of it is carried over
    for (const cell of [...cells].sort((a, b) => b.everyMs - a.everyMs)) {
      const figures = await window(context, running, { load, cell })
      out.push({ cell, subject, run, figures: { ...figures, kibEach: (residentKib(running.pid) - beforeKib) / clusters } })
      const { cpuUs, p50, p99, share } = figures
      context.say(`${tls ? 'TLS' : 'plain'} ${clusters} × ${cell.everyMs} ms, run ${run + 1}, ${subject.name}: ${cpuUs.toFixed(1)} µs, p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms, ${(share * 100).toFixed(1)} % (joined in ${ready.connectS.toFixed(1)} s)`)
    }
  } finally {
    await load.stop()
    await running.stop()
  }
  return out
}

function startLoad({ context, load, tls }: World, { subject, running, clusters }: { subject: Subject; running: Running; clusters: number }): LineChild {
  const { port, target } = running
  if (load && (load.tls || !tls)) return startLineChild(load.program, [subject.speaks, String(port), String(clusters), String(subject.inFlight), target, ...(tls ? ['tls'] : [])], context.signal)
  return startScript('./fanout-load.ts', { port, clusters, inFlight: subject.inFlight, topic: target, tls: tls !== null }, context.signal)
}

async function warmUp({ signal }: BenchContext, { sender }: Running): Promise<void> {
  sender.tell(`send ${WARM_UP_EVERY_MS} ${AROUND_BYTES}`)
  await pause(WARM_UP_MS, undefined, { signal })
  sender.tell('hush')
}

interface Window {
  readonly load: LineChild
  readonly cell: Cell
}

async function window({ quick, signal }: BenchContext, { pid, sender }: Running, { load, cell }: Window): Promise<Omit<NonNullable<Taken['figures']>, 'kibEach'>> {
  const { clusters, everyMs } = cell
  sender.tell(`send ${everyMs} ${Math.round(everyMs * BYTES_PER_MS) + AROUND_BYTES}`)
  await pause(SETTLE_MS, undefined, { signal })
  // halfway between two packets, so that whole rounds are counted
  const windowMs = Math.round((quick ? QUICK_WINDOW_MS : WINDOW_MS) / everyMs) * everyMs
  load.tell('reset')
  sender.tell('watch')
  const [from, began] = [scheduledSeconds(pid), performance.now()]
  await pause(windowMs, undefined, { signal })
  const [to, tookMs] = [scheduledSeconds(pid), performance.now() - began]
  const { count, p50, p99 } = await load.ask<{ count: number; p50: number; p99: number }>('report')
  const held = await sender.ask<{ p99: number; dropped: number }>('held')
  sender.tell('hush')
  if (count === 0) throw new Error('no packet came: the server under test has given the stream up')
  return { cpuUs: ((to - from) * 1e6) / count, core: (to - from) / (tookMs / 1_000), p50, p99, heldMs: held.p99, dropped: held.dropped, share: count / ((tookMs / everyMs) * clusters) }
}
