import type { Cancel, Clock } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { MessageOf } from '../../../shared/protocol/codec.ts'
import { emergencyOfSlot, type EmergencyStore, type NotedDelivery } from '../../core/emergency-record.ts'

export interface DeliveriesDeps {
  readonly clock: Clock
  readonly store: EmergencyStore
  /** These clusters have said something new of an emergency; it is on the disk. */
  readonly changed: (id: string, clusters: readonly string[]) => void
  readonly log: Log
}
export interface Deliveries {
  take(cluster: string, delivery: MessageOf<'delivery'>): void
  /** Everything that was heard is on the disk when it returns. */
  flush(): void
  stop(): void
}

/** Answers of thousands of clusters come together and share one write. */
const GATHER_MS = 200
const RETRY_MS = 5_000
/** Of one cluster and slot; more would be a loop, and the oldest lose. */
const MAX_HELD = 50_000

/** Takes what clusters say of emergencies, and keeps all of it. */
export function createDeliveries({ clock, store, changed, log }: DeliveriesDeps): Deliveries {
  let held: NotedDelivery[] = []
  let timer: Cancel | null = null

  const flush = (): void => {
    if (held.length === 0) return
    store.note(held, clock.wall())
    const byEmergency = new Map<string, Set<string>>()
    for (const { emergency, cluster } of held) byEmergency.set(emergency, (byEmergency.get(emergency) ?? new Set()).add(cluster))
    held = []
    for (const [id, clusters] of byEmergency) changed(id, [...clusters])
  }
  const tryFlush = (): void => {
    timer = null
    try {
      flush()
    } catch (error) {
      // a full disk: what was heard stays in memory and is written when there is room
      log.error({ error: String(error), held: held.length }, 'answers of clusters could not be written, they are tried again')
      timer = clock.after(RETRY_MS, tryFlush)
    }
  }

  return {
    take: (cluster, { slot, rev, st, at, level, why }) => {
      const named = emergencyOfSlot(slot)
      if (!named || held.length >= MAX_HELD) return
      held.push({ emergency: named.id, correction: named.correction, cluster, slot, rev, state: st, at: at as NotedDelivery['at'], level: level ?? null, why: why ?? null })
      timer ??= clock.after(GATHER_MS, tryFlush)
    },
    flush,
    stop: () => {
      timer?.()
      flush()
    },
  }
}
