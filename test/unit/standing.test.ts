import t from 'tap'
import { nodeCrypto } from '../../agent/adapters/crypto.ts'
import type { Disk } from '../../agent/core/ports.ts'
import { createChallenges, signedWords, type StandingAsk } from '../../agent/core/standing-challenge.ts'
import { judgeHold, newHold, turned } from '../../agent/core/standing-hold.ts'
import { alertingWith, planBy, standingTime } from '../../agent/core/standing-time.ts'
import { createStanding, type StandingStage } from '../../agent/stages/standing.ts'
import { monoMs, wallMs, type Clock, type MonoMs, type WallMs } from '../../shared/core/clock.ts'
import { standingSlotId, standingStartOf } from '../../shared/core/standing-slot.ts'
import { prepareTimeline, timelineIn } from '../../shared/core/timeline.ts'
import type { HeldPlan } from '../../shared/protocol/messages/plan.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'

const NOW = Date.UTC(2026, 10, 22, 21)
const CLUSTER = 'k000000001'
const SIREN = 'A'.repeat(42) + 'E'
const crypto = nodeCrypto()
const SECRET = new Uint8Array(32).fill(5)
const KEY = toBase64Url(crypto.publicKey(SECRET))

class Hand implements Clock {
  at = 0
  /** Of the box's own wall clock. */
  offset = NOW
  private timers: { at: number; fn: () => void }[] = []
  wall = (): WallMs => wallMs(this.offset + this.at)
  mono = (): ReturnType<typeof monoMs> => monoMs(this.at)
  after = (delay: number, fn: () => void): (() => void) => {
    const timer = { at: this.at + delay, fn }
    this.timers.push(timer)
    return () => void (this.timers = this.timers.filter((each) => each !== timer))
  }
  pass(ms: number): void {
    const end = this.at + ms
    for (;;) {
      const next = this.timers.filter((each) => each.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.timers = this.timers.filter((each) => each !== next)
      this.at = Math.max(this.at, next.at)
      next.fn()
    }
    this.at = end
  }
}

const order = (over: object = {}): object => ({ id: 'vode000001', name: 'Vỡ đê', danger: 9, times: 3, gap: 2_000, vol: 80, parts: [{ m: SIREN, ms: 8_000 }], switch: 1, ...over })
const planOf = (over: object = {}): HeldPlan =>
  ({ v: 2, rev: 10, from: NOW - 1e8, to: NOW + 8e8, volume: 60, stagger: 0, budget: 0, policies: {}, sessions: [], media: [], standing: { keys: [KEY], ends: [NOW + 3_600_000], orders: [order()] }, ...over }) as unknown as HeldPlan

interface Box {
  readonly clock: Hand
  readonly stage: StandingStage
  readonly files: Map<string, Uint8Array>
  readonly warned: string[]
  plan: HeldPlan | null
  now: WallMs | null | 'box'
  holds: boolean
  changes: number
  act(over?: object): ReturnType<StandingStage['door']['act']>
  restart(): Promise<Box>
}

async function box(files = new Map<string, Uint8Array>(), clock = new Hand()): Promise<Box> {
  const disk = { read: async (name: string) => files.get(name) ?? null, writeAtomic: async (name: string, bytes: Uint8Array) => void files.set(name, bytes) } satisfies Pick<Disk, 'read' | 'writeAtomic'>
  const warned: string[] = []
  let chance = 0
  const made = { clock, files, warned, plan: planOf(), now: 'box' as Box['now'], holds: true, changes: 0 }
  const log = { debug: () => undefined, info: () => undefined, warn: (_: object, text: string) => void warned.push(text), error: (facts: object) => void warned.push(JSON.stringify(facts)) }
  const stage = createStanding({
    cluster: CLUSTER, clock, crypto, disk, log, secretBytes: (count) => new Uint8Array(count).map(() => (chance = (chance * 31 + 7) % 251)),
    now: () => (made.now === 'box' ? clock.wall() : made.now), plan: () => made.plan, holds: () => made.holds, changed: () => void (made.changes += 1),
  })
  await stage.load()
  const act = (over: object = {}): ReturnType<StandingStage['door']['act']> => {
    const ask: StandingAsk = { order: 'vode000001', action: 'start', ...over }
    const given = stage.door.challenge(ask)
    const challenge = given.ok ? given.value : 'none'
    return stage.door.act({ ...ask, challenge, key: KEY, signature: toBase64Url(crypto.sign(signedWords(CLUSTER, ask, challenge), SECRET)), ...over })
  }
  const restart = async (): Promise<Box> => {
    await stage.stop()
    return box(files, clock)
  }
  return Object.assign(made, { stage, act, restart }) as Box
}
const holdKey = ({ stage, clock }: Box): void => {
  stage.switchTurned(1, false)
  clock.pass(100)
  stage.switchTurned(1, true)
  clock.pass(1_600)
}
const codeOf = (result: { ok: boolean; code?: string }): string => (result.ok ? 'done' : (result.code ?? ''))

t.test('a key must be turned for a second and a half, and bouncing or knocking starts nothing', async (t) => {
  const at = (hold: ReturnType<typeof newHold>, ms: number): ReturnType<typeof judgeHold> => judgeHold(hold, monoMs(ms))
  const ready = at(newHold(false, monoMs(0), false), 60).hold
  const on = turned(ready, true, monoMs(1_000))
  t.equal(at(on, 2_400).event, null)
  t.equal(at(on, 2_500).event, 'start')
  t.equal(at(at(on, 2_500).hold, 9_000).event, null, 'once')
  const knocked = turned(turned(turned(ready, true, monoMs(1_000)), false, monoMs(2_000)), true, monoMs(2_030))
  t.equal(at(knocked, 2_600).event, null, 'the hold begins anew')
  const started = at(on, 2_500).hold
  t.equal(at(turned(turned(started, false, monoMs(5_000)), true, monoMs(5_030)), 5_100).event, null, 'a bounce does not end it')
  t.equal(at(turned(started, false, monoMs(5_000)), 5_060).event, 'stop')
})

t.test('an order starts nothing after its last day, and what sounds then can still be stopped; without the time a person at the key is believed', async (t) => {
  const b = await box()
  const until = NOW + 60_000
  b.plan = planOf({ standing: { keys: [KEY], ends: [NOW + 8e8], orders: [order({ until }), order({ id: 'chay000001', name: 'Cháy rừng', switch: 2 })] } })
  t.same(b.stage.door.view().orders.map(({ name }) => name), ['Vỡ đê', 'Cháy rừng'])
  t.equal(codeOf(b.act()), 'done')
  b.clock.pass(61_000)
  t.same(b.stage.door.view().orders.map(({ name }) => name), ['Cháy rừng'])
  const ended = b.act()
  t.match([codeOf(ended), ended.ok ? '' : ended.why], ['order-ended', /gia hạn/])
  const c = await box()
  c.plan = planOf({ standing: { keys: [KEY], ends: [NOW + 8e8], orders: [order({ until: NOW + 5_000, times: 20 })] } })
  t.equal(codeOf(c.act()), 'done')
  c.clock.pass(10_000)
  t.equal(c.stage.slots().length, 1, 'it comes to its end')
  t.equal(codeOf(c.act({ action: 'stop' })), 'done')
  holdKey(c)
  t.same(c.stage.slots(), [], 'nor by the key')
  c.stage.switchTurned(1, false)
  c.clock.pass(1_000)
  c.now = null
  holdKey(c)
  t.equal(c.stage.slots().length, 1)
})

t.test('a switch that is on at the start of the box starts nothing until it has been turned back', async (t) => {
  const b = await box()
  b.stage.switchTurned(1, true)
  b.clock.pass(10_000)
  t.same(b.stage.slots(), [])
  holdKey(b)
  t.equal(b.stage.slots().length, 1)
})

t.test('a turned key is an emergency of that order until it is turned back; its evidence names order, time and switch', async (t) => {
  const b = await box()
  holdKey(b)
  const [slot] = b.stage.slots()
  t.match(slot, { class: 'emergency', danger: 9, authority: 1, repeats: 3, lengthMs: 10_000, source: { kind: 'parts', parts: [{ media: SIREN, ms: 8_000 }] } })
  t.match(standingStartOf(slot?.id ?? ''), { order: 'vode000001', by: { kind: 'switch', switch: 1 } })
  t.same(b.stage.manner(slot?.id ?? ''), { volume: 80, riseMs: 2_000 })
  t.equal(b.stage.manner('a.other'), null)
  t.equal(b.stage.slots(), b.stage.slots(), 'the same list until it changes')
  const segments = timelineIn(prepareTimeline([...b.stage.slots()], {}, { staggerIndex: 0, stoppedAt: null, muted: false }), wallMs(NOW), wallMs(NOW + 120_000))
  t.equal(segments.filter((s) => JSON.stringify(s).includes('a.tc-')).length > 0, true, 'the rule lets it sound')
  b.stage.switchTurned(1, false)
  b.clock.pass(100)
  t.same(b.stage.slots(), [])
  t.match(b.warned, ['a standing order was started at the box', 'a standing order was ended at the box'])
})

t.test('nothing starts while disarmed, after the plan, or without the clip', async (t) => {
  const b = await box()
  b.plan = planOf({ standing: undefined })
  holdKey(b)
  t.same([b.stage.slots(), codeOf(b.act())], [[], 'disarmed'])
  b.plan = planOf({ to: NOW })
  t.equal(codeOf(b.act()), 'plan-expired')
  b.plan = planOf()
  b.holds = false
  t.equal(codeOf(b.act()), 'no-clip')
  b.holds = true
  t.equal(codeOf(b.act()), 'done')
  b.plan = planOf({ rev: 11, standing: undefined })
  b.stage.look()
  t.same(b.stage.slots(), [], 'disarmed while it sounds: over')
})

t.test('a phone starts and stops with the commune’s key, and with nothing less', async (t) => {
  const b = await box()
  const other = new Uint8Array(32).fill(6)
  t.equal(codeOf(b.act({ key: toBase64Url(crypto.publicKey(other)) })), 'unknown-key')
  t.equal(codeOf(b.act({ signature: 'A'.repeat(86) })), 'wrong-signature')
  t.equal(codeOf(b.act({ order: 'khac000001' })), 'no-such-order')
  t.equal(codeOf(b.act({ action: 'stop' })), 'not-sounding')
  t.equal(codeOf(b.act()), 'done')
  t.match(standingStartOf(b.stage.slots()[0]?.id ?? ''), { by: { kind: 'phone', key: KEY.slice(0, 8) } })
  t.equal(codeOf(b.act()), 'done')
  t.equal(b.stage.slots().length, 1, 'pressed twice is pressed once')
  t.match(b.stage.door.view(), { why: null, sounding: [{ name: 'Vỡ đê' }], orders: [{ seconds: 30 }] })
  t.equal(codeOf(b.act({ action: 'stop' })), 'done')
  t.same(b.stage.slots(), [])
  b.clock.pass(3_600_000)
  t.equal(codeOf(b.act()), 'key-ended')
})

t.test('a challenge serves one act of one order on one box, once, for a minute', async (t) => {
  const b = await box()
  const ask = { order: 'vode000001', action: 'start' } as const
  const signed = (challenge: string, cluster = CLUSTER, what: StandingAsk = ask): string => toBase64Url(crypto.sign(signedWords(cluster, what, challenge), SECRET))
  const given = (): string => {
    const challenge = b.stage.door.challenge(ask)
    return challenge.ok ? challenge.value : ''
  }
  const first = given()
  const act = { ...ask, challenge: first, key: KEY, signature: signed(first) }
  t.equal(codeOf(b.stage.door.act(act)), 'done')
  t.equal(codeOf(b.stage.door.act(act)), 'bad-challenge', 'replayed')
  t.equal(codeOf(b.stage.door.act({ ...act, action: 'stop' })), 'bad-challenge', 'turned into a stop')
  const second = given()
  t.equal(codeOf(b.stage.door.act({ ...ask, action: 'stop', challenge: second, key: KEY, signature: signed(second, CLUSTER, { ...ask, action: 'stop' }) })), 'bad-challenge', 'asked for a start')
  t.equal(codeOf(b.stage.door.act({ ...ask, challenge: second, key: KEY, signature: signed(second, 'k000000002') })), 'wrong-signature', 'signed for another box')
  b.clock.pass(60_001)
  t.equal(codeOf(b.stage.door.act({ ...ask, challenge: second, key: KEY, signature: signed(second) })), 'bad-challenge', 'too late')
  const elsewhere = createChallenges({ crypto, secret: new Uint8Array(32).fill(9), chance: (n) => new Uint8Array(n) }).give(ask, b.clock.mono())
  t.equal(codeOf(b.stage.door.act({ ...ask, challenge: elsewhere, key: KEY, signature: signed(elsewhere) })), 'bad-challenge', 'made by somebody else')
})

t.test('what was started goes on after a restart, and is over after its time whatever the clock says later', async (t) => {
  const b = await box()
  holdKey(b)
  const [slot] = b.stage.slots()
  const again = await b.restart()
  t.same(again.stage.slots(), [slot])
  again.stage.switchTurned(1, true)
  t.equal(again.stage.slots().length, 1, 'the key is still turned')
  again.stage.switchTurned(1, false)
  again.clock.pass(100)
  t.same(again.stage.slots(), [])
  const third = await again.restart()
  t.same(third.stage.slots(), [])
  t.equal(codeOf(third.act()), 'done')
  third.clock.pass(2 * 3_600_000)
  t.same(third.stage.slots(), [])
  const fourth = await third.restart()
  fourth.clock.offset -= 2 * 3_600_000
  t.same((await fourth.restart()).stage.slots(), [])
  b.files.set('state/standing', new Uint8Array([1, 2, 3]))
  t.same((await b.restart()).stage.slots(), [], 'a damaged file is none')
})

t.test('a key switch works on a box that does not know the time, for a person stands at it; a phone’s key cannot be judged', async (t) => {
  const b = await box()
  b.clock.offset = 1_000
  b.now = null
  t.equal(codeOf(b.act()), 'clock-untrusted')
  holdKey(b)
  t.equal(b.stage.slots().length, 1)
  const real = { now: (): WallMs | null => (b.now === 'box' ? b.clock.wall() : b.now), monoOf: (_: WallMs): MonoMs | null => null, wallOf: (_: MonoMs): WallMs | null => null }
  const time = standingTime(real, b.stage, b.clock)
  const now = time.now()
  t.ok(now !== null && Math.abs(now - b.clock.wall()) < 5, 'the player has a time to go by')
  t.equal(time.monoOf(wallMs((now ?? 0) + 1_000)), b.clock.at + 1_000)
  t.equal(planBy({ plan: () => b.plan }, real).plan(), null, 'nothing scheduled sounds by it')
  t.same(b.stage.manner(b.stage.slots()[0]?.id ?? '')?.volume, 80)
  const id = b.stage.slots()[0]?.id
  b.clock.pass(5_000)
  b.now = wallMs(NOW)
  b.stage.look()
  t.match(b.stage.slots(), [{ id, start: NOW - 4_800 }], 'goes on at the same instant by the server’s time')
  t.equal(b.stage.stopgap(b.clock.mono()), null)
  t.equal(time.now(), NOW)
})

t.test('emergencies of the server and of the box are one list that changes only when one of them does', async (t) => {
  const b = await box()
  const none: readonly never[] = []
  const both = alertingWith({ slots: () => none, manner: () => null, wanted: () => [] }, b.stage)
  t.equal(both.slots(), none)
  holdKey(b)
  t.equal(both.slots().length, 1)
  t.equal(both.slots(), both.slots())
  t.ok(both.manner(both.slots()[0]?.id ?? ''))
})

t.test('the slot’s name can be read back, and is never that of a server’s emergency', async (t) => {
  const start = { order: 'vode000001', at: wallMs(NOW), by: { kind: 'phone', key: 'Ab_-1234' } } as const
  t.same(standingStartOf(standingSlotId(start)), start)
  for (const other of ['a.abcd1234', 'a.abcd1234.c', 'l.x', 'a.tc-x-1-s1', 'a.tc-vode000001-1-s9']) t.equal(standingStartOf(other), null, other)
})
