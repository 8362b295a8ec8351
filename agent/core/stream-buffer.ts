import { opusPacketFrames, type OpusPacket } from '../../shared/core/opus-stream.ts'
import type { StreamPacket } from '../../shared/protocol/stream.ts'
import type { OpusFeed } from './ports.ts'

/** What is further ahead than this was not sent by a clock that this box follows. */
export const MAX_AHEAD_US = 20_000_000
/** Kept behind the present: a decoder warms up on it, and what comes again is known. */
const BEHIND_US = 2_000_000
export const MAX_CLIP_BYTES = 2_097_152
/** Twenty seconds at 128 kbit/s. */
const MAX_LIVE_BYTES = 320_000
/** A silent source says so each second; that late it may be. */
const SILENCE_US = 1_300_000
const MAX_EPOCHS = 4
/** Rounding of the sender's look-ahead, and what two packets may overlap. */
const TOLERANCE_US = 2_000
/** The first Opus packet of a file lies partly before its beginning and is not sent: a clip may begin so much later. */
const CLIP_BEGINS_US = 20_000
const US_PER_FRAME = 1_000 / 48
const NO_BYTES = new Uint8Array(0)
/** No packet of said silence is longer: 120 ms. */
const SILENT_FRAMES = 5_760

export const STREAM_DROPS = ['late', 'duplicate', 'superseded', 'too-far', 'too-much', 'malformed'] as const
export type StreamDrop = (typeof STREAM_DROPS)[number]

/** From `fromUs` on the stream sounds (null), or its substitute since that instant. */
export interface StateChange {
  readonly fromUs: number
  readonly substituteSinceUs: number | null
}
export interface Hole {
  readonly fromUs: number
  /** Exclusive; null = nothing is held behind it. */
  readonly toUs: number | null
}

interface Entry {
  readonly epoch: number
  readonly seq: number
  readonly atUs: number
  readonly endUs: number
  readonly bytes: number
  readonly silent: boolean
  readonly last: boolean
  readonly substituteSinceUs: number | null
  readonly frames: readonly { readonly bytes: Uint8Array; readonly at: number; readonly frames: number }[]
}
interface Epoch {
  readonly id: number
  /** Its earliest packet known. */
  fromUs: number
}

/**
 * One stream on a line of time: packets by the instant at which they are to sound, of a clip by their place in it. Whatever comes
 * twice, out of order or too late finds its place or is dropped and counted; what has passed never sounds again.
 */
export interface StreamBuffer {
  readonly clip: boolean
  /** `nowUs`: what ends before it is late (ignored for a clip). `live`: it came with the stream, not as an answer to this box alone. */
  put(packet: StreamPacket, nowUs: number, live: boolean): 'kept' | StreamDrop
  /** Forgets what has passed. */
  prune(nowUs: number): void
  /** Frame 0 is at `originUs`. */
  feed(originUs: number): OpusFeed
  /** How far from `fromUs` on everything is there: sound, or silence that was said. `fromUs` itself when nothing is. */
  coveredTo(fromUs: number): number
  /** What lacks in [fromUs, toUs), ascending, at most eight. */
  holes(fromUs: number, toUs: number): Hole[]
  /** Ascending; the first one says how it was before everything that is held. */
  changes(): readonly StateChange[]
  /** One past its last instant, when the sender has said which that is. */
  endUs(): number | null
  held(): { readonly packets: number; readonly bytes: number }
  readonly counts: Readonly<Record<'kept' | StreamDrop, number>>
}

export function createStreamBuffer(clip: boolean): StreamBuffer {
  const entries: Entry[] = []
  const epochs: Epoch[] = []
  const counts: Record<'kept' | StreamDrop, number> = { kept: 0, late: 0, duplicate: 0, superseded: 0, 'too-far': 0, 'too-much': 0, malformed: 0 }
  let bytes = 0
  let before: StateChange | null = null
  let endUs: number | null = null

  /** Index of the first entry that begins after `us`. */
  const after = (us: number): number => {
    let [low, high] = [0, entries.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((entries[middle] as Entry).atUs <= us) low = middle + 1
      else high = middle
    }
    return low
  }

  const drop = (index: number): void => {
    bytes -= (entries[index] as Entry).bytes
    entries.splice(index, 1)
  }

  /** Place of the packet's epoch among those known, oldest first; a new one is put in its place. −1 = no room for it. */
  const epochOf = (packet: StreamPacket, live: boolean): number => {
    const known = epochs.findIndex((epoch) => epoch.id === packet.epoch)
    if (known >= 0) return known
    const epoch = { id: packet.epoch, fromUs: packet.atUs }
    const frontier = entries.at(-1)?.atUs ?? Number.NEGATIVE_INFINITY
    if (epochs.length === 0 || live || packet.atUs > frontier) {
      epochs.push(epoch)
      if (epochs.length > MAX_EPOCHS) epochs.shift()
      endUs = null
      return epochs.length - 1
    }
    if (epochs.length >= MAX_EPOCHS) return -1
    epochs.unshift(epoch)
    return 0
  }

  /** A newer epoch has the word from its first packet on. */
  const supersede = (index: number, atUs: number): void => {
    const epoch = epochs[index] as Epoch
    epoch.fromUs = Math.min(epoch.fromUs, atUs)
    const older = new Set(epochs.slice(0, index).map(({ id }) => id))
    if (older.size === 0) return
    for (let i = entries.length - 1; i >= 0 && (entries[i] as Entry).atUs >= epoch.fromUs; i--) if (older.has((entries[i] as Entry).epoch)) drop(i)
  }

  const judge = (entry: Entry, nowUs: number, live: boolean, packet: StreamPacket): number | StreamDrop => {
    if (!clip && entry.endUs + (entry.silent ? SILENCE_US : 0) <= nowUs) return 'late'
    if (!clip && entry.atUs > nowUs + MAX_AHEAD_US) return 'too-far'
    if (bytes + entry.bytes > (clip ? MAX_CLIP_BYTES : MAX_LIVE_BYTES)) return 'too-much'
    const index = epochOf(packet, live)
    const newer = epochs[index + 1]
    if (index < 0 || (newer && entry.atUs >= newer.fromUs)) return 'superseded'
    supersede(index, entry.atUs)
    const at = after(entry.atUs)
    const [left, right] = [entries[at - 1], entries[at]]
    for (const one of [left, right]) {
      if (one?.epoch !== entry.epoch) continue
      if (one.seq === entry.seq || one.atUs === entry.atUs) return 'duplicate'
      if (Math.min(one.endUs, entry.endUs) - Math.max(one.atUs, entry.atUs) > TOLERANCE_US) return 'duplicate'
    }
    return at
  }

  /** Silence lasts until the next packet of its row; behind the last one as long as it takes until the next is overdue. */
  const reachOf = (index: number): number => {
    const entry = entries[index] as Entry
    const next = entries[index + 1]
    if (next && next.epoch === entry.epoch && next.seq === entry.seq + 1) return next.atUs
    const silentTo = entry.silent && !entry.last ? entry.atUs + SILENCE_US : entry.endUs
    return next ? Math.min(Math.max(silentTo, entry.endUs), Math.max(next.atUs, entry.endUs)) : silentTo
  }

  const note = (drop: StreamDrop): StreamDrop => {
    counts[drop]++
    return drop
  }

  const next = (frame: number, originUs: number): OpusPacket | null => {
    const us = originUs + frame * US_PER_FRAME
    const frameOf = (at: number): number => Math.round((at - originUs) / US_PER_FRAME)
    for (let i = Math.max(0, after(us) - 1); i < entries.length; i++) {
      const entry = entries[i] as Entry
      const start = frameOf(entry.atUs)
      for (const piece of entry.frames) if (start + piece.at + piece.frames > frame) return { bytes: piece.bytes, startFrame: start + piece.at, frames: piece.frames }
      const silentTo = frameOf(reachOf(i))
      const from = Math.max(frame, frameOf(entry.endUs))
      if (silentTo > from) return { bytes: NO_BYTES, startFrame: from, frames: Math.min(SILENT_FRAMES, silentTo - from) }
    }
    return null
  }

  return {
    clip,
    counts,
    put: (packet, nowUs, live) => {
      const entry = entryOf(packet)
      if (!entry || packet.clip !== clip) return note('malformed')
      const at = judge(entry, nowUs, live, packet)
      if (typeof at === 'string') return note(at)
      entries.splice(at, 0, entry)
      bytes += entry.bytes
      counts.kept++
      if (entry.last && entry.epoch === epochs.at(-1)?.id) endUs = entry.endUs
      return 'kept'
    },
    prune: (nowUs) => {
      for (let first = entries[0]; first && first.endUs + SILENCE_US < nowUs - BEHIND_US; first = entries[0]) {
        const { substituteSinceUs, atUs } = first
        if (!before || before.substituteSinceUs !== substituteSinceUs) before = { fromUs: substituteSinceUs ?? atUs, substituteSinceUs }
        drop(0)
      }
    },
    feed: (originUs) => ({
      kind: 'opus',
      next: (frame) => next(frame, originUs),
      endFrame: () => (endUs === null ? null : Math.round((endUs - originUs) / US_PER_FRAME)),
    }),
    coveredTo: (fromUs) => {
      let to = fromUs
      for (let i = Math.max(0, after(fromUs) - 1); i < entries.length; i++) {
        if ((entries[i] as Entry).atUs > to + TOLERANCE_US) break
        to = Math.max(to, reachOf(i))
      }
      return to
    },
    holes: (fromUs, toUs) => {
      const found: Hole[] = []
      let to = fromUs
      for (let i = Math.max(0, after(fromUs) - 1); i < entries.length && to < toUs && found.length < 8; i++) {
        const { atUs } = entries[i] as Entry
        if (atUs > (clip && to === 0 ? CLIP_BEGINS_US : to + TOLERANCE_US)) found.push({ fromUs: to, toUs: Math.min(atUs, toUs) })
        to = Math.max(to, reachOf(i))
      }
      if (to < toUs && (endUs === null || to < endUs) && found.length < 8) found.push({ fromUs: to, toUs: null })
      return found
    },
    changes: () => {
      const changes: StateChange[] = before ? [before] : []
      for (const { atUs, substituteSinceUs } of entries) {
        const last = changes.at(-1)
        if (!last || last.substituteSinceUs !== substituteSinceUs) changes.push({ fromUs: Math.min(atUs, substituteSinceUs ?? atUs), substituteSinceUs })
      }
      return changes
    },
    endUs: () => endUs,
    held: () => ({ packets: entries.length, bytes }),
  }
}

/** null when one of its Opus packets is none. */
function entryOf(packet: StreamPacket): Entry | null {
  let at = 0
  let bytes = 64
  const frames: { bytes: Uint8Array; at: number; frames: number }[] = []
  for (const opus of packet.frames) {
    const length = opusPacketFrames(opus)
    if (length === null) return null
    frames.push({ bytes: opus, at, frames: length })
    at += length
    bytes += opus.length + 48
  }
  const { epoch, seq, atUs, silent, last, substituteSinceUs } = packet
  return { epoch, seq, atUs, endUs: atUs + at * US_PER_FRAME, bytes, silent, last, substituteSinceUs, frames }
}
