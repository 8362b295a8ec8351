import type { WallMs } from '../../shared/core/clock.ts'
import type { LiveCount } from './live-book.ts'
import type { Problem } from './mic-problems.ts'

/** What is spoken into: a live broadcast, or an emergency. */
export interface SpokenInto {
  readonly id: string
  /** When the first word can be heard; what is said before does not sound. */
  readonly speakFrom: WallMs
  /** A speaker whose link was lost is waited for so long. */
  readonly resumeWithinMs: number
  /** It ends where nobody begins to speak, ms from `speakFrom` on, or nobody goes on, ms; null = whoever is there may be silent. */
  readonly patience: { readonly firstWordMs: number; readonly restMs: number } | null
  /** Hard end of what is said, as it stands now. */
  to(): WallMs
  count(): LiveCount
  /** Somebody else has ended it. */
  isEnded(): boolean
  /** All of it has sounded, the closing chime too. */
  isOver(): boolean
  /** The last word leaves the horns at `at`. Nothing where it has ended. */
  end(at: WallMs, because: Problem | null): void
}

/** One speaker's decoder. */
export interface MicDecoder {
  /** 48 kHz mono, good until the next call; null for what is no Opus packet. */
  decode(packet: Uint8Array): Int16Array | null
  /** For the next speaker. */
  release(): void
}

/** What is said, on disk, so that it can be listened to again. */
export interface MicRecording {
  /** 48 kHz mono. Never waits: what cannot be written spoils the recording, not the broadcast. */
  write(pcm: Int16Array): void
  /** A whole WAV file; null when the disk did not take it. */
  finish(): Promise<string | null>
  discard(): Promise<void>
}
export interface MicRecordings {
  /** `name`: letters and figures. */
  begin(name: string): MicRecording
  /** Recordings that a server before this one left behind, oldest first. */
  leftOver(): readonly { readonly name: string; readonly path: string }[]
  discard(path: string): Promise<void>
}
