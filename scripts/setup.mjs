// Everything that a fresh clone needs, done once; what is done already is skipped. Plain Node, no package.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT, Refusal, npm, orRefuse, runQuietly, say } from './steps.mjs'
import { PARTS, ensureParts } from './system-parts.mjs'

const LEAST_NODE = [20, 11]
const at = (...parts) => join(ROOT, ...parts)
const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null)

/**
 * @param {{ dev: boolean, required: string[], optional: string[] }} wanted `dev`: with the packages that only tests need;
 * the others name system parts. Ends with sentences when a required part cannot be had.
 */
export async function setUp({ dev, required, optional }) {
  checkNode()
  await installPackages(dev)
  const missing = await ensureParts([...required, ...optional])
  const blocking = missing.filter((name) => required.includes(name))
  if (blocking.length > 0) throw new Refusal('Install what is named above, then run the same command again.')
  if (dev) await buildTestRunner()
  await buildBundles()
  return { missing }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return
  throw new Refusal(`Tiếng Làng needs Node ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}. Install a newer Node (https://nodejs.org), then run the same command again.`)
}

// ---- packages

const STAMP = at('node_modules', '.cache', 'tieng-lang', 'packages.json')

/** What node_modules was made from: another lock or another Node's native interface asks for a new one. */
const wantedStamp = () => ({
  lock: createHash('sha256').update(readFileSync(at('package-lock.json'))).digest('hex'),
  abi: process.versions.modules,
})

function writeStamp(dev) {
  mkdirSync(dirname(STAMP), { recursive: true })
  writeFileSync(STAMP, JSON.stringify({ ...wantedStamp(), dev }))
}

/** Every package that the lock asks for is there in the same version. */
function matchesLock(dev) {
  const held = readJson(at('node_modules', '.package-lock.json'))?.packages ?? {}
  const asked = Object.entries(readJson(at('package-lock.json')).packages)
  return asked.every(([path, one]) => path === '' || one.optional || one.devOptional || (one.dev && !dev) || held[path]?.version === one.version)
}

/** The compiled part loads in this Node: it may have been made for another one, or an install may have been cut short. */
const nativePartLoads = () =>
  spawnSync(process.execPath, ['-e', "new (require('better-sqlite3'))(':memory:').close()"], { cwd: ROOT, stdio: 'ignore' }).status === 0

function packagesAreThere(dev) {
  const stamp = readJson(STAMP)
  const wanted = wantedStamp()
  if (stamp?.lock === wanted.lock && stamp.abi === wanted.abi && (stamp.dev || !dev)) return true
  if (!matchesLock(dev) || !nativePartLoads()) return false
  writeStamp(dev)
  return true
}

async function installPackages(dev) {
  if (packagesAreThere(dev)) return
  if (process.env.TL_OFFLINE) throw new Refusal('Packages are missing and TL_OFFLINE is set. Run `npm ci` where there is a network (or with a filled npm cache), then run the same command again.')
  await ensureParts(['compiler'])
  // adding the test packages to what is there spares the minutes that compiling again would take
  const grow = dev && matchesLock(false) && nativePartLoads()
  const verb = grow ? ['install', '--no-save'] : ['ci']
  const { command, args } = npm([...verb, ...(dev ? ['--include=dev'] : ['--omit=dev']), '--no-audit', '--no-fund'])
  const title = `npm ${verb.join(' ')}: packages${dev ? ', with those for the tests' : ''}; on a slow line or without prebuilt parts about four minutes`
  const result = await runQuietly(title, command, args, { env: { NODE_ENV: '', ...nodeHeaders() }, note: compiling })
  if (!result.ok) throw new Refusal(`${result.output}\n\nThe packages could not be installed; the reason stands above. ${compilerHint()}Check the network (npm ping), then run the same command again.`)
  writeStamp(dev)
}

const compiling = () =>
  existsSync(at('node_modules', 'better-sqlite3', 'build')) && !existsSync(at('node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node'))
    ? 'better-sqlite3 is being compiled, about two minutes'
    : ''

const compilerHint = () => `If it was the compiler: ${PARTS.compiler.packages.join(', ')} are needed. `

/** Headers beside this Node spare node-gyp a download that closed networks refuse. */
function nodeHeaders() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include', 'node', 'node.h')) && !process.env.npm_config_nodedir ? { npm_config_nodedir: prefix } : {}
}

/** tap assembles its plugins at first use; done here, so that no test waits for it. */
async function buildTestRunner() {
  if (existsSync(at('.tap', 'plugins'))) return
  const { ok, output } = await runQuietly('test runner: first use', process.execPath, [at('node_modules', 'tap', 'dist', 'esm', 'run.mjs'), 'build'])
  if (!ok) throw new Refusal(`${output}\n\nThe test runner could not be prepared; remove node_modules and run the same command again.`)
}

// ---- bundles

const BUNDLES = [
  { name: 'server', script: 'scripts/build.mjs', args: [], result: 'dist/server/main.js', from: ['server', 'shared', 'scripts', 'package-lock.json'] },
  { name: 'agent', script: 'scripts/build-agent.mjs', args: ['--no-archive'], result: 'dist/agent/main.mjs', from: ['agent', 'shared', 'scripts', 'package-lock.json'] },
]

/** Changes with every file's size and time below the given paths. */
function fingerprint(paths) {
  const hash = createHash('sha256').update(process.version)
  const visit = (path) => {
    const stat = statSync(path)
    if (stat.isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name))
    else hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`)
  }
  for (const path of paths) if (existsSync(at(path))) visit(at(path))
  return hash.digest('hex')
}

async function buildBundles() {
  for (const { name, script, args, result, from } of BUNDLES) {
    const stamp = at('dist', `.${name}.stamp`)
    const print = fingerprint(from)
    if (existsSync(at(result)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === print) continue
    const { ok, output } = await runQuietly(`building the ${name}`, process.execPath, [at(script), ...args])
    if (!ok) throw new Refusal(`${output}\n\nThe ${name} could not be built; the reason stands above.`)
    mkdirSync(at('dist'), { recursive: true })
    writeFileSync(stamp, print)
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await orRefuse(() => setUp({ dev: true, required: ['ffmpeg', 'speech'], optional: ['mosquitto'] }))
  say('Everything is in place.')
}
