import { createHash, createPrivateKey, createPublicKey, createSign, generateKeyPairSync, randomBytes, X509Certificate, type KeyObject } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { wallMs, type Clock, type WallMs } from '../../shared/core/clock.ts'
import { BrokenInvariant, ok, refuse, type Result } from '../../shared/core/result.ts'
import { authorityCertificate, authorityName, labelOf, leafCertificate, LEAF_LIVES_MS, type LocalNames, type SigningKey } from '../core/station-ca.ts'

/** Certificate and key, PEM. */
export interface Leaf {
  readonly cert: string
  readonly key: string
  readonly names: LocalNames
  readonly until: WallMs
}
export interface StationAuthority {
  readonly name: string
  /** DER. */
  readonly certificate: Uint8Array
  readonly fingerprint: string
  readonly until: WallMs
  /** This machine's name when the authority was made: it cannot sign for another one. */
  readonly label: string | null
  /** With a key of its own, which is on no disk. */
  leafFor(names: LocalNames): Leaf
}

const publicDerOf = (key: KeyObject): Uint8Array => new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }))
const signingWith = (key: KeyObject): SigningKey => ({ publicDer: publicDerOf(key), sign: (bytes) => new Uint8Array(createSign('SHA256').update(bytes).sign(key)) })
const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
const keyIdOf = (key: SigningKey): Uint8Array => new Uint8Array(createHash('sha256').update(key.publicDer).digest().subarray(0, 20))
/** Above zero, whatever chance says. */
const serial = (): Uint8Array => Uint8Array.from(randomBytes(16), (byte, n) => (n === 0 ? (byte & 0x3f) | 0x40 : byte))
const pem = (certificate: Uint8Array): string => new X509Certificate(certificate).toString()
const keyPem = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }))

/** One file, whole or not at all: a key without its certificate would be another authority. */
function write(folder: string, name: string, content: string): void {
  const fresh = join(folder, `${name}.new`)
  const file = openSync(fresh, 'w', 0o600)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(fresh, join(folder, name))
}

const FILE = 'authority.pem'
const FIRST_LINE = /^Tiếng Làng: ?(\S*)/

function make(folder: string, now: WallMs): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const key = newKey()
  const signing = signingWith(key)
  const label = labelOf(hostname())
  const certificate = authorityCertificate({ key: signing, keyId: keyIdOf(signing), serial: serial(), now }, label)
  write(folder, FILE, `Tiếng Làng: ${label ?? ''}\n${keyPem(key)}${pem(certificate)}`)
}

function read(folder: string, clock: Clock): StationAuthority {
  const content = readFileSync(join(folder, FILE), 'utf8')
  const [key, certificate] = [createPrivateKey(content.slice(content.indexOf('-----BEGIN'))), new X509Certificate(content.slice(content.indexOf('-----BEGIN CERTIFICATE')))]
  if (!certificate.checkPrivateKey(key)) throw new BrokenInvariant('the key of the authority is another one’s')
  const signing = signingWith(key)
  const keyId = keyIdOf(signing)
  return {
    name: authorityName(keyId),
    certificate: new Uint8Array(certificate.raw),
    fingerprint: certificate.fingerprint256,
    until: wallMs(Date.parse(certificate.validTo)),
    label: FIRST_LINE.exec(content)?.[1] || null,
    leafFor: (names) => {
      const [own, now] = [newKey(), clock.wall()]
      const leaf = leafCertificate({ key: signing, keyId, serial: serial(), now }, { publicDer: publicDerOf(own), names })
      return { cert: pem(leaf), key: keyPem(own), names, until: wallMs(now + LEAF_LIVES_MS) }
    },
  }
}

/**
 * The station's own authority from its folder, made where there is none. One that cannot be read is not replaced: the phones that
 * trust it would all have to be told again.
 */
export function openAuthority(folder: string, clock: Clock): Result<StationAuthority> {
  try {
    if (!existsSync(join(folder, FILE))) make(folder, clock.wall())
    const authority = read(folder, clock)
    if (authority.until > clock.wall() + LEAF_LIVES_MS) return ok(authority)
    return refuse('old-authority', `The authority in ${join(folder, FILE)} ends soon: take the file away and start the server again, then have every phone trust the new one (/tin-cay).`)
  } catch (error) {
    return refuse('bad-authority', `The authority in ${join(folder, FILE)} cannot be read (${(error as Error).message}). Put it back from a backup; or take it away and start the server again, and every phone has to trust a new one (/tin-cay).`)
  }
}
