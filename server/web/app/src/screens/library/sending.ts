import type { Answer } from '../../lib/answer.ts'
import { retryMs } from '../../lib/retry.ts'

/** How long something is tried again by itself; after that a person should say whether they still want it. */
export const TRY_FOR_MS = 120_000
/** The wait grows no further than that of this try. */
const LAST_STEP = 3

export interface Sending<T> {
  /** Asks for it. Asked for twice it must not happen twice, unless `look` tells whether it happened. */
  send(): Promise<Answer<T>>
  /** What came of it: a value = it happened, null = it did not. Absent: `send` may be asked again as it is. */
  look?(): Promise<Answer<T | null>>
  /** Waits, ms; may come back earlier when the link is there again. */
  wait(ms: number): Promise<void>
  /** 0 … 1. */
  chance(): number
  /** ms of any clock that only goes forward. */
  now(): number
  /** The link is away, and it is tried again by itself. */
  away(): void
}
/** `unknown`: nobody could say whether it happened. `not-sent`: it certainly did not. */
export type Delivered<T> = { readonly what: 'answered'; readonly answer: Answer<T> } | { readonly what: 'unknown' | 'not-sent' }

const isOffline = (answer: Answer<unknown>): boolean => !answer.ok && answer.kind === 'offline'

/** Sends something over a link that may be cut on the way there or back: until it is answered, or for `TRY_FOR_MS`. */
export async function deliver<T>({ send, look, wait, chance, now, away }: Sending<T>): Promise<Delivered<T>> {
  const began = now()
  const isOver = (): boolean => now() - began >= TRY_FOR_MS
  for (let tries = 0; ; tries++) {
    if (tries > 0) {
      if (isOver()) return { what: 'unknown' }
      away()
      await wait(retryMs(Math.min(tries - 1, LAST_STEP), chance()))
      const found = look ? await look() : null
      if (found !== null) {
        if (isOffline(found)) continue
        if (!found.ok) return { what: 'answered', answer: found }
        if (found.value !== null) return { what: 'answered', answer: { ok: true, value: found.value } }
        if (isOver()) return { what: 'not-sent' }
      }
    }
    const answer = await send()
    if (!isOffline(answer)) return { what: 'answered', answer }
  }
}
