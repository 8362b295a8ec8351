import { readFile } from 'node:fs/promises'

/** Files of `server/web`, or of `dist/web` once built: both lie beside the folder of this program. */
export async function readWebFile(name: string): Promise<Uint8Array | null> {
  try {
    return await readFile(new URL(`../web/${name}`, import.meta.url))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
