import t from 'tap'
import type { Played } from '../../agent/stages/played.ts'
import type { StreamState } from '../../agent/core/stream-state.ts'
import { createPlayer, type PlayerDeps, type PlayerStage } from '../../agent/stages/player.ts'
import type { StoreStage } from '../../agent/stages/store.ts'
import type { Timekeeper } from '../../agent/stages/timekeeper.ts'
import type { OpusFeed, PlayOrder, SoundReport } from '../../agent/core/ports.ts'
import { monoMs, wallMs, type Clock } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { silentLog } from '../../shared/core/log.ts'
import type { NowOrder } from '../../shared/protocol/messages/orders.ts'
import type { HeldPlan, PlanItem } from '../../shared/protocol/messages/plan.ts'

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
const plan = (rev: number, items: PlanItem[], minutes = 60): HeldPlan => ({
  v: 2, rev, from: T0 - 86_400_000, to: T0 + 9 * 86_400_000, volume: 100, stagger: 0, budget: 0,
  policies: { p: ALL_DAY }, media: [],
  sessions: [{ id: 'sang', policy: 'p', len: minutes * MINUTE, starts: [T0 / 1000], items }],
})
const order = (rev: number, stop: number | null, volume: number | null = null): NowOrder =>
  ({ t: 'now', c: 'c0000000a1', iat: T0, exp: T0 * 2, rev, volume, mute: false, stop })

const feedOf = (stream: string): OpusFeed & { readonly stream: string } => ({ kind: 'opus', stream, next: () => null, endFrame: () => null })
const nameOf = ({ media }: PlayOrder): string => (typeof media === 'string' ? media : `~${(media as { stream?: string }).stream ?? media.kind}`)

function rig(options: { limit?: number; line?: boolean; lacks?: string[] } = {}) {
  const { clock, turn, now } = handClock()
  let alerts: readonly Slot[] = NO_SLOTS
  const states = new Map<string, StreamState[]>()
  const deliveries: string[] = []
  const paused: boolean[] = []
  let inForce: HeldPlan | null = null
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
        endBy: (until: number) => void (sounding.until = Math.min(sounding.until, until)),
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
  const store = { pause: (on: boolean) => void paused.push(on), plan: () => inForce, immediate: () => immediate, holds: (media: string) => !options.lacks?.includes(media), discard: () => undefined } as unknown as StoreStage
  const amplifier = { on: () => undefined, off: () => undefined, stop: () => Promise.resolve() }
  const nothing = (): void => undefined
  const streams: PlayerDeps['streams'] = { want: nothing, states: (stream) => states.get(stream) ?? [], feed: feedOf }
  const player: PlayerStage = createPlayer({
    streams, line: null, volumeLimit: options.limit ?? 100,
    alerting: { slots: () => alerts, manner: (slot) => (slot.startsWith('a.') ? { volume: 100, riseMs: 2_000 } : null), wanted: () => [] },
    listener: { began: (slot) => void deliveries.push(`${slot.id} began`), ended: (slot, _at, why) => void deliveries.push(`${slot.id} ${why ?? 'finished'}`) },
    clock, log: silentLog, sound, amplifier, time, store, note: (row) => void rows.push(row), checkpoint: nothing, refused: nothing, changed: nothing,
  })
  return {
    player, rows, orders, turn,
    deliveries, paused,
    /** Names of the media that sound now. */
    heard: () => orders.filter((one) => one.order.at <= now() && now() < one.until).map((one) => nameOf(one.order)),
    alert: (slots: readonly Slot[]) => {
      alerts = slots
      player.look()
    },
    says: (stream: string, line: StreamState[]) => {
      states.set(stream, line)
      player.look()
    },
    take: (body: HeldPlan) => {
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
  const evening = { ...morning.sessions[0], id: 'chieu', starts: [T0 / 1000 + 7_200], items: [item('c'.repeat(43))] } as HeldPlan['sessions'][number]
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

const alertSlot = (more: Partial<Slot> = {}): Slot => ({
  id: 'a.bao1', session: 'a.bao1', class: 'emergency', start: wallMs(T0 + 60_000), end: wallMs(T0 + 3_600_000), lengthMs: 20_000, resume: 'drop', policy: '', music: false, order: 0, staggerMs: 0, issuedAt: wallMs(T0), danger: 9, authority: 1, repeats: 2,
  source: { kind: 'parts', parts: [{ media: 'tone', stream: null, ms: 5_000 }, { media: 'text', stream: '~clip', ms: 10_000 }] }, ...more,
})

t.test('an emergency sounds on a box that has no plan, rises, keeps within the installer’s limit, and is told as the device takes it', async (t) => {
  const box = rig({ limit: 60, lacks: ['text'] })
  box.player.start()
  box.alert([alertSlot()])
  box.turn(T0 + 62_000)
  t.same(box.heard(), ['media/tone'])
  t.match(box.orders[0]?.order, { volume: 60, riseMs: 2_000 })
  t.same(box.deliveries, ['a.bao1 began'])
  box.turn(T0 + 67_000)
  t.same(box.heard(), ['~~clip'], 'what is not held comes as its clip')
  box.turn(T0 + 77_000)
  t.same(box.heard(), [], 'the gap')
  t.same(box.deliveries, ['a.bao1 began'])
  box.turn(T0 + 81_000)
  t.same(box.heard(), ['media/tone'], 'the second time')
  box.turn(T0 + 101_000)
  t.same(box.deliveries, ['a.bao1 began', 'a.bao1 finished'])
})

t.test('a missing part is told, and the next one sounds in its time', async (t) => {
  const box = rig({ lacks: ['tone'] })
  box.player.start()
  box.alert([alertSlot({ source: { kind: 'parts', parts: [{ media: 'tone', stream: null, ms: 8_000 }, { media: 'text', stream: null, ms: 10_000 }] }, repeats: 1 })])
  box.turn(T0 + 67_000)
  t.same(box.deliveries, ['a.bao1 missing-media'], 'after some seconds the station knows')
  box.turn(T0 + 69_000)
  t.same(box.heard(), ['media/text'])
  t.match(box.rows[0], { slot: 'a.bao1', why: 'missing-media', ms: 0 })
  t.same(box.deliveries, ['a.bao1 missing-media', 'a.bao1 began'])
})

const RELAY: PlanItem = { at: 0, len: 20 * MINUTE, media: 's'.repeat(43), stream: 'vov1', resume: 'where-it-would-be-now' }

t.test('a relay gives way to its substitute at the instant that was said, and comes back; each is told by itself', async (t) => {
  const box = rig()
  box.player.start()
  box.take(plan(1, [RELAY], 20))
  box.turn(T0 + MINUTE)
  t.same(box.heard(), ['~vov1'])
  t.same(box.paused, [true], 'no file comes beside it')
  const since = wallMs(T0 + MINUTE + 12_000)
  box.says('vov1', [{ from: since, substituteSince: since, own: false }])
  box.turn(T0 + MINUTE + 11_999)
  t.same(box.heard(), ['~vov1'])
  box.turn(T0 + MINUTE + 12_001)
  t.same(box.heard(), [`media/${'s'.repeat(43)}`])
  t.match(box.orders[1]?.order, { at: since, offsetMs: 0 })
  const back = wallMs(T0 + 3 * MINUTE)
  box.says('vov1', [{ from: since, substituteSince: since, own: false }, { from: back, substituteSince: null, own: false }])
  box.turn(T0 + 3 * MINUTE + 10)
  t.same(box.heard(), ['~vov1'])
  box.turn(T0 + 21 * MINUTE)
  await new Promise((done) => setImmediate(done))
  t.same(box.rows.map(({ via, slot }) => [via, slot.split('.')[0]]), [['stream', 'sang'], ['substitute', 'sang'], ['stream', 'sang']])
  t.same(box.paused.at(-1), false)
})

t.test('a relay that an emergency interrupts comes back where it would be now', async (t) => {
  const box = rig()
  box.player.start()
  box.take(plan(1, [RELAY], 20))
  box.turn(T0 + MINUTE)
  box.alert([alertSlot({ start: wallMs(T0 + MINUTE) })])
  box.turn(T0 + MINUTE + 2_000)
  t.same(box.heard(), ['media/tone'])
  box.turn(T0 + MINUTE + 45_000)
  t.same(box.heard(), ['~vov1'])
  const [first, again] = [box.orders[0]?.order, box.orders.at(-1)?.order]
  t.equal((again?.at ?? 0) - (again?.offsetMs ?? 0), (first?.at ?? 0) - (first?.offsetMs ?? 0), 'on the same line of time')
  box.alert([alertSlot({ id: 'a.lu22', session: 'a.lu22', start: wallMs(T0 + 2 * MINUTE) })])
  box.turn(T0 + 2 * MINUTE + 3_000)
  box.alert([])
  t.equal(box.deliveries.at(-1), 'a.lu22 cancelled')
})
