import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BrokenInvariant } from '../../shared/core/result.ts'
import type { EmergencyFiles } from '../core/emergency-files.ts'

const NAME = /^[0-9a-f]{24}$/

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** In `folder`, which must be on the disk of the uploads. */
export async function openEmergencyFiles(folder: string): Promise<EmergencyFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const pathOf = (name: string): string => {
    if (!NAME.test(name)) throw new BrokenInvariant(`not the name of a kept recording: ${name}`)
    return join(folder, name)
  }
  return {
    async keep(path) {
      const name = randomBytes(12).toString('hex')
      // the bytes first, then the name, then the folder that holds the name
      await sync(path)
      await rename(path, pathOf(name))
      await sync(folder)
      return name
    },
    path: pathOf,
    remove: (name) => rm(pathOf(name), { force: true }),
    list: async () => (await readdir(folder)).filter((name) => NAME.test(name)),
  }
}
