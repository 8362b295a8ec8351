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
