import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { wallMs } from '../../shared/core/clock.ts'
import { ok, refuse } from '../../shared/core/result.ts'
import type { PieceUpload, PieceUploads } from '../core/server-deps.ts'

/** A person sends a few recordings at a time; more is a mistake. */
const MAX_OPEN_PER_OWNER = 20
const MAX_OPEN = 500
/** Stays free on the disk beside what is announced. */
const SPARE_BYTES = 67_108_864

type Note = Omit<PieceUpload, 'offset' | 'path'>
const ID = /^[A-Za-z0-9_-]{16}$/
const isDiskFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException).code))

/** What was under way when the server ended goes on: the length of the file is what has arrived. */
async function leftIn(folder: string): Promise<Map<string, PieceUpload>> {
  const left = new Map<string, PieceUpload>()
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.json')) continue
    const note = JSON.parse(await readFile(join(folder, name), 'utf8')) as Note
    const path = join(folder, note.id)
    const offset = note.programme === null ? await stat(path).then(({ size }) => size, () => 0) : note.bytes
    left.set(note.id, { ...note, createdAt: wallMs(note.createdAt), path, offset: Math.min(offset, note.bytes) })
  }
  // a draft of a note, or a file whose note was never written
  for (const name of await readdir(folder)) if (!left.has(name.replace(/\.json$/, ''))) await rm(join(folder, name), { force: true })
  return left
}

/** Files that come in pieces, in `folder`. */
export async function openPieceUploads(folder: string): Promise<PieceUploads> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const known = await leftIn(folder)
  const busy = new Set<string>()
  const note = async ({ offset: _o, path, ...rest }: PieceUpload): Promise<void> => {
    await writeFile(`${path}.draft`, JSON.stringify(rest satisfies Note), { mode: 0o600 })
    await rename(`${path}.draft`, `${path}.json`)
  }
  const drop = async (id: string): Promise<void> => {
    const found = known.get(id)
    if (!found) return
    known.delete(id)
    await rm(`${found.path}.json`, { force: true })
    await rm(found.path, { force: true })
  }
  const notFound = (): ReturnType<typeof refuse<'not-found'>> => refuse('not-found', 'there is no such upload')

  /** Answers how far the file reaches now, whatever became of the link. */
  const write = async (upload: PieceUpload, piece: AsyncIterable<Uint8Array>): Promise<{ offset: number; isTooLong: boolean }> => {
    let offset = upload.offset
    const file = await open(upload.path, 'r+')
    try {
      for await (const chunk of piece) {
        if (offset + chunk.length > upload.bytes) return { offset, isTooLong: true }
        await file.write(chunk, 0, chunk.length, offset)
        offset += chunk.length
        known.set(upload.id, { ...upload, offset })
      }
    } catch (error) {
      // the link dropped: what has come is kept, and the sender asks where to go on
      if ((error as NodeJS.ErrnoException).syscall === 'write') throw error
    } finally {
      await file.sync()
      await file.close()
    }
    return { offset, isTooLong: false }
  }
  return {
    async begin(order) {
      const isOpen = [...known.values()].filter(({ programme }) => programme === null)
      if (isOpen.length >= MAX_OPEN || isOpen.filter(({ owner }) => owner === order.owner).length >= MAX_OPEN_PER_OWNER) return refuse('too-many', 'too many uploads are open')
      const announced = isOpen.reduce((sum, { bytes, offset }) => sum + bytes - offset, 0)
      const disk = await statfs(folder)
      if (disk.bavail * disk.bsize < announced + order.bytes + SPARE_BYTES) return refuse('no-space', 'the disk is full')
      const id = randomBytes(12).toString('base64url')
      const upload: PieceUpload = { ...order, id, offset: 0, programme: null, path: join(folder, id) }
      await writeFile(upload.path, '', { flag: 'wx', mode: 0o600 })
      await note(upload)
      known.set(id, upload)
      return ok(upload)
    },
    look: (id) => (ID.test(id) ? (known.get(id) ?? null) : null),
    async append(id, offset, piece) {
      const upload = known.get(id)
      if (!upload) return notFound()
      if (busy.has(id)) return refuse('in-use', 'a piece is coming in')
      if (offset !== upload.offset || upload.programme !== null) return refuse('wrong-offset', `the upload stands at ${upload.offset}`)
      busy.add(id)
      try {
        const { offset: reached, isTooLong } = await write(upload, piece)
        const now = { ...upload, offset: reached }
        known.set(id, now)
        return isTooLong ? refuse('too-large', 'more came than was announced') : ok(now)
      } catch (error) {
        if (isDiskFull(error)) return refuse('no-space', 'the disk is full')
        throw error
      } finally {
        busy.delete(id)
      }
    },
    async finish(id, programme) {
      const found = known.get(id)
      if (!found) return
      const done = { ...found, programme }
      known.set(id, done)
      await note(done)
      await rm(done.path, { force: true })
    },
    drop,
    async prune(before) {
      const old = [...known.values()].filter(({ id, createdAt }) => createdAt < before && !busy.has(id))
      for (const { id } of old) await drop(id)
      return old.length
    },
  }
}
