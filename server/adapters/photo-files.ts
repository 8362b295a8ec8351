import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PhotoFiles } from '../core/photo.ts'

const HEAD_BYTES = 16
const isId = (id: string): boolean => /^[0-9a-z]{8,40}$/.test(id)

/** Photos in `folder`, which is made. */
export async function openPhotos(folder: string): Promise<PhotoFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    async keep(id, path) {
      if (!isId(id)) throw new Error(`"${id}" names no photo`)
      const target = join(folder, id)
      // the upload may lie on another file system: then it is copied, whole or not at all
      const half = `${target}.part`
      await copyFile(path, half)
      await rename(half, target)
      await rm(path, { force: true })
    },
    async head(path) {
      const file = await open(path, 'r')
      try {
        const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0)
        return buffer.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    },
    async open(id) {
      if (!isId(id)) return null
      const path = join(folder, id)
      try {
        const { size } = await stat(path)
        return { bytes: size, stream: createReadStream(path) }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
  }
}
