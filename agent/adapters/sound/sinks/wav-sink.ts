import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../../../../shared/core/clock.ts'
import type { HostTime } from '../host-time.ts'
import { PERIOD_FRAMES } from './card-model.ts'
import { SINK_RATE_HZ } from './sink.ts'
import type { SinkFactory } from './sink.ts'
import { startVirtualCard } from './virtual-card.ts'
import { rollWavFiles, WavFile } from './wav-file.ts'

export interface WavOptions {
  readonly path: string
  /** How wrong the card's crystal is. */
  readonly ppm: number
  /** Files kept, the current one included. */
  readonly keep: number
  /** Length of a file. */
  readonly rollSeconds: number
}

/** A reader of the file finds it at most this old. */
const ROUND_MS = 1_000

/**
 * A virtual sound card that records what it plays: frame n of the file sounded at startedAtMs + n/48 (for ppm = 0).
 * FILE is always the current hour, FILE.1 the one before. @throws when the file cannot be made.
 */
export function startWavCard(options: WavOptions, host: HostTime, clock: Clock): SinkFactory {
  const folder = dirname(options.path)
  // one level only: a recursive mkdir never returns under /proc
  if (!existsSync(folder)) mkdirSync(folder)
  const startedAt = host.mono()
  const rollFrames = Math.ceil((options.rollSeconds * SINK_RATE_HZ) / PERIOD_FRAMES) * PERIOD_FRAMES
  let playedFrames = 0
  const begin = (): WavFile => {
    rollWavFiles(options.path, options.keep)
    // the card's crystal says when its frame left, the wall clock is asked anew for every file
    const leftAt = startedAt + (playedFrames / SINK_RATE_HZ) * (1_000 / (1 + options.ppm / 1e6))
    const startedAtMs = host.wall() - (host.mono() - leftAt)
    return new WavFile(options.path, startedAtMs, options.ppm)
  }
  let file = begin()
  /** Frames that the current file still takes; a new one is begun where it took none. */
  const roomInFile = (): number => {
    if (file.frames >= rollFrames) {
      file.close()
      file = begin()
    }
    return rollFrames - file.frames
  }
  return startVirtualCard({
    spec: `wav:${options.path}`,
    host,
    clock,
    startedAt,
    ppm: options.ppm,
    recorder: {
      roundMs: () => ROUND_MS,
      take(pcm, silent) {
        roomInFile()
        if (silent) file.skip(pcm.length)
        else file.append(pcm)
        playedFrames += pcm.length
      },
      silence(frames) {
        for (let left = frames; left > 0; ) {
          const part = Math.min(left, roomInFile())
          file.skip(part)
          playedFrames += part
          left -= part
        }
      },
      settle: () => file.settle(),
      end: () => file.close(),
    },
  })
}
