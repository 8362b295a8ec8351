import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { monoMs, type Cancel, type Clock, type MonoMs } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import type { Heard } from '../../shared/protocol/messages/evidence.ts'
import { parseJson } from '../../shared/protocol/orders.ts'
import { utf8 } from '../../shared/protocol/wire.ts'
import { judgeCurrent, learnCurrent, type CurrentReading } from '../core/heard-current.ts'
import { ENVELOPE_FRAME_MS, EnvelopeRing } from '../core/heard-envelope.ts'
import { isPauseWindow, judgeStretch, learnPath, measure, SEARCH_FRAMES, WINDOW_FRAMES, type HeardVerdict, type Measured } from '../core/heard.ts'
import { LineRing, positionOf } from '../core/line-ring.ts'
import type { Disk, MonitorSource } from '../core/ports.ts'

export interface MonitorDeps {
  readonly clock: Clock
  readonly disk: Pick<Disk, 'read' | 'writeAtomic'>
  readonly log: Log
  /** null = this box has no ear. */
  readonly source: MonitorSource | null
}
/** The box's own ear: compares what is played with what comes back. */
export interface MonitorStage {
  load(): Promise<void>
  /** What the device was given, and when its first sample leaves. Cheap where there is no ear. */
  played(pcm: Int16Array, leavesAt: MonoMs): void
  /** What came of the sound between two instants; null where this box has no ear. */
  verdict(from: MonoMs, to: MonoMs): Heard | null
  /** What was played and heard between two instants teaches this box's own path. False when it was not heard well enough. */
  learn(from: MonoMs, to: MonoMs): Promise<boolean>
  isCalibrated(): boolean
  /** Gives what the ear hears, as it comes, until it is told to stop; null where the ear hears no sound. */
  listen(hear: (pcm: Int16Array, at: MonoMs) => void): (() => void) | null
  stop(): void
}

/** Verified again at every start: a file that was torn, or of another kind of ear, is no calibration. */
const Calibration = Type.Object(
  {
    path: Type.Optional(Type.Object({ delayMs: Type.Number({ minimum: -2_000, maximum: 2_000 }), gainDb: Type.Tuple([Type.Number(), Type.Number()]) })),
    current: Type.Optional(Type.Object({ idle: Type.Number(), sounding: Type.Number() })),
  },
  { additionalProperties: false },
)
const FILE = 'state/monitor'
/** What was captured is looked at so often, and so much behind its time that nothing of it is still on its way. */
const LOOK_MS = 500
const SETTLED_MS = 700
/** The ear stays open so long after the last sound, to know its idle reading and the end of an echo. */
const IDLE_MS = 5_000
/** A source that failed is tried again after this. */
const REOPEN_MS = 30_000
/** Seventeen hours of sound without a pause; older windows are of stretches that were told. */
const MAX_WINDOWS = 7_200
const MAX_READINGS = 20_000
/** Reads at most so much at once: a look that came late. */
const READ_FRAMES = 48_000

interface Window {
  readonly from: MonoMs
  readonly to: MonoMs
  readonly measured: Measured
}
type TimedReading = CurrentReading & { readonly at: MonoMs }

export function createMonitor(deps: MonitorDeps): MonitorStage {
  const { clock, source, log } = deps
  const [played, captured] = [new EnvelopeRing(), new EnvelopeRing()]
  const line = new LineRing()
  let calibration: Static<typeof Calibration> = {}
  let windows: Window[] = []
  let readings: TimedReading[] = []
  const listeners = new Set<(pcm: Int16Array, at: MonoMs) => void>()
  let close: (() => void) | null = null
  let timer: Cancel = () => undefined
  let soundUntil = monoMs(Number.NEGATIVE_INFINITY)
  let notBefore = monoMs(Number.NEGATIVE_INFINITY)
  /** Next frame to be compared, and next sample of the captured sound to be read; null before the first. */
  let nextFrame: number | null = null
  let nextPosition: number | null = null

  const open = (): void => {
    if (source === null || close !== null || clock.mono() < notBefore) return
    line.clear()
    nextPosition = null
    const failed = (why: string): void => {
      log.warn({ why }, 'the monitor input does not answer')
      close = null
      notBefore = monoMs(clock.mono() + REOPEN_MS)
    }
    close =
      source.kind === 'sound'
        ? source.open((pcm) => {
            const at = clock.mono()
            line.put(pcm, at)
            for (const hear of listeners) hear(pcm, monoMs(at - pcm.length / 48))
          }, failed)
        : source.open((value) => {
            readings.push({ value, at: clock.mono(), isSounding: clock.mono() < soundUntil })
            if (readings.length > MAX_READINGS) readings = readings.slice(-MAX_READINGS / 2)
          }, failed)
    timer()
    timer = clock.after(LOOK_MS, look)
  }

  const takeCaptured = (): void => {
    const end = positionOf(clock.mono() - SETTLED_MS)
    nextPosition ??= end
    const count = Math.min(READ_FRAMES, end - nextPosition)
    if (count <= 0) return
    const pcm = new Int16Array(count)
    line.read(nextPosition, pcm)
    captured.put(pcm, nextPosition)
    nextPosition += count
  }

  const compare = (path: { delayMs: number } | null): void => {
    nextFrame ??= played.startFrame
    for (; nextFrame + WINDOW_FRAMES + SEARCH_FRAMES <= captured.endFrame && nextFrame + WINDOW_FRAMES <= played.endFrame; nextFrame += WINDOW_FRAMES) {
      const measured = windowAt(nextFrame, path?.delayMs ?? null)
      if (isPauseWindow(measured)) continue
      windows.push({ from: timeOf(nextFrame), to: timeOf(nextFrame + WINDOW_FRAMES), measured })
      if (windows.length > MAX_WINDOWS) windows = windows.slice(-MAX_WINDOWS / 2)
    }
  }
  const windowAt = (frame: number, delayMs: number | null): Measured =>
    measure({ played: played.read(frame, WINDOW_FRAMES), captured: captured.read(frame - SEARCH_FRAMES, WINDOW_FRAMES + 2 * SEARCH_FRAMES) }, delayMs)

  function look(): void {
    timer()
    if (close === null) return
    if (source?.kind === 'sound') {
      takeCaptured()
      compare(calibration.path ?? null)
    }
    if (clock.mono() > soundUntil + IDLE_MS && listeners.size === 0) {
      close()
      close = null
      nextFrame = null
      return
    }
    timer = clock.after(LOOK_MS, look)
  }

  const ofStretch = (from: MonoMs, to: MonoMs): HeardVerdict => {
    if (source?.kind === 'current') return judgeCurrent(readings.filter(({ at }) => at >= from && at < to), calibration.current ?? null)
    const within = windows.filter((window) => window.from >= from && window.to <= to)
    return judgeStretch(within.map(({ measured }) => measured), calibration.path ? { delayMs: calibration.path.delayMs, gainDb: calibration.path.gainDb } : null)
  }

  const save = async (): Promise<void> => deps.disk.writeAtomic(FILE, utf8(JSON.stringify(calibration)))

  return {
    load: async () => {
      const stored = parseJson(await deps.disk.read(FILE))
      if (Value.Check(Calibration, stored)) calibration = stored
    },
    played: (pcm, leavesAt) => {
      if (source === null) return
      if (source.kind === 'sound') {
        if (nextFrame === null) nextFrame = Math.floor(leavesAt / ENVELOPE_FRAME_MS)
        played.put(pcm, positionOf(leavesAt))
      }
      soundUntil = monoMs(leavesAt + pcm.length / 48)
      open()
    },
    verdict: (from, to) => (source === null ? null : told(source.kind, ofStretch(from, to), close === null && windows.length === 0 && readings.length === 0)),
    learn: async (from, to) => {
      if (source?.kind === 'current') {
        const current = learnCurrent(readings.filter(({ at }) => at >= from - IDLE_MS && at < to + IDLE_MS))
        if (current) calibration = { ...calibration, current }
        if (current) await save()
        return current !== null
      }
      const path = learnPath(windowAt(Math.floor(from / ENVELOPE_FRAME_MS), null))
      if (path) calibration = { ...calibration, path: { delayMs: path.delayMs, gainDb: [path.gainDb[0], path.gainDb[1]] } }
      if (path) await save()
      return path !== null
    },
    isCalibrated: () => (source?.kind === 'current' ? calibration.current !== undefined : calibration.path !== undefined),
    listen: (hear) => {
      if (source?.kind !== 'sound') return null
      listeners.add(hear)
      open()
      return () => void listeners.delete(hear)
    },
    stop: () => {
      timer()
      close?.()
      close = null
    },
  }
}

const timeOf = (frame: number): MonoMs => monoMs(frame * ENVELOPE_FRAME_MS)

function told(kind: MonitorSource['kind'], { verdict, share, lagMs, gainDb, why }: HeardVerdict, isDeaf: boolean): Heard {
  return {
    by: kind,
    verdict,
    share,
    ...(lagMs === undefined ? {} : { lag: Math.round(lagMs) }),
    ...(gainDb === undefined ? {} : { gain: Math.max(-120, Math.min(120, gainDb)) }),
    ...(isDeaf && verdict === 'cannot-tell' ? { why: 'no-input' as const } : why === undefined ? {} : { why }),
  }
}
