import type { MonoMs, WallMs } from '../../shared/core/clock.ts'
import type { Radio } from '../../shared/protocol/messages/beat.ts'
import type { RecoveryStep } from './recovery.ts'
import type { ProbeResult } from './sound-probe.ts'
import type { OpusPacket } from '../../shared/core/opus-stream.ts'

/** What the agent needs of its surroundings. Adapters implement these; the simulation implements them again. */

export interface LinkEvents {
  /** Connected and subscribed. */
  up(): void
  /** The attempt failed or the connection ended; comes exactly once per attempt. */
  down(reason: string): void
  message(topic: string, payload: Uint8Array): void
}
export interface LinkConnection {
  /** QoS 0 resolves when handed to the socket, QoS 1 when the broker has acknowledged; rejects when the connection ends first. */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void>
  /** QoS 0. Resolves when the broker has granted it; rejects when it refuses or the connection ends first. */
  subscribe(topic: string): Promise<void>
  unsubscribe(topic: string): Promise<void>
  /** Asks the broker for a sign of life at once. Resolves with its answer, rejects when the connection ends first. */
  ping(): Promise<void>
  close(): void
}
export interface LinkOptions {
  readonly clientId: string
  readonly subscriptions: readonly string[]
  /** None on the connection of streams: presence hangs on orders. */
  readonly will?: { readonly topic: string; readonly payload: Uint8Array }
  /** A sign of life is asked for after this much silence, s. */
  readonly keepaliveS?: number
  /**
   * Sound is due and another attempt is cheap: how long to wait for the socket, and then for each sign of life until up, ms.
   * `redialMs`: a further socket is dialled so often meanwhile, and the first that comes is taken.
   */
  readonly patience?: { readonly dialMs: number; readonly silenceMs: number; readonly redialMs?: number }
}
/** One call is one attempt: the agent owns back-off, so that 3 000 boxes do not come back in the same second. */
export type Connect = (options: LinkOptions, events: LinkEvents) => LinkConnection

/** Files of the agent, by flat names such as `state/plan` or `media/SHA`. */
export interface Disk {
  read(name: string): Promise<Uint8Array | null>
  /** At most `length` bytes from `at`; null when the file is absent. */
  readRange(name: string, at: number, length: number): Promise<Uint8Array | null>
  /** Durable and whole when it resolves; a crash leaves the old file or the new one. */
  writeAtomic(name: string, bytes: Uint8Array): Promise<void>
  /** Writes into a file of any length (made when absent), without the promise of durability. */
  writeAt(name: string, at: number, bytes: Uint8Array): Promise<void>
  /** Makes a finished file durable under its final name. */
  rename(from: string, to: string): Promise<void>
  remove(name: string): Promise<void>
  /** SHA-256 of a file, read piece by piece; null when absent. */
  sha256(name: string): Promise<Uint8Array | null>
  list(prefix: string): Promise<{ name: string; bytes: number }[]>
  /** Bytes free; null where it cannot be told. */
  free(): Promise<number | null>
}

/** A reading of the modem. `simulated` readings are labelled wherever they are shown. */
export interface RadioReading {
  readonly figures: Radio
  readonly tech?: string
  readonly operator?: string
  readonly band?: string
  readonly cell?: string
  /** Number of the SIM. */
  readonly iccid?: string
  /** `at:/dev/ttyUSB2`, `mm`, `sim:good` … */
  readonly source: string
  readonly simulated: boolean
}
export interface SignalSource {
  /** Newest reading; null while there is none or it is older than 90 s. */
  latest(): RadioReading | null
  stop(): Promise<void>
}

/** What listens to the horns: a microphone or a tap of the line, or a sensor of the amplifier's current. `failed` comes at most once, with a sentence. */
export type MonitorSource =
  | {
      readonly kind: 'sound'
      readonly spec: string
      /** Mono PCM, 48 kHz, as it comes. Returns what closes it. */
      open(sound: (pcm: Int16Array) => void, failed: (why: string) => void): () => void
    }
  | {
      readonly kind: 'current'
      readonly spec: string
      /** One reading after the other, in the sensor's own unit. Returns what closes it. */
      open(reading: (value: number) => void, failed: (why: string) => void): () => void
    }

/** What the box can do to bring its link back. */
export interface Recovery {
  /** In the order of the ladder. */
  readonly steps: readonly RecoveryStep[]
  /** False when it did not go well. Never rejects. */
  run(step: RecoveryStep): Promise<boolean>
}

/** What kept the time of this machine while it was off. */
export interface ClockKeeper {
  /** Name of this boot of the machine: within one, its clock goes on. */
  readonly boot: string
  /** What the clock with the battery says, wall ms; null where there is none. */
  readonly rtc: WallMs | null
  /** The system has set its clock by the network since it booted. */
  readonly synchronised: boolean
}

/** Facts about the box that are not the modem's; what is unknown is absent. */
export interface BoxFacts {
  readonly tempC?: number
  readonly power?: 'mains' | 'battery'
  readonly rssBytes?: number
  readonly data?: { readonly rxBytes: number; readonly txBytes: number }
}

/** The amplifier's supply. Off unless authorised sound is due. */
export interface Amplifier {
  /** Asks for power until `until`; called again to prolong. An outside watchdog takes it away when the agent dies. */
  on(until: MonoMs): void
  off(): void
  stop(): Promise<void>
}

/** Opus packets by their place: a stream that is coming in. Frames are samples at 48 kHz on the feed's own time line. */
export interface OpusFeed {
  readonly kind: 'opus'
  /** The packet that holds `frame`, or the next one behind it; null while none is held. One without bytes is silence that the source has said. */
  next(frame: number): OpusPacket | null
  /** One past the last frame there will ever be; null while more may come. */
  endFrame(): number | null
}
/** PCM by its place: a line input of the box. */
export interface PcmFeed {
  readonly kind: 'pcm'
  /** Copies what is held from `frame` on (mono, 48 kHz); how many frames that was. What is missing in between is 0. */
  read(frame: number, out: Int16Array): number
}

/** One order to the sound chain: sample `offsetMs` of the media leaves the device at the monotonic instant `at`. */
export interface PlayOrder {
  /** Name of the file on the disk, or what comes in live. */
  readonly media: string | OpusFeed | PcmFeed
  readonly offsetMs: number
  readonly at: MonoMs
  /** Hard end: nothing of this order leaves the device after it. */
  readonly until: MonoMs
  /** 0–100 of full scale. */
  readonly volume: number
  /** The first sound of it rises over this, ms, so that nobody is thrown out of bed; absent = the usual short edge. */
  readonly riseMs?: number
}
export interface SoundReport {
  /** When the first sample left the device; null when none has. */
  readonly began: MonoMs | null
  /** PCM consumed by the device for this order, ms. */
  readonly playedMs: number
  /** RMS of it, dBFS; null before the first sample. */
  readonly levelDb: number | null
  readonly underruns: number
  /** Of what came in live: ms that never came, bridged or silent. */
  readonly lostMs?: number
  /** Decoded ahead of the device, ms. */
  readonly bufferMs: number
  readonly failed: 'damaged-media' | 'missing-media' | 'sink-failed' | null
}
export interface SoundHandle {
  report(): SoundReport
  /** A better clock: `offsetMs` of the order is to leave at `at`. Corrected by ≤ 500 ppm, or by a jump when hopeless. */
  retime(at: MonoMs): void
  /** A nearer end than the order's: nothing leaves the device after it. Faded. A later one than that is not taken. */
  endBy(until: MonoMs): void
  setVolume(percent: number): void
  /** Silence as soon as the device allows, after a fade of at most `fadeMs`; resolves with the final report. */
  stop(fadeMs: number): Promise<SoundReport>
}
export interface Sound {
  /** Prepares (opens the device, decodes ahead) and sounds on time. `ended` comes once, also after a failure; not after stop(). */
  play(order: PlayOrder, ended: (report: SoundReport) => void): SoundHandle
  /** All silent and the device closed. */
  stop(): Promise<void>
}

/**
 * Opens the sound device as a programme would, feeds it digital silence for `ms` and tells how it took that; null, and nothing done,
 * while something is ordered or another trial runs. Whatever is ordered ends it at once and never waits for it.
 */
export type TrySound = (ms: number) => Promise<ProbeResult> | null
