// npm run gen: writes what is derived. With --check it writes nothing and fails when something is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeCrypto } from '../server/adapters/crypto.ts'
import { Timetable } from '../shared/core/timetable.ts'
import { encodeGolden, goldenBench, goldenFolder, hex, readGolden, readKeys } from './gen/golden.ts'
import { fillMarkers, protocolTables } from './gen/protocol-tables.ts'
import { settingsTables } from './gen/settings-tables.ts'

/** A file that is derived from others: its path from the top, and what it has to hold. */
export interface Derived {
  readonly path: string
  readonly text: string
}

const ROOT = resolve(fileURLToPath(new URL('..', import.meta.url)))
const PROTOCOL = 'shared/protocol/PROTOCOL.md'
const README = 'README.md'
const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** JSON Schema of the timetable, for editors that complete and check YAML. */
function timetableSchema(): Derived {
  const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Tiếng Làng: lịch phát (timetable)' }
  return { path: 'schedules/timetable.schema.json', text: json({ ...head, ...(Timetable as object) }) }
}

/** Golden files with the payloads of new cases filled in. What was released is never changed: the contract tests compare it. */
function goldenFiles(): Derived[] {
  const bench = goldenBench(nodeCrypto(), readKeys(ROOT))
  return readGolden(ROOT).map(({ topic, cases }) => ({
    path: join(goldenFolder(ROOT), `${topic}.json`).slice(ROOT.length + 1),
    text: json({ topic, cases: cases.map((one) => ({ ...one, payload: one.payload ?? hex(encodeGolden(bench, topic, one.message)) })) }),
  }))
}

/** Everything that is generated, as it should be now. */
export function derivedFiles(): Derived[] {
  const protocol = { path: PROTOCOL, text: fillMarkers(readFileSync(join(ROOT, PROTOCOL), 'utf8'), protocolTables(ROOT)) }
  const readme = { path: README, text: fillMarkers(readFileSync(join(ROOT, README), 'utf8'), settingsTables()) }
  return [timetableSchema(), protocol, readme, ...goldenFiles()]
}

/** Paths of generated files that are not what they should be. */
export const staleFiles = (): string[] =>
  derivedFiles()
    .filter(({ path, text }) => !existsSync(join(ROOT, path)) || readFileSync(join(ROOT, path), 'utf8') !== text)
    .map(({ path }) => path)

function main(): void {
  const stale = new Set(staleFiles())
  if (process.argv.includes('--check')) {
    if (stale.size > 0) console.error(`Stale: ${[...stale].join(', ')}. Run npm run gen and commit what it writes.`)
    process.exitCode = stale.size > 0 ? 1 : 0
    return
  }
  for (const { path, text } of derivedFiles()) if (stale.has(path)) writeFileSync(join(ROOT, path), text)
  console.log(stale.size > 0 ? `Written: ${[...stale].join(', ')}` : 'Everything generated is fresh.')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
