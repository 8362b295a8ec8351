import { createServerStores } from '../../scripts/sim/server-stores.ts'
import { createSimBroker, type SimBroker } from '../../scripts/sim/broker.ts'
import { chanceFrom, type Chance } from '../../scripts/sim/chance.ts'
import { createMemoryDisk } from '../../scripts/sim/memory-disk.ts'
import { createRecorder } from '../../scripts/sim/recorder.ts'
import { standInCrypto } from '../../scripts/sim/stand-in-crypto.ts'
import { clockOf, createWorld, type Life, type World } from '../../scripts/sim/world.ts'
import { startAgent, type Agent } from '../../agent/start-agent.ts'
import { createSlots, BOOT_FILE, programPath } from '../../agent/stages/update-slots.ts'
import { bootOf, decideStart, fallBack, TRIAL_LINK_MS, type Boot, type SlotName } from '../../agent/core/update-boot.ts'
import type { SlotFiles } from '../../agent/core/update-ports.ts'
import { nodeDeflate } from '../../server/adapters/deflate.ts'
import { createAccess } from '../../server/core/access.ts'
import { createAgentWords } from '../../server/core/agent-words.ts'
import { createStationEvents } from '../../server/core/station-events.ts'
import type { Stores } from '../../server/core/stores.ts'
import { inWaves } from '../../server/core/update-rollout.ts'
import type { RolloutRow } from '../../server/core/update-store.ts'
import { startFleet } from '../../server/features/fleet/plugin.ts'
import { createUpdateRunner } from '../../server/features/updates/plugin.ts'
import { every, wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { BLOCK_BYTES } from '../../shared/protocol/blocks.ts'
import { certifyKey, KEY_USES, type SigningKey } from '../../shared/protocol/keys.ts'
import { signRelease, type Release } from '../../shared/protocol/update-release.ts'
import { fromUtf8, toBase64Url, utf8 } from '../../shared/protocol/wire.ts'

/** What a program does: it is an agent, it ends at once, or it runs and never connects. */
export type Program = 'good' | 'crashes' | 'never connects'
const HOUR = 3_600_000
const crypto = standInCrypto()
const deflate = nodeDeflate()
const secretOf = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const ROOT = secretOf(1)
const shaOf = (bytes: Uint8Array): string => toBase64Url(crypto.sha256(bytes))

function keyFor(use: keyof typeof KEY_USES, now: number): SigningKey {
  const secret = secretOf(KEY_USES[use] + 10)
  return { secret, certificate: certifyKey(crypto, ROOT, { key: crypto.publicKey(secret), uses: KEY_USES[use], notBeforeMs: now - 24 * HOUR, notAfterMs: now + 700 * 24 * HOUR }) }
}

/** A box: its slots, its disk and its network outlive its programs. */
interface SimBox {
  readonly id: string
  /** Each program that was started, in order. */
  readonly started: { readonly at: number; readonly version: string; readonly program: Program }[]
  fell(): boolean
  start(): void
}

function memoryFiles(): SlotFiles & { readonly held: Map<string, Uint8Array> } {
  const held = new Map<string, Uint8Array>()
  return {
    held,
    read: (path) => Promise.resolve(held.get(path) ?? null),
    write: async (path, bytes) => void held.set(path, bytes),
    sync: () => Promise.resolve(),
    rename: async (from, to) => {
      held.set(to, held.get(from) ?? new Uint8Array())
      held.delete(from)
    },
    remove: async (path) => {
      for (const name of [...held.keys()]) if (name === path || name.startsWith(`${path}/`)) held.delete(name)
    },
  }
}

interface BoxDeps {
  readonly world: World
  readonly chance: Chance
  readonly broker: SimBroker
}

function createBox(id: string, { world, chance, broker }: BoxDeps): SimBox {
  const disk = createMemoryDisk({ world, chance, shared: () => null })
  const files = memoryFiles()
  files.held.set(programPath('installed', 'main.mjs'), utf8('good 0.1.0'))
  const started: { at: number; version: string; program: Program }[] = []
  const quality = { delayMs: chance.between(15, 120), jitterMs: 50, loss: 0.01, repeats: 0.01 }
  const bootNow = (): Boot | null => {
    const bytes = files.held.get(BOOT_FILE)
    return bytes ? bootOf(JSON.parse(fromUtf8(bytes) ?? '')) : null
  }
  const writeBoot = (boot: Boot): void => void files.held.set(BOOT_FILE, utf8(JSON.stringify(boot)))
  let fell = false

  const start = (): void => {
    const life: Life = { alive: true, fired: 0 }
    const before = world.now()
    const whole = new Set<SlotName>((['a', 'b'] as const).filter((slot) => files.held.has(programPath(slot, 'main.mjs'))))
    const { slot, write } = decideStart(bootNow(), { bootId: 'one', whole })
    if (write) writeBoot(write)
    const [program, version] = (fromUtf8(files.held.get(programPath(slot, 'main.mjs')) ?? new Uint8Array()) ?? '').split('|') as [Program, string]
    started.push({ at: before, version: version ?? '0.1.0', program: version === undefined ? 'good' : program })
    let agent: Agent | null = null
    const again = (): void => {
      if (!life.alive) return
      void (agent?.stop() ?? Promise.resolve()).then(() => {
        life.alive = false
        broker.drop(id)
        fell ||= (bootNow()?.fell ?? null) !== null
        world.after(2_000, start)
      })
    }
    if (bootNow()?.trial) {
      const m = bootNow()?.trial?.m
      world.after(TRIAL_LINK_MS, () => {
        const boot = bootNow()
        if (!life.alive || boot?.trial?.m !== m || boot === null) return
        writeBoot(fallBack(boot, 'not-well'))
        again()
      })
    }
    if (version !== undefined && program === 'crashes') return void world.after(500, again)
    if (version !== undefined && program === 'never connects') return
    const clock = clockOf(world, life, { wall: () => Math.floor(world.now()), mono: () => world.now() - before, trueMsPer: 1 })
    const recorder = createRecorder({ world, clock, lengthMs: () => 60_000, listener: { began: () => undefined, ended: () => undefined, amplifier: () => undefined } })
    void startAgent({
      cluster: id, root: crypto.publicKey(ROOT), clock, random: chance.random, crypto, deflate, connect: broker.connectFrom(id, life, quality),
      disk: disk.mount(life, { wrote: () => undefined, renamed: () => undefined, removed: () => undefined }),
      sound: recorder.sound, amplifier: recorder.amplifier, signal: { latest: () => null, stop: () => Promise.resolve() }, box: () => ({}), log: silentLog, version: version ?? '0.1.0', simulated: true,
      releases: { slots: createSlots({ files, crypto, running: slot }), node: '20.19.0', restart: again },
    }).then((running) => void (agent = running))
  }
  return { id, started, start, fell: () => fell || (bootNow()?.fell ?? null) !== null }
}

export interface UpdateSim {
  readonly world: World
  readonly boxes: readonly SimBox[]
  readonly stores: Stores
  readonly broker: SimBroker
  readonly halted: string[]
  rows(): RolloutRow[]
  state(): string
  /** Runs so much virtual time. */
  pass(ms: number): Promise<void>
  /** Begins to bring a program to all boxes. */
  roll(program: Program): void
}

export interface UpdateSimOptions {
  readonly seed: string
  readonly boxes: number
  /** Civil time is UTC+7. */
  readonly start: number
  readonly session?: Session
}

/** The station's own fleet and rollout, and real agents under a launcher each, in virtual time. */
export function updateSim({ seed, boxes: count, start, session }: UpdateSimOptions): UpdateSim {
  const world = createWorld(start)
  const chance = chanceFrom(seed)
  const watch = { delivered: () => undefined, connected: () => undefined, network: () => undefined, published: () => undefined }
  const broker = createSimBroker({ world, chance: chance.fork('broker'), watch: watch as never })
  const life: Life = { alive: true, fired: 0 }
  const clock = clockOf(world, life, { wall: () => Math.floor(world.now()), mono: world.now, trueMsPer: 1 })
  const { stores, decide } = createServerStores(clock, () => undefined)
  const ids = Array.from({ length: count }, (_, n) => `k${String(n).padStart(9, '0')}`)
  stores.areas.put({ code: '24958', name: 'Xã thử', kind: 'commune' } as never)
  stores.policies.putText('ca-ngay', { windows: ['00:00-24:00'], quiet: [], warn: [] } as never)
  for (const id of ids) {
    stores.clusters.insert({ id, name: `Cụm ${id}`, created: wallMs(start), publicKey: new Uint8Array(32), secretSha256: new Uint8Array(32), mosquittoHash: null })
    stores.clusters.join(id, '24958', '2026-01-01')
  }
  const media = new Map<string, Uint8Array>()
  const sound = utf8('a programme')
  media.set(shaOf(sound), sound)
  if (session) stores.sessions.put(session, wallMs(start))
  const words = createAgentWords()
  const link = broker.serverLink(life)
  const keys = { orders: keyFor('orders', start), time: keyFor('time', start) }
  const bodies = new Map<string, Uint8Array>()
  const events = createStationEvents()
  const fleet = startFleet({
    words, clock, crypto, deflate, keys, link, stores, events, log: silentLog, pinned: () => [],
    bodies: { save: (sha, bytes) => void bodies.set(sha, bytes), read: (sha) => bodies.get(sha) ?? null, keepOnly: () => undefined },
    findFor: () => (ref) => (ref.kind === 'file' ? [{ sha: shaOf(sound), ms: 60_000, name: 'Bản tin' }] : null),
    fileOf: (sha) => ({ sha, bytes: media.get(sha)?.length ?? 1, ms: 60_000 }),
    readBlock: (sha, index) => {
      const part = media.get(sha)?.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES)
      return Promise.resolve(part && part.length > 0 ? part : null)
    },
  })
  every(clock, 1_000, fleet.heartbeat)
  const halted: string[] = []
  const access = createAccess({ clock, stores })
  const runner = createUpdateRunner({ stores, clock, crypto, events, access, log: silentLog, decide, slotsFor: fleet.slotsFor, link, words, signing: () => keys.orders, halted: (_rollout, why) => void halted.push(why) })
  every(clock, 5_000, runner.look)
  const boxes = ids.map((id) => createBox(id, { world, chance: chance.fork(id), broker }))
  for (const box of boxes) world.after(chance.between(0, 60_000), box.start)

  const roll = (program: Program): void => {
    const now = wallMs(Math.floor(world.now()))
    const main = utf8(`${program}|0.2.0`)
    const packed = deflate.deflate(main)
    const release: Release = {
      t: 'release', n: now, version: '0.2.0', iat: now, least: '0.1.0', protocol: [1], node: '20.11.0',
      files: [{ path: 'main.mjs', sha: shaOf(main), bytes: main.length, packed: shaOf(packed), packedBytes: packed.length }],
    }
    const manifest = utf8(signRelease(crypto, keyFor('releases', start), release))
    const id = shaOf(manifest)
    media.set(id, manifest)
    media.set(shaOf(packed), packed)
    stores.updates.insertRelease({ id, n: now, version: release.version, least: release.least, back: false, madeAt: now, announcedAt: now, actor: 'administrator', manifestBytes: manifest.length, bytes: packed.length, files: [id] })
    const waves = inWaves(ids)
    stores.updates.insertRollout(
      { id: 'rollout', release: id, actor: 'administrator', at: now, state: 'running', why: null, changedAt: now, wave: 0, waves: Math.max(...waves.map(({ wave }) => wave)) + 1, healthyMs: 600_000, throughSession: false, spreadMs: 300_000 },
      waves.map(({ cluster, wave }) => ({ rollout: 'rollout', cluster, wave, rev: 0, state: 'waiting', why: null, since: now, permille: 0, before: '0.1.0', excused: false })),
    )
  }
  return {
    world, boxes, stores, broker, halted, roll,
    rows: () => stores.updates.rows('rollout'),
    state: () => stores.updates.rollout('rollout')?.state ?? '?',
    pass: (ms) => world.run(world.now() + ms),
  }
}
