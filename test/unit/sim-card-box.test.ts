import t from 'tap'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import { nodeDeflate } from '../../agent/adapters/deflate.ts'
import { createDisk } from '../../agent/adapters/disk.ts'
import type { BlocksStage, Transfer, TransferEnd } from '../../agent/stages/blocks.ts'
import { createStore, type StoreStage } from '../../agent/stages/store.ts'
import { wallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { certifyKey, createCertificateCache, KEY_USES } from '../../shared/protocol/keys.ts'
import type { PlanBody } from '../../shared/protocol/messages/plan.ts'
import { signOrder } from '../../shared/protocol/orders.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import { createTurnedClock } from '../support/turned-clock.ts'

const CLUSTER = 'c0000000a1'
const T0 = Date.UTC(2026, 10, 22)
const DAY = 86_400_000
const crypto = nodeCrypto()
const root = new Uint8Array(32).fill(1)
const secret = new Uint8Array(32).fill(2)
const key = { secret, certificate: certifyKey(crypto, root, { key: crypto.publicKey(secret), uses: KEY_USES.orders, notBeforeMs: T0 - DAY, notAfterMs: T0 + 365 * DAY }) }
const ORDINARY = 'o'.repeat(43)
const PINNED = 'p'.repeat(43)

const nowOf = (rev: number, frugal: boolean): string =>
  signOrder(crypto, key, { t: 'now', c: CLUSTER, iat: T0, exp: T0 + 400 * DAY, rev, volume: null, mute: false, stop: null, ...(frugal ? { frugal } : {}) })

/** Lets what the disk has promised be kept. */
async function until(done: () => boolean): Promise<void> {
  for (let n = 0; n < 6_000 && !done(); n++) await new Promise((resolve) => setTimeout(resolve, 5))
}

async function rig(folder: string, budget = 0) {
  const body: PlanBody = {
    v: 2, from: T0 - DAY, to: T0 + 9 * DAY, volume: 100, stagger: 0, budget, policies: {}, sessions: [],
    media: [{ sha: ORDINARY, bytes: 9_000, ms: 1_000 }, { sha: PINNED, bytes: 9_000, ms: 1_000, pin: true }],
  }
  const bytes = nodeDeflate().deflate(utf8(JSON.stringify(body)))
  const sha = toBase64Url(crypto.sha256(bytes))
  const disk = await createDisk(folder)
  await disk.writeAtomic(`body/${sha}`, bytes)
  const clock = createTurnedClock(T0)
  const begun: string[] = []
  let current: { sha: string; end: (end: TransferEnd) => void } | null = null
  const blocks: BlocksStage = {
    begin: (transfer: Transfer, end) => {
      begun.push(transfer.sha)
      current = { sha: transfer.sha, end }
    },
    busy: () => current !== null,
    current: () => current?.sha ?? null,
    block: () => true,
    linkUp: () => undefined,
    drop: () => void (current = null),
    stop: () => Promise.resolve(),
  }
  const store: StoreStage = createStore({
    cluster: CLUSTER, clock, random: () => 0, crypto, deflate: nodeDeflate(), certified: createCertificateCache(crypto, crypto.publicKey(root)), disk, log: silentLog, blocks,
    alertFiles: () => [], now: () => wallMs(clock.wall()), refused: () => undefined, changed: () => undefined,
  })
  const plan = signOrder(crypto, key, { t: 'plan', c: CLUSTER, iat: T0, exp: T0 + 9 * DAY, rev: 1, sha, len: bytes.length })
  const done = (): void => {
    const ended = current
    current = null
    ended?.end('done')
  }
  return { store, begun, clock, plan, done, current: () => current?.sha ?? null }
}

t.test('with its SIM nearly spent a box fetches what emergencies need and nothing else, until the server says otherwise', async (t) => {
  const { store, begun, clock, plan, done, current } = await rig(t.testdir())
  store.order('now', nowOf(1, true))
  store.order('plan', plan)
  await until(() => begun.length > 0)
  t.same(begun, [PINNED])
  done()
  clock.turn(3_600_000)
  t.same(begun, [PINNED], 'the ordinary file is not paid for')
  store.order('now', nowOf(2, false))
  await until(() => begun.length > 1)
  t.same(begun, [PINNED, ORDINARY])
  store.order('now', nowOf(3, true))
  await until(() => current() === null)
  t.equal(current(), null, 'a file under way is left where it is')
  await store.stop()
})

t.test('what a release brought counts as the day’s downloads, beside programmes, over restarts, and a SIM that is spared pays for none', async (t) => {
  const folder = t.testdir()
  const { store, begun, clock, plan, done } = await rig(folder, 30_000)
  store.order('plan', plan)
  await until(() => begun.length > 0)
  store.notePaid(20_000)
  done()
  t.same([store.mayPay(1_000), store.mayPay(1_001)], [true, false], 'nine thousand went for the siren')
  clock.turn(3_600_000)
  t.same(begun, [PINNED], 'and the ordinary file, which nobody waits for, has no room beside it')
  await store.stop()
  const again = await rig(folder, 30_000)
  await again.store.load()
  again.store.order('plan', again.plan)
  await until(() => again.store.plan() !== null)
  t.same([again.store.mayPay(1_000), again.store.mayPay(1_001)], [true, false])
  again.clock.turn(DAY)
  t.ok(again.store.mayPay(30_000), 'the next day has its own')
  again.store.order('now', nowOf(1, true))
  await until(() => again.store.immediate() !== null)
  t.notOk(again.store.mayPay(1))
  await again.store.stop()
})
