import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, Random } from '../../shared/core/clock.ts'
import { silentLog, type Log } from '../../shared/core/log.ts'
import { ok } from '../../shared/core/result.ts'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { nodeDeflate } from '../../agent/adapters/deflate.ts'
import { createDisk } from '../../agent/adapters/disk.ts'
import { createConnect } from '../../agent/adapters/mqtt-link.ts'
import { openSink } from '../../agent/adapters/sound/sinks/open-sink.ts'
import type { SinkFactory } from '../../agent/adapters/sound/sinks/sink.ts'
import { createSound } from '../../agent/adapters/sound/player.ts'
import { withTrial } from '../../agent/adapters/sound/trial.ts'
import type { Amplifier, Connect } from '../../agent/core/ports.ts'
import { startAgent, type Agent } from '../../agent/start-agent.ts'
import { realClock } from './real-clock.ts'

/** One real agent in this process: real link, real disk, real sound chain into a virtual sound card. */
export interface Box {
  readonly folder: string
  readonly wav: string
  readonly agent: Agent
  /** When the amplifier was switched on and off, on the agent's monotonic clock. */
  readonly power: { on: boolean; at: number }[]
  stop(forget?: boolean): Promise<void>
}

export interface BoxOptions {
  readonly url: string
  readonly cluster: string
  readonly password: string
  readonly root: Uint8Array
  readonly folder?: string
  readonly clock?: Clock
  readonly sink?: string
  /** A sound card of the test's own, in place of `sink`. */
  readonly factory?: SinkFactory
  readonly log?: Log
  /** Authority of a broker that speaks TLS, PEM file. */
  readonly caFile?: string
  /** What stands between the agent and its links. */
  readonly between?: (connect: Connect) => Connect
  /** Chance of the agent; small numbers make its back-off short. */
  readonly random?: Random
}

/** Chance for an agent that is to come back soon: a tenth of the ordinary back-off, and still different nonces. */
export const hasty: Random = () => Math.random() / 10

export async function startBox(options: BoxOptions): Promise<Box> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'tl-box-'))
  const clock = options.clock ?? realClock
  const log = options.log ?? silentLog
  const wav = join(folder, 'sound.wav')
  const disk = await createDisk(join(folder, 'disk'))
  const sink = options.factory ? ok(options.factory) : openSink(options.sink ?? `wav:${wav}`, { clock })
  if (!sink.ok) throw new Error(sink.why)
  const connect = createConnect({ url: options.url, username: options.cluster, password: options.password, log, ...(options.caFile === undefined ? {} : { caFile: options.caFile }) })
  if (!connect.ok) throw new Error(connect.why)
  const power: Box['power'] = []
  const amplifier: Amplifier = {
    on: () => void (power.at(-1)?.on !== true && power.push({ on: true, at: clock.mono() })),
    off: () => void (power.at(-1)?.on === true && power.push({ on: false, at: clock.mono() })),
    stop: () => Promise.resolve(),
  }
  const agent = await startAgent({
    cluster: options.cluster,
    root: options.root,
    clock,
    random: options.random ?? Math.random,
    crypto: nodeCrypto(),
    deflate: nodeDeflate(),
    connect: options.between?.(connect.value) ?? connect.value,
    disk,
    ...withTrial({ clock, sink: sink.value, make: (watched) => createSound({ clock, disk, sink: watched, log: (line) => log.info({}, line) }) }),
    amplifier,
    signal: { latest: () => null, stop: () => Promise.resolve() },
    box: () => ({}),
    log,
    version: 'test',
    simulated: true,
  })
  return {
    folder,
    wav,
    agent,
    power,
    stop: async (forget = false) => {
      await agent.stop()
      await sink.value.stop()
      if (forget) rmSync(folder, { recursive: true, force: true })
    },
  }
}
