import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ok, refuse, type Result } from '../../shared/core/result.ts'

/** Named so that the listing of the agent's files does not show it. */
const LOCK_NAME = '.lock'

export interface DiskLock {
  /** Gives the folder free; calling it twice does nothing. */
  release(): Promise<void>
}

/** Takes the folder for this process. A lock whose process is gone (a crash, a power cut) is taken over. */
export async function lockFolder(dir: string): Promise<Result<DiskLock, 'folder-in-use' | 'folder-unusable'>> {
  const root = resolve(dir)
  const path = join(root, LOCK_NAME)
  try {
    await mkdir(root, { recursive: true, mode: 0o700 })
    await access(root, constants.W_OK | constants.X_OK)
  } catch (e) {
    return refuse('folder-unusable', `The folder ${root} cannot be used (${String(codeOf(e))}). Give it to the user that runs the agent, or name another with TL_DATA.`)
  }
  const mine = `${process.pid} ${await startOf(process.pid)} ${randomUUID()}\n`
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await claim(path, mine)) return ok({ release: () => release(path, mine) })
    const holder = (await unlessAbsent(readFile(path, 'utf8'))) ?? ''
    if (await isAlive(holder)) {
      return refuse('folder-in-use', `Another agent (process ${Number.parseInt(holder, 10)}) already works in ${root}. Stop it first, or give this one a folder of its own with TL_DATA.`)
    }
    await setAside(path, holder)
  }
  return refuse('folder-in-use', `Several agents want ${root} at the same moment. Start one of them, or give each a folder of its own with TL_DATA.`)
}

const codeOf = (e: unknown): unknown => (e instanceof Error && 'code' in e ? e.code : undefined)

async function unlessAbsent<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (e) {
    if (codeOf(e) === 'ENOENT') return null
    throw e
  }
}

/** A hard link appears with its text or not at all: nobody reads a half-written lock. */
async function claim(path: string, text: string): Promise<boolean> {
  const draft = `${path}-${randomUUID()}`
  await writeFile(draft, text, { mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (e) {
    if (codeOf(e) === 'EEXIST') return false
    throw e
  } finally {
    await rm(draft, { force: true })
  }
}

/** Takes a dead lock away, and gives it back if it was another's fresh one by then. */
async function setAside(path: string, dead: string): Promise<void> {
  const aside = `${path}-${randomUUID()}`
  if ((await unlessAbsent(rename(path, aside).then(() => true))) === null) return
  if ((await readFile(aside, 'utf8')) === dead) await rm(aside, { force: true })
  else await rename(aside, path)
}

async function release(path: string, mine: string): Promise<void> {
  if ((await unlessAbsent(readFile(path, 'utf8'))) === mine) await rm(path, { force: true })
}

/** Ticks since boot at which a process started: after a reboot the same number is another process. 0 where it cannot be told. */
async function startOf(pid: number): Promise<string> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8')
    // the command in parentheses may hold spaces: count the fields behind it (start time is field 22)
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
  } catch {
    return '0' // no /proc on this system: the number of the process alone decides
  }
}

async function isAlive(holder: string): Promise<boolean> {
  const [pid, start] = holder.trim().split(' ')
  if (pid === undefined || !/^\d+$/.test(pid)) return false
  try {
    process.kill(Number(pid), 0)
  } catch (e) {
    // EPERM: it lives, under another user
    if (codeOf(e) !== 'EPERM') return false
  }
  return (await startOf(Number(pid))) === start
}
