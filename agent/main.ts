import { randomInt } from 'node:crypto'
import { readAgentSettings, agentSettingsHelp, type AgentSettings } from './core/agent-settings.ts'
import type { Identity } from './core/claim.ts'
import { createAmplifier } from './adapters/amplifier/create-amplifier.ts'
import { becomeCluster } from './adapters/become-cluster.ts'
import { createBox } from './adapters/box.ts'
import { openClock } from './adapters/clock.ts'
import { readClockKeeper } from './adapters/clock-keeper.ts'
import { nodeCrypto } from './adapters/crypto.ts'
import { nodeDeflate } from './adapters/deflate.ts'
import { createDisk } from './adapters/disk.ts'
import { lockFolder } from './adapters/disk-lock.ts'
import { openLocalDoor } from './adapters/local-door/door.ts'
import { openKeySwitch } from './adapters/key-switch.ts'
import { createLineInput } from './adapters/line-input.ts'
import { parseLineSource } from './adapters/line-source.ts'
import { jsonLog } from './adapters/log.ts'
import { createLogBundle, type LogBundle } from './adapters/log-bundle.ts'
import { recordTenSeconds, type Hear } from './adapters/monitor-recorder.ts'
import { createModemSteps } from './adapters/modem-steps.ts'
import { parseMonitorSource } from './adapters/monitor.ts'
import { createConnect } from './adapters/mqtt-link.ts'
import { createSignalSource } from './adapters/signal/create-signal-source.ts'
import { createSound } from './adapters/sound/player.ts'
import { delayedSink } from './adapters/sound/sinks/delayed-sink.ts'
import { openSink } from './adapters/sound/sinks/open-sink.ts'
import { withTrial } from './adapters/sound/trial.ts'
import { createSlotFiles } from './adapters/update-files.ts'
import { launchedOf, LAUNCHED } from './core/update-launched.ts'
import { fromBase64Url } from '../shared/protocol/wire.ts'
import { BrokenInvariant, type Result } from '../shared/core/result.ts'
import type { Log } from '../shared/core/log.ts'
import { createMonitor, type MonitorStage } from './stages/monitor.ts'
import { createSlots } from './stages/update-slots.ts'
import { startAgent } from './start-agent.ts'

const VERSION = '0.1.0'

/** A person must do something: one sentence, no stack. */
function giveUp(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}
const orGiveUp = <T>(result: Result<T>): T => (result.ok ? result.value : giveUp(result.why))

interface Surroundings {
  readonly log: Log
  readonly bundle: LogBundle
  /** Ends this process in good order; whoever keeps it running starts it again. */
  readonly restart: () => void
}

/** Everything between the settings and the running agent. Returns what ends it. */
async function run(settings: AgentSettings, { log, bundle, restart }: Surroundings, stopping: AbortController): Promise<() => Promise<void>> {
  bundle.hide(settings.claim ?? '')
  const clock = openClock(settings.clockFault, (line) => log.warn({}, line))
  const crypto = nodeCrypto()
  const lock = orGiveUp(await lockFolder(settings.folder))
  const disk = await createDisk(settings.folder)
  const launched = launchedOf(process.env[LAUNCHED])
  const slots = launched && createSlots({ files: createSlotFiles(launched.folder, launched.installed), crypto, running: launched.slot })
  const version = (await slots?.release())?.version ?? VERSION
  // off at boot, before anything else: the amplifier must not wait for a network
  const amplifier = orGiveUp(createAmplifier(settings.amplifier, { clock, log: (line) => log.info({}, line) }))
  const identity: Identity = orGiveUp(
    await becomeCluster({ settings, disk, clock, random: Math.random, crypto, log, version, signal: stopping.signal }),
  )
  const root = fromBase64Url(identity.root)
  if (!root) throw new BrokenInvariant('the stored root key is not readable')
  const url = settings.mqttUrl ?? identity.mqttUrl
  const connect = orGiveUp(createConnect({ url, username: identity.cluster, password: identity.password, log, ...(settings.caFile === null ? {} : { caFile: settings.caFile }) }))
  const sink = delayedSink(orGiveUp(openSink(settings.sink, { clock })), settings.sinkDelayMs)
  const line = orGiveUp(parseLineSource(settings.line, clock))
  const ear = orGiveUp(parseMonitorSource(settings.monitor, clock))
  const monitor = createMonitor({ clock, disk, log, source: ear })
  await monitor.load()
  const tap = createTap(monitor)
  const { sound, trySound } = withTrial({ clock, sink, make: (watched) => createSound({ clock, disk, sink: watched, log: (line) => log.info({}, line), tap: tap.played }) })
  bundle.hide(identity.password)
  const signal = orGiveUp(createSignalSource(settings.modem, { clock, random: Math.random, log }))
  const box = await createBox({ clock, disk, log })
  const agent = await startAgent({
    cluster: identity.cluster,
    root,
    clock,
    // its nonces must not be foreseen by a broker that collects answers for them
    random: () => randomInt(2 ** 32) / 2 ** 32,
    crypto,
    deflate: nodeDeflate(),
    connect,
    disk,
    sound,
    trySound,
    monitor,
    recovery: createModemSteps({ reset: settings.modemReset, usb: settings.usbCycle, reboot: settings.reboot }, log),
    services: {
      restart,
      log: () => bundle.bundle({ version, node: process.version, settings: { ...settings, folder: undefined } }),
      listen: (from) => {
        const hear: Hear | null = from === 'output' ? tap.hear : ear?.kind === 'sound' ? (fn) => monitor.listen(fn) ?? ((): void => undefined) : null
        return hear === null ? null : recordTenSeconds(clock, hear)
      },
    },
    amplifier,
    signal,
    box: box.facts,
    keeper: () => readClockKeeper(),
    log,
    version,
    simulated: settings.modem.startsWith('sim:'),
    volumeLimit: settings.volumeLimit,
    ...(slots ? { releases: { slots, node: process.versions.node, restart } } : {}),
    ...(line === null ? {} : { line: (hooks) => createLineInput(line, { clock, log: (text) => log.info({}, text), watch: settings.lineWatch, ...hooks }) }),
  })
  const switches = orGiveUp(openKeySwitch(settings.keySwitch, { clock, log, turned: agent.standing.switchTurned }))
  const door = settings.door === 'none' ? null : orGiveUp(await openLocalDoor(settings.door, { clock, log, door: agent.standing.door }))
  return async () => {
    await door?.stop()
    switches.stop()
    await agent.stop()
    await sink.stop()
    await box.stop()
    await lock.release()
  }
}

/** What is played goes to the box's own ear, and to whoever listens in. */
function createTap(monitor: Pick<MonitorStage, 'played'>): { readonly played: MonitorStage['played']; readonly hear: Hear } {
  const listeners = new Set<MonitorStage['played']>()
  return {
    played: (pcm, leavesAt) => {
      monitor.played(pcm, leavesAt)
      for (const listener of listeners) listener(pcm, leavesAt)
    },
    hear: (fn) => {
      listeners.add(fn)
      return () => void listeners.delete(fn)
    },
  }
}

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(`tieng-lang-agent ${VERSION}\n\nSettings come from the environment:\n${agentSettingsHelp()}\n`)
    return
  }
  const settings = orGiveUp(readAgentSettings(process.env))
  const bundle = createLogBundle(jsonLog(settings.logLevel, settings.name ?? 'agent'))
  const { log } = bundle
  const stopping = new AbortController()
  let ending = false
  const end = run(settings, { log, bundle, restart: () => stop('asked to start anew') }, stopping)
  const stop = (why: string): void => {
    if (ending) return
    ending = true
    stopping.abort()
    log.info({ why }, 'stopping')
    void end
      .then((close) => close())
      .then(() => process.exit(0))
      .catch((error: unknown) => giveUp(String(error)))
  }
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  if (settings.endWithParent) {
    process.stdin.on('end', () => stop('the program that started this agent has ended'))
    process.stdin.resume()
  }
  await end
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exit(1)
})
