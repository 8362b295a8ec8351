import { execFileSync } from 'node:child_process'
import { closeSync, constants, lstatSync, openSync, writeSync } from 'node:fs'
import type { Clock } from '../../../../shared/core/clock.ts'
import type { HostTime } from '../host-time.ts'
import type { SinkFactory } from './sink.ts'
import { PERIOD_FRAMES } from './card-model.ts'
import { startVirtualCard } from './virtual-card.ts'

const ROUND_MS = 10
/** Without a reader there is nobody to be in time for. */
const REOPEN_MS = 100
const SILENT_PERIOD = new Uint8Array(2 * PERIOD_FRAMES)
/** No reader yet; the reader has gone; the reader is slow. */
const HARMLESS = new Set(['ENXIO', 'EPIPE', 'EAGAIN'])

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

/**
 * Raw 48 kHz mono s16 as it is played, silence included, a period of 10 ms at its instant, for a witness that stamps
 * what arrives. A period that nobody reads is lost, as sound is: the agent never waits.
 * @throws when the path is no fifo and none can be made.
 */
export function startFifoCard(path: string, host: HostTime, clock: Clock): SinkFactory {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) execFileSync('mkfifo', ['-m', '600', path])
  let fd: number | null = null
  /** Runs a call that may meet no reader; other errors are bugs or a lost disk and go up. */
  const attempt = <T>(call: () => T): T | null => {
    try {
      return call()
    } catch (error) {
      if (!HARMLESS.has(codeOf(error))) throw error
      if (codeOf(error) === 'EPIPE') drop()
      return null
    }
  }
  const drop = (): void => {
    if (fd !== null) closeSync(fd)
    fd = null
  }
  const connect = (): void => {
    fd ??= attempt(() => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK))
  }
  // 960 bytes are below PIPE_BUF: the kernel takes all of a period or none
  const send = (period: Uint8Array): void => {
    const to = fd
    if (to !== null) attempt(() => writeSync(to, period))
  }
  return startVirtualCard({
    spec: `fifo:${path}`,
    host,
    clock,
    startedAt: host.mono(),
    ppm: 0,
    recorder: {
      roundMs: () => (fd === null ? REOPEN_MS : ROUND_MS),
      take: (pcm) => send(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)),
      silence(frames) {
        for (let left = frames; left > 0 && fd !== null; left -= PERIOD_FRAMES) send(SILENT_PERIOD)
      },
      // after the periods of the round: a new reader gets what is played from now on, not what has gone by
      settle: connect,
      end: drop,
    },
  })
}
