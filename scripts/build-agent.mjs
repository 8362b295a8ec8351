// npm run build:agent: the agent as one folder, dist/agent, that runs on a bare Debian with Node 20 and nothing installed,
// and the same folder as a .tgz to copy to a box.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { orRefuse, Refusal, ROOT, say } from './steps.mjs'

/** Packages with native or WebAssembly parts, which a bundle cannot hold; and what the box hands to phones as it is. */
const COPIED = ['@evan/opus', '@serialport/bindings-cpp', '@noble/ed25519']
/** Needed to compile, or types only. */
const NOT_COPIED = new Set(['node-addon-api'])
/** Boxes run Linux; the rest of the prebuilt parts would triple the folder. */
const FOREIGN = /\/prebuilds\/(?:android|darwin|win32)-[^/]*$|-(?:darwin|win32)\.node$|\.d\.ts$|\.map$|bindings-cpp\/(?:src|binding\.gyp)$|opus\/tests$/

async function main() {
  const { values } = parseArgs({
    options: {
      entry: { type: 'string', default: join(ROOT, 'agent', 'main.ts') },
      out: { type: 'string', default: join(ROOT, 'dist', 'agent') },
      'no-archive': { type: 'boolean', default: false },
    },
  })
  const out = resolve(values.out)
  if (!existsSync(values.entry)) throw new Refusal(`${values.entry} does not exist; give the agent's first file with --entry FILE.`)
  // never the current directory or a folder of something else
  if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(join(out, 'main.mjs'))) throw new Refusal(`${out} holds something else than an agent; name another folder with --out.`)
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })

  await bundle(values.entry, out)
  const copied = new Set()
  for (const name of COPIED) copyPackage(name, ROOT, join(out, 'node_modules'), copied)
  const version = writePackage(out, [...copied])
  cpSync(join(ROOT, 'scripts', 'systemd', 'tieng-lang-agent.service'), join(out, 'tieng-lang-agent.service'))
  cpSync(join(ROOT, 'scripts', 'install-agent'), join(out, 'install-agent'))
  await writeSettings(out)
  const licence = join(ROOT, 'LICENSE')
  if (existsSync(licence)) cpSync(licence, join(out, 'LICENSE'))
  say(`${out} is built: ${megabytes(sizeOf(out))}, of which main.mjs ${megabytes(statSync(join(out, 'main.mjs')).size)}`)
  if (!values['no-archive']) archive(out, version)
}

const part = (...path) => join(ROOT, 'agent', 'adapters', ...path)

async function bundle(entry, out) {
  await build({
    entryPoints: { main: entry, watchdog: part('amplifier', 'watchdog.ts'), launcher: part('update-launcher.ts'), trial: part('update-trial.ts') },
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // what is imported lazily (the serial port) becomes a file of its own and costs nothing where it is not used
    splitting: true,
    chunkNames: 'part-[hash]',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    charset: 'utf8',
    external: COPIED,
    plugins: [leanMqtt, leanSerialPort],
    banner: { js: `import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);` },
    logLevel: 'warning',
  })
}

/** The client alone: its package's front door also loads WebSocket, SOCKS and browser timers, some 6 MB of memory. */
const leanMqtt = {
  name: 'lean-mqtt',
  setup({ onResolve, onLoad }) {
    const client = join(ROOT, 'node_modules', 'mqtt', 'build', 'lib', 'client.js')
    onResolve({ filter: /^mqtt$/ }, () => ({ path: 'mqtt', namespace: 'lean' }))
    onLoad({ filter: /^mqtt$/, namespace: 'lean' }, () => ({
      contents: `import client from ${JSON.stringify(client)}\nexport const MqttClient = client.default ?? client`,
      resolveDir: ROOT,
    }))
    // a copy of what Node itself has
    onResolve({ filter: /^readable-stream$/ }, () => ({ path: 'node:stream', external: true }))
    // reached only for timers of browsers, and the agent asks for the native ones
    onResolve({ filter: /^worker-timers$/ }, () => ({ path: 'worker-timers', namespace: 'lean' }))
    onLoad({ filter: /^worker-timers$/, namespace: 'lean' }, () => ({
      contents: 'export const setInterval = globalThis.setInterval, clearInterval = globalThis.clearInterval',
    }))
  },
}

/** Without the dozen of parsers that nobody asks for. */
const leanSerialPort = {
  name: 'lean-serialport',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^serialport$/ }, () => ({ path: 'serialport', namespace: 'lean' }))
    onLoad({ filter: /^serialport$/, namespace: 'lean' }, () => ({
      contents: `export { SerialPort } from ${JSON.stringify(join(ROOT, 'node_modules', 'serialport', 'dist', 'serialport.js'))}`,
      resolveDir: ROOT,
    }))
  },
}

/** A package and what it needs at run time, flat where versions agree, nested where the installed tree nests. */
function copyPackage(name, from, modules, copied) {
  const source = packageFolder(name, from)
  const target = join(modules, name)
  cpSync(source, target, { recursive: true, filter: (path) => !FOREIGN.test(path) && basename(path) !== 'node_modules' })
  copied.add(name)
  const { dependencies = {} } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  for (const dependency of Object.keys(dependencies)) {
    if (NOT_COPIED.has(dependency)) continue
    const nested = existsSync(join(source, 'node_modules', dependency))
    if (nested) copyPackage(dependency, source, join(target, 'node_modules'), new Set())
    else if (!copied.has(dependency)) copyPackage(dependency, source, modules, copied)
  }
}

function packageFolder(name, from) {
  for (let at = realpathSync(from); ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (at === dirname(at)) throw new Refusal(`The package ${name} is not installed; run npm ci first.`)
  }
}

function writePackage(out, packages) {
  const { name, version, license, engines } = createRequire(import.meta.url)(join(ROOT, 'package.json'))
  const dependencies = Object.fromEntries(packages.sort().map((dependency) => [dependency, JSON.parse(readFileSync(join(out, 'node_modules', dependency, 'package.json'), 'utf8')).version]))
  writeFileSync(join(out, 'package.json'), `${JSON.stringify({ name: `${name}-agent`, version, private: true, license, type: 'module', main: 'main.mjs', engines, dependencies }, null, 2)}\n`)
  return version
}

/** settings.env from the table of settings, every line a comment until somebody sets it. */
async function writeSettings(out) {
  const folder = mkdtempSync(join(tmpdir(), 'tl-settings-'))
  try {
    const file = join(folder, 'settings.mjs')
    await build({ entryPoints: [join(ROOT, 'agent', 'core', 'agent-settings.ts')], outfile: file, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' })
    const { AGENT_SETTINGS } = await import(pathToFileURL(file).href)
    // tests and demonstrations only: an installed box must not carry it
    const rows = Object.values(AGENT_SETTINGS).filter(({ env }) => env !== 'TL_FAKE_CLOCK' && env !== 'TL_DATA')
    const lines = rows.map(({ env, what, fallback }) => `# ${what}\n#${env}=${fallback}\n`)
    const extra = '# Seconds for which a new version may reach the broker without proving itself, before the one before it is started again: 45 to 86400\n#TL_TRIAL_S=300\n\n# File with certificates (PEM), where the server has one of its own making\n#NODE_EXTRA_CA_CERTS=\n'
    writeFileSync(join(out, 'settings.env'), `# Settings of the agent. After a change: systemctl restart tieng-lang-agent\n\n${[...lines, extra].join('\n')}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function archive(out, version) {
  const file = join(dirname(out), `tieng-lang-agent-${version}.tgz`)
  // the same folder gives the same archive
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=2020-01-01T00:00Z', '--transform', `s,^${basename(out)},tieng-lang-agent,`]
  const made = spawnSync('tar', ['-czf', file, ...same, '-C', dirname(out), basename(out)], { encoding: 'utf8' })
  if (made.status !== 0) throw new Refusal(`tar could not make ${file}: ${made.stderr ?? made.error?.message}`)
  say(`${file}: ${megabytes(statSync(file).size)}. On the box: tar -xzf ${basename(file)} && sudo ./tieng-lang-agent/install-agent`)
}

const sizeOf = (path) => (statSync(path).isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : statSync(path).size)
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`

await orRefuse(main)
