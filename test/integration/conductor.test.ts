import { createAgentWords } from '../../server/core/agent-words.ts'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createBodyStore } from '../../server/adapters/body-store.ts'
import { nodeCrypto } from '../../server/adapters/crypto.ts'
import { nodeDeflate } from '../../server/adapters/deflate.ts'
import { loadServerKeys } from '../../server/adapters/key-store.ts'
import { openDatabases } from '../../server/adapters/sqlite/open.ts'
import type { BodyStore, ServerLink } from '../../server/core/ports.ts'
import { createStores } from '../../server/create-stores.ts'
import { startFleet } from '../../server/features/fleet/plugin.ts'
import { monoMs, wallMs, type Clock, type WallMs } from '../../shared/core/clock.ts'
import { silentLog } from '../../shared/core/log.ts'
import { encodeMessage } from '../../shared/protocol/codec.ts'
import { createCertificateCache } from '../../shared/protocol/keys.ts'
import type { Order, OrderType } from '../../shared/protocol/messages/orders.ts'
import { openOrder } from '../../shared/protocol/orders.ts'
import { topicOf } from '../../shared/protocol/topics.ts'
import { fromUtf8 } from '../../shared/protocol/wire.ts'

const CLUSTER = 'c0000000a1'
const START = Date.UTC(2026, 10, 22)
const DAY = 86_400_000

/** Real databases, keys and bodies; the clock and the broker are turned by hand. */
function rig(t: Test, folder = t.testdir()) {
  const hand = { wall: START, mono: 0, timers: [] as { at: number; fn: () => void }[] }
  const clock: Clock = {
    wall: () => wallMs(hand.wall),
    mono: () => monoMs(hand.mono),
    after: (ms, fn) => {
      const timer = { at: hand.mono + ms, fn }
      hand.timers.push(timer)
      return () => void (hand.timers = hand.timers.filter((one) => one !== timer))
    },
  }
  const opened = openDatabases(folder)
  if (!opened.ok) throw new Error(opened.why)
  const stores = createStores(opened.value, clock)
  const crypto = nodeCrypto()
  const keys = loadServerKeys(join(folder, 'keys'), crypto, clock.wall())
  const sent: { topic: string; text: string }[] = []
  let receive: (topic: string, payload: Uint8Array) => void = () => undefined
  const link: ServerLink = {
    publish: (topic, payload) => {
      sent.push({ topic, text: fromUtf8(payload) ?? '' })
      return Promise.resolve()
    },
    onMessage: (handler) => void (receive = handler),
    connected: () => true,
    streams: { send: () => undefined, sendTo: () => undefined, joined: () => null },
    stop: () => Promise.resolve(),
  }
  const bodies = createBodyStore(join(folder, 'plans'))
  let failures = 0
  const failing: BodyStore = {
    ...bodies,
    save: (sha, bytes) => {
      if (failures-- > 0) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' })
      bodies.save(sha, bytes)
    },
  }
  stores.policies.putText('ca-ngay', { windows: ['00:00-24:00'], quiet: [] })
  if (!stores.clusters.byId(CLUSTER))
    stores.clusters.insert({ id: CLUSTER, name: 'Cụm', created: clock.wall(), publicKey: new Uint8Array(32), secretSha256: createHash('sha256').digest(), mosquittoHash: null })
  const fleet = startFleet({
    words: createAgentWords(),
    clock, crypto, deflate: nodeDeflate(), keys, link, stores, log: silentLog, bodies: failing,
    findFor: () => () => [{ sha: 'a'.repeat(43), ms: 60_000, name: 'Bản tin' }], fileOf: () => null, pinned: () => [], readBlock: () => Promise.resolve(null),
  })
  t.teardown(() => {
    fleet.stop()
    opened.value.close()
  })
  /** Lets `ms` pass, with a heartbeat each second at the end of it. */
  const pass = (ms: number): void => {
    const end = hand.mono + ms
    for (;;) {
      const due = hand.timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      hand.timers = hand.timers.filter((one) => one !== due)
      hand.wall += due.at - hand.mono
      hand.mono = due.at
      due.fn()
    }
    hand.wall += end - hand.mono
    hand.mono = end
    fleet.heartbeat()
  }
  const opens = <T extends OrderType>(type: T, text: string, at: WallMs): Extract<Order, { t: T }> | string => {
    const order = openOrder(text, type, { crypto, cluster: CLUSTER, at, certified: createCertificateCache(crypto, keys.rootPublic) })
    return order.ok ? order.value : order.code
  }
  const last = <T extends 'plan' | 'now'>(type: T): Extract<Order, { t: T }> | string => {
    const said = sent.findLast((one) => one.topic === topicOf(type, CLUSTER))
    return said ? opens(type, said.text, clock.wall()) : 'nothing'
  }
  const hello = (plan: number, now: number): void =>
    receive(topicOf('hello', CLUSTER), encodeMessage('hello', { v: 1, boot: 'a'.repeat(11), conn: 'a'.repeat(11), plan, now, agent: 'test', clock: 1, at: hand.wall, simulated: true }))
  return { hand, stores, fleet, sent, pass, last, hello, keys, bodies, fail: (times: number) => void (failures = times) }
}

t.test('a plan that cannot be written is tried again and ends nothing', async (t) => {
  const { fleet, fail, pass, last } = rig(t)
  fail(1)
  t.doesNotThrow(() => pass(1_000))
  t.equal(last('plan'), 'nothing')
  pass(15_000)
  t.type(last('plan'), 'object')
  t.ok(fleet.lastHeartbeat())
})

t.test('a clock that was years ahead and is set right does not hold the heartbeat or the plans up', async (t) => {
  const { hand, stores, pass, last, fleet } = rig(t)
  hand.wall = START + 1_000 * DAY
  pass(1_000)
  pass(1_000)
  hand.wall = START
  pass(1_000)
  pass(1_000)
  const plan = last('plan')
  t.ok(typeof plan === 'object' && plan.exp < START + 20 * DAY, 'planned again for the days that come')
  stores.sessions.put({ id: 'thu', name: 'Thử', at: '07:01', until: '07:02', days: 'daily', policy: 'ca-ngay', targets: 'all', items: [{ file: 'x' }] }, wallMs(hand.wall))
  fleet.listener.timetableChanged()
  pass(60_000)
  pass(1_000)
  t.equal(stores.planned.between(wallMs(START), wallMs(START + DAY)).length, 1, 'what is due is noted')
})

t.test('what was due while the server was away for days is noted when it is back', async (t) => {
  const { hand, stores, pass, fleet } = rig(t)
  stores.sessions.put({ id: 'thu', name: 'Thử', at: '07:01', until: '07:02', days: 'daily', policy: 'ca-ngay', targets: 'all', items: [{ file: 'x' }] }, wallMs(hand.wall))
  fleet.listener.timetableChanged()
  pass(1_000)
  hand.wall += 7 * DAY
  pass(1_000)
  t.equal(stores.planned.between(wallMs(0), wallMs(START + 9_000 * DAY)).length, 7)
})

t.test('a clock that leaps years ahead does not fill the evidence with what nobody was to hear', async (t) => {
  const { hand, stores, pass, fleet } = rig(t)
  stores.sessions.put({ id: 'thu', name: 'Thử', at: '07:01', until: '07:02', days: 'daily', policy: 'ca-ngay', targets: 'all', items: [{ file: 'x' }] }, wallMs(hand.wall))
  fleet.listener.timetableChanged()
  pass(1_000)
  hand.wall += 4_000 * DAY
  pass(1_000)
  t.ok(stores.planned.between(wallMs(0), wallMs(START + 9_000 * DAY)).length <= 41)
})

t.test('a body that is gone from the disk is made again', async (t) => {
  const { pass, last, fleet, bodies, stores } = rig(t)
  pass(1_000)
  const before = last('plan')
  if (typeof before === 'string') return t.fail(before)
  bodies.keepOnly(new Set())
  fleet.listener.clusterChanged(CLUSTER)
  pass(1_000)
  const after = last('plan')
  t.ok(typeof after === 'object' && after.rev > before.rev)
  t.ok(bodies.read(stores.plans.current(CLUSTER)?.sha ?? ''))
})

t.test('a cluster that was muted after the backup is told what the restored station wants', async (t) => {
  const { pass, last, hello, hand } = rig(t)
  pass(1_000)
  hello(0, hand.wall + 5_000)
  pass(1_000)
  const now = last('now')
  t.ok(typeof now === 'object' && now.rev > hand.wall && !now.mute, JSON.stringify(now))
})

t.test('a server that runs for years signs with certificates that are in date', async (t) => {
  const { pass, last, keys, hand, fleet } = rig(t)
  pass(1_000)
  for (let month = 0; month < 30; month++) {
    hand.wall += 30 * DAY
    if (keys.renew(wallMs(hand.wall))) fleet.listener.timetableChanged()
    pass(60_000)
    pass(1_000)
    t.type(last('plan'), 'object', `month ${month}`)
  }
})

t.test('keys that were certified while the clock was years ahead are certified again', async (t) => {
  const folder = t.testdir()
  const crypto = nodeCrypto()
  loadServerKeys(join(folder, 'keys'), crypto, wallMs(START + 300 * DAY))
  const { pass, last } = rig(t, folder)
  pass(1_000)
  t.type(last('plan'), 'object')
})

t.test('plans are issued again under a certificate that was renewed', async (t) => {
  const { pass, last, keys, fleet } = rig(t)
  pass(1_000)
  const before = last('plan')
  t.ok(keys.renew(wallMs(START + 600 * DAY)))
  t.ok(keys.renew(wallMs(START + 5_000)))
  fleet.listener.timetableChanged()
  pass(1_000)
  const after = last('plan')
  t.ok(typeof before === 'object' && typeof after === 'object' && after.rev > before.rev)
})

t.test('a stop that a clock years ahead had dated silences nobody once the clock is right', async (t) => {
  const { hand, stores, pass, last } = rig(t)
  hand.wall = START + 1_000 * DAY
  pass(1_000)
  stores.clusters.setNow(CLUSTER, { rev: hand.wall, volume: 60, mute: false, stop: wallMs(hand.wall) })
  hand.wall = START
  pass(1_000)
  pass(1_000)
  const now = last('now')
  t.ok(typeof now === 'object' && now.stop === null && now.volume === 60 && now.rev > START + 1_000 * DAY, JSON.stringify(now))
})
