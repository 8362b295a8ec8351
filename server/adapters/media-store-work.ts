import { open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Work in progress on the disk of the store; nothing in it outlives `remove()` or the next start. */
export interface WorkFolder {
  /** Absolute path of a file of this folder; `name` is our own, never a user's. */
  path(name: string): string
  write(name: string, bytes: Uint8Array): Promise<void>
  /** A file that grows by samples, as 32-bit floats of the machine's byte order (little-endian wherever this runs). */
  growing(name: string): Promise<{ add(samples: Float32Array): Promise<void>; close(): Promise<void> }>
  remove(): Promise<void>
}

/** `folder` exists already. */
export function workFolderAt(folder: string): WorkFolder {
  return {
    path: (name) => join(folder, name),
    write: (name, bytes) => writeFile(join(folder, name), bytes),
    async growing(name) {
      const file = await open(join(folder, name), 'w')
      return {
        add: (samples) => file.appendFile(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)),
        close: () => file.close(),
      }
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
