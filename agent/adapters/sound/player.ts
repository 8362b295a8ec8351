import type { Cancel, Clock, MonoMs } from '../../../shared/core/clock.ts'
import type { Disk, PlayOrder, Sound, SoundHandle, SoundReport } from '../../core/ports.ts'
import { FRAMES_PER_MS, toPcm } from '../../core/render.ts'
import { Device, type DeviceView } from './device.ts'
import { Ledger } from './ledger.ts'
import type { Share } from './ledger.ts'
import { FeedReader, PcmReader } from './live-reader.ts'
import { MediaReader } from './media-reader.ts'
import { createDecoderPool } from './opus-decoder.ts'
import type { Reader } from './reader.ts'
import type { SinkFactory } from './sinks/sink.ts'
import { Voice } from './voice.ts'

export interface SoundDeps {
  readonly clock: Clock
  readonly disk: Pick<Disk, 'readRange'>
  readonly sink: SinkFactory
  /** Told in a sentence what happens to the device. */
  readonly log?: (line: string) => void
  readonly settings?: Partial<SoundSettings>
  /** Given what the device was given, and when its first sample leaves: the box's own ear. The array is used again. */
  readonly tap?: (pcm: Int16Array, leavesAt: MonoMs) => void
}

export interface SoundSettings {
  /** The device is fed so far ahead while all that sounds is at hand. A card holds 200; a stop takes back what has not sounded. */
  readonly aheadMs: number
  /** From one look at the device to the next then. Waking costs more than what is done at it. */
  readonly tickMs: number
  /** The same two while something is still on its way: fed farther, it would be passed over. */
  readonly scarceAheadMs: number
  readonly scarceTickMs: number
  /** From one look to the next for HASTY_FOR_MS after one came late; then as while something is on its way, for BUSY_FOR_MS in all. */
  readonly hastyTickMs: number
  /** The device stays open for so long after the last order. */
  readonly idleCloseMs: number
}

const DEFAULTS: SoundSettings = { aheadMs: 190, tickMs: 120, scarceAheadMs: 100, scarceTickMs: 60, hastyTickMs: 30, idleCloseMs: 2_000 }
/** One late look tells that the machine is busy now, not that it is slow. */
const HASTY_FOR_MS = 5_000
/** But a machine that was late once is late again: the longer wait is then bridged by what the device holds. */
const BUSY_FOR_MS = 60_000
/** A look came late when less than this is left: by some 25 ms, in either way of looking. */
const LITTLE_FRAMES = 45 * FRAMES_PER_MS
const SCARCE_LITTLE_FRAMES = 15 * FRAMES_PER_MS
/** A medium is opened this long before it is due, the device a little later. */
const PREPARE_MS = 2_000
const OPEN_MS = 700
const MAX_FADE_MS = 50
/** On a stop the device keeps this much: a busy machine needs it until the fade has been written. */
const KEEP_FRAMES = 30 * FRAMES_PER_MS
/** After a start, the first order is waited for in steps of at most a minute: no timer is trusted for hours. */
const MAX_SLEEP_MS = 60_000

interface Active {
  readonly voice: Voice
  readonly ended: (report: SoundReport) => void
  prepared: boolean
  stopped: ((report: SoundReport) => void) | null
}

/**
 * The sound chain: orders → decoded media → one device. Every sample is placed by the instant at which the device says
 * it will leave; several orders at once are mixed, so that one can fade into the next.
 */
export function createSound(deps: SoundDeps): Sound {
  return new Player(deps)
}

class Player implements Sound {
  readonly #clock: Clock
  readonly #deps: SoundDeps
  readonly #settings: SoundSettings
  readonly #device: Device
  readonly #decoders = createDecoderPool()
  readonly #active = new Map<Voice, Active>()
  readonly #ledger = new Ledger<Voice>((voice, frames, energy, leftAt) => voice.credit(frames, energy, leftAt))
  readonly #mix: Float32Array
  readonly #pcm: Int16Array
  #timer: Cancel = () => undefined
  #busyAt: MonoMs
  #lateAt: MonoMs | null = null
  /** The last look found all that sounds at hand. */
  #isAmple = false
  #stopped = false

  constructor(deps: SoundDeps) {
    this.#deps = deps
    this.#clock = deps.clock
    this.#settings = { ...DEFAULTS, ...deps.settings }
    this.#busyAt = deps.clock.mono()
    const frames = Math.max(this.#settings.aheadMs, this.#settings.scarceAheadMs) * FRAMES_PER_MS
    this.#mix = new Float32Array(frames)
    this.#pcm = new Int16Array(frames)
    this.#device = new Device({
      sink: deps.sink,
      clock: deps.clock,
      log: deps.log ?? ((): void => undefined),
      lost: () => this.#noteLost(),
    })
  }

  play(order: PlayOrder, ended: (report: SoundReport) => void): SoundHandle {
    const voice = new Voice(order, this.#readerOf(order.media))
    this.#active.set(voice, { voice, ended, prepared: false, stopped: null })
    this.#arm(0)
    return {
      report: () => this.#report(voice),
      retime: (at) => {
        voice.retime(at)
        this.#arm(0)
      },
      endBy: (until) => voice.endBy(until),
      setVolume: (percent) => voice.setVolume(percent),
      stop: (fadeMs) => this.#stopVoice(voice, fadeMs),
    }
  }

  #readerOf(media: PlayOrder['media']): Reader {
    if (typeof media === 'string') return new MediaReader(this.#deps.disk, media, this.#decoders)
    return media.kind === 'opus' ? new FeedReader(media, this.#decoders) : new PcmReader(media)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#active.keys()].map((voice) => this.#stopVoice(voice, 10)))
    this.#stopped = true
    this.#timer()
    this.#device.close()
    await this.#deps.sink.stop()
  }

  #arm(delayMs: number): void {
    if (this.#stopped) return
    this.#timer()
    this.#timer = this.#clock.after(delayMs, () => this.#tick())
  }

  #tick(): void {
    const now = this.#clock.mono()
    for (const active of this.#active.values()) {
      if (active.prepared || active.voice.at - now > PREPARE_MS) continue
      active.prepared = true
      // arming again when it is ready lets a late order sound at once
      void active.voice.prepare(now).then(() => this.#arm(0))
    }
    const due = this.#someoneWithin(now, OPEN_MS)
    if (due) this.#busyAt = now
    if (due) this.#device.open()
    if (this.#device.isOpen) this.#feed(now)
    else for (const { voice } of this.#active.values()) voice.noteTime(now)
    this.#finish()
    if (this.#device.isOpen && this.#active.size === 0 && now - this.#busyAt > this.#settings.idleCloseMs) this.#close()
    this.#armNext(now)
  }

  #armNext(now: MonoMs): void {
    if (this.#device.isOpen || this.#someoneWithin(now, OPEN_MS)) return this.#arm(this.#nextLookMs(now))
    if (this.#active.size === 0) return
    const next = Math.min(...[...this.#active.values()].map(({ voice, prepared }) => voice.at - (prepared ? OPEN_MS : PREPARE_MS)))
    this.#arm(Math.min(MAX_SLEEP_MS, Math.max(1, next - now)))
  }

  #nextLookMs(now: MonoMs): number {
    const { hastyTickMs, scarceTickMs, tickMs } = this.#settings
    const sinceLateMs = this.#lateAt === null ? Infinity : now - this.#lateAt
    if (sinceLateMs < HASTY_FOR_MS) return hastyTickMs
    return this.#isAmple && this.#device.isOpen && sinceLateMs >= BUSY_FOR_MS ? tickMs : scarceTickMs
  }

  #someoneWithin(now: MonoMs, ms: number): boolean {
    for (const { voice } of this.#active.values()) if (!voice.exhausted && voice.at - now <= ms) return true
    return false
  }

  /** Counts what has left, and writes what is to leave next. */
  #feed(now: MonoMs): void {
    const seen = this.#device.look()
    if (seen === null) return
    this.#ledger.settle(seen.consumed)
    if (seen.wrote && seen.queued < (this.#isAmple ? LITTLE_FRAMES : SCARCE_LITTLE_FRAMES)) this.#lateAt = now
    if (seen.starvedNow) for (const { voice } of this.#active.values()) voice.realign(true)
    const frames = Math.min(seen.room, this.#aheadFrames(seen) - seen.queued)
    if (frames <= 0) return
    this.#mix.fill(0, 0, frames)
    const shares: Share<Voice>[] = []
    for (const { voice } of this.#active.values()) {
      const share = voice.render(this.#mix, frames, seen.nextAt)
      if (share !== null) shares.push(share)
    }
    toPcm(this.#mix, frames, this.#pcm)
    const pcm = this.#pcm.subarray(0, frames)
    if (!this.#device.write(pcm)) return
    this.#ledger.note(frames, seen.nextAt, shares)
    this.#deps.tap?.(pcm, seen.nextAt)
  }

  /** How far ahead the device is fed. */
  #aheadFrames({ queued, nextAt, room }: DeviceView): number {
    const most = this.#settings.aheadMs * FRAMES_PER_MS
    this.#isAmple = queued + room >= most && [...this.#active.values()].every(({ voice }) => voice.holds(nextAt, most - queued))
    return this.#isAmple ? most : this.#settings.scarceAheadMs * FRAMES_PER_MS
  }

  #finish(): void {
    for (const active of [...this.#active.values()]) {
      const { voice } = active
      // a callback may have ended another one meanwhile
      if (!this.#active.has(voice) || !voice.exhausted || this.#ledger.holds(voice)) continue
      const report = this.#report(voice)
      this.#active.delete(voice)
      voice.reader.close()
      if (active.stopped) active.stopped(report)
      else active.ended(report)
    }
  }

  #stopVoice(voice: Voice, fadeMs: number): Promise<SoundReport> {
    const active = this.#active.get(voice)
    if (active === undefined) return Promise.resolve(this.#report(voice))
    return new Promise((resolve) => {
      const before = active.stopped
      active.stopped = (report) => {
        before?.(report)
        resolve(report)
      }
      if (before === null) this.#silence(voice, Math.min(MAX_FADE_MS, Math.max(0, fadeMs)) * FRAMES_PER_MS)
      this.#tick()
    })
  }

  /** Takes back what the device has not sounded yet, and lets the others sound it again without this voice. */
  #silence(voice: Voice, fadeFrames: number): void {
    const seen = this.#device.isOpen ? this.#device.look() : null
    if (seen !== null) this.#ledger.settle(seen.consumed)
    if (seen === null || !this.#ledger.holds(voice)) return voice.exhaust()
    const { dropped, cut } = this.#device.flush(KEEP_FRAMES)
    const marks = this.#ledger.rewind(dropped)
    for (const [other, mark] of marks) other.restore(mark)
    if (cut) for (const other of marks.keys()) other.realign(false)
    if (cut && this.#active.size === 1) this.#close()
    if (cut || fadeFrames === 0) voice.exhaust()
    else voice.fadeOut(fadeFrames)
  }

  #noteLost(): void {
    this.#ledger.clear()
    for (const { voice } of this.#active.values()) voice.realign(true)
    this.#arm(this.#settings.scarceTickMs)
  }

  #close(): void {
    this.#device.close()
    this.#ledger.clear()
  }

  #report(voice: Voice): SoundReport {
    return voice.report({ lost: this.#device.isLost, queuedMs: this.#device.queuedMs })
  }
}
