import { open } from 'node:fs/promises'

/** Many clusters ask for the same blocks in the same minute: pieces of this size are read once and kept. */
const PIECE_BYTES = 262_144
/** 32 MiB in all: some twelve programmes of fifteen minutes. */
const MAX_PIECES = 128

/** The most recently used pieces of files, in memory. */
export interface BlockCache {
  /** At most `length` bytes from `at`; null when the file is absent or ends before `at`. */
  read(path: string, at: number, length: number): Promise<Uint8Array | null>
  forget(path: string): void
  clear(): void
}

async function readPiece(path: string, piece: number): Promise<Uint8Array | null> {
  try {
    const handle = await open(path, 'r')
    try {
      const bytes = new Uint8Array(PIECE_BYTES)
      const { bytesRead } = await handle.read(bytes, 0, PIECE_BYTES, piece * PIECE_BYTES)
      return bytes.slice(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

export function createBlockCache(): BlockCache {
  // a Map keeps the order of insertion: the first key is the least recently used one
  const pieces = new Map<string, Promise<Uint8Array | null>>()
  const keyOf = (path: string, piece: number): string => `${piece}:${path}`
  const load = (path: string, piece: number): Promise<Uint8Array | null> => {
    const key = keyOf(path, piece)
    const held = pieces.get(key) ?? readPiece(path, piece)
    pieces.delete(key)
    pieces.set(key, held)
    const drop = (): void => {
      if (pieces.get(key) === held) pieces.delete(key)
    }
    // absence is not remembered: the file may come in the next moment
    held.then((bytes) => (bytes === null ? drop() : undefined), drop)
    for (const oldest of pieces.keys()) {
      if (pieces.size <= MAX_PIECES) break
      pieces.delete(oldest)
    }
    return held
  }
  return {
    async read(path, at, length) {
      const out = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const from = at + filled
        const piece = await load(path, Math.floor(from / PIECE_BYTES))
        const part = piece?.subarray(from % PIECE_BYTES, (from % PIECE_BYTES) + length - filled)
        if (part === undefined || part.length === 0) break
        out.set(part, filled)
        filled += part.length
      }
      return filled === 0 ? null : out.subarray(0, filled)
    },
    forget(path) {
      for (const key of pieces.keys()) if (key.slice(key.indexOf(':') + 1) === path) pieces.delete(key)
    },
    clear() {
      pieces.clear()
    },
  }
}
