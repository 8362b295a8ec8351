import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dayNumberOf } from '../shared/core/civil.ts'
import { readSums, sizeOfFolder } from './province/measure.ts'
import { differences } from './province/compare.ts'
import { playProvince } from './province/play.ts'
import { addSums, noSums } from './province/truth.ts'
import { createMadeTelemetry } from './province/telemetry.ts'

const USAGE = `npm run province -- --folder FOLDER [--days 31] [--from 2026-01-01] [--communes 144] [--clusters 2000] [--seed TEXT] [--telemetry] [--sums daily]
Makes a province that has been on the air, through the station's own planning of what is due, ingestion, sums and packing, and
holds the station's sums against its own count. The folder must not exist yet; it is a station's data folder afterwards.`

function main(): number {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string' }, days: { type: 'string', default: '31' }, from: { type: 'string', default: '2026-01-01' }, communes: { type: 'string', default: '144' }, clusters: { type: 'string', default: '2000' },
      seed: { type: 'string', default: 'made-up' }, telemetry: { type: 'boolean', default: false }, sums: { type: 'string', default: 'each-session' }, help: { type: 'boolean' },
    },
  })
  const size = { seed: values.seed, communes: Number(values.communes), clusters: Number(values.clusters), firstDay: dayNumberOf(values.from), days: Number(values.days) }
  const right = values.folder !== undefined && Object.values(size).every((value) => typeof value === 'string' || (Number.isInteger(value) && value > 0)) && ['each-session', 'daily'].includes(values.sums)
  if (values.help || !right || values.folder === undefined) {
    process.stderr.write(`${USAGE}\n`)
    return values.help ? 0 : 2
  }
  const { folder } = values
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    process.stderr.write(`${folder} is there already: name a folder that is not.\n`)
    return 2
  }
  const began = Date.now()
  const telemetry = values.telemetry ? createMadeTelemetry(size) : undefined
  const played = playProvince({
    folder, size, sums: values.sums === 'daily' ? 'daily' : 'each-session',
    say: (text) => process.stderr.write(`${text}, ${Math.round((Date.now() - began) / 1_000)} s\n`),
    ...(telemetry ? { onDay: telemetry } : {}),
  })
  const truth = noSums()
  for (const sums of played.truth.values()) addSums(truth, sums)
  const found = differences(truth, readSums(folder))
  played.close()
  process.stdout.write(`${played.messages} messages of evidence and state, ${[...played.dropped].map(([why, n]) => `${n} ${why}`).join(', ') || 'none'} dropped\n`)
  for (const line of found.slice(0, 40)) process.stdout.write(`${line}\n`)
  process.stdout.write(`${found.length === 0 ? 'every sum equals the count of what was made up' : `${found.length} sums differ`}\n`)
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.db'))) process.stdout.write(`${name}: ${(statSync(join(folder, name)).size / 1e6).toFixed(1)} MB\n`)
  process.stdout.write(`all of it: ${(sizeOfFolder(folder) / 1e6).toFixed(1)} MB\n`)
  return found.length === 0 ? 0 : 1
}

process.exitCode = main()
