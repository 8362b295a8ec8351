import type { Log } from '../../shared/core/log.ts'
import { every, type Clock } from '../../shared/core/clock.ts'

const EVERY_MS = 60_000
const TIMEOUT_MS = 10_000

/** Calls an address every minute while `well` holds: whoever listens there notices when this server is dead. */
export function startSignOfLife(options: { readonly url: string; readonly clock: Clock; readonly well: () => boolean; readonly log: Log }): () => void {
  const { url, clock, well, log } = options
  return every(clock, EVERY_MS, () => {
    if (!well()) return
    fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
      (answer) => {
        if (!answer.ok) log.warn({ status: answer.status }, 'the address for the sign of life refused it')
      },
      (error: unknown) => log.warn({ error: String(error) }, 'the address for the sign of life was not reached'),
    )
  })
}
