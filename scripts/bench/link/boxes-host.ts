import { mkdirSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { nodeCrypto } from '../../../agent/adapters/crypto.ts'
import { fakedClock, realClock } from '../../../agent/adapters/clock.ts'
import { nodeDeflate } from '../../../agent/adapters/deflate.ts'
import { createDisk } from '../../../agent/adapters/disk.ts'
import { createConnect } from '../../../agent/adapters/mqtt-link.ts'
import { hostMs, type HostTime } from '../../../agent/adapters/sound/host-time.ts'
import { openSink } from '../../../agent/adapters/sound/sinks/open-sink.ts'
import { createSound } from '../../../agent/adapters/sound/player.ts'
import { startAgent, type Agent } from '../../../agent/start-agent.ts'
import { silentLog, type Log } from '../../../shared/core/log.ts'
import { fromBase64Url } from '../../../shared/protocol/wire.ts'
import type { BoxesTask, BoxFacts, BoxTask, HostAnswer } from './boxes.ts'

/**
 * Some of a bench's boxes in one process: whole agents with real links, disks and sound chains, each with a wrong clock of its
 * own. Their recordings have one time base, the machine's monotonic clock, which is the same in every process.
 */
const task = JSON.parse(process.argv[2] ?? '{}') as BoxesTask

// a box has a processor of its own, and a server does not share one with 200: here they do, and the boxes give way
setPriority(5)

const common: HostTime = {
  mono: () => hostMs(performance.now()),
  wall: () => Number(process.hrtime.bigint() / 1_000n) / 1_000 + task.wallMinusHrMs,
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs)
    return () => clearTimeout(timer)
  },
}

/** What the agents of this process have logged, by sentence. */
const logged = new Map<string, number>()
const count = (_fields: object, text: string): void => void logged.set(text, (logged.get(text) ?? 0) + 1)
const log: Log = { ...silentLog, info: count, warn: count, error: count }

async function startBox(box: BoxTask): Promise<{ agent: Agent; stop(): Promise<void> }> {
  const clock = fakedClock(realClock(), box.fault)
  mkdirSync(box.folder, { recursive: true })
  const disk = await createDisk(join(box.folder, 'disk'))
  const sink = openSink(box.sink, { clock, host: common })
  if (!sink.ok) throw new Error(sink.why)
  const url = `${task.caFile === null ? 'mqtt' : 'mqtts'}://${box.end.host}:${box.end.port}`
  const connect = createConnect({ url, username: box.cluster, password: box.password, log, ...(task.caFile === null ? {} : { caFile: task.caFile }), ...(box.end.localAddress === null ? {} : { localAddress: box.end.localAddress }) })
  if (!connect.ok) throw new Error(connect.why)
  const root = fromBase64Url(box.root)
  if (!root) throw new Error('the root key cannot be read')
  const agent = await startAgent({
    cluster: box.cluster,
    root, clock, disk, log,
    random: Math.random,
    crypto: nodeCrypto(),
    deflate: nodeDeflate(),
    connect: connect.value,
    sound: createSound({ clock, disk, sink: sink.value, log: (line) => count({}, line) }),
    amplifier: { on: () => undefined, off: () => undefined, stop: () => Promise.resolve() },
    signal: { latest: () => null, stop: () => Promise.resolve() },
    box: () => ({}),
    version: 'bench',
    simulated: true,
  })
  return {
    agent,
    stop: async () => {
      await agent.stop()
      await sink.value.stop()
    },
  }
}

const send = (answer: HostAnswer): void => void process.send?.(answer)
const running = await Promise.all(task.boxes.map(startBox))
const facts = (): readonly BoxFacts[] => running.map(({ agent }) => ({ clock: agent.clock(), playing: agent.playing()?.slot ?? null, streams: agent.streams() }))

let ending: Promise<void> | null = null
const stopAll = (): Promise<void> => (ending ??= Promise.all(running.map((box) => box.stop())).then(() => undefined))
const end = (): void =>
  void stopAll().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
process.on('message', () => send({ facts: facts(), logged: [...logged] }))
process.once('SIGTERM', end)
process.on('SIGINT', end)
process.once('disconnect', end)
send({ facts: facts(), logged: [] })
