import type { Photo } from './incident.ts'

export const MAX_PHOTO_BYTES = 8 * 1_024 * 1_024

const startsWith = (bytes: Uint8Array, at: number, magic: readonly number[]): boolean => magic.every((byte, n) => bytes[at + n] === byte)
const RIFF = [0x52, 0x49, 0x46, 0x46]
const WEBP = [0x57, 0x45, 0x42, 0x50]

/** What the first twelve bytes say that it is; null = no picture that is taken here. */
export function photoType(bytes: Uint8Array): Photo['type'] | null {
  if (startsWith(bytes, 0, [0xff, 0xd8, 0xff])) return 'image/jpeg'
  if (startsWith(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'image/png'
  if (startsWith(bytes, 0, RIFF) && startsWith(bytes, 8, WEBP)) return 'image/webp'
  return null
}

/** Photos of incidents, files in the folder of the station. */
export interface PhotoFiles {
  /** Keeps what `path` holds under an identity of sixteen or more of a–z and 0–9; the caller's file is gone then. */
  keep(id: string, path: string): Promise<void>
  /** The first bytes of a file of the caller's. */
  head(path: string): Promise<Uint8Array>
  /** null when absent. */
  open(id: string): Promise<{ readonly bytes: number; readonly stream: NodeJS.ReadableStream } | null>
}
