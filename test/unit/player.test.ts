import t from 'tap'
import type { Played } from '../../agent/stages/played.ts'
import { createPlayer, type PlayerDeps, type PlayerStage } from '../../agent/stages/player.ts'
import type { StoreStage } from '../../agent/stages/store.ts'
import type { Timekeeper } from '../../agent/stages/timekeeper.ts'
import type { PlayOrder, SoundReport } from '../../agent/core/ports.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { silentLog } from '../../shared/core/log.ts'
import type { NowOrder } from '../../shared/protocol/messages/orders.ts'
import type { PlanBody, PlanItem } from '../../shared/protocol/messages/plan.ts'

const T0 = Date.UTC(2026, 10, 22, 22, 30)
const MINUTE = 60_000
const NO_SLOTS: readonly Slot[] = []

/** A clock and its timers, turned by hand. The agent's time is the clock's own. */
function handClock() {
  let now = T0
  let timers: { at: number; fn: () => void }[] = []
  const clock: Clock = {
    wall: () => wallMs(now),
    mono: () => monoMs(now),
    after: (ms, fn) => {
      const timer = { at: now + ms, fn }
      timers.push(timer)
      return () => void (timers = timers.filter((one) => one !== timer))
    },
  }
  const turn = (to: number): void => {
    for (;;) {
      const due = timers.filter((one) => one.at <= to).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      timers = timers.filter((one) => one !== due)
      now = Math.max(now, due.at)
      due.fn()
    }
    now = to
  }
  return { clock, turn, now: () => now }
}

interface Sounding {
  readonly order: PlayOrder
  until: number
}

const item = (media: string, at = 0, len = 20 * MINUTE): PlanItem => ({ at, len, media, resume: 'from-the-beginning' })
const ALL_DAY = { label: '', windows: [{ from: 0, to: 86_400 }], quiet: [], warn: [], openings: [], pauses: [], mourning: [], volume: [] }
const plan = (rev: number, items: PlanItem[], minutes = 60): PlanBody => ({
  v: 1, cluster: 'c0000000a1', rev, from: T0 - 86_400_000, to: T0 + 9 * 86_400_000, volume: 100, stagger: 0, budget: 0,
  policies: { p: ALL_DAY }, media: [],
  sessions: [{ id: 'sang', policy: 'p', len: minutes * MINUTE, starts: [T0 / 1000], items }],
})
const order = (rev: number, stop: number | null, volume: number | null = null): NowOrder =>
  ({ t: 'now', c: 'c0000000a1', iat: T0, exp: T0 * 2, rev, volume, mute: false, stop })

function rig() {
  const { clock, turn, now } = handClock()
  let inForce: PlanBody | null = null
  let immediate: NowOrder | null = null
  const rows: Played[] = []
  const orders: Sounding[] = []
  const sound = {
    play: (playOrder: PlayOrder) => {
      const sounding: Sounding = { order: playOrder, until: playOrder.until }
      orders.push(sounding)
      const report = (): SoundReport => {
        const [from, to] = [playOrder.at as number, Math.min(now(), sounding.until)]
        return { began: to > from ? playOrder.at : null, playedMs: Math.max(0, to - from), levelDb: -20, underruns: 0, bufferMs: 0, failed: null }
      }
      return {
        report,
        retime: () => undefined,
        endBy: () => undefined,
        setVolume: () => undefined,
        stop: () => {
          sounding.until = Math.min(sounding.until, now())
          return Promise.resolve(report())
        },
      }
    },
    stop: () => Promise.resolve(),
  }
  const time: Timekeeper = {
    load: () => Promise.resolve(), start: () => undefined, stop: () => undefined, linkUp: () => undefined, answer: () => true,
    now: () => clock.wall(), monoOf: (wall) => monoMs(wall), wallOf: (mono) => wallMs(mono), errorMs: () => 1, facts: () => ({ trusted: true }),
  }
  const store = { pause: () => undefined, plan: () => inForce, immediate: () => immediate, holds: () => true, discard: () => undefined } as unknown as StoreStage
  const amplifier = { on: () => undefined, off: () => undefined, stop: () => Promise.resolve() }
  const nothing = (): void => undefined
  const streams: PlayerDeps['streams'] = { want: nothing, states: () => [], feed: () => ({ kind: 'opus', next: () => null, endFrame: () => null }) }
  const player: PlayerStage = createPlayer({
    streams, alerting: { slots: () => NO_SLOTS, manner: () => null, wanted: () => [] }, listener: { began: nothing, ended: nothing }, line: null, volumeLimit: 100,
    clock, log: silentLog, sound, amplifier, time, store, note: (row) => void rows.push(row), checkpoint: nothing, refused: nothing, changed: nothing,
  })
  return {
    player, rows, orders, turn,
    /** Names of the media that sound now. */
    heard: () => orders.filter((one) => one.order.at <= now() && now() < one.until).map((one) => one.order.media),
    take: (body: PlanBody) => {
      inForce = body
      player.look()
    },
    say: (said: NowOrder) => {
      immediate = said
      player.look()
    },
  }
}

t.test('a stop silences at once also where this box’s clock is behind the one that dated it', async (t) => {
  const box = rig()
  box.player.start()
  const morning = plan(1, [item('a'.repeat(43)), item('b'.repeat(43), 20 * MINUTE)])
  const evening = { ...morning.sessions[0], id: 'chieu', starts: [T0 / 1000 + 7_200], items: [item('c'.repeat(43))] } as PlanBody['sessions'][number]
  box.take({ ...morning, sessions: [...morning.sessions, evening] })
  box.turn(T0 + 5 * MINUTE)
  t.equal(box.heard().length, 1)
  const dated = T0 + 5 * MINUTE + 90_000
  box.say(order(1, dated))
  t.same(box.heard(), [], 'silent on receipt, not ninety seconds later')
  await new Promise((done) => setImmediate(done))
  t.equal(box.rows.at(-1)?.why, 'stopped')
  box.say(order(2, dated, 50))
  box.turn(T0 + 19 * MINUTE)
  t.same(box.heard(), [], 'and stays so, also when a later order says something else')
  box.turn(T0 + 21 * MINUTE)
  t.same(box.heard(), [], 'the rest of the session is over with it')
  box.turn(T0 + 121 * MINUTE)
  t.equal(box.heard().length, 1, 'the next session sounds')
})

t.test('what was planned to start before a stop does not start because the clock is behind', async (t) => {
  const box = rig()
  box.player.start()
  box.take(plan(1, [item('a'.repeat(43), 10 * MINUTE)]))
  box.turn(T0 + 9 * MINUTE)
  box.say(order(1, T0 + 11 * MINUTE))
  for (const at of [10.5, 15]) {
    box.turn(T0 + at * MINUTE)
    t.same(box.heard(), [])
  }
})

t.test('a recording that is replaced while it sounds gives way to the other one', async (t) => {
  const box = rig()
  box.player.start()
  box.take(plan(1, [item('a'.repeat(43))]))
  box.turn(T0 + MINUTE)
  box.take(plan(2, [item('b'.repeat(43))]))
  t.same(box.heard(), [`media/${'b'.repeat(43)}`])
})

t.test('a session that is made longer while its last item sounds goes on without a break', async (t) => {
  const box = rig()
  box.player.start()
  box.take(plan(1, [item('a'.repeat(43))], 10))
  box.turn(T0 + MINUTE)
  t.equal(box.orders[0]?.order.until, T0 + 10 * MINUTE)
  box.take(plan(2, [item('a'.repeat(43))], 15))
  for (const at of [5, 9.9, 10, 10.1, 14.9]) {
    box.turn(T0 + at * MINUTE)
    t.equal(box.heard().length, 1, `sounds at minute ${at}`)
  }
  t.same(box.orders.map(({ order: { at, until, offsetMs } }) => [at - T0, until - T0, offsetMs]), [[0, 10 * MINUTE, 0], [10 * MINUTE, 15 * MINUTE, 10 * MINUTE]])
  box.turn(T0 + 15 * MINUTE + 1)
  t.same(box.heard(), [])
})

t.test('a session that is made shorter while it sounds ends at its new end', async (t) => {
  const box = rig()
  box.player.start()
  box.take(plan(1, [item('a'.repeat(43))], 15))
  box.turn(T0 + MINUTE)
  box.take(plan(2, [item('a'.repeat(43))], 5))
  box.turn(T0 + 5 * MINUTE + 100)
  t.same(box.heard(), [])
})
