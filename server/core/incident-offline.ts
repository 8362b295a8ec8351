import type { WallMs } from '../../shared/core/clock.ts'
import { BEAT_TIMEOUT_MS } from '../../shared/protocol/messages/beat.ts'
import { LATE_MS, type Member } from './incident-cause.ts'

/** After its last will was taken for true: agents reconnect within seconds of an outage. */
export const TOLD_PATIENCE_MS = 5_000
/** Added where the link has shown that it comes back by itself; with the beat's time-out still below 100 s. */
export const JITTER_PATIENCE_MS = 36_000
/** That many short drops within an hour make a link one that jitters. */
const DROPS_THAT_JITTER = 3
const DROPS_REMEMBERED_MS = 3_600_000
/** Longer was no jitter. */
const SHORT_DROP_MS = 45_000

/** What is remembered of each link; made anew at every start. */
export interface LinkMemory {
  /** When it was noticed to be down. */
  readonly down: Map<string, WallMs>
  /** Down by its last will, not by its silence. */
  readonly told: Set<string>
  /** When its short drops were. */
  readonly drops: Map<string, WallMs[]>
}
export const createLinkMemory = (): LinkMemory => ({ down: new Map(), told: new Set(), drops: new Map() })

/** Notes what went down and what came back; call it at every sweep with everybody. */
export function noteLinks(memory: LinkMemory, members: readonly Member[], now: WallMs): void {
  for (const { cluster, online, lastSeen } of members) {
    const down = memory.down.get(cluster)
    if (!online && down === undefined) {
      memory.down.set(cluster, now)
      if (lastSeen !== null && now - lastSeen < LATE_MS) memory.told.add(cluster)
    }
    if (online && down !== undefined) back(memory, cluster, down, now)
  }
}

function back(memory: LinkMemory, cluster: string, down: WallMs, now: WallMs): void {
  memory.down.delete(cluster)
  memory.told.delete(cluster)
  const recent = (memory.drops.get(cluster) ?? []).filter((at) => at > now - DROPS_REMEMBERED_MS)
  if (now - down < SHORT_DROP_MS) recent.push(down)
  if (recent.length > 0) memory.drops.set(cluster, recent.slice(-DROPS_THAT_JITTER))
  else memory.drops.delete(cluster)
}

const jitters = (memory: LinkMemory, cluster: string, now: WallMs): boolean =>
  (memory.drops.get(cluster) ?? []).filter((at) => at > now - DROPS_REMEMBERED_MS).length >= DROPS_THAT_JITTER

/**
 * Is it a fault, and not a moment of bad radio? Silent for the beat's time-out, or told to be gone for some seconds; 36 s
 * more where the link came back by itself three times within the hour.
 */
export function isOffline(memory: LinkMemory, member: Member, now: WallMs): boolean {
  const down = memory.down.get(member.cluster)
  if (member.online || down === undefined) return false
  const patience = jitters(memory, member.cluster, now) ? JITTER_PATIENCE_MS : 0
  const silent = member.lastSeen === null ? 0 : now - member.lastSeen
  return silent >= BEAT_TIMEOUT_MS + patience || now - down >= TOLD_PATIENCE_MS + patience
}
