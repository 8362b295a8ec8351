import type { Crypto } from '../core/crypto.ts'
import { ok, refuse, type Result } from '../core/result.ts'
import { MAX_MANIFEST_BYTES } from './messages/update.ts'
import type { Release } from './update-release.ts'
import { fromUtf8, toBase64Url, utf8 } from './wire.ts'

/**
 * A release as one file, to be handed to a station, big-endian:
 *
 *   0  6 B  "TLREL1"
 *   6  u32  bytes of the manifest
 *  10  …    the manifest (JWS), then the deflated files in the order in which the manifest first names them, each once
 */
const MAGIC = utf8('TLREL1')
const HEAD_BYTES = MAGIC.length + 4

/** The files that travel, each once, in the order of the pack. */
export function packedFiles({ files }: Pick<Release, 'files'>): { readonly sha: string; readonly bytes: number }[] {
  const seen = new Map(files.map(({ packed, packedBytes }) => [packed, packedBytes]))
  return [...seen].map(([sha, bytes]) => ({ sha, bytes }))
}

export function writePack(manifest: string, release: Release, content: (sha: string) => Uint8Array): Uint8Array {
  const text = utf8(manifest)
  const parts = packedFiles(release).map(({ sha }) => content(sha))
  const out = new Uint8Array(HEAD_BYTES + text.length + parts.reduce((sum, { length }) => sum + length, 0))
  out.set(MAGIC)
  new DataView(out.buffer).setUint32(MAGIC.length, text.length)
  out.set(text, HEAD_BYTES)
  parts.reduce((at, part) => {
    out.set(part, at)
    return at + part.length
  }, HEAD_BYTES + text.length)
  return out
}

/** The manifest of a pack, and where its files begin; its signature is not looked at yet. */
export function manifestOfPack(pack: Uint8Array): Result<{ readonly manifest: string; readonly filesAt: number }, 'not-a-pack' | 'cut-off'> {
  const isPack = pack.length > HEAD_BYTES && MAGIC.every((byte, i) => byte === pack[i])
  if (!isPack) return refuse('not-a-pack', 'This file is no release of the agent: choose the file that npm run release has made.')
  const length = new DataView(pack.buffer, pack.byteOffset).getUint32(MAGIC.length)
  if (length > MAX_MANIFEST_BYTES) return refuse('not-a-pack', 'The manifest of this file is too long: choose the file that npm run release has made.')
  const bytes = pack.subarray(HEAD_BYTES, HEAD_BYTES + length)
  const manifest = fromUtf8(bytes)
  if (bytes.length !== length || manifest === null) return refuse('cut-off', 'This file is cut off: send it again.')
  return ok({ manifest, filesAt: HEAD_BYTES + length })
}

/** The files of a pack, every one of them checked against the manifest. */
export function filesOfPack(crypto: Crypto, pack: Uint8Array, { release, filesAt }: { readonly release: Release; readonly filesAt: number }): Result<ReadonlyMap<string, Uint8Array>, 'cut-off' | 'damaged'> {
  const out = new Map<string, Uint8Array>()
  let at = filesAt
  for (const { sha, bytes } of packedFiles(release)) {
    const part = pack.subarray(at, at + bytes)
    if (part.length !== bytes) return refuse('cut-off', 'This file is cut off: send it again.')
    if (toBase64Url(crypto.sha256(part)) !== sha) return refuse('damaged', 'This file is damaged: send it again.')
    out.set(sha, part)
    at += bytes
  }
  if (at !== pack.length) return refuse('damaged', 'This file is longer than its manifest says: make it anew with npm run release.')
  return ok(out)
}
