import { parseArgs } from 'node:util'
import { simulate, type SimOptions } from './simulate.ts'

const HELP = `npm run sim -- --seed 4711 --agents 50 --hours 6
The real conductor and real agents on a virtual clock, over a bad link, with power cuts and an attacker.
  --seed N       what chance is drawn from (4711)
  --agents N     how many boxes (50)
  --hours N      virtual hours, at least 2 (6); a run begins between 02:30 and 03:05
  --seeds N      so many runs, from the seed upward (1)
  --verbose      prints everything that is heard and agreed
  --real-crypto  Ed25519 in place of a keyed hash`

function readOptions(): { first: SimOptions; seeds: number } | null {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '4711' },
      agents: { type: 'string', default: '50' },
      hours: { type: 'string', default: '6' },
      seeds: { type: 'string', default: '1' },
      verbose: { type: 'boolean', default: false },
      'real-crypto': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [seed, agents, hours, seeds] = [values.seed, values.agents, values.hours, values.seeds].map(Number) as [number, number, number, number]
  const fits = Number.isSafeInteger(seed) && Number.isInteger(agents) && agents >= 1 && agents <= 3_000 && hours >= 2 && hours <= 168 && Number.isInteger(seeds) && seeds >= 1
  if (values.help || !fits) return null
  const trace = values.verbose ? { trace: (line: string): void => console.log(line) } : {}
  return { first: { seed, agents, hours, realCrypto: values['real-crypto'], ...trace }, seeds }
}

const seconds = (from: number): string => ((performance.now() - from) / 1000).toFixed(1)

async function runOne(options: SimOptions): Promise<boolean> {
  const from = performance.now()
  const { digest, broken, counts, events } = await simulate(options)
  const replay = `npm run sim -- --seed ${options.seed} --agents ${options.agents} --hours ${options.hours}${options.realCrypto ? ' --real-crypto' : ''}`
  for (const sentence of broken.slice(0, 1)) console.error(`${replay}  # ${sentence}`)
  const facts = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, n]) => `${name} ${n}`)
  console.log(`seed ${options.seed}: ${options.agents} agents, ${options.hours} h, ${events} events in ${seconds(from)} s; ${facts.join(', ')}`)
  console.log(digest)
  return broken.length === 0
}

const read = readOptions()
if (!read) {
  console.error(HELP)
  process.exitCode = 2
} else {
  const { first, seeds } = read
  console.log(first.realCrypto ? 'Signatures are Ed25519.' : 'Signatures are a keyed hash in place of Ed25519 (--real-crypto uses the real ones).')
  let good = 0
  for (let i = 0; i < seeds; i++) if (await runOne({ ...first, seed: first.seed + i })) good++
  if (seeds > 1) console.log(`${good} of ${seeds} seeds held every invariant.`)
  if (good < seeds) process.exitCode = 1
}
