// npm run release: a signed release of the agent, as one file that a technician hands to the station.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { packedFiles } from '../shared/protocol/update-pack.ts'
import { makeRelease, releaseKey, writeRelease } from './release-make.ts'

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
  if (made.status !== 0) throw new Error('The agent cannot be built: see above.')
}

function main(): number {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', default: join(ROOT, 'dist', 'releases') }, keys: { type: 'string', default: KEYS }, root: { type: 'string' },
      agent: { type: 'string' }, version: { type: 'string' }, least: { type: 'string' }, back: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  if (values.root !== undefined && !existsSync(values.root)) {
    console.error(`${values.root} is not there: name the file root.key of the station. · Không có tệp ${values.root}.`)
    return 2
  }
  const now = Date.now()
  const key = releaseKey({ folder: resolve(values.keys), root: values.root ?? null }, now)
  if (!key.ok) {
    console.error(key.why)
    return 2
  }
  const work = values.agent === undefined ? mkdtempSync(join(tmpdir(), 'tl-release-')) : null
  try {
    const agent = work === null ? resolve(values.agent ?? '') : join(work, 'agent')
    if (work !== null) built(agent)
    if (!existsSync(join(agent, 'main.mjs'))) throw new Error(`${agent} holds no built agent: run npm run build:agent, or leave --agent out.`)
    const { version, least, back } = values
    const made = makeRelease({ agent, key: key.value, now, back, ...(version === undefined ? {} : { version }), ...(least === undefined ? {} : { least }) })
    const path = writeRelease(resolve(values.folder), made)
    console.log(`${path}: version ${made.release.version}, number ${made.release.n}, ${made.release.files.length} files, ${(packedFiles(made.release).reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(2)} MB on the way for a box that holds none of them.`)
    return 0
  } finally {
    if (work !== null) rmSync(work, { recursive: true, force: true })
  }
}

process.exitCode = main()
