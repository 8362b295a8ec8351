// npm run release: a signed release of the agent, as one file that a technician hands to the station.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { packedFiles } from '../shared/protocol/update-pack.ts'
import { makeRelease, NoRelease, releaseKey, writeRelease } from './release-make.ts'

const ROOT = resolve(fileURLToPath(new URL('..', import.meta.url)))
/** Not in the tree, where it would be handed on with it. */
const KEYS = join(homedir(), '.tieng-lang', 'release-keys')
const HELP = `npm run release -- [--folder F] [--keys K] [--root FILE] [--agent DIR] [--version X.Y.Z] [--least X.Y.Z] [--back]

Makes a release of the agent and signs it.
  --folder F     where the release goes [dist/releases]
  --keys K       folder of the release key, which is made where there is none; keep it off the server [${KEYS}]
  --root FILE    the station's root.key; wanted the first time, and when the key's certificate ends
  --agent DIR    an agent that is built already; otherwise it is built now
  --version V    what it calls itself [the version in package.json]
  --least V      oldest version that it may follow [0.0.0]
  --back         it goes back to an older version on purpose`

function built(out: string): void {
  const made = spawnSync(process.execPath, [join(ROOT, 'scripts', 'build-agent.mjs'), '--out', out, '--no-archive'], { stdio: ['ignore', 'ignore', 'inherit'] })
  if (made.status !== 0) throw new NoRelease('The agent cannot be built: see above.')
}

function given() {
  try {
    return parseArgs({
      options: {
        folder: { type: 'string', default: join(ROOT, 'dist', 'releases') }, keys: { type: 'string', default: KEYS }, root: { type: 'string' },
        agent: { type: 'string' }, version: { type: 'string' }, least: { type: 'string' }, back: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new NoRelease(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`)
  }
}

function release(): void {
  const values = given()
  if (values.help) return console.log(HELP)
  if (values.root !== undefined && !existsSync(values.root)) throw new NoRelease(`${values.root} is not there: name the file root.key of the station. · Không có tệp ${values.root}.`)
  const now = Date.now()
  const key = releaseKey({ folder: resolve(values.keys), root: values.root ?? null }, now)
  if (!key.ok) throw new NoRelease(key.why)
  const work = values.agent === undefined ? mkdtempSync(join(tmpdir(), 'tl-release-')) : null
  try {
    const agent = work === null ? resolve(values.agent ?? '') : join(work, 'agent')
    if (work !== null) built(agent)
    const { version, least, back } = values
    const made = makeRelease({ agent, key: key.value, now, back, ...(version === undefined ? {} : { version }), ...(least === undefined ? {} : { least }) })
    const path = writeRelease(resolve(values.folder), made)
    const megabytes = packedFiles(made.release).reduce((sum, { bytes }) => sum + bytes, 0) / 1e6
    console.log(`${path}: version ${made.release.version}, number ${made.release.n}, ${made.release.files.length} files, ${megabytes.toFixed(2)} MB on the way for a box that holds none of them.`)
  } finally {
    if (work !== null) rmSync(work, { recursive: true, force: true })
  }
}

try {
  release()
} catch (error) {
  if (!(error instanceof NoRelease)) throw error
  console.error(error.message)
  process.exitCode = 2
}
