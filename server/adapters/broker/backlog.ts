/**
 * What is known of a socket's unsent bytes, from looking at it whenever something is about to be written. A socket whose kernel
 * buffer has room is empty at every look; one that is not has a full kernel buffer before it, up to megabytes that no counter shows:
 * what matters is therefore for how long it has not been empty, not how much waits.
 */
export interface Backlog {
  /** Monotonic ms of the first write since the socket was last seen empty. */
  sinceMs: number
  /** Bytes of the last write. */
  lastBytes: number
}

export const emptyBacklog = (): Backlog => ({ sinceMs: 0, lastBytes: 0 })

export interface BacklogLimits {
  /** Greatest queue in bytes, the packet included, so long as that is less than `packets` of its size. */
  readonly bytes: number
  /** So many packets of this size may always wait. */
  readonly packets: number
  /** A socket that has not been empty for so long is passed by. */
  readonly behindMs: number
  /** A socket that has not been empty for so long is given up: all that it still holds is late. */
  readonly staleMs: number
}

/** `write`: it may be written. `queue`, `age`: the socket is passed by, and why. `stale`: it is to be cut. */
export type BacklogVerdict = 'write' | 'queue' | 'age' | 'stale'

export interface BacklogLook {
  /** The socket's `writableLength`. */
  readonly waiting: number
  readonly packetBytes: number
  readonly nowMs: number
}

/** Judges, and remembers the write when it answers `write`. */
export function judgeBacklog(backlog: Backlog, { waiting, packetBytes, nowMs }: BacklogLook, limits: BacklogLimits): BacklogVerdict {
  // a chunk counts until its last byte has gone: with less than our last one waiting, all of ours has left and the rest is new
  if (waiting < backlog.lastBytes || waiting === 0 || backlog.lastBytes === 0) backlog.sinceMs = nowMs
  const ageMs = nowMs - backlog.sinceMs
  if (ageMs >= limits.staleMs) return 'stale'
  if (ageMs >= limits.behindMs) return 'age'
  if (waiting + packetBytes > Math.max(limits.bytes, limits.packets * packetBytes)) return 'queue'
  backlog.lastBytes = packetBytes
  return 'write'
}
