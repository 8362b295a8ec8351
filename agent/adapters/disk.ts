import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, statfs, unlink, type FileHandle } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { createTurns } from '../../shared/core/turns.ts'
import type { Disk } from '../core/ports.ts'

/** Unfinished writes of `writeAtomic` end so; they are swept at the next start. */
const TEMP_SUFFIX = '.tmp~'
/** Flat names of at most two levels of folders: `state/plan`, `media/SHA`, `identity.json`. */
const NAME = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}\/){0,3}[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/

/** Thrown for a name that is none: names come from our own code, so a bad one is a bug. */
export class BadName extends Error {
  override readonly name = 'BadName'
}

/**
 * The agent's files below `dir` (made when absent, 0700). Torn temporary files of an earlier crash are removed.
 * Errors of the file system (full, read-only, worn out) reject with Node's own error.
 */
export async function createDisk(dir: string): Promise<Disk> {
  const root = resolve(dir)
  await mkdir(root, { recursive: true, mode: 0o700 })
  await sweep(root)
  const pathOf = (name: string): string => {
    if (!NAME.test(name) || name.endsWith(TEMP_SUFFIX)) throw new BadName(`"${name}" is no name of a file of the agent`)
    return join(root, name)
  }
  // what replaces or removes a file is done in the order it was asked: of two writes begun together the earlier might else come last, and stay
  const inTurn = createTurns()
  return {
    read: async (name) => readWhole(pathOf(name)),
    readRange: async (name, at, length) => readPart(pathOf(name), at, length),
    writeAtomic: async (name, bytes) => inTurn(pathOf(name), () => writeWhole(root, pathOf(name), bytes)),
    writeAt: async (name, at, bytes) => writePart(pathOf(name), at, bytes),
    rename: async (from, to) => inTurn(pathOf(to), () => moveDurably(root, pathOf(from), pathOf(to))),
    remove: async (name) => inTurn(pathOf(name), () => rm(pathOf(name), { force: true })),
    sha256: async (name) => hashOf(pathOf(name)),
    list: async (prefix) => listAll(root, prefix),
    free: async () => freeBytes(root),
  }
}

const isAbsent = (e: unknown): boolean => e instanceof Error && 'code' in e && e.code === 'ENOENT'

/** null instead of the error where the file is absent. */
async function unlessAbsent<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (e) {
    if (isAbsent(e)) return null
    throw e
  }
}

async function sweep(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) await sweep(path)
    else if (entry.name.endsWith(TEMP_SUFFIX)) await unlink(path)
  }
}

async function using<T>(file: FileHandle, work: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

async function readWhole(path: string): Promise<Uint8Array | null> {
  const file = await unlessAbsent(open(path, 'r'))
  return file === null ? null : using(file, (f) => f.readFile())
}

async function readPart(path: string, at: number, length: number): Promise<Uint8Array | null> {
  const file = await unlessAbsent(open(path, 'r'))
  if (file === null) return null
  return using(file, async (f) => {
    const into = new Uint8Array(length)
    let got = 0
    while (got < length) {
      const { bytesRead } = await f.read(into, got, length - got, at + got)
      if (bytesRead === 0) break
      got += bytesRead
    }
    return into.subarray(0, got)
  })
}

/** Bytes hashed at a time: keeps the heap flat and lets sound through in between. */
const HASH_PIECE_BYTES = 64 * 1024

async function hashOf(path: string): Promise<Uint8Array | null> {
  const file = await unlessAbsent(open(path, 'r'))
  if (file === null) return null
  return using(file, async (f) => {
    const hash = createHash('sha256')
    const piece = Buffer.allocUnsafe(HASH_PIECE_BYTES)
    for (;;) {
      const { bytesRead } = await f.read(piece, 0, piece.length, null)
      if (bytesRead === 0) return new Uint8Array(hash.digest())
      hash.update(piece.subarray(0, bytesRead))
    }
  })
}

let temps = 0

async function writeWhole(root: string, path: string, bytes: Uint8Array): Promise<void> {
  const temp = `${path}.${process.pid}-${++temps}${TEMP_SUFFIX}`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    await using(await open(temp, 'wx', 0o600), async (f) => {
      await f.writeFile(bytes)
      await f.sync()
    })
    await rename(temp, path)
  } catch (e) {
    await rm(temp, { force: true })
    throw e
  }
  await syncFolders(root, dirname(path))
}

async function writePart(path: string, at: number, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // O_CREAT without O_TRUNC: a file of any length is kept and written into
  await using(await open(path, constants.O_RDWR | constants.O_CREAT, 0o600), async (f) => {
    let done = 0
    while (done < bytes.length) {
      const { bytesWritten } = await f.write(bytes, done, bytes.length - done, at + done)
      done += bytesWritten
    }
  })
}

async function moveDurably(root: string, from: string, to: string): Promise<void> {
  await using(await open(from, 'r+'), (f) => f.sync())
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await rename(from, to)
  await syncFolders(root, dirname(to))
  if (dirname(from) !== dirname(to)) await syncFolders(root, dirname(from))
}

/** A rename is on the disk only when its folder is; folders made on the way need theirs too. */
async function syncFolders(root: string, folder: string): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    await using(await open(at, 'r'), (f) => f.sync())
    if (at === root || at.length <= root.length) return
  }
}

async function listAll(root: string, prefix: string): Promise<{ name: string; bytes: number }[]> {
  const out: { name: string; bytes: number }[] = []
  const walk = async (folder: string, below: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`
      if (entry.isDirectory()) {
        if (name.startsWith(prefix) || prefix.startsWith(`${name}/`)) await walk(join(folder, entry.name), name)
      } else if (name.startsWith(prefix) && NAME.test(name) && !name.endsWith(TEMP_SUFFIX)) {
        const found = await unlessAbsent(stat(join(folder, entry.name)))
        if (found) out.push({ name, bytes: found.size })
      }
    }
  }
  await walk(root, '')
  return out.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function freeBytes(root: string): Promise<number | null> {
  const fs = await statfs(root)
  // some network file systems tell nothing: zero blocks in all
  return fs.blocks === 0 ? null : fs.bavail * fs.bsize
}
