import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { documentKind, MAX_DOCUMENT_BYTES, type DocumentFiles } from '../core/bulletin.ts'

const isName = (file: string): boolean => /^[0-9a-z]{8,40}$/.test(file)

/** Documents in `folder`, which is made. */
export async function openDocuments(folder: string): Promise<DocumentFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return {
    async kindOf(path) {
      const { size } = await stat(path)
      return size > MAX_DOCUMENT_BYTES ? null : documentKind(await readFile(path))
    },
    async keep(file, path) {
      if (!isName(file)) throw new Error(`"${file}" names no document`)
      const half = join(folder, `${file}.part`)
      await copyFile(path, half)
      const handle = await open(half, 'r+')
      await handle.sync()
      const { size } = await handle.stat()
      await handle.close()
      await rename(half, join(folder, file))
      return size
    },
    async open(file) {
      if (!isName(file)) return null
      try {
        const path = join(folder, file)
        const { size } = await stat(path)
        return { bytes: size, stream: createReadStream(path) }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
  }
}
