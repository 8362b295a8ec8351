import { chmod, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SlotFiles } from '../core/update-ports.ts'

const isAbsent = (error: unknown): boolean => error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

/** Releases in `folder`, which is made when first written to, and the program as it was installed. */
export function createSlotFiles(folder: string, installed: string): SlotFiles {
  const pathOf = (path: string): string => (path.startsWith('installed/') ? join(installed, path.slice('installed/'.length)) : join(folder, path))
  return {
    read: async (path) => {
      try {
        return new Uint8Array(await readFile(pathOf(path)))
      } catch (error) {
        if (isAbsent(error)) return null
        throw error
      }
    },
    write: async (path, bytes, run) => {
      const file = pathOf(path)
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await writeFile(file, bytes, { mode: run ? 0o700 : 0o600 })
      // the mode above is that of a new file only
      await chmod(file, run ? 0o700 : 0o600)
    },
    sync: async (path) => {
      const handle = await open(pathOf(path), 'r')
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
    rename: (from, to) => rename(pathOf(from), pathOf(to)),
    remove: (path) => rm(pathOf(path), { recursive: true, force: true }),
  }
}
