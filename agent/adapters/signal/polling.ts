import type { Cancel, Clock, MonoMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { RadioReading, SignalSource } from '../../core/ports.ts'
import type { ParsedSignal } from '../../core/signal-figures.ts'

/** Asked so often; a modem needs up to 2 s for its answers. */
export const POLL_MS = 20_000
/** A reading that is older says nothing about now. */
export const STALE_MS = 90_000
/** Pauses after failures: a modem that re-enumerates is back in seconds, one that lost its cell in up to 50 minutes. */
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000
/** Limit of `radio.source` in health.ts. */
const LABEL_CHARS = 24

export interface Poller {
  /** One round of questions; null when the modem answers but knows no figure. Rejects when it does not answer. */
  ask(): Promise<ParsedSignal | null>
  /** Frees what a failed or last round left open; never rejects. */
  close(): Promise<void>
}
export interface PollingDeps {
  readonly clock: Clock
  readonly log: Log
  readonly label: string
  /** For tests; POLL_MS otherwise. */
  readonly pollMs?: number
}

/** Asks for ever, one round at a time, with growing pauses after failures. */
export function pollingSource(poller: Poller, deps: PollingDeps): SignalSource {
  const { clock, log } = deps
  const source = deps.label.length <= LABEL_CHARS ? deps.label : `${deps.label.slice(0, 3)}…${deps.label.slice(4 - LABEL_CHARS)}`
  let latest: { at: MonoMs; reading: RadioReading } | null = null
  let stopped = false
  let failures = 0
  let wake: Cancel = () => undefined

  const round = async (): Promise<number> => {
    try {
      const parsed = await poller.ask()
      if (parsed !== null) latest = { at: clock.mono(), reading: { ...parsed, source, simulated: false } }
      if (failures > 0) log.info({ source }, 'the modem answers again')
      failures = 0
      return deps.pollMs ?? POLL_MS
    } catch (error) {
      await poller.close()
      // told once per failure, not once per attempt: a box without its modem must not fill its log
      if (failures === 0 && !stopped) log.warn({ source, error: error instanceof Error ? error.message : String(error) }, 'the modem does not answer')
      failures++
      return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10))
    }
  }
  const loop = (): void => {
    running = round().then((pauseMs) => {
      if (!stopped) wake = clock.after(pauseMs, loop)
    })
  }
  let running: Promise<void> = Promise.resolve()
  loop()

  return {
    latest: () => (latest !== null && clock.mono() - latest.at <= STALE_MS ? latest.reading : null),
    stop: async () => {
      stopped = true
      latest = null
      wake()
      await poller.close()
      await running
      await poller.close()
    },
  }
}
