import { X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import type { WallMs } from '../../shared/core/clock.ts'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import type { CapSeal, CapSettings } from '../core/cap-ports.ts'
import { openSigned, type TrustedKey } from './xml-signature.ts'
import { parseXml, treeOf } from './xml-tree.ts'

/** Beside the certificates: who may warn here. */
export const SENDERS_FILE = 'senders.yaml'
const MAX_CERTIFICATES = 32
/** What is shorter is no longer thought safe. */
const MIN_RSA_BITS = 2048
const DEFAULT_GEOCODES = ['VN-AREA']
/** A Minor warning that is still to come wakes nobody. */
const DEFAULT_LEAST_DANGER = 3
const AUTHORITIES = ['hamlet', 'commune', 'province', 'nation'] as const

const strict = { additionalProperties: false } as const
const SendersFile = Type.Object(
  {
    geocodes: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { minItems: 1, maxItems: 20 })),
    voices: Type.Optional(Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 60 }))),
    senders: Type.Record(
      Type.String(),
      Type.Object(
        {
          authority: Type.Enum([...AUTHORITIES]),
          certificate: Type.Optional(Type.String({ maxLength: 200 })),
          leastDanger: Type.Optional(Type.Integer({ minimum: 0, maximum: 9 })),
        },
        strict,
      ),
    ),
  },
  strict,
)
type SendersFile = Static<typeof SendersFile>

const notSetUp = (why: string): Extract<Result<never, 'not-set-up'>, { ok: false }> => refuse('not-set-up', why)

const settingsOf = (file: SendersFile): CapSettings => ({
  geocodes: file.geocodes ?? DEFAULT_GEOCODES,
  voices: new Map(Object.entries(file.voices ?? {}).map(([language, voice]) => [language.toLowerCase(), voice])),
  senders: new Map(
    Object.entries(file.senders).map(([sender, { authority, certificate, leastDanger }]) => [
      sender,
      { authority: AUTHORITIES.indexOf(authority), certificate: certificate ?? null, leastDanger: leastDanger ?? DEFAULT_LEAST_DANGER },
    ]),
  ),
})

async function readSettings(folder: string): Promise<Result<CapSettings, 'not-set-up'>> {
  try {
    const value: unknown = parse(await readFile(join(folder, SENDERS_FILE), 'utf8'), { maxAliasCount: 0 })
    if (Value.Check(SendersFile, value)) return ok(settingsOf(value))
    const [first] = Value.Errors(SendersFile, value)
    return notSetUp(`${SENDERS_FILE} is not understood at ${first?.instancePath || '/'} (${first?.message ?? 'wrong form'}): correct it.`)
  } catch (error) {
    return notSetUp(`${SENDERS_FILE} in the folder of TL_CAP_CERTIFICATES cannot be read (${(error as Error).message}): write who may warn here.`)
  }
}

/** A certificate that may vouch at `at`, or why it may not. */
function keyIn(name: string, pem: string, at: WallMs): Result<TrustedKey> {
  try {
    const certificate = new X509Certificate(pem)
    const key = certificate.publicKey
    if (Date.parse(certificate.validFrom) > at || Date.parse(certificate.validTo) <= at) return refuse('out-of-date', `${name} is valid from ${certificate.validFrom} to ${certificate.validTo}`)
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
    if (key.asymmetricKeyType === 'rsa' && bits < MIN_RSA_BITS) return refuse('weak', `${name} has a key of ${bits} bits`)
    return ok({ name, key })
  } catch (error) {
    return refuse('unreadable', `${name} is no certificate (${(error as Error).message})`)
  }
}

async function readKeys(folder: string, at: WallMs, complain: (why: string) => void): Promise<TrustedKey[]> {
  const names = (await readdir(folder)).filter((name) => /\.(pem|crt)$/i.test(name)).sort().slice(0, MAX_CERTIFICATES)
  const keys: TrustedKey[] = []
  for (const name of names) {
    const key = keyIn(name, await readFile(join(folder, name), 'utf8'), at)
    if (key.ok) keys.push(key.value)
    else complain(key.why)
  }
  return keys
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** UTF-8 only: a second reading in another encoding would be a second message. */
function textOf(bytes: Uint8Array): string | null {
  try {
    const text = decoder.decode(bytes)
    const [declaration] = /^<\?xml[^>]*\?>/.exec(text) ?? []
    return declaration === undefined || !/encoding\s*=/.test(declaration) || /encoding\s*=\s*["'](utf-8|us-ascii)["']/i.test(declaration) ? text : null
  } catch {
    return null // not UTF-8: the caller says so
  }
}

/**
 * Opens alerts by the certificates of a folder (TL_CAP_CERTIFICATES: *.pem, and who may warn in senders.yaml). Read anew each time, so that
 * a certificate can be added or taken away without a restart. `folder` null: nothing is set up, nothing is taken.
 */
export function createCapSeal(folder: string | null, complain: (why: string) => void): CapSeal {
  const none = notSetUp('Warnings of other systems are not set up here: set TL_CAP_CERTIFICATES to a folder with their certificates.')
  return {
    settings: async () => (folder === null ? none : readSettings(folder)),
    async open(bytes, at) {
      if (folder === null) return none
      const text = textOf(bytes)
      if (text === null) return refuse('malformed', 'The document is not UTF-8: encode it so.')
      try {
        return openSigned(text, await readKeys(folder, at, complain))
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code
        if (code === undefined) throw error
        return notSetUp(`The folder of TL_CAP_CERTIFICATES cannot be read (${code}): make it readable for this user.`)
      }
    },
    reread(text) {
      const read = parseXml(text)
      return read.ok ? treeOf(read.value.documentElement) : null
    },
  }
}
