import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join, relative } from 'node:path'
import { nodeCrypto } from '../server/adapters/crypto.ts'
import { nodeDeflate } from '../server/adapters/deflate.ts'
import { wallMs } from '../shared/core/clock.ts'
import { ok, refuse, type Result } from '../shared/core/result.ts'
import { certifyKey, KEY_USES, mayUseKey, openCertificate, type CertifiedKey, type SigningKey } from '../shared/protocol/keys.ts'
import { PROTOCOL_VERSION } from '../shared/protocol/topics.ts'
import { writePack } from '../shared/protocol/update-pack.ts'
import { openRelease, signRelease, type Release, type ReleaseFile } from '../shared/protocol/update-release.ts'
import { toBase64Url } from '../shared/protocol/wire.ts'

const crypto = nodeCrypto()
const deflate = nodeDeflate()
const KEY_LIVES_MS = 2 * 365 * 86_400_000
const DAY_MS = 86_400_000

export interface KeyFiles {
  /** Folder of `releases.key` and `releases.crt`; both are made where they are not there. */
  readonly folder: string
  /** File of the station's root key; wanted while there is no certificate, or it ends within a month. */
  readonly root: string | null
}

/** The key that signs releases. It lies with whoever makes them; the station knows nothing but its certificate, and that through the root. */
export function releaseKey({ folder, root }: KeyFiles, now: number): Result<SigningKey, 'no-root'> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const [keyFile, crtFile] = [join(folder, 'releases.key'), join(folder, 'releases.crt')]
  if (!existsSync(keyFile)) writeFileSync(keyFile, randomBytes(32), { mode: 0o600 })
  const secret = new Uint8Array(readFileSync(keyFile))
  const held = existsSync(crtFile) ? new Uint8Array(readFileSync(crtFile)) : null
  if (root === null) {
    const ends = held ? new DataView(held.buffer, held.byteOffset).getUint32(6) * 1_000 : 0
    if (held && ends > now) return ok({ secret, certificate: held })
    return refuse('no-root', `${crtFile} is not there, or has ended: name the file root.key of the station once with --root. · Chưa có chứng thư khoá phát hành: hãy chỉ tệp root.key của đài bằng --root.`)
  }
  const rootSecret = new Uint8Array(readFileSync(root))
  const key = crypto.publicKey(secret)
  const opened = held && openCertificate(crypto, crypto.publicKey(rootSecret), held)
  if (held && opened && mayUseKey(opened, 'releases', wallMs(now + 30 * DAY_MS)) && opened.key.every((byte, i) => byte === key[i])) return ok({ secret, certificate: held })
  const certificate = certifyKey(crypto, rootSecret, { key, uses: KEY_USES.releases, notBeforeMs: now - DAY_MS, notAfterMs: now + KEY_LIVES_MS })
  writeFileSync(crtFile, certificate, { mode: 0o644 })
  return ok({ secret, certificate })
}

export interface ReleaseOrder {
  /** Folder of the built agent. */
  readonly agent: string
  readonly key: SigningKey
  /** Made at, wall ms: also its number. */
  readonly now: number
  /** What the agent's package.json says when absent. */
  readonly version?: string
  readonly least?: string
  readonly back?: boolean
}
export interface MadeRelease {
  readonly release: Release
  readonly manifest: string
  /** SHA-256 of the manifest: the release's name. */
  readonly id: string
  readonly pack: Uint8Array
}

/** What a box has from whoever installed it, and nobody sends. */
const NOT_SENT = new Set(['install-agent', 'settings.env', 'tieng-lang-agent.service', 'launcher.mjs', 'trial.mjs'])

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)).filter((path) => statSync(path).isFile() && !NOT_SENT.has(relative(folder, path))).sort()
}

/** What no release can be made of; its message is a sentence for whoever makes it. */
export class NoRelease extends Error {}
const VERSION = /^\d{1,5}\.\d{1,5}\.\d{1,5}(?:-[0-9A-Za-z.]{1,16})?$/

/** Makes and signs a release of the agent in a folder. Throws `NoRelease` where that cannot be. */
export function makeRelease({ agent, key, now, version, least = '0.0.0', back = false }: ReleaseOrder): MadeRelease {
  for (const given of [version ?? '0.0.0', least]) if (!VERSION.test(given)) throw new NoRelease(`"${given}" is no version: write it as 1.2.3. · "${given}" không phải số phiên bản: hãy viết dạng 1.2.3.`)
  if (!existsSync(join(agent, 'main.mjs')) || !existsSync(join(agent, 'package.json'))) throw new NoRelease(`${agent} holds no built agent: run npm run build:agent, or leave --agent out. · Thư mục ${agent} chưa có chương trình cụm loa.`)
  const own = JSON.parse(readFileSync(join(agent, 'package.json'), 'utf8')) as { version: string; engines?: { node?: string } }
  const contents = new Map<string, Uint8Array>()
  const shaOf = (bytes: Uint8Array): string => toBase64Url(crypto.sha256(bytes))
  const files = filesIn(agent).map((path): ReleaseFile => {
    const bytes = new Uint8Array(readFileSync(path))
    const packed = deflate.deflate(bytes)
    const sha = shaOf(packed)
    contents.set(sha, packed)
    return { path: relative(agent, path), sha: shaOf(bytes), bytes: bytes.length, packed: sha, packedBytes: packed.length, ...((statSync(path).mode & 0o100) === 0 ? {} : { run: true }) }
  })
  const release: Release = {
    t: 'release', n: now, version: version ?? own.version, iat: now, least, protocol: [PROTOCOL_VERSION], node: /\d+\.\d+(?:\.\d+)?/.exec(own.engines?.node ?? '')?.[0].replace(/^(\d+\.\d+)$/, '$1.0') ?? '20.11.0',
    ...(back ? { back } : {}), files,
  }
  const manifest = signRelease(crypto, key, release)
  // under whatever root: the box asks again
  const opened = openRelease(manifest, { crypto, at: wallMs(now), certified: (certificate) => ownCertificate(certificate, key) })
  if (!opened.ok) throw new NoRelease(`This folder makes no release: ${opened.why}`)
  return { release, manifest, id: shaOf(new TextEncoder().encode(manifest)), pack: writePack(manifest, release, (sha) => contents.get(sha) ?? new Uint8Array()) }
}

/** The certificate as it says itself, without its root. */
function ownCertificate(certificate: Uint8Array, key: SigningKey): CertifiedKey {
  const view = new DataView(certificate.buffer, certificate.byteOffset)
  return { key: crypto.publicKey(key.secret), uses: view.getUint8(1), notBeforeMs: view.getUint32(2) * 1_000, notAfterMs: view.getUint32(6) * 1_000 }
}

/** Writes the pack for the station; answers its path. */
export function writeRelease(folder: string, { release, pack }: MadeRelease): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `tieng-lang-agent-${release.version}-${release.n}.release`)
  writeFileSync(path, pack)
  chmodSync(path, 0o644)
  return path
}
