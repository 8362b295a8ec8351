import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { WallMs } from '../../shared/core/clock.ts'
import type { Crypto, PublicKey } from '../../shared/core/crypto.ts'
import { certifyKey, KEY_USES, openCertificate, type SigningKey, type StationCertificates } from '../../shared/protocol/keys.ts'

/** `orders`, `time` and `streams` are to be read anew for every signature: their certificates are renewed while the server runs. */
export interface ServerKeys {
  readonly rootPublic: PublicKey
  readonly orders: SigningKey
  readonly time: SigningKey
  readonly streams: SigningKey
  /** What the root says of the keys above, as it is now. */
  certificates(): StationCertificates
  /** Certifies again what is near its end, or was certified by a clock that was wrong. True when something was. */
  renew(now: WallMs): boolean
}

/** A signing key lives two years and is followed by a new one half a year before its end. */
const KEY_LIVES_MS = 2 * 365 * 86_400_000
const RENEW_BEFORE_MS = KEY_LIVES_MS / 4
/** A cluster whose clock is a little slow must not take a fresh key for one of the future. */
const BACKDATED_MS = 86_400_000

/**
 * The station's keys, made at first start, in files that only their owner can read. `root.key` is the one that
 * clusters pin: it signs signing keys only. Without it no server can speak to them.
 */
export function loadServerKeys(folder: string, crypto: Crypto, now: WallMs): ServerKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const rootSecret = secretIn(join(folder, 'root.key'))
  const rootPublic = crypto.publicKey(rootSecret)
  const signing = (name: keyof typeof KEY_USES, now: WallMs): SigningKey => {
    const secret = secretIn(join(folder, `${name}.key`))
    const file = join(folder, `${name}.crt`)
    const held = existsSync(file) ? new Uint8Array(readFileSync(file)) : null
    const opened = held && openCertificate(crypto, rootPublic, held)
    const key = crypto.publicKey(secret)
    // one that begins after now was made while this machine's clock was ahead: no cluster would take it
    const good = opened && opened.notBeforeMs <= now && opened.notAfterMs - now > RENEW_BEFORE_MS && opened.key.every((b, i) => b === key[i])
    if (held && good) return { secret, certificate: held }
    const certificate = certifyKey(crypto, rootSecret, { key, uses: KEY_USES[name], notBeforeMs: now - BACKDATED_MS, notAfterMs: now + KEY_LIVES_MS })
    writeDurably(file, certificate)
    return { secret, certificate }
  }
  let [orders, time, streams] = [signing('orders', now), signing('time', now), signing('streams', now)]
  return {
    rootPublic,
    get orders() {
      return orders
    },
    get time() {
      return time
    },
    get streams() {
      return streams
    },
    certificates: () => [{ use: 'orders', certificate: orders.certificate }, { use: 'time', certificate: time.certificate }, { use: 'streams', certificate: streams.certificate }],
    renew: (at) => {
      const before = [orders.certificate, time.certificate, streams.certificate]
      ;[orders, time, streams] = [signing('orders', at), signing('time', at), signing('streams', at)]
      return [orders, time, streams].some((key, i) => key.certificate.some((byte, n) => byte !== before[i]?.[n]))
    },
  }
}

function secretIn(file: string): Uint8Array {
  if (existsSync(file)) return new Uint8Array(readFileSync(file))
  const secret = randomBytes(32)
  writeDurably(file, secret)
  return new Uint8Array(secret)
}

function writeDurably(file: string, bytes: Uint8Array): void {
  const handle = openSync(`${file}.tmp`, 'w', 0o600)
  writeSync(handle, bytes)
  fsyncSync(handle)
  closeSync(handle)
  renameSync(`${file}.tmp`, file)
}
