import type { MonoMs } from '../../../../shared/core/clock.ts'

/** Every sink takes 48 kHz mono s16; frames are counted in that rate. */
export const SINK_RATE_HZ = 48_000

export interface SinkPosition {
  /** Written frames that the device has taken; flushed ones never count. */
  readonly consumed: number
  /** Written frames that it has not taken yet. */
  readonly queued: number
  /** Frames of silence that it put in for want of written ones. */
  readonly starved: number
  /** When the frame that is written next leaves the device, on the agent's clock. */
  readonly nextAt: MonoMs
  /** Frames that write() takes now. */
  readonly room: number
}

/** An open device. It never blocks and never throws; when it is lost, `onFail` is called once and it is dead. */
export interface Sink {
  position(): SinkPosition
  /** Takes at most `room` frames and says how many. The array may be used again afterwards. */
  write(pcm: Int16Array): number
  /** Drops what is queued behind the next `keep` frames, as soon as the device allows; returns the frames that will not sound. */
  flush(keep: number): number
  /** True where flush() cuts the device off in the middle: no fade can follow, and it starts anew with the next write. */
  readonly flushCuts: boolean
  close(): void
}

export interface SinkFactory {
  /** For logs and reports, e.g. `wav:/var/lib/x.wav`. */
  readonly spec: string
  /** Opens the device. @param onFail one sentence that says what is wrong and what to do; never called within open(). */
  open(onFail: (why: string) => void): Sink
  /** Ends what runs apart from orders, such as the recording of a virtual sound card. */
  stop(): Promise<void>
}
