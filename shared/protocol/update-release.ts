import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { WallMs } from '../core/clock.ts'
import type { Crypto } from '../core/crypto.ts'
import { ok, refuse, type Result } from '../core/result.ts'
import type { CertifiedKey, SigningKey } from './keys.ts'
import { Rev, Sha, Wall } from './messages/fields.ts'
import { MAX_MANIFEST_BYTES } from './messages/update.ts'
import { openJws, signJws } from './orders.ts'

/** One file of a release, 16 MiB at most. */
export const MAX_RELEASE_FILE_BYTES = 16_777_216
/** Of all files, unpacked: what a box of 256 MB of flash can hold twice. */
export const MAX_RELEASE_BYTES = 67_108_864

const Version = Type.String({ pattern: '^\\d{1,5}\\.\\d{1,5}\\.\\d{1,5}(?:-[0-9A-Za-z.]{1,16})?$', maxLength: 32 })
/** Below the release's folder; no part of it begins with a dot, so none leads out of the folder. */
const Path = Type.String({ pattern: '^[A-Za-z0-9@+_-][A-Za-z0-9@+._-]*(?:/[A-Za-z0-9@+_-][A-Za-z0-9@+._-]*){0,11}$', maxLength: 200 })

/** A file of a release: what it is, and the deflated form in which it travels. */
export const ReleaseFile = Type.Object(
  {
    path: Path,
    sha: Sha,
    bytes: Type.Integer({ minimum: 0, maximum: MAX_RELEASE_FILE_BYTES }),
    /** SHA-256 of the deflated bytes: the name under which it is fetched. */
    packed: Sha,
    packedBytes: Type.Integer({ minimum: 1, maximum: MAX_RELEASE_FILE_BYTES }),
    /** It may be executed. */
    run: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type ReleaseFile = Static<typeof ReleaseFile>

/**
 * Manifest of a release: everything that a box has to know of a program before it runs it. Signed under a key that is
 * certified for `releases` and nothing else: neither the server's keys nor the broker can put a program on a box.
 */
export const Release = Type.Object(
  {
    t: Type.Literal('release'),
    /** Grows from release to release, whatever the version says: a box never takes one below what has proved itself there. */
    n: Rev,
    version: Version,
    /** Made at, wall ms. */
    iat: Wall,
    /** Oldest version that it may follow. */
    least: Version,
    /** Versions of the protocol that it speaks. */
    protocol: Type.Array(Type.Integer({ minimum: 1, maximum: 1_000 }), { minItems: 1, maxItems: 8 }),
    /** Oldest Node that it runs on. */
    node: Version,
    /** It goes back to an older version on purpose. Its number is a new one all the same. */
    back: Type.Optional(Type.Boolean()),
    files: Type.Array(ReleaseFile, { minItems: 1, maxItems: 400 }),
  },
  { additionalProperties: false },
)
export type Release = Static<typeof Release>

/** The first file of a release that is run. */
export const RELEASE_ENTRY = 'main.mjs'

export const signRelease = (crypto: Crypto, key: SigningKey, release: Release): string => signJws(crypto, key, release)

export interface ReleaseContext {
  readonly crypto: Crypto
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  /** null while the clock is untrusted: dates of the key then bind nothing. */
  readonly at: WallMs | null
}
export type ReleaseRefusal = 'malformed' | 'forged'

/** The release that a manifest stands for. Whether it may follow another is for `mayFollow`. */
export function openRelease(text: string, context: ReleaseContext): Result<Release, ReleaseRefusal> {
  if (text.length > MAX_MANIFEST_BYTES) return refuse('malformed', 'The manifest is too long.')
  const opened = openJws(text, 'releases', context)
  if (!opened.ok) return refuse(opened.code === 'unsigned' ? 'forged' : 'malformed', `This is no release of this station: ${opened.why}.`)
  if (!Value.Check(Release, opened.value)) return refuse('malformed', 'The manifest is signed, but it is none of a release of this kind.')
  const { files } = opened.value
  const paths = new Set(files.map(({ path }) => path))
  if (paths.size !== files.length || !paths.has(RELEASE_ENTRY)) return refuse('malformed', `The manifest names a file twice, or no ${RELEASE_ENTRY}.`)
  if ([...paths].some((path) => insideOf(path).some((folder) => paths.has(folder)))) return refuse('malformed', 'The manifest names a file and a folder alike.')
  if (files.reduce((sum, { bytes }) => sum + bytes, 0) > MAX_RELEASE_BYTES) return refuse('malformed', 'The release is too large for a box.')
  return ok(opened.value)
}

/** The folders that a path lies in. */
function insideOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, n) => parts.slice(0, n + 1).join('/'))
}
