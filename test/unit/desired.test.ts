import t from 'tap'
import { createDisk } from '../../agent/adapters/disk.ts'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { nodeDeflate } from '../../agent/adapters/deflate.ts'
import type { Disk } from '../../agent/core/ports.ts'
import { createDesired, type Desired } from '../../agent/stages/desired.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { certifyKey, createCertificateCache, KEY_USES } from '../../shared/protocol/keys.ts'
import type { PlanBody } from '../../shared/protocol/messages/plan.ts'
import { signOrder } from '../../shared/protocol/orders.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'

const CLUSTER = 'c0000000a1'
const NOW = wallMs(Date.UTC(2026, 10, 22))
const DAY = 86_400_000
const crypto = nodeCrypto()
const root = new Uint8Array(32).fill(1)

const keyOf = (seed: number, notBeforeMs: number, notAfterMs: number) => {
  const secret = new Uint8Array(32).fill(seed)
  return { secret, certificate: certifyKey(crypto, root, { key: crypto.publicKey(secret), uses: KEY_USES.orders, notBeforeMs, notAfterMs }) }
}
const current = keyOf(2, NOW - DAY, NOW + 365 * DAY)
const retired = keyOf(3, NOW - 900 * DAY, NOW - 100 * DAY)

const planOf = (rev: number, key = current) => {
  const body: PlanBody = { v: 2, from: NOW - DAY - rev, to: NOW + 9 * DAY, volume: 100, stagger: 0, budget: 0, policies: {}, sessions: [], media: [] }
  const bytes = nodeDeflate().deflate(utf8(JSON.stringify(body)))
  const sha = toBase64Url(crypto.sha256(bytes))
  return { name: `body/${sha}`, bytes, order: signOrder(crypto, key, { t: 'plan', c: CLUSTER, iat: NOW, exp: NOW + 9 * DAY, rev, sha, len: bytes.length }) }
}
const nowOf = (rev: number, key = current, iat: number = NOW) =>
  signOrder(crypto, key, { t: 'now', c: CLUSTER, iat, exp: NOW + 400 * DAY, rev, volume: null, mute: true, stop: null })

interface Rig {
  readonly desired: Desired
  readonly refused: string[]
}
function rig(disk: Disk, time: () => WallMs | null = () => NOW): Rig {
  const refused: string[] = []
  const nothing = (): void => undefined
  const desired = createDesired({
    cluster: CLUSTER, crypto, deflate: nodeDeflate(), certified: createCertificateCache(crypto, crypto.publicKey(root)), disk, log: silentLog,
    now: time, refused: (why) => void refused.push(why), changed: nothing, applied: nothing, lookFor: nothing,
  })
  return { desired, refused }
}

t.test('a stop does not wait for a disk that hangs', async (t) => {
  const real = await createDisk(t.testdir())
  const disk: Disk = { ...real, writeAtomic: () => new Promise(() => undefined) }
  const { desired } = rig(disk)
  void desired.order('plan', planOf(1).order)
  void desired.order('now', nowOf(1))
  void desired.order('now', nowOf(2))
  t.equal(desired.immediate()?.rev, 2)
})

t.test('orders of the moment that cross on the way to the disk leave the newest there', async (t) => {
  const real = await createDisk(t.testdir())
  let slow = true
  const disk: Disk = {
    ...real,
    writeAtomic: async (name, bytes) => {
      if (slow) await new Promise((done) => setTimeout(done, 50))
      slow = false
      await real.writeAtomic(name, bytes)
    },
  }
  const first = rig(disk)
  await Promise.all([first.desired.order('now', nowOf(1)), first.desired.order('now', nowOf(2))])
  const again = rig(real)
  await again.desired.load()
  t.equal(again.desired.immediate()?.rev, 2)
})

t.test('a plan whose body was whole when the power failed is in force after the start, without the server', async (t) => {
  const disk = await createDisk(t.testdir())
  const old = planOf(1)
  await disk.writeAtomic(old.name, old.bytes)
  await rig(disk).desired.order('plan', old.order)
  const newer = planOf(2)
  await rig(disk).desired.order('plan', newer.order)
  await disk.writeAtomic(newer.name, newer.bytes)
  const { desired } = rig(disk)
  await desired.load()
  t.equal(desired.plan()?.rev, 2)
  t.equal(desired.pendingBody(), null)
})

t.test('an order of a retired key that came before the time was known ends when the time is', async (t) => {
  const disk = await createDisk(t.testdir())
  let time: WallMs | null = null
  const { desired, refused } = rig(disk, () => time)
  const forged = planOf(7, retired)
  await disk.writeAtomic(forged.name, forged.bytes)
  await desired.order('plan', forged.order)
  await desired.order('now', nowOf(7, retired))
  time = NOW
  await desired.timeKnown()
  t.equal(desired.plan(), null)
  t.equal(desired.immediate(), null)
  t.same(desired.floors(), { plan: 0, now: 0 }, 'and its revision is no floor for those of the server')
  t.same(refused, ['unsigned', 'unsigned'])
  const again = rig(disk)
  await again.desired.load()
  t.equal(again.desired.plan(), null, 'also not after a restart')
})

t.test('an order that was in date when it was given stays in force when its key retires', async (t) => {
  const disk = await createDisk(t.testdir())
  let time = wallMs(NOW - 200 * DAY)
  const { desired, refused } = rig(disk, () => time)
  await desired.order('now', nowOf(3, retired, NOW - 200 * DAY))
  time = NOW
  const again = rig(disk, () => time)
  await again.desired.load()
  await again.desired.timeKnown()
  t.equal(again.desired.immediate()?.rev, 3)
  t.same(refused, [])
})

t.test('a body that was damaged on the disk is fetched again', async (t) => {
  const disk = await createDisk(t.testdir())
  const held = planOf(1)
  await disk.writeAtomic(held.name, held.bytes)
  await rig(disk).desired.order('plan', held.order)
  await disk.writeAt(held.name, 0, new Uint8Array(held.bytes.length))
  const { desired } = rig(disk)
  await desired.load()
  t.equal(desired.plan(), null)
  t.equal(desired.pendingBody()?.name, held.name)
  t.equal(desired.floors().plan, 1)
})
