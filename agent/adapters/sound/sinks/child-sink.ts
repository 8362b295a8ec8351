import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { monoMs } from '../../../../shared/core/clock.ts'
import type { Clock } from '../../../../shared/core/clock.ts'
import { hostMs } from '../host-time.ts'
import type { HostMs, HostTime } from '../host-time.ts'
import { findAlsaStream, readAlsaStatus } from './alsa-status.ts'
import { CardModel, PERIOD_FRAMES } from './card-model.ts'
import { SINK_RATE_HZ } from './sink.ts'
import type { Sink, SinkFactory, SinkPosition } from './sink.ts'
import { toAgent } from './virtual-card.ts'

export interface ChildSinkOptions {
  readonly spec: string
  readonly command: string
  readonly args: readonly string[]
  /** From the start of the program to the first sound. */
  readonly latencyMs: number
  /** Ask the kernel for the true position (only where the program owns the hardware stream itself). */
  readonly askAlsa: boolean
  /** What to do when the program is not installed. */
  readonly installHint: string
}

const CAPACITY_FRAMES = SINK_RATE_HZ / 5
/** A device that has taken nothing for so long has hung. */
const MAX_UNREAD_BYTES = SINK_RATE_HZ * 2
const SEARCH_MS = 250
/** aplay hands over whole periods; what is short of one waits in it. */
const PERIOD_OF_PROGRAM = 2 * PERIOD_FRAMES

/**
 * A program that plays its stdin. Its pipe swallows a second and tells nothing, so it is fed by the clock, as if it were
 * a card that started `latencyMs` after the program; where ALSA tells the true delay, that counts.
 */
export function childSinkFactory(options: ChildSinkOptions, host: HostTime, clock: Clock): SinkFactory {
  return {
    spec: options.spec,
    open: (onFail) => new ChildSink(options, { host, clock }, onFail),
    stop: () => Promise.resolve(),
  }
}

class ChildSink implements Sink {
  readonly flushCuts = true
  readonly #options: ChildSinkOptions
  readonly #host: HostTime
  readonly #clock: Clock
  readonly #onFail: (why: string) => void
  #child: ChildProcess | null = null
  #model: CardModel | null = null
  #stream: string | null = null
  #searchedAt: HostMs = hostMs(-Infinity)
  #written = 0
  #before = { consumed: 0, starved: 0 }
  #dead = false

  constructor(options: ChildSinkOptions, times: { host: HostTime; clock: Clock }, onFail: (why: string) => void) {
    this.#options = options
    this.#host = times.host
    this.#clock = times.clock
    this.#onFail = onFail
  }

  position(): SinkPosition {
    const now = this.#host.mono()
    const model = this.#model
    if (model === null) {
      const nextAt = toAgent(this.#clock, this.#host, hostMs(now + this.#options.latencyMs))
      return { ...this.#before, queued: 0, nextAt, room: CAPACITY_FRAMES }
    }
    model.advance(now)
    const told = this.#toldDelayMs(now)
    return {
      consumed: this.#before.consumed + model.consumed,
      starved: this.#before.starved + model.starved,
      queued: model.queued,
      nextAt: told === null ? toAgent(this.#clock, this.#host, model.nextAt()) : monoMs(this.#clock.mono() + told),
      room: model.room,
    }
  }

  write(pcm: Int16Array): number {
    if (this.#dead) return 0
    const { child, model } = this.#running()
    model.advance(this.#host.mono())
    const taken = model.write(pcm)
    this.#written += taken
    const stdin = child.stdin
    if (stdin === null || stdin.destroyed) return taken
    // the pipe keeps the bytes until they are read, the caller uses its array again
    stdin.write(Buffer.from(pcm.slice(0, taken).buffer))
    if (stdin.writableLength > MAX_UNREAD_BYTES) {
      this.#fail(`${this.#options.spec} has stopped taking sound: check the sound card and its cable.`)
    }
    return taken
  }

  flush(): number {
    const model = this.#model
    if (model === null) return 0
    model.advance(this.#host.mono())
    const dropped = model.flush()
    this.#before = { consumed: this.#before.consumed + model.consumed, starved: this.#before.starved + model.starved }
    this.#endChild()
    return dropped
  }

  close(): void {
    this.#dead = true
    this.#endChild()
  }

  #running(): { child: ChildProcess; model: CardModel } {
    if (this.#child !== null && this.#model !== null) return { child: this.#child, model: this.#model }
    const child = this.#spawn()
    const startedAt = hostMs(this.#host.mono() + this.#options.latencyMs)
    const model = new CardModel({ startedAt, ppm: 0, capacityFrames: CAPACITY_FRAMES, output: null })
    this.#child = child
    this.#model = model
    this.#written = 0
    return { child, model }
  }

  #spawn(): ChildProcess {
    const { command, args, spec, installHint } = this.#options
    const child = spawn(command, [...args], { stdio: ['pipe', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, 500)
    })
    child.stdin.on('error', (error) => {
      // a broken pipe is told better by the exit that follows it
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') this.#lost(child, `${spec}: ${error.message}`)
    })
    child.on('error', (error) => {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      this.#lost(child, missing ? `${command} is not installed: ${installHint}` : `${spec}: ${error.message}`)
    })
    child.on('close', (code, signal) => {
      const reason = said.trim().split('\n')[0] || `${command} ended (${signal ?? `code ${String(code)}`})`
      this.#lost(child, `${spec}: ${reason}. Check that the device exists and is free.`)
    })
    return child
  }

  #lost(child: ChildProcess, why: string): void {
    if (child === this.#child) this.#fail(why)
  }

  #fail(why: string): void {
    if (this.#dead) return
    this.close()
    this.#onFail(why)
  }

  #endChild(): void {
    const child = this.#child
    this.#child = null
    this.#model = null
    this.#stream = null
    child?.kill('SIGKILL')
  }

  #toldDelayMs(now: HostMs): number | null {
    const pid = this.#child?.pid
    if (!this.#options.askAlsa || pid === undefined) return null
    if (this.#stream === null && now - this.#searchedAt > SEARCH_MS) {
      this.#searchedAt = now
      this.#stream = findAlsaStream(pid)
    }
    const status = this.#stream === null ? null : readAlsaStatus(this.#stream)
    if (status === null) return null
    return status.delayMs + ((this.#written % PERIOD_OF_PROGRAM) * 1_000) / SINK_RATE_HZ
  }
}
