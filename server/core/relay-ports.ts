import type { Result } from '../../shared/core/result.ts'

/** Why a reader of a relay has ended. ffmpeg ends with status 0 when a stream breaks off: no end is a good one. */
export interface FeedEnd {
  readonly code: 'ended' | 'stopped' | 'ffmpeg-missing' | 'cannot-start'
  /** The last that it said; English, technical. */
  readonly said: string
}

/** A relay that is being read. */
export interface RelayFeed {
  /** Of the sound as it comes, such as `mp3, 44100 Hz, stereo`; null until it is known. */
  codec(): string | null
  /** The reader waits, and the source with it. */
  pause(): void
  resume(): void
  /** Resolves when the reader is gone. Safe to call twice. */
  stop(): Promise<void>
}
export interface RelayFeedEars {
  /** Mono, 48 kHz, as it arrives. The array is the listener's. */
  onPcm(pcm: Int16Array): void
  /** Once, after the last sound. */
  onEnd(end: FeedEnd): void
}
/** Begins to read. Never throws: what cannot be opened ends. */
export type OpenRelayFeed = (source: OpenableSource, ears: RelayFeedEars) => RelayFeed

/** What was relayed, on its way to a file. */
export interface RelayRecording {
  write(pcm: Int16Array): void
  /** Ends it; the path of the file (absolute, Ogg Opus), which is the caller's. Refuses when nothing worth keeping came. */
  finish(): Promise<Result<{ readonly path: string; discard(): Promise<void> }>>
}
export type OpenRelayRecording = (relay: string) => RelayRecording

const HTTP = /^https?:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/
const ALSA = /^alsa:([A-Za-z0-9_][A-Za-z0-9_:,.=-]{0,63})$/
const MAX_ADDRESS = 500
/** The cluster's own line input: the server has nothing to open. */
export const CLUSTER_LINE = 'line'

export type OpenableSource = { readonly kind: 'url'; readonly url: string } | { readonly kind: 'alsa'; readonly device: string }
export type RelaySource = OpenableSource | { readonly kind: 'line' }

/** null when it is nothing of these. An empty address is one that is still to be set. */
export function relaySourceOf(address: string): RelaySource | null {
  if (address === CLUSTER_LINE) return { kind: 'line' }
  const device = ALSA.exec(address)?.[1]
  if (device !== undefined) return { kind: 'alsa', device }
  return address.length <= MAX_ADDRESS && HTTP.test(address) ? { kind: 'url', url: address } : null
}
