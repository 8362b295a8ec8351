import type { WallMs } from '../../shared/core/clock.ts'
import { BEAT_TIMEOUT_MS } from '../../shared/protocol/messages/beat.ts'
import type { Member } from './incident-cause.ts'

/** A link that was told to be gone may be back at once: agents reconnect within seconds of an outage. */
export const TOLD_PATIENCE_MS = 20_000
/** Added where the link has shown that it comes back by itself; with the beat's time-out still below 100 s. */
export const JITTER_PATIENCE_MS = 36_000
/** That many short drops within an hour make a link one that jitters. */
const DROPS_THAT_JITTER = 3
const DROPS_REMEMBERED_MS = 3_600_000
/** Longer was no jitter. */
const SHORT_DROP_MS = 45_000

/** What is remembered of each link: its short drops, and since when it is down. */
export interface LinkMemory {
  readonly downSince: Map<string, WallMs>
  readonly drops: Map<string, WallMs[]>
}
export const createLinkMemory = (): LinkMemory => ({ downSince: new Map(), drops: new Map() })

/** Notes drops that were short; call it at every sweep with everybody. */
export function noteLinks(memory: LinkMemory, members: readonly Member[], now: WallMs): void {
  for (const { cluster, online, since } of members) {
    const down = memory.downSince.get(cluster)
    if (!online) {
      if (down === undefined) memory.downSince.set(cluster, since ?? now)
      continue
    }
    if (down === undefined) continue
    memory.downSince.delete(cluster)
    const recent = (memory.drops.get(cluster) ?? []).filter((at) => at > now - DROPS_REMEMBERED_MS)
    if ((since ?? now) - down < SHORT_DROP_MS) recent.push(down)
    if (recent.length > 0) memory.drops.set(cluster, recent.slice(-DROPS_THAT_JITTER))
    else memory.drops.delete(cluster)
  }
}

const jitters = (memory: LinkMemory, cluster: string, now: WallMs): boolean =>
  (memory.drops.get(cluster) ?? []).filter((at) => at > now - DROPS_REMEMBERED_MS).length >= DROPS_THAT_JITTER

/**
 * Is it a fault, and not a moment of bad radio? Silent for the beat's time-out, or told to be gone for 20 s; 36 s more
 * where the link came back by itself three times within the hour.
 */
export function isOffline(memory: LinkMemory, member: Member, now: WallMs): boolean {
  if (member.online || member.since === null) return false
  const patience = jitters(memory, member.cluster, now) ? JITTER_PATIENCE_MS : 0
  const silent = now - (member.lastSeen ?? member.since)
  return silent >= BEAT_TIMEOUT_MS + patience || now - member.since >= TOLD_PATIENCE_MS + patience
}
