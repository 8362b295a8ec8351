// The first file of an installed agent: starts the program that is in force, and sees to it that a release on trial that
// does not prove itself is left again. It is not brought up to date from afar: what decides what starts stays what was installed.
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { bootOf, decideStart, fallBack, TRIAL_LINK_MS, WELL_FOR_MS, type Boot, type SlotName } from '../core/update-boot.ts'
import { LAUNCHED, launchedText } from '../core/update-launched.ts'
import { writeBootFile } from './update-boot-file.ts'

interface Listed {
  readonly path: string
  readonly sha: string
  readonly bytes: number
}

/** null for a file that is not there, or holds something else. */
function jsonOf(read: () => string): unknown {
  try {
    return JSON.parse(read()) as unknown
  } catch {
    return null // absent or torn: the program as it was installed is started
  }
}
const readBoot = (folder: string): Boot | null => bootOf(jsonOf(() => readFileSync(join(folder, 'boot.json'), 'utf8')))

/** Whether the files of a release are all there: their lengths, and on trial what they hold. The signature was checked before they were put there. */
function isWhole(folder: string, slot: SlotName, isTrial: boolean): boolean {
  const manifest = jsonOf(() => Buffer.from(readFileSync(join(folder, slot, 'release.jws'), 'utf8').split('.')[1] ?? '', 'base64url').toString()) as { readonly files?: readonly Listed[] } | null
  if (!Array.isArray(manifest?.files)) return false
  return (manifest.files as readonly Listed[]).every(({ path, sha, bytes }) => {
    const file = join(folder, slot, 'program', path)
    const found = statSync(file, { throwIfNoEntry: false })
    return found?.size === bytes && (!isTrial || createHash('sha256').update(readFileSync(file)).digest('base64url') === sha)
  })
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return '' // not told on this system: all starts then count as of one boot
  }
}

/** Beside the program and out of its reach: a program that hangs cannot keep it from being left. */
function watchTrial(folder: string, m: string): void {
  const worker = new Worker(new URL('./trial.mjs', import.meta.url), {
    workerData: { folder, m, data: dirname(folder), url: process.env['TL_MQTT_URL'] ?? '', linkMs: trialMs() },
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  })
  worker.unref()
  worker.on('error', (error) => process.stderr.write(`The trial of the new version is not watched: ${String(error)}\n`))
}
/** Longer for slow links. Never so short that a release that is well could not say so. */
function trialMs(): number {
  const seconds = Number(process.env['TL_TRIAL_S'] ?? '')
  return Number.isInteger(seconds) && seconds * 1_000 >= WELL_FOR_MS * 1.5 && seconds <= 86_400 ? seconds * 1_000 : TRIAL_LINK_MS
}

async function launch(): Promise<void> {
  const installed = dirname(fileURLToPath(import.meta.url))
  const folder = join(resolve(process.env['TL_DATA'] ?? './agent-data'), 'releases')
  const boot = readBoot(folder)
  const whole = new Set<SlotName>((['a', 'b'] as const).filter((slot) => boot !== null && (boot.slot === slot || boot.former === slot) && isWhole(folder, slot, boot.trial !== null)))
  const { slot, write } = decideStart(boot, { bootId: bootId(), whole })
  if (write) writeBootFile(folder, write)
  const now = write ?? boot
  if (now?.trial && slot !== 'installed') watchTrial(folder, now.trial.m)
  process.env[LAUNCHED] = launchedText({ folder, installed, slot })
  try {
    await import(pathToFileURL(slot === 'installed' ? join(installed, 'main.mjs') : join(folder, slot, 'program', 'main.mjs')).href)
  } catch (error) {
    process.stderr.write(`The program in ${slot} cannot be started: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    // it has run before, so its files have suffered since; one on trial is counted
    if (now && !now.trial && slot !== 'installed') writeBootFile(folder, fallBack(now, 'damaged'))
    process.exit(1)
  }
}

await launch()
