import { monoMs, type Cancel, type Clock } from '../../../shared/core/clock.ts'
import type { PcmFeed, Sound, TrySound } from '../../core/ports.ts'
import { createProbeNotes, type ProbeNotes, type ProbeResult } from '../../core/sound-probe.ts'
import type { Sink, SinkFactory } from './sinks/sink.ts'

export interface TrialDeps {
  readonly clock: Clock
  readonly sink: SinkFactory
  /** Makes the sound chain over the sink that it is given. */
  readonly make: (sink: SinkFactory) => Sound
}

/** As far ahead as any medium is prepared and the device opened. */
const AHEAD_MS = 1_000
const SILENCE: PcmFeed = {
  kind: 'pcm',
  read: (_frame, out) => {
    out.fill(0)
    return out.length
  },
}

interface Watch {
  readonly notes: ProbeNotes
  readonly lost: (why: string) => void
}

/**
 * The sound chain, and a way to try its device without a sound: silence goes the way that a programme goes, and what the device does
 * with it is noted at the device itself. Whatever is ordered meanwhile ends the trial and waits for nothing.
 */
export function withTrial({ clock, sink, make }: TrialDeps): { readonly sound: Sound; readonly trySound: TrySound } {
  let watch: Watch | null = null
  const inner = make(watched(sink, clock, () => watch))
  let ordered = 0
  let takeOver: (() => void) | null = null

  const trySound: TrySound = (ms) => {
    if (takeOver || ordered > 0) return null
    const notes = createProbeNotes()
    let lost: string | undefined
    const at = monoMs(clock.mono() + AHEAD_MS)
    watch = { notes, lost: (why) => (lost ??= why) }
    return new Promise<ProbeResult>((resolve) => {
      const handle = inner.play({ media: SILENCE, offsetMs: 0, at, until: monoMs(at + ms), volume: 0 }, () => undefined)
      const end = (): void => {
        watch = takeOver = null
        timer()
      }
      const timer: Cancel = clock.after(AHEAD_MS + ms, () => {
        end()
        resolve(notes.result(lost === undefined ? {} : { lost }))
        void handle.stop(0)
      })
      takeOver = () => {
        end()
        resolve(notes.result({ takenOver: true }))
        handle.endBy(clock.mono())
      }
    })
  }

  const sound: Sound = {
    play: (order, ended) => {
      takeOver?.()
      ordered++
      let isOver = false
      const over = (): void => {
        if (!isOver) ordered--
        isOver = true
      }
      const handle = inner.play(order, (report) => {
        over()
        ended(report)
      })
      return {
        ...handle,
        stop: (fadeMs) => {
          over()
          return handle.stop(fadeMs)
        },
      }
    },
    stop: () => {
      takeOver?.()
      return inner.stop()
    },
  }
  return { sound, trySound }
}

/** The sink as it is; while somebody watches, what it is given and takes is noted. */
function watched(factory: SinkFactory, clock: Clock, watching: () => Watch | null): SinkFactory {
  return {
    spec: factory.spec,
    stop: () => factory.stop(),
    open: (onFail) => {
      const sink = factory.open((why) => {
        watching()?.lost(why)
        onFail(why)
      })
      return watchedSink(sink, clock, watching)
    },
  }
}

function watchedSink(sink: Sink, clock: Clock, watching: () => Watch | null): Sink {
  let seen: Watch | null = null
  let [consumed, starved, isFed] = [0, 0, false]
  return {
    flushCuts: sink.flushCuts,
    position: () => {
      const position = sink.position()
      const now = watching()
      if (now !== null) {
        // what it held before is given, and not taken, when the trial begins
        if (now !== seen) [consumed, starved] = [position.consumed, position.starved]
        if (now !== seen) now.notes.given(position.queued)
        now.notes.look({ at: clock.mono(), taken: position.consumed - consumed, nextAt: position.nextAt }, isFed && position.starved > starved)
        starved = position.starved
      }
      seen = now
      return position
    },
    write: (pcm) => {
      const taken = sink.write(pcm)
      isFed = true
      watching()?.notes.given(taken)
      if (taken < pcm.length) watching()?.notes.refused()
      return taken
    },
    flush: (keep) => {
      const dropped = sink.flush(keep)
      watching()?.notes.given(-dropped)
      return dropped
    },
    close: () => sink.close(),
  }
}
