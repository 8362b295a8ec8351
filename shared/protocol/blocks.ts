/**
 * A block of a file, big-endian:
 *
 *   0  u8    version = 1
 *   1  32 B  SHA-256 of the whole file
 *  33  u16   index of the block
 *  35  …     the bytes: BLOCK_BYTES of them, fewer in the last block only
 */
export const BLOCK_BYTES = 8_192
export const BLOCK_HEADER_BYTES = 35
/** 65 536 blocks of 8 KiB would be 512 MiB; plans allow half of it. */
export const MAX_BLOCKS = 32_768

export interface Block {
  readonly sha: Uint8Array
  readonly index: number
  readonly bytes: Uint8Array
}

export function encodeBlock(block: Block): Uint8Array {
  const out = new Uint8Array(BLOCK_HEADER_BYTES + block.bytes.length)
  out[0] = 1
  out.set(block.sha, 1)
  new DataView(out.buffer).setUint16(33, block.index)
  out.set(block.bytes, BLOCK_HEADER_BYTES)
  return out
}

/** null when malformed. The bytes are a view of the payload, not a copy. */
export function decodeBlock(payload: Uint8Array): Block | null {
  const length = payload.length - BLOCK_HEADER_BYTES
  if (length < 1 || length > BLOCK_BYTES || payload[0] !== 1) return null
  const index = new DataView(payload.buffer, payload.byteOffset).getUint16(33)
  return { sha: payload.subarray(1, 33), index, bytes: payload.subarray(BLOCK_HEADER_BYTES) }
}

/** How many blocks a file of `bytes` has. */
export const blockCount = (bytes: number): number => Math.ceil(bytes / BLOCK_BYTES)

/** Length of block `index` of a file of `bytes`; 0 when there is no such block. */
export const blockLength = (bytes: number, index: number): number =>
  Math.max(0, Math.min(BLOCK_BYTES, bytes - index * BLOCK_BYTES))
