import type { Clock } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { createAttemptLimit } from '../../core/attempt-limit.ts'
import type { Decide } from '../../core/stores.ts'
import type { CapRefusal } from './refusals.ts'

interface Refused {
  readonly code: CapRefusal
  readonly why: string
}
export interface RefusalBook {
  /** What nobody known has signed. */
  stranger(address: string, refused: Refused): void
  /** What a configured certificate has signed. */
  sender(sender: string, key: string, refused: Refused): void
}

/** The audit log is kept for ever and costs the disk each time: a stranger must not fill it. */
const STRANGERS_AT_ONCE = 100
const STRANGER_EACH_MS = 60_000

/** Every refusal is logged, and audited; those of strangers beyond a measure are counted, and the next row says how many. */
export function createRefusalBook({ decide, clock, log }: { readonly decide: Decide; readonly clock: Clock; readonly log: Log }): RefusalBook {
  const strangers = createAttemptLimit(STRANGERS_AT_ONCE, STRANGER_EACH_MS)
  let leftOut = 0
  return {
    stranger(address, { code, why }) {
      log.warn({ address, code, why }, 'a warning was refused')
      if (!strangers.take('all', clock.mono())) return void (leftOut += 1)
      decide({ actor: 'cap', action: 'cap.refuse', subject: address, detail: { code, why, ...(leftOut > 0 ? { notListed: leftOut } : {}) } }, () => undefined)
      leftOut = 0
    },
    sender(sender, key, { code, why }) {
      log.warn({ sender, key, code, why }, 'a warning was refused')
      decide({ actor: `cap:${sender}`, action: 'cap.refuse', subject: key, detail: { code, why } }, () => undefined)
    },
  }
}
