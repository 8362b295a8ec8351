import t from 'tap'
import { chanceFrom } from '../../scripts/sim/chance.ts'
import { createMemoryDisk } from '../../scripts/sim/memory-disk.ts'
import { clockOf, createWorld, type Life, type World } from '../../scripts/sim/world.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { nodeDeflate } from '../../server/adapters/deflate.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { BLOCK_BYTES, encodeBlock } from '../../shared/protocol/blocks.ts'
import { certifyKey, createCertificateCache, KEY_USES, type KeyUse, type SigningKey } from '../../shared/protocol/keys.ts'
import type { UpdateOrder } from '../../shared/protocol/messages/update.ts'
import { parseJson, signOrder } from '../../shared/protocol/orders.ts'
import { signRelease, type Release } from '../../shared/protocol/update-release.ts'
import { fromBase64Url, toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import type { Disk } from '../../agent/core/ports.ts'
import type { SlotFiles } from '../../agent/core/update-ports.ts'
import { createSlots } from '../../agent/stages/update-slots.ts'
import { createUpdate, QUIET_BEFORE_UPDATE_MS, type UpdateDeps, type UpdateStage } from '../../agent/stages/update.ts'

const crypto = nodeCrypto()
const deflate = nodeDeflate()
const NOW = Date.UTC(2026, 10, 23)
const CLUSTER = 'k7m2p9qx4t'
const MINUTE = 60_000
const secretOf = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const shaOf = (bytes: Uint8Array): string => toBase64Url(crypto.sha256(bytes))
function keyFor(use: KeyUse): SigningKey {
  const secret = secretOf(50 + KEY_USES[use])
  return { secret, certificate: certifyKey(crypto, secretOf(1), { key: crypto.publicKey(secret), uses: KEY_USES[use], notBeforeMs: NOW - 86_400_000, notAfterMs: NOW + 86_400_000 }) }
}
const noise = (bytes: number): Uint8Array => {
  const chance = chanceFrom(`noise ${bytes}`)
  return Uint8Array.from({ length: bytes }, () => chance.whole(0, 255))
}

interface Made {
  readonly id: string
  readonly bytes: number
  /** What the station serves. */
  readonly files: Map<string, Uint8Array>
}
/** Some 40 blocks, of which one file is what the box has already. */
function made(over: Partial<Release> = {}, key = keyFor('releases')): Made {
  const contents = new Map([['main.mjs', noise(300_000)], ['same.txt', utf8('the same')]])
  const files = new Map<string, Uint8Array>()
  const list = [...contents].map(([path, bytes]) => {
    const packed = deflate.deflate(bytes)
    files.set(shaOf(packed), packed)
    return { path, sha: shaOf(bytes), bytes: bytes.length, packed: shaOf(packed), packedBytes: packed.length }
  })
  const manifest = utf8(signRelease(crypto, key, { t: 'release', n: 500, version: '0.2.0', iat: NOW, least: '0.1.0', protocol: [1], node: '20.11.0', files: list, ...over }))
  files.set(shaOf(manifest), manifest)
  return { id: shaOf(manifest), bytes: manifest.length, files }
}

interface Rig {
  readonly world: World
  readonly held: Map<string, Uint8Array>
  readonly refusals: string[]
  /** Blocks that were sent. */
  served: number
  restarts: number
  silentFor: number
  mayFetch: boolean
  /** What the SIM may still pay for, and what was paid. */
  purse: number
  paid: number
  linkIsUp: boolean
  well: boolean
  serve: Map<string, Uint8Array>
  stage: UpdateStage
  /** As after a power cut: what the disk holds is all that is known. */
  startAgain(running?: 'installed' | 'a'): Promise<void>
  order(over?: Partial<UpdateOrder>, key?: SigningKey): void
  pass(ms: number): Promise<void>
  state(): string
}

async function rig(release: Made, over: Partial<UpdateDeps> = {}, disks: (disk: Disk) => Disk = (disk) => disk): Promise<Rig> {
  const world = createWorld(NOW)
  const disk = createMemoryDisk({ world, chance: chanceFrom('disk'), shared: () => null })
  const held = new Map<string, Uint8Array>([['installed/main.mjs', utf8('old')], ['installed/same.txt', utf8('the same')]])
  const files: SlotFiles = {
    read: async (path) => held.get(path) ?? null,
    write: async (path, bytes) => void held.set(path, bytes),
    sync: async () => undefined,
    rename: async (from, to) => {
      held.set(to, held.get(from) ?? new Uint8Array())
      held.delete(from)
    },
    remove: async (path) => [...held.keys()].filter((name) => name === path || name.startsWith(`${path}/`)).forEach((name) => held.delete(name)),
  }
  let life: Life = { alive: false, fired: 0 }
  const it: Rig = {
    world, held, refusals: [], served: 0, restarts: 0, silentFor: Infinity, mayFetch: true, purse: Infinity, paid: 0, linkIsUp: true, well: true, serve: release.files,
    stage: undefined as never,
    startAgain: async (running = 'installed') => {
      life.alive = false
      const own: Life = (life = { alive: true, fired: 0 })
      const started = world.now()
      const stage: UpdateStage = createUpdate({
        cluster: CLUSTER, crypto, deflate, log: silentLog, random: () => 0.5, version: running === 'a' ? '0.2.0' : '0.1.0',
        clock: clockOf(world, own, { wall: world.now, mono: () => world.now() - started, trueMsPer: 1 }),
        certified: createCertificateCache(crypto, crypto.publicKey(secretOf(1))),
        disk: disks(disk.mount(own, { wrote: () => undefined, renamed: () => undefined, removed: () => undefined })),
        now: () => wallMs(world.now()), changed: () => undefined, refused: (why) => void it.refusals.push(why),
        want: async (payload) => {
          if (!it.linkIsUp) return false
          const { f, i } = parseJson(payload) as { f: string; i: number[] }
          for (const index of i) {
            const bytes = it.serve.get(f)?.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES)
            if (!bytes || bytes.length === 0) continue
            world.after(100, () => {
              if (!own.alive || !it.linkIsUp) return
              it.served++
              stage.block(encodeBlock({ sha: fromBase64Url(f) ?? new Uint8Array(), index, bytes }))
            })
          }
          return true
        },
        mayPay: (bytes) => bytes <= it.purse, notePaid: (bytes) => void (it.paid += bytes), mayFetch: () => it.mayFetch, isSilentFor: (ms) => it.silentFor > ms, isWell: () => it.well, planRev: () => 7,
        host: { slots: createSlots({ files, crypto, running }), node: '20.19.0', restart: () => void it.restarts++ },
        ...over,
      })
      it.stage = stage
      const loading = stage.load()
      await world.run(world.now() + 1_000)
      await loading
      stage.start()
    },
    order: (changed = {}, key = keyFor('orders')) => {
      const now = world.now()
      it.stage.order(signOrder(crypto, key, { t: 'update', c: CLUSTER, iat: now, exp: now + 3_600_000, rev: 10, m: release.id, b: release.bytes, spread: 0, ...changed }))
    },
    pass: (ms) => world.run(world.now() + ms),
    state: () => {
      const { st, why } = it.stage.report() ?? { st: 'none' }
      return why === undefined ? st : `${st}: ${why}`
    },
  }
  await it.startAgain()
  return it
}

t.test('a release is fetched, put beside what runs, gone over to when told and silent, and done when it has been well', async (t) => {
  const box = await rig(made())
  t.equal(box.state(), 'none')
  box.order()
  await box.pass(MINUTE)
  t.equal(box.state(), 'ready')
  t.equal(box.served, [...box.serve].filter(([, bytes]) => bytes.length > 100).reduce((sum, [, bytes]) => sum + Math.ceil(bytes.length / BLOCK_BYTES), 0), 'each block once, and none of what the box had')
  await box.pass(60 * MINUTE)
  t.equal(box.restarts, 0, 'nobody said go')
  box.silentFor = QUIET_BEFORE_UPDATE_MS
  box.order({ go: box.world.now() + 10 * MINUTE })
  await box.pass(5 * MINUTE)
  t.equal(box.restarts, 0, 'something is due within half an hour')
  await box.pass(6 * MINUTE)
  box.silentFor = QUIET_BEFORE_UPDATE_MS + 1
  await box.pass(MINUTE)
  t.equal(box.restarts, 0, 'the word has run out')
  box.order({ go: box.world.now() + 10 * MINUTE })
  await box.pass(10_000)
  t.equal(box.restarts, 1)
  await box.startAgain('a')
  t.equal(box.state(), 'trial')
  box.well = false
  await box.pass(20_000)
  box.well = true
  await box.pass(25_000)
  t.equal(box.state(), 'trial', 'well, but not for long enough')
  await box.pass(15_000)
  t.equal(box.state(), 'done')
  t.match(JSON.parse(Buffer.from(box.held.get('boot.json') ?? []).toString()), { slot: 'a', trial: null })
  await box.startAgain('a')
  t.equal(box.state(), 'done', 'and remembered')
  const older = made({ n: 499, version: '0.3.0' })
  box.serve = older.files
  box.order({ rev: 11, m: older.id, b: older.bytes })
  await box.pass(MINUTE)
  t.equal(box.state(), 'failed: replayed')
})

t.test('what is signed for something else, cut off, or does not fit is refused, and what runs stays', async (t) => {
  for (const [release, state] of [
    [made({}, keyFor('orders')), 'failed: forged'], [made({}, keyFor('streams')), 'failed: forged'], [made({ version: '0.0.9' }), 'failed: downgrade'],
    [made({ least: '0.1.1' }), 'failed: too-old'], [made({ protocol: [9] }), 'failed: wrong-protocol'], [made({ node: '99.0.0' }), 'failed: node-too-old'],
  ] as const) {
    const box = await rig(release)
    box.order({ go: box.world.now() + 10 * MINUTE })
    await box.pass(2 * MINUTE)
    t.equal(box.state(), state)
    t.equal(box.held.has('boot.json'), false)
  }
  const truncated = made()
  const box = await rig(truncated)
  const manifest = truncated.files.get(truncated.id) ?? new Uint8Array()
  truncated.files.set(truncated.id, manifest.map((byte, n) => (n === 5 ? byte ^ 1 : byte)))
  box.order()
  await box.pass(2 * 60 * MINUTE)
  t.equal(box.state(), 'failed: unfetchable', 'bytes that are not what the order names are never looked at')
})

t.test('an order that is old, expired, for another box or not signed for orders changes nothing', async (t) => {
  const box = await rig(made())
  box.order({ c: 'zzzzzzzzzz' })
  box.order({ exp: box.world.now() - 1 })
  box.order({ exp: box.world.now() + 30 * 86_400_000 })
  box.order({}, keyFor('releases'))
  await box.pass(MINUTE)
  t.equal(box.state(), 'none')
  box.order({ rev: 20, m: null, b: 0 })
  await box.pass(1_000)
  box.order({ rev: 19 })
  await box.pass(MINUTE)
  t.equal(box.state(), 'waiting')
  t.same(box.refusals, ['wrong-target', 'expired', 'expired', 'unsigned', 'rolled-back'])
  t.equal(box.served, 0)
})

t.test('while something sounds or the SIM is spared nothing is fetched, and what has come is not fetched again, also over power cuts', async (t) => {
  const box = await rig(made())
  const all = 4 + Math.ceil((box.serve.values().next().value?.length ?? 0) / BLOCK_BYTES)
  box.mayFetch = false
  box.order()
  await box.pass(10 * MINUTE)
  t.equal(box.served, 0)
  box.mayFetch = true
  await box.pass(6_500)
  box.mayFetch = false
  await box.pass(10 * MINUTE)
  const before = box.served
  t.ok(before > 0 && before < all, `${before} of ${all}`)
  await box.pass(10 * MINUTE)
  t.equal(box.served, before)
  box.mayFetch = true
  box.linkIsUp = false
  await box.startAgain()
  await box.pass(10 * MINUTE)
  box.linkIsUp = true
  box.stage.linkUp()
  await box.pass(MINUTE)
  t.equal(box.state(), 'ready')
  t.ok(box.served <= all + 2 * 16 + 4, `${box.served} blocks in all, of ${all}`)
})

t.test('a release is fetched as far as the SIM’s budget of the day goes, and what it brought counts, also what came in vain', async (t) => {
  const release = made()
  const box = await rig(release)
  const [program = 0, manifest = 0] = [...release.files.values()].filter((bytes) => bytes.length > 200).map((bytes) => bytes.length)
  box.purse = manifest - 1
  box.order()
  await box.pass(10 * MINUTE)
  t.same([box.state(), box.served, box.paid], ['waiting: budget', 0, 0], 'not even the manifest, and it says why')
  box.purse = manifest
  await box.pass(10 * MINUTE)
  t.same([box.state(), box.paid], ['downloading: budget', manifest])
  box.purse = program
  await box.pass(10 * MINUTE)
  t.same([box.state(), box.paid], ['ready', manifest + program], 'the file that the box has already costs nothing')
  const spoilt = made()
  const torn = await rig(spoilt)
  torn.serve = new Map([...spoilt.files].map(([sha, bytes]) => [sha, sha === spoilt.id ? new Uint8Array(bytes.length) : bytes]))
  torn.order()
  await torn.pass(5 * MINUTE)
  t.same([torn.state(), torn.paid], ['downloading', spoilt.bytes])
})

t.test('without a launcher, or without room, a box says so', async (t) => {
  const alone = made()
  const box = await rig(alone, { host: undefined as never })
  box.order()
  await box.pass(MINUTE)
  t.equal(box.state(), 'failed: not-here')
  const full = await rig(made(), {}, (disk) => ({ ...disk, free: async () => 100_000 }))
  full.order()
  await full.pass(MINUTE)
  t.equal(full.state(), 'failed: no-space')
})

t.test('what is given up is left, and what it brought is cleared away', async (t) => {
  const box = await rig(made())
  box.order()
  await box.pass(3_000)
  box.order({ rev: 11, m: null, b: 0 })
  await box.pass(1_000)
  const served = box.served
  await box.pass(10 * MINUTE)
  t.equal(box.served, served)
  t.equal(box.state(), 'waiting')
})
