import type { Crypto, Deflate } from '../../shared/core/crypto.ts'
import { silentLog, type Log } from '../../shared/core/log.ts'
import { startAgent, type Agent } from '../../agent/start-agent.ts'
import type { SimBroker } from './broker.ts'
import type { LinkQuality } from './way.ts'
import type { Chance } from './chance.ts'
import type { Checker } from './checker.ts'
import { createMemoryDisk, type MemoryDisk } from './memory-disk.ts'
import { createRecorder } from './recorder.ts'
import { clockOf, type Life, type World } from './world.ts'

/** How one box differs from the others. */
export interface BoxPlan {
  readonly id: string
  /** Wall clock minus true time at the start, ms. */
  readonly clockOffsetMs: number
  /** Of its crystal while it runs; the real-time clock has another while it is off. */
  readonly driftPpm: number
  readonly rtcPpm: number
  readonly quality: LinkQuality
}

export interface Media {
  readonly sha: string
  readonly bytes: Uint8Array
  readonly ms: number
}

export interface BoxDeps {
  readonly world: World
  readonly chance: Chance
  readonly crypto: Crypto
  readonly deflate: Deflate
  readonly root: Uint8Array
  readonly broker: SimBroker
  readonly checker: Checker
  readonly media: ReadonlyMap<string, Media>
  readonly log?: Log
}

/** A box: disk, clock and network outlive its agent. */
export interface SimBox {
  readonly plan: BoxPlan
  boot(): void
  /** The power fails and comes back after `offMs`. `lostTime`: the real-time clock has forgotten everything. */
  powerCut(offMs: number, lostTime: boolean): void
  /** The agent is stopped in order and started again, as by an update. */
  restart(): Promise<void>
  running(): Agent | null
  /** Its wall clock minus true time, ms. */
  clockErrorMs(): number
}

export function createBox(plan: BoxPlan, deps: BoxDeps): SimBox {
  const { world, chance, broker, checker, media } = deps
  const disk: MemoryDisk = createMemoryDisk({ world, chance, shared: (sha) => media.get(sha)?.bytes ?? null })
  checker.watchDisk(plan.id, disk)
  /** The wall clock as a line: true instant, what it showed then, and its rate since. */
  let wall = { at: world.now(), shown: world.now() + plan.clockOffsetMs, rate: 1 + plan.driftPpm / 1e6 }
  let life: Life = { alive: false, fired: 0 }
  let agent: Agent | null = null
  let recorder: ReturnType<typeof createRecorder> | null = null

  const shown = (): number => wall.shown + (world.now() - wall.at) * wall.rate
  const turn = (rate: number, value = shown()): void => {
    wall = { at: world.now(), shown: value, rate }
  }

  const boot = (): void => {
    const own: Life = (life = { alive: true, fired: 0 })
    turn(1 + plan.driftPpm / 1e6)
    const [bootedAt, rate] = [world.now(), wall.rate]
    const clock = clockOf(world, own, { wall: () => Math.floor(shown()), mono: () => (world.now() - bootedAt) * rate, trueMsPer: 1 / rate })
    const files = disk.mount(own, checker.diskOf(plan.id))
    const lengthMs = (name: string): number | null => (disk.names().includes(name) ? (media.get(name.slice('media/'.length))?.ms ?? null) : null)
    recorder = createRecorder({ world, clock, lengthMs, listener: checker.listenerOf(plan.id) })
    checker.booted(plan.id, own)
    void startAgent({
      cluster: plan.id,
      root: deps.root,
      clock,
      random: chance.random,
      crypto: deps.crypto,
      deflate: deps.deflate,
      connect: broker.connectFrom(plan.id, own, plan.quality),
      disk: files,
      sound: recorder.sound,
      amplifier: recorder.amplifier,
      signal: { latest: () => null, stop: () => Promise.resolve() },
      box: () => ({}),
      log: deps.log ?? silentLog,
      version: 'sim',
      simulated: true,
    }).then((started) => {
      if (!own.alive) return
      agent = started
      checker.started(plan.id, started, { wall: () => shown() })
    }, checker.crashed(plan.id))
  }

  const die = (): void => {
    life.alive = false
    agent = null
    checker.died(plan.id)
    recorder?.powerLost()
    broker.drop(plan.id)
  }

  return {
    plan,
    boot,
    running: () => agent,
    clockErrorMs: () => shown() - world.now(),
    powerCut: (offMs, lostTime) => {
      if (!life.alive) return
      die()
      disk.crash()
      turn(1 + plan.rtcPpm / 1e6)
      world.after(offMs, () => {
        if (lostTime) turn(1, 0)
        boot()
      })
    },
    restart: async () => {
      const old = agent
      if (!old || !life.alive) return
      agent = null
      checker.stopping(plan.id)
      await old.stop()
      if (!life.alive) return
      die()
      world.after(3_000, boot)
    },
  }
}
