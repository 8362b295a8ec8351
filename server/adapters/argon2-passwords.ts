import { hash, parseOptions, verify } from '@node-rs/argon2'
import { randomBytes } from 'node:crypto'
import { passwordText, type Passwords } from '../core/person-password.ts'

export interface Argon2Cost {
  readonly memoryKiB: number
  readonly passes: number
}
/** OWASP's first choice for argon2id; may rise: what is stored carries its own parameters. */
export const ARGON2_COST: Argon2Cost = { memoryKiB: 19_456, passes: 2 }

/** Each takes one of the process's four worker threads, which also read files for the air. */
const AT_ONCE = 2
/** A quarter of a second's work each: whoever comes after these would wait longer than people do. */
const MAX_WAITING = 30

/** argon2id (the package's default algorithm) on worker threads, few at once. */
export function createArgon2Passwords(cost: Argon2Cost = ARGON2_COST): Passwords {
  const options = { memoryCost: cost.memoryKiB, timeCost: cost.passes, parallelism: 1 }
  const waiting: (() => void)[] = []
  let running = 0
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= AT_ONCE) await new Promise<void>((go) => waiting.push(go))
    else running++
    try {
      return await work()
    } finally {
      // the place goes straight to the next one
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
  const make = (text: string): Promise<string> => inTurn(() => hash(text, options))
  // made when it is first needed: of a password that nobody has
  let nobody: Promise<string> | null = null
  return {
    hash: (password) => make(passwordText(password)),
    async verify(stored, password) {
      nobody ??= make(randomBytes(24).toString('base64'))
      const text = stored ?? (await nobody)
      const same = await inTurn(() => verify(text, passwordText(password)))
      return stored !== null && same
    },
    isStale(stored) {
      const { memoryCost, timeCost } = parseOptions(stored)
      return memoryCost < cost.memoryKiB || timeCost < cost.passes
    },
    busy: () => waiting.length >= MAX_WAITING,
  }
}
