import type { PcmWindow } from '../../core/render.ts'

export type OpenAnswer = 'ready' | 'missing-media' | 'damaged-media'

/** What a voice reads from: a window of decoded sound around a place. Frames are samples at 48 kHz on the medium's own time line. */
export interface Reader {
  /** What comes in live is there or not; it is not sought, and what lacks is passed over. */
  readonly live: boolean
  open(): Promise<OpenAnswer>
  /** Only after open() was 'ready'. */
  seek(frame: number): Promise<void>
  refill(): Promise<void>
  /** Whether refill() has something to do. */
  readonly hungry: boolean
  /** Decodes until the window reaches `frame` or nothing more is at hand; at most `budgetFrames`, so that no call takes long. */
  decodeTo(frame: number, budgetFrames: number): void
  /**
   * Of what comes in live: makes [place, end) ready as far as it is there, bridging a short hole; the window says how far.
   * False when nothing is to sound at this place now.
   */
  reach(place: number, end: number): boolean
  /** Whether it is at hand without a hole from here on, for at most 300 ms: what comes in live may not have come. */
  holds(place: number, frames: number): boolean
  /** One past the last frame that is decoded. */
  readonly decodedTo: number
  readonly window: PcmWindow
  /** One past the last frame there will ever be; null while more may come. */
  readonly lastFrame: number | null
  readonly damaged: boolean
  /** Frames in the window that were guessed, or left silent, because they had not come. */
  readonly bridgedFrames: number
  close(): void
}
