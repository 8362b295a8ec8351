import { monoMs } from '../../../../shared/core/clock.ts'
import type { SinkFactory } from './sink.ts'

/**
 * A sink behind which the sound still takes `delayMs` to leave the horns: a digital amplifier, a transmitter to the mast, a long
 * buffer that the device does not tell of. Everything sounds that much earlier at the sink, so that neighbours with other
 * equipment are in step. Of `alsa:` the start of aplay and its first period are counted already (40 ms, `?latency=`).
 */
export function delayedSink(factory: SinkFactory, delayMs: number): SinkFactory {
  if (delayMs === 0) return factory
  return {
    spec: factory.spec,
    open: (onFail) => {
      const sink = factory.open(onFail)
      return {
        flushCuts: sink.flushCuts,
        position: () => {
          const position = sink.position()
          return { ...position, nextAt: monoMs(position.nextAt + delayMs) }
        },
        write: (pcm) => sink.write(pcm),
        flush: (keep) => sink.flush(keep),
        close: () => sink.close(),
      }
    },
    stop: () => factory.stop(),
  }
}
