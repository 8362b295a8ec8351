import type { WallMs } from '../../shared/core/clock.ts'
import type { OpusPacket } from '../../shared/core/opus-stream.ts'
import type { MessageOf } from '../../shared/protocol/codec.ts'

/**
 * How a stream is cut, by what it carries. `bufferMs`: from the moment at which sound is written to the one at which it leaves the
 * horns; nobody hears the delay of a relay, everybody that of an urgent voice. `packetMs` is a multiple of `frameMs`.
 */
export const STREAM_KINDS = {
  relay: { bufferMs: 12_000, packetMs: 960, frameMs: 60, bitrateBps: 24_000 },
  voice: { bufferMs: 6_000, packetMs: 200, frameMs: 20, bitrateBps: 24_000 },
  urgent: { bufferMs: 1_500, packetMs: 100, frameMs: 20, bitrateBps: 24_000 },
} as const
export type StreamKind = keyof typeof STREAM_KINDS

/** One stream on its way to all clusters that join it: encoded, signed and sent once. */
export interface SoundStream {
  readonly name: string
  /**
   * Mono PCM, 48 kHz, that follows what was written before, in step with the clock and at most two seconds ahead of it.
   * What does not come in time is silence, and said so each second.
   */
  write(pcm: Int16Array): void
  /** From the sound that is written next, clusters sound the slot's substitute in place of the stream; false = the stream again. */
  substitute(on: boolean): void
  /** When what is written now leaves the horns. */
  soundsAt(): WallMs
  facts(): StreamFacts
  /** Sends what is left and says that it was the last. Resolves when it has been sent. */
  end(): Promise<void>
}
export interface StreamFacts {
  readonly packets: number
  readonly bytes: number
  /** ms for which nothing was written in time. */
  readonly missedMs: number
  /** Clusters that have joined; null where the broker does not tell. */
  readonly joined: number | null
}

/** A whole file's Opus packets, to be sent in a burst behind an order. */
export interface Clip {
  /** Stream name, `~…`. */
  readonly stream: string
  readonly packets: readonly OpusPacket[]
}

export interface StreamHub {
  /** Throws when a stream of that name is open. */
  open(name: string, kind: StreamKind): SoundStream
  /** Sends a clip to these clusters, the first packet to each of them before the second to any; keeps it for `join` until `forget`. */
  burst(clip: Clip, clusters: readonly string[]): void
  forget(stream: string): void
  /** A cluster asks for what it lacks. */
  join(cluster: string, join: MessageOf<'join'>): void
  stop(): Promise<void>
}
