import { monoMs, type Cancel, type Clock, type MonoMs, type WallMs } from '../../shared/core/clock.ts'
import { ok, type Result } from '../../shared/core/result.ts'
import type { PcmFeed } from '../core/ports.ts'
import { createLineWatch } from '../core/line-level.ts'
import { LineRing, positionOf } from '../core/line-ring.ts'
import { parseLineSource, type LineSource } from './line-source.ts'

export interface LineInputDeps {
  readonly clock: Clock
  readonly log: (line: string) => void
  /** On the agent's clock; null while the time is untrusted. */
  readonly monoOf: (wall: WallMs) => MonoMs | null
  /** Listens also outside the signed windows: something there is told, and the amplifier is to be held off. */
  readonly watch: boolean
  /** Foreign sound began on the line, outside every signed window, or is over. */
  readonly outside: (isThere: boolean) => void
}
/** The box's own input for sound (an FM receiver, a mixer, the old wired station). */
export interface LineInput {
  /** What comes in from now on; frame 0 is to leave the loudspeaker at the server's wall time `origin`. */
  feed(origin: WallMs): PcmFeed
  /** Foreign sound is on the line. */
  foreign(): boolean
  stop(): void
}

/** From the line to the horns: what the pipe, the sound chain and the card hold. */
export const LINE_DELAY_MS = 800
/** A slot is ordered three seconds before it is due, and then asked for all the time. */
const ORDERED_MS = 4_000
const ASKED_MS = 1_500
/** The device stays open for so long after that: slots that follow each other need no new one. */
const IDLE_MS = 5_000
const REOPEN_MS = 5_000

/**
 * Opens what `spec` names, only while a slot that is signed asks for it, or all the time to watch it. Null for `none`; a refusal says
 * which inputs there are.
 */
export function openLineInput(spec: string, deps: LineInputDeps): Result<LineInput | null, 'bad-line'> {
  const source = parseLineSource(spec, deps.clock)
  if (!source.ok) return source
  return ok(source.value === null ? null : createLineInput(source.value, deps))
}

export function createLineInput(source: LineSource, deps: LineInputDeps): LineInput {
  const { clock } = deps
  const ring = new LineRing()
  const watch = createLineWatch()
  let close: (() => void) | null = null
  let insideUntil = monoMs(-Infinity)
  let timer: Cancel = () => undefined
  let stopped = false

  const isInside = (): boolean => clock.mono() < insideUntil
  const wants = (): boolean => !stopped && (deps.watch || clock.mono() < insideUntil + IDLE_MS)

  const take = (pcm: Int16Array): void => {
    const at = clock.mono()
    ring.put(pcm, at)
    if (!deps.watch) return
    const change = watch.note(pcm, at, isInside())
    if (change) deps.outside(change === 'began')
  }

  function look(): void {
    timer()
    if (!wants()) {
      close?.()
      close = null
      return
    }
    if (close === null) {
      ring.clear()
      close = source.open(take, (why) => {
        deps.log(why)
        close = null
        timer()
        timer = clock.after(REOPEN_MS, look)
      })
    }
    timer = clock.after(IDLE_MS, look)
  }

  if (deps.watch) look()
  return {
    feed: (origin) => {
      const originAt = deps.monoOf(origin)
      const zero = originAt === null ? null : positionOf(originAt - LINE_DELAY_MS)
      insideUntil = monoMs(Math.max(insideUntil, clock.mono() + ORDERED_MS))
      if (close === null) look()
      return {
        kind: 'pcm',
        read: (frame, out) => {
          insideUntil = monoMs(Math.max(insideUntil, clock.mono() + ASKED_MS))
          return zero === null ? 0 : ring.read(zero + Math.floor(frame), out)
        },
      }
    },
    foreign: () => watch.foreign(),
    stop: () => {
      stopped = true
      look()
    },
  }
}
