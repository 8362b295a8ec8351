import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BLOCK_BYTES } from '../../shared/protocol/blocks.ts'
import type { ReleaseFiles } from '../core/update-files.ts'

const SHA = /^[A-Za-z0-9_-]{43}$/

/** In `folder`, which is made; what an interrupted run left is removed. */
export async function openReleaseFiles(folder: string): Promise<ReleaseFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = await readdir(folder)
  for (const name of names.filter((one) => !SHA.test(one))) await rm(join(folder, name), { force: true })
  // asked for every block of every file: what is no release's is told without the disk
  const held = new Set(names.filter((name) => SHA.test(name)))

  const sync = async (path: string): Promise<void> => {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  const write = async (sha: string, bytes: Uint8Array): Promise<void> => {
    const draft = join(folder, `${randomBytes(9).toString('base64url')}.new`)
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, join(folder, sha))
  }
  return {
    readPack: async (path) => new Uint8Array(await readFile(path)),
    keep: async (files) => {
      for (const [sha, bytes] of files) {
        if (!SHA.test(sha)) throw new Error(`"${sha}" names no file of a release`)
        if (!held.has(sha)) await write(sha, bytes)
      }
      await sync(folder)
      for (const sha of files.keys()) held.add(sha)
    },
    readBlock: async (sha, index) => {
      if (!held.has(sha)) return null
      const handle = await open(join(folder, sha), 'r')
      try {
        const { bytesRead, buffer } = await handle.read(new Uint8Array(BLOCK_BYTES), 0, BLOCK_BYTES, index * BLOCK_BYTES)
        return bytesRead === 0 ? null : buffer.subarray(0, bytesRead)
      } finally {
        await handle.close()
      }
    },
    keepOnly: async (shas) => {
      for (const sha of [...held].filter((one) => !shas.has(one))) {
        held.delete(sha)
        await rm(join(folder, sha), { force: true })
      }
    },
  }
}
