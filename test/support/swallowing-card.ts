import { monoMs } from '../../shared/core/clock.ts'
import type { SinkFactory } from '../../agent/adapters/sound/sinks/sink.ts'
import { realClock } from './real-clock.ts'

/** What a card holds, frames. */
const HOLDS = 9_600

/** A sound card that takes what it is given and lets nothing leave. */
export function swallowingCard(): SinkFactory {
  let queued = 0
  return {
    spec: 'swallowing',
    open: () => ({
      flushCuts: false,
      position: () => ({ consumed: 0, queued, starved: 0, nextAt: monoMs(realClock.mono() + 60_000), room: Math.max(0, HOLDS - queued) }),
      write(pcm) {
        const taken = Math.min(pcm.length, Math.max(0, HOLDS - queued))
        queued += taken
        return taken
      },
      flush: () => (queued = 0),
      close: () => undefined,
    }),
    stop: () => Promise.resolve(),
  }
}
