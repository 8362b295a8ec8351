import { setMaxListeners } from 'node:events'
import { cpus, loadavg, release } from 'node:os'
import { parseArgs } from 'node:util'
import { printRows, type Bench, type BenchContext, type BenchRow } from './bench/bench.ts'

/** Every bench, loaded when it is asked for. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  starts: async () => (await import('./bench/starts.ts')).starts,
  report: async () => (await import('./bench/report.ts')).report,
  wire: async () => (await import('./bench/wire.ts')).wire,
  memory: async () => (await import('./bench/memory.ts')).memory,
  planning: async () => (await import('./bench/planning.ts')).planning,
  ingest: async () => (await import('./bench/ingest.ts')).ingest,
  chart: async () => (await import('./bench/chart.ts')).chart,
  search: async () => (await import('./bench/search.ts')).search,
  reconnect: async () => (await import('./bench/reconnect.ts')).reconnect,
  fanout: async () => (await import('./bench/fanout.ts')).fanout,
  sync: async () => (await import('./bench/sync.ts')).sync,
  emergency: async () => (await import('./bench/emergency.ts')).emergency,
  stop: async () => (await import('./bench/stop.ts')).stop,
  frozen: async () => (await import('./bench/frozen.ts')).frozen,
  pages: async () => (await import('./bench/pages.ts')).pages,
  leak: async () => (await import('./bench/leak.ts')).leak,
  outage: async () => (await import('./bench/outage.ts')).outage,
}

const USAGE = `npm run bench -- [NAME …] [--runs N] [--quick] [--json] [--list] [--set NAME=VALUE …]
Measures ours (●) beside a reference (○) in the same run and prints medians. Known: ${Object.keys(BENCHES).join(', ')}.`

async function runOne(bench: Bench, { runs, quick, options }: Pick<BenchContext, 'runs' | 'quick' | 'options'>): Promise<readonly BenchRow[]> {
  const over = new AbortController()
  // every pause of every part of a bench listens
  setMaxListeners(0, over.signal)
  const limitMs = bench.limitS * 1_000 * Math.max(1, runs / 3)
  const timer = setTimeout(() => over.abort(new Error(`${bench.name} took longer than ${Math.round(limitMs / 1_000)} s`)), limitMs)
  const say = (text: string): void => void process.stderr.write(`${bench.name}: ${text}\n`)
  try {
    return await bench.run({ runs, quick, ...(options ? { options } : {}), say, signal: over.signal })
  } finally {
    clearTimeout(timer)
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { runs: { type: 'string' }, quick: { type: 'boolean', default: false }, json: { type: 'boolean' }, set: { type: 'string', multiple: true }, list: { type: 'boolean' }, help: { type: 'boolean' } } })
  const runs = Number(values.runs ?? (values.quick ? '1' : '3'))
  const unknown = positionals.filter((name) => !Object.hasOwn(BENCHES, name))
  if (values.help || unknown.length > 0 || !Number.isInteger(runs) || runs < 1 || runs > 20) {
    process.stderr.write(`${unknown.length > 0 ? `No bench is called ${unknown.join(', ')}.\n` : ''}${USAGE}\n`)
    return values.help ? 0 : 2
  }
  const options = Object.fromEntries((values.set ?? []).map((one) => one.split('=', 2) as [string, string]))
  const names = positionals.length > 0 ? positionals : Object.keys(BENCHES)
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, kernel: release(), node: process.version, load: loadavg()[0] ?? 0 }
  const all: { bench: string; rows: readonly BenchRow[] }[] = []
  for (const name of names) {
    const bench = await BENCHES[name]?.()
    if (!bench) continue
    if (values.list) {
      process.stdout.write(`${name}: ${bench.what}\n`)
      continue
    }
    const rows = await runOne(bench, { runs, quick: values.quick, options })
    all.push({ bench: name, rows })
    if (!values.json) process.stdout.write(`\n${bench.what}\n${printRows(rows)}\n`)
  }
  if (values.json && !values.list) process.stdout.write(`${JSON.stringify({ machine, benches: all }, null, 2)}\n`)
  else if (!values.list) process.stdout.write(`\n${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}, Node ${machine.node}, load ${machine.load.toFixed(1)} at the start\n`)
  return 0
}

process.exitCode = await main()
