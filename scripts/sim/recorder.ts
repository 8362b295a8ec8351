import { monoMs } from '../../shared/core/clock.ts'
import type { Clock, MonoMs } from '../../shared/core/clock.ts'
import type { Amplifier, PlayOrder, Sound, SoundHandle, SoundReport } from '../../agent/core/ports.ts'
import type { World } from './world.ts'

/** What the loudspeaker does, in true time. */
export interface Listener {
  began(sounding: Sounding): void
  ended(sounding: Sounding): void
  amplifier(on: boolean): void
}

/** One stretch of real sound. */
export interface Sounding {
  readonly sha: string
  /** Position in the media at `from`, ms. */
  readonly offsetMs: number
  /** True wall ms. */
  readonly from: number
  to: number | null
}

export interface RecorderDeps {
  readonly world: World
  readonly clock: Clock
  /** Natural length of a file, ms; null when the disk does not hold it whole. */
  readonly lengthMs: (media: string) => number | null
  readonly listener: Listener
}

/** The device opens and the first frames are decoded in this. */
const PREPARE_MS = 40
/** The watchdog's lease: it takes the power away this long after the agent's last word. */
const LEASE_MS = 3_000

/** A sound chain without sound: it keeps to its orders exactly and says what would have been heard when. */
export function createRecorder(deps: RecorderDeps): { sound: Sound; amplifier: Amplifier; powerLost(): void } {
  const open = new Set<Voice>()
  let cancelOff = (): void => undefined
  let isOn = false
  const power = (on: boolean): void => {
    if (isOn === on) return
    isOn = on
    deps.listener.amplifier(on)
  }
  const sound: Sound = {
    play: (order, ended) => {
      const voice = new Voice(deps, order, (report) => {
        open.delete(voice)
        ended(report)
      })
      open.add(voice)
      voice.start()
      return voice
    },
    stop: async () => {
      for (const voice of [...open]) await voice.stop(0)
      open.clear()
    },
  }
  return {
    sound,
    amplifier: {
      on: (until) => {
        cancelOff()
        power(true)
        cancelOff = deps.clock.after(until - deps.clock.mono(), () => power(false))
      },
      off: () => {
        cancelOff()
        power(false)
      },
      stop: () => {
        power(false)
        return Promise.resolve()
      },
    },
    powerLost: () => {
      for (const voice of open) voice.cut()
      open.clear()
      cancelOff()
      // the process dies before the power does: then the watchdog ends the lease
      deps.world.after(isOn ? LEASE_MS : 0, () => power(false))
    },
  }
}

class Voice implements SoundHandle {
  readonly #deps: RecorderDeps
  #order: PlayOrder
  readonly #ended: (report: SoundReport) => void
  #at: MonoMs
  #timer = (): void => undefined
  #sounding: Sounding | null = null
  #began: MonoMs | null = null
  #endedAt: MonoMs | null = null
  #length: number | null = null
  #failed: SoundReport['failed'] = null
  #over = false

  constructor(deps: RecorderDeps, order: PlayOrder, ended: (report: SoundReport) => void) {
    this.#deps = deps
    this.#order = order
    this.#ended = ended
    this.#at = order.at
  }

  start(): void {
    this.#timer = this.#deps.clock.after(PREPARE_MS, () => {
      this.#length = typeof this.#order.media === 'string' ? this.#deps.lengthMs(this.#order.media) : null
      if (this.#length === null) this.#fail('missing-media')
      else this.#arm()
    })
  }

  #fail(why: NonNullable<SoundReport['failed']>): void {
    this.#failed = why
    this.#over = true
    this.#ended(this.report())
  }

  #endsAt(): number {
    return Math.min(this.#order.until, this.#at + (this.#length ?? 0) - this.#order.offsetMs)
  }

  #arm(): void {
    if (this.#over || this.#length === null) return
    this.#timer()
    const now = this.#deps.clock.mono()
    const next = this.#began === null ? Math.max(now, this.#at) : this.#endsAt()
    this.#timer = this.#deps.clock.after(Math.max(0, next - now), () => this.#turn())
  }

  #turn(): void {
    const now = this.#deps.clock.mono()
    // a part of a microsecond is rounding of the clock's rate, not time
    if (now >= this.#endsAt() - 1e-3) return this.#end()
    if (this.#began === null && now >= this.#at - 1e-3) this.#begin(now)
    this.#arm()
  }

  #begin(now: MonoMs): void {
    this.#began = now
    this.#sounding = { sha: String(this.#order.media).slice('media/'.length), offsetMs: this.#order.offsetMs + Math.max(0, now - this.#at), from: this.#deps.world.now(), to: null }
    this.#deps.listener.began(this.#sounding)
  }

  #silence(): void {
    this.#timer()
    this.#over = true
    if (!this.#sounding || this.#sounding.to !== null) return
    this.#endedAt = this.#deps.clock.mono()
    this.#sounding.to = this.#deps.world.now()
    this.#deps.listener.ended(this.#sounding)
  }

  #end(): void {
    this.#silence()
    this.#ended(this.report())
  }

  report(): SoundReport {
    const began = this.#began
    const until = this.#endedAt ?? this.#deps.clock.mono()
    return {
      began,
      playedMs: began === null ? 0 : until - began,
      levelDb: began === null ? null : -20.3,
      underruns: 0,
      bufferMs: began === null ? 0 : 500,
      failed: this.#failed,
    }
  }

  retime(at: MonoMs): void {
    this.#at = monoMs(at)
    if (!this.#over) this.#arm()
  }

  endBy(until: MonoMs): void {
    this.#order = { ...this.#order, until: monoMs(Math.min(until, this.#order.until)) }
    this.#arm()
  }

  setVolume(): void {
    // heard by nobody
  }

  stop(fadeMs: number): Promise<SoundReport> {
    if (this.#over) return Promise.resolve(this.report())
    this.#timer()
    this.#over = true
    return new Promise((resolve) => {
      this.#deps.clock.after(this.#began === null ? 0 : Math.max(0, Math.min(fadeMs, this.#endsAt() - this.#deps.clock.mono())), () => {
        this.#silence()
        resolve(this.report())
      })
    })
  }

  /** The power is gone: silent at once, and nobody is told. */
  cut(): void {
    this.#silence()
  }
}
