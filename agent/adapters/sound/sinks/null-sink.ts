import type { Clock } from '../../../../shared/core/clock.ts'
import type { HostTime } from '../host-time.ts'
import type { SinkFactory } from './sink.ts'
import { startVirtualCard } from './virtual-card.ts'

/** Takes sound at the pace of a card and plays it to nobody. */
export function startNullCard(host: HostTime, clock: Clock): SinkFactory {
  return startVirtualCard({
    spec: 'null',
    host,
    clock,
    startedAt: host.mono(),
    ppm: 0,
    recorder: null,
  })
}
