import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import type { MediaFiles, Originals, Upload, UploadRefusal, Uploads } from '../core/server-deps.ts'
import type { MediaStore } from './media-store.ts'
import { openPieceUploads } from './piece-uploads.ts'

/** Counts what passes and stops at the limit, so that a lie about the length cannot fill the disk. */
class TooLarge extends Error {}
const counter = (maxBytes: number): { readonly stream: Transform; bytes(): number } => {
  let bytes = 0
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length
      if (bytes > maxBytes) done(new TooLarge('too large'))
      else done(null, chunk)
    },
  })
  return { stream, bytes: () => bytes }
}

const isDiskFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException).code))
const isOurs = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall !== undefined && (error as NodeJS.ErrnoException).code !== 'ECONNRESET'

/**
 * Files that came in with a request, in `folder`, which is emptied first: what is left there belongs to a request that
 * died. Those that come in pieces lie beside it and stay.
 */
export async function openUploads(folder: string): Promise<Uploads> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true })

  const receive = async (stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Result<Upload, UploadRefusal>> => {
    const path = join(folder, randomBytes(12).toString('base64url'))
    const discard = (): Promise<void> => rm(path, { force: true })
    const count = counter(maxBytes)
    try {
      await pipeline(Readable.from(stream), count.stream, createWriteStream(path, { flags: 'wx', mode: 0o600 }))
    } catch (error) {
      await discard()
      if (error instanceof TooLarge) return refuse('too-large', 'the file is too large')
      if (isDiskFull(error)) return refuse('no-space', 'the disk is full')
      if (isOurs(error)) throw error
      return refuse('cut-off', 'the upload ended before its end')
    }
    if (count.bytes() > 0) return ok({ path, bytes: count.bytes(), discard })
    await discard()
    return refuse('empty', 'the file is empty')
  }
  return { receive, pieces: await openPieceUploads(`${folder}-in-pieces`) }
}

/** The part of the media store that HTTP serves. */
export const mediaFiles = (store: MediaStore): MediaFiles => ({
  bytes: (sha) => store.bytes(sha),
  async open(sha, range) {
    const path = await store.path(sha)
    return path === null ? null : createReadStream(path, { start: range.from, end: range.to })
  },
})

export const originalFiles = (store: MediaStore): Originals => ({ path: (sha) => store.originalPath(sha), remove: (sha) => store.removeOriginal(sha) })
