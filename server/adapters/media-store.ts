import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, type ReadStream } from 'node:fs'
import { copyFile, lstat, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { createBlockCache } from './media-store-cache.ts'
import { workFolderAt, type WorkFolder } from './media-store-work.ts'

/** Files are cut into blocks of this many bytes for the clusters. */
export const BLOCK_BYTES = 8_192

/** A file of the store. */
export interface StoredFile {
  /** SHA-256 of the bytes, base64url without padding, 43 characters. */
  readonly sha: string
  readonly bytes: number
}

/**
 * Media by content: `DIR/SHA.opus` is what clusters play, `DIR/originals/SHA` what was handed in, `DIR/made/KEY.json`
 * remembers what was made from what, and `DIR/tmp` holds work in progress, which a start sweeps away.
 */
export interface MediaStore {
  /** Makes the folders and removes what an interrupted run left in `tmp`; resolves with the number removed. */
  start(): Promise<number>
  /** Lets go of what is kept in memory. */
  stop(): Promise<void>
  /** A fresh folder for work in progress. The caller removes it. */
  workFolder(): Promise<WorkFolder>
  /** Length of an ordinary file anywhere; null for what is absent, a link, a pipe, a device or a folder. */
  look(path: string): Promise<number | null>
  /** The first and the last bytes of a file, at most `headBytes` and `tailBytes` of them. */
  ends(path: string, headBytes: number, tailBytes: number): Promise<{ readonly head: Uint8Array; readonly tail: Uint8Array }>
  /** Durable under its hash when it resolves; `path` must be on the same disk, as every work folder is, and is gone afterwards. */
  keep(path: string): Promise<StoredFile>
  /** Copies the file that was handed in; `fresh` is false when the same bytes were there already. */
  keepOriginal(path: string): Promise<StoredFile & { readonly fresh: boolean }>
  removeOriginal(sha: string): Promise<void>
  /** Path of a file as it was handed in; null when it is not kept. */
  originalPath(sha: string): Promise<string | null>
  has(sha: string): Promise<boolean>
  /** Length in bytes; null when absent. */
  bytes(sha: string): Promise<number | null>
  /** The whole file as a stream; null when absent. */
  open(sha: string): Promise<ReadStream | null>
  /** Path of the file, for those who read it with their own means; null when absent. */
  path(sha: string): Promise<string | null>
  /** Block `index` (0 …) of the file, shorter at the end; null past the end, and when the file is absent. */
  readBlock(sha: string, index: number, blockBytes?: number): Promise<Uint8Array | null>
  /** Removing what is absent is no error. */
  remove(sha: string): Promise<void>
  list(): Promise<StoredFile[]>
  /** Bytes that may still be written. */
  freeBytes(): Promise<number>
  /** The key of what is made from these ingredients, which must have a JSON form. */
  keyOf(ingredients: readonly unknown[]): string
  /** What was noted under `key` (43 characters); null when nothing was, or it cannot be read. */
  recall(key: string): Promise<unknown>
  note(key: string, value: unknown): Promise<void>
}

/** Whether an error means that nothing more can be written. */
export const isDiskFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')

const SHA = /^[A-Za-z0-9_-]{43}$/
const absent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

export async function sha256OfFile(path: string): Promise<StoredFile> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { sha: hash.digest('base64url'), bytes }
}

async function lookAt(path: string): Promise<number | null> {
  if (!isAbsolute(path) || path.includes('\0')) return null
  try {
    const found = await lstat(path)
    return found.isFile() ? found.size : null
  } catch (error) {
    if (absent(error) || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return null
    throw error
  }
}

async function endsOf(path: string, headBytes: number, tailBytes: number): Promise<{ head: Uint8Array; tail: Uint8Array }> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    const read = async (at: number, length: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, at)
      return buffer.subarray(0, bytesRead)
    }
    return { head: await read(0, headBytes), tail: await read(Math.max(0, size - tailBytes), tailBytes) }
  } finally {
    await handle.close()
  }
}

async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A store in `dir`, which is made at `start()`. One process at a time may use a folder. */
export function createMediaStore(dir: string): MediaStore {
  const tmp = join(dir, 'tmp')
  const originals = join(dir, 'originals')
  const made = join(dir, 'made')
  const cache = createBlockCache()
  const fileOf = (sha: string): string => join(dir, `${sha}.opus`)
  const sizeOf = async (path: string): Promise<number | null> => {
    try {
      const found = await stat(path)
      return found.isFile() ? found.size : null
    } catch (error) {
      if (absent(error)) return null
      throw error
    }
  }
  /** The bytes first, then the name, then the folder that holds the name: a power cut leaves all or nothing. */
  const settle = async (from: string, to: string, folder: string): Promise<void> => {
    await syncPath(from)
    await rename(from, to)
    await syncPath(folder)
  }
  const bytes = async (sha: string): Promise<number | null> => (SHA.test(sha) ? sizeOf(fileOf(sha)) : null)
  return {
    async start() {
      for (const folder of [dir, tmp, originals, made]) await mkdir(folder, { recursive: true })
      const left = await readdir(tmp)
      for (const name of left) await rm(join(tmp, name), { recursive: true, force: true })
      return left.length
    },
    stop: () => Promise.resolve(cache.clear()),
    async workFolder() {
      const folder = join(tmp, randomBytes(9).toString('base64url'))
      await mkdir(folder)
      return workFolderAt(folder)
    },
    look: lookAt,
    ends: endsOf,
    async keep(path) {
      const stored = await sha256OfFile(path)
      await settle(path, fileOf(stored.sha), dir)
      return stored
    },
    async keepOriginal(path) {
      const copy = join(tmp, randomBytes(9).toString('base64url'))
      try {
        await copyFile(path, copy)
        const stored = await sha256OfFile(copy)
        const to = join(originals, stored.sha)
        const fresh = (await sizeOf(to)) === null
        if (fresh) await settle(copy, to, originals)
        return { ...stored, fresh }
      } finally {
        await rm(copy, { force: true })
      }
    },
    async removeOriginal(sha) {
      if (SHA.test(sha)) await rm(join(originals, sha), { force: true })
    },
    originalPath: async (sha) => (SHA.test(sha) && (await sizeOf(join(originals, sha))) !== null ? join(originals, sha) : null),
    has: async (sha) => (await bytes(sha)) !== null,
    bytes,
    open: async (sha) => ((await bytes(sha)) === null ? null : createReadStream(fileOf(sha))),
    path: async (sha) => ((await bytes(sha)) === null ? null : fileOf(sha)),
    async readBlock(sha, index, blockBytes = BLOCK_BYTES) {
      if (!SHA.test(sha) || !Number.isInteger(index) || index < 0 || blockBytes < 1) return null
      return cache.read(fileOf(sha), index * blockBytes, blockBytes)
    },
    async remove(sha) {
      if (!SHA.test(sha)) return
      cache.forget(fileOf(sha))
      await rm(fileOf(sha), { force: true })
    },
    async list() {
      const out: StoredFile[] = []
      for (const name of await readdir(dir)) {
        const sha = name.endsWith('.opus') ? name.slice(0, -5) : ''
        const size = SHA.test(sha) ? await sizeOf(fileOf(sha)) : null
        if (size !== null) out.push({ sha, bytes: size })
      }
      return out
    },
    async freeBytes() {
      const disk = await statfs(dir)
      return disk.bavail * disk.bsize
    },
    keyOf: (ingredients) => createHash('sha256').update(JSON.stringify(ingredients)).digest('base64url'),
    async recall(key) {
      if (!SHA.test(key)) return null
      try {
        return JSON.parse(await readFile(join(made, `${key}.json`), 'utf8')) as unknown
      } catch (error) {
        // a note is only a shortcut: without it the sound is made again
        if (absent(error) || error instanceof SyntaxError) return null
        throw error
      }
    },
    async note(key, value) {
      if (!SHA.test(key)) return
      const draft = join(tmp, randomBytes(9).toString('base64url'))
      await writeFile(draft, JSON.stringify(value))
      await settle(draft, join(made, `${key}.json`), made)
    },
  }
}
