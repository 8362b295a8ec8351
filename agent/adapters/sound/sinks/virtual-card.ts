import { monoMs } from '../../../../shared/core/clock.ts'
import type { Cancel, Clock, MonoMs } from '../../../../shared/core/clock.ts'
import type { HostMs, HostTime } from '../host-time.ts'
import { CardModel, PERIOD_FRAMES } from './card-model.ts'
import type { CardOutput } from './card-model.ts'
import type { Sink, SinkFactory } from './sink.ts'

/** As much as a real card: 200 ms. */
const CAPACITY_FRAMES = 20 * PERIOD_FRAMES

/** What a virtual card plays into. */
export interface Recorder extends CardOutput {
  /** Called at the end of each round: brings out what take() held back. */
  readonly settle: () => void
  readonly end: () => void
}

export interface VirtualCard {
  readonly spec: string
  readonly host: HostTime
  readonly clock: Clock
  readonly startedAt: HostMs
  readonly ppm: number
  /** Null plays to nobody: then nothing is to be brought out, and no round is needed. */
  readonly recorder: (Recorder & {
    /** From one round to the next, asked after each. */
    readonly roundMs: () => number
  }) | null
}

/** The instant on the agent's clock that belongs to one on the host's; both are read now. */
export function toAgent(clock: Clock, host: HostTime, at: HostMs): MonoMs {
  return monoMs(clock.mono() + (at - host.mono()))
}

/** Starts a card that runs until stop(), whether or not anybody plays: as hardware does. */
export function startVirtualCard(card: VirtualCard): SinkFactory {
  const { host, clock, recorder } = card
  const model = new CardModel({
    startedAt: card.startedAt,
    ppm: card.ppm,
    capacityFrames: CAPACITY_FRAMES,
    output: recorder,
  })
  let timer: Cancel = () => undefined
  let broken: string | null = null
  let stopped = false
  const lost = new Set<(why: string) => void>()
  /** The output is a file or a pipe: a full disk breaks this card as a pulled plug breaks a real one. */
  const guarded = (work: () => void): void => {
    if (stopped || broken !== null) return
    try {
      work()
    } catch (error) {
      broken = `${card.spec} cannot be written (${String(error)}): free the disk or mend the path, then start the agent again.`
    }
  }
  const advance = (): void => guarded(() => model.advance(host.mono()))
  const round = (): void => {
    advance()
    if (recorder === null) return
    guarded(recorder.settle)
    timer = host.after(recorder.roundMs(), round)
    for (const fail of broken === null ? [] : lost) {
      lost.delete(fail)
      fail(broken ?? '')
    }
  }
  round()

  return {
    spec: card.spec,
    open(onFail) {
      lost.add(onFail)
      return openOn(model, { advance, nextAt: () => toAgent(clock, host, model.nextAt()), closed: () => lost.delete(onFail) })
    },
    async stop() {
      if (stopped) return
      timer()
      advance()
      stopped = true
      if (broken === null) recorder?.end()
    },
  }
}

interface CardHooks {
  readonly advance: () => void
  readonly nextAt: () => MonoMs
  readonly closed: () => void
}

function openOn(model: CardModel, hooks: CardHooks): Sink {
  hooks.advance()
  const before = { consumed: model.consumed, starved: model.starved }
  return {
    flushCuts: false,
    position() {
      hooks.advance()
      return {
        consumed: model.consumed - before.consumed,
        starved: model.starved - before.starved,
        queued: model.queued,
        nextAt: hooks.nextAt(),
        room: model.room,
      }
    },
    write(pcm) {
      hooks.advance()
      return model.write(pcm)
    },
    flush(keep) {
      hooks.advance()
      return model.flush(keep)
    },
    close() {
      hooks.advance()
      model.flush()
      hooks.closed()
    },
  }
}
