// Programs of the operating system: found, installed through apt-get where that is allowed, or named with the command.
import { spawnSync } from 'node:child_process'
import { has, runQuietly, say } from './steps.mjs'

/** What a part is for is said when it is missing: nobody should have to guess whether it matters. */
export const PARTS = {
  compiler: { commands: ['g++', 'make', 'python3'], packages: ['g++', 'make', 'python3'], what: 'compiles better-sqlite3 where no prebuilt one can be fetched' },
  ffmpeg: { commands: ['ffmpeg', 'ffprobe'], packages: ['ffmpeg'], what: 'reads and levels every programme that is imported' },
  speech: { commands: ['espeak-ng'], packages: ['espeak-ng'], what: 'speaks written bulletins' },
  mosquitto: { commands: ['mosquitto'], packages: ['mosquitto'], what: 'the external broker that a part of the tests runs against' },
}

const missingOf = (part) => part.commands.filter((command) => !has(command))

/** root, or `sudo` that asks nothing: null when neither. */
function rights() {
  if (typeof process.getuid === 'function' && process.getuid() === 0) return []
  return has('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null
}

/**
 * Sees to it that the parts are there. Returns the names of those that are still missing, after saying of each what it
 * is for and the exact command that installs it.
 */
export async function ensureParts(names) {
  const wanted = names.filter((name) => missingOf(PARTS[name]).length > 0)
  if (wanted.length === 0) return []
  const packages = wanted.flatMap((name) => PARTS[name].packages)
  const prefix = rights()
  if (!process.env.TL_OFFLINE && has('apt-get') && prefix !== null) await aptGet(prefix, packages)
  const still = wanted.filter((name) => missingOf(PARTS[name]).length > 0)
  for (const name of still) {
    say(`! ${missingOf(PARTS[name]).join(', ')} missing: ${PARTS[name].what}.`)
    say(`  Install with:  ${command(PARTS[name].packages)}`)
  }
  return still
}

const command = (packages) =>
  has('apt-get')
    ? `sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`
    : `the package manager of this system (Debian calls them: ${packages.join(' ')})`

async function aptGet(prefix, packages) {
  const [program, ...before] = [...prefix, 'apt-get']
  const install = [...before, '-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', ...packages]
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const refresh = await runQuietly('apt-get update', program, [...before, 'update'], { env })
  if (!refresh.ok) say('  the package lists could not be refreshed; trying with the ones that are here')
  const result = await runQuietly(`apt-get install ${packages.join(' ')}`, program, install, { env })
  if (!result.ok) say(result.output.split('\n').filter((line) => /^(E|W):/.test(line)).map((line) => `  ${line}`).join('\n'))
}
