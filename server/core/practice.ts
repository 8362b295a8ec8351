import type { MonoMs, WallMs } from '../../shared/core/clock.ts'
import type { Result } from '../../shared/core/result.ts'
import type { Identity, Role } from './identity.ts'
import type { FromPractice, PracticePlace, PracticePorts } from './practice-line.ts'
import type { ServerSettings } from './server-settings.ts'

/** Below the station's own folder; thrown away with everything in it. */
export const PRACTICE_FOLDER = 'tap-duot'
/** Without anybody who does anything for so long it ends … */
export const PRACTICE_IDLE_MS = 60 * 60_000
/** … and it never lasts longer than this. */
export const PRACTICE_LIFE_MS = 4 * 3_600_000
/** Speech and three boxes on the smallest machine; what takes longer is not going to come. */
export const PRACTICE_OPENS_WITHIN_MS = 240_000
/** What its folder may hold: some large recordings, and never the disk of the station. */
export const PRACTICE_MAX_BYTES = 600_000_000

/** Why it is over. `full`: its folder is. `fault`: it ended by itself. `station`: the station was stopped. */
export type PracticeWhy = 'asked' | 'idle' | 'over' | 'emergency' | 'full' | 'fault' | 'station'

export type PracticeState =
  /** `why`: of the last one; null = there was none since the start. */
  | { readonly phase: 'closed'; readonly why: PracticeWhy | null }
  /** `made`: bulletins that have been spoken. */
  | { readonly phase: 'opening'; readonly step: 'start' | 'speech' | 'clusters'; readonly made: number }
  | { readonly phase: 'open'; readonly endsAt: WallMs }

/** One practice station at a time, for everybody who works at this one. */
export interface Practice {
  state(): PracticeState
  /** Where it is opened already nothing is done. */
  open(who: Identity): Result<PracticeState, PracticeRefusal>
  /** A way in that is good once, for two minutes; null where none is open. `home`: where its pages lead back to. */
  ticket(order: { readonly role: Role; readonly home: string }): Promise<{ readonly ticket: string; readonly ports: PracticePorts } | null>
  /** Where none is open nothing is done. */
  end(who: Identity): Promise<PracticeState>
  stop(): Promise<void>
  /** Its address where a proxy stands in front; null = the host by which somebody reached this station. */
  readonly url: string | null
}

/** `emergency`: one that is not an exercise is in force. `no-boxes`: the program of the boxes is not built on this machine. */
export type PracticeRefusal = 'emergency' | 'ending' | 'no-memory' | 'no-space' | 'no-boxes'

/** Starts the same program as a process of its own. */
export interface PracticeProgram {
  /** `told` hears what the process says, and `ended` once, when it and its folder are gone. */
  start(place: PracticePlace, told: (word: FromPractice) => void, ended: () => void): Result<PracticeProcess, PracticeRefusal>
}
export interface PracticeProcess {
  /** null where the process is no more. */
  ticket(order: { readonly role: Role; readonly home: string }): Promise<string | null>
  /** Of its folder. */
  bytes(): Promise<number>
  /** `orderly`: asks it to, and makes it end where it does not within some seconds. `at-once`: does not ask. Both wait for its folder to be gone. */
  end(how: 'orderly' | 'at-once'): Promise<void>
}

interface Used {
  readonly openedAt: MonoMs
  readonly usedAt: MonoMs
}
/** When it ends by itself if nobody does anything from now on, and why then. */
export function practiceEnd({ openedAt, usedAt }: Used, now: MonoMs): { readonly leftMs: number; readonly why: 'idle' | 'over' } {
  const [idleMs, lifeMs] = [usedAt + PRACTICE_IDLE_MS - now, openedAt + PRACTICE_LIFE_MS - now]
  return idleMs < lifeMs ? { leftMs: Math.max(0, idleMs), why: 'idle' } : { leftMs: Math.max(0, lifeMs), why: 'over' }
}

/**
 * Whether a request shows that somebody is practising: what a page asks for by itself, because a loudspeaker began to sound, does
 * not, or a page that was forgotten in a pocket would keep it open.
 */
export const showsUse = (method: string): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method)

/** All that it is given of the station's surroundings: where programs lie, which language and which hour it is. No address, no key, no setting. */
const ENVIRONMENT = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ', 'TMPDIR', 'ESPEAK_DATA_PATH'] as const
export const practiceEnvironment = (env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(ENVIRONMENT.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))

interface Certificate {
  readonly cert: string
  readonly key: string
}
export interface Certificates {
  /** Of TL_TLS_CERT. */
  readonly given: Certificate | null
  /** By the station's own authority, as phones are shown it now. */
  readonly own: Certificate | null
}

/**
 * Where it listens: as the station does, beside it, so that whoever reaches the one reaches the other, by the certificate that their
 * phone trusts already. `port` 0 = any free one.
 */
export function practicePlace(settings: Pick<ServerSettings, 'bind' | 'localHttps' | 'trustProxy'>, port: number, { given, own }: Certificates): PracticePlace {
  const { bind, localHttps = null, trustProxy = [] } = settings
  if (given) return { plain: { port: 0, bind: '127.0.0.1' }, secure: { port, bind, ...given }, trustProxy: [...trustProxy] }
  const beside = port === 0 ? 0 : port + 1
  return { plain: { port, bind }, secure: own && localHttps ? { port: beside, bind: localHttps.bind, ...own } : null, trustProxy: [...trustProxy] }
}

const HOST = /^([\w.-]+|\[[\da-f:.]+\])$/i
interface Reached {
  readonly protocol: string
  /** Without a port. */
  readonly hostname: string
}
/** Its address for somebody who reached this station so; null where it is not reached that way. */
export function practiceBase({ protocol, hostname }: Reached, { plain, secure }: PracticePorts, url: string | null): string | null {
  if (url !== null) return url.replace(/\/+$/, '')
  const port = protocol === 'https' ? secure : plain
  return port === null || !HOST.test(hostname) ? null : `${protocol}://${hostname}:${port}`
}
