import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { deflateBy, type Deflate } from '../../shared/core/crypto.ts'

/** Raw deflate by node:zlib. */
export const nodeDeflate = (): Deflate =>
  deflateBy({
    deflate: (bytes, level) => new Uint8Array(deflateRawSync(bytes, { level })),
    inflate: (bytes, maxBytes) => new Uint8Array(inflateRawSync(bytes, { maxOutputLength: maxBytes })),
  })
