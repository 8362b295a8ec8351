import { sinceMs, type Cancel, type Clock, type MonoMs, type Random } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { FeedEnd, OpenableSource, OpenRelayFeed, RelayFeed } from '../../core/relay-ports.ts'
import { createReservoir, RESERVOIR_BOUNDS, type ReservoirBounds } from '../../core/relay-reservoir.ts'
import { reopenAfterMs } from '../../core/relay-watch.ts'

export interface IntakeDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly openFeed: OpenRelayFeed
}
export interface IntakeFacts {
  readonly codec: string | null
  /** Openings after the first one. */
  readonly reconnects: number
  /** Why the reader last ended; null before it ever did. */
  readonly lastEnd: FeedEnd | null
}

/** A source that is read, and opened again whenever it breaks off, until it is stopped. */
export interface Intake {
  /** The next samples in step with the clock; null when they are not there. */
  take(samples: number): Int16Array | null
  /** Throws away what makes it later than needed. */
  catchUp(): void
  facts(): IntakeFacts
  stop(): Promise<void>
}

/** A reader that runs and gives nothing for so long is ended: not every protocol knows its own time-out. */
const STALLED_MS = 20_000
/** A source that gave sound for so long is opened anew without delay when it breaks off. */
const STEADY_MS = 10_000

interface Reading {
  readonly feed: RelayFeed
  readonly openedAt: MonoMs
  cameAt: MonoMs
  paused: boolean
}

export function startIntake(deps: IntakeDeps, source: OpenableSource, bounds: ReservoirBounds = RESERVOIR_BOUNDS): Intake {
  const { clock, log } = deps
  const reservoir = createReservoir(bounds)
  let reading: Reading | null = null
  let reopening: Cancel = () => undefined
  let [failures, reconnects, stopped]: [number, number, boolean] = [0, 0, false]
  let codec: string | null = null
  let lastEnd: FeedEnd | null = null

  const onPcm = (pcm: Int16Array): void => {
    reservoir.add(pcm)
    if (!reading) return
    reading.cameAt = clock.mono()
    codec = reading.feed.codec() ?? codec
    if (!reading.paused && reservoir.full()) {
      reading.paused = true
      reading.feed.pause()
    }
  }
  const onEnd = (end: FeedEnd): void => {
    const was = reading
    reading = null
    if (stopped) return
    lastEnd = end
    const steady = was !== null && sinceMs(was.openedAt, was.cameAt) >= STEADY_MS
    failures = steady ? 1 : failures + 1
    const waitMs = reopenAfterMs(failures, deps.random)
    log.info({ source, ...end, waitMs: Math.round(waitMs) }, 'a relay broke off; it is opened again')
    reopening = clock.after(waitMs, () => {
      reconnects++
      open()
    })
  }
  const open = (): void => {
    const now = clock.mono()
    reading = { feed: deps.openFeed(source, { onPcm, onEnd }), openedAt: now, cameAt: now, paused: false }
  }
  open()

  const look = (): void => {
    if (!reading) return
    if (reading.paused && !reservoir.full()) {
      reading.paused = false
      reading.cameAt = clock.mono()
      reading.feed.resume()
    }
    if (!reading.paused && sinceMs(reading.cameAt, clock.mono()) > STALLED_MS) void reading.feed.stop()
  }
  return {
    take(samples) {
      look()
      return reservoir.take(samples)
    },
    catchUp: () => reservoir.catchUp(),
    facts: () => ({ codec, reconnects, lastEnd }),
    async stop() {
      stopped = true
      reopening()
      await reading?.feed.stop()
    },
  }
}
