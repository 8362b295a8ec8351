import { monoMs, wallMs, type Cancel, type Clock, type WallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { ServiceOrder } from '../../shared/protocol/messages/service.ts'
import type { Alerting } from '../core/alerting.ts'
import type { PcmFeed } from '../core/ports.ts'
import { TEST_TONE_MS, toneFeed } from '../core/self-test-tone.ts'
import type { Act } from './hands.ts'
import type { MonitorStage } from './monitor.ts'
import type { Played } from './played.ts'
import type { PlayerDeps } from './player.ts'
import type { StreamsStage } from './streams.ts'
import type { Timekeeper } from './timekeeper.ts'

/** The stream that is the box's own test tone: it is never asked of the station. */
const TONE_STREAM = 'self-test'
/** A tone is due so much after its order, and given up so much after its end. */
const AHEAD_MS = 3_000
const GRACE_MS = 4_000
/** The ear needs this after the last sound. */
const SETTLE_MS = 3_000

export interface ToneDeps {
  readonly clock: Clock
  readonly time: Pick<Timekeeper, 'now' | 'monoOf'>
  readonly hasPolicy: (name: string) => boolean
  readonly monitor: MonitorStage | undefined
  readonly changed: () => void
}
export interface ToneStage {
  slots(): readonly Slot[]
  /** The player's streams, with the tone among them. */
  among(streams: StreamsStage): PlayerDeps['streams']
  act(order: ServiceOrder): Promise<Act>
  /** True for a row that is a self-test's and no programme's. */
  took(row: Played): boolean
}
const NONE: readonly Slot[] = []

/** A test tone is a slot like any other: hours, mute, caps of volume and everything that goes before it bind it. */
export function createTone(deps: ToneDeps): ToneStage {
  const { clock, time, monitor } = deps
  let current: { slots: readonly Slot[]; over: (row: Played | null) => void } | null = null
  const feed: PcmFeed = toneFeed()

  const heard = async (row: Played): Promise<Act> => {
    const from = row.began === undefined ? null : time.monoOf(wallMs(row.began))
    if (from === null || row.ms === 0) return { st: 'failed', why: row.why === 'muted' ? 'muted' : row.why === 'quiet-hours' || row.why === 'outside-window' ? 'outside-hours' : 'silent' }
    await new Promise<void>((resolve) => void clock.after(SETTLE_MS, resolve))
    const to = monoMs(from + row.ms)
    const before = monitor?.verdict(from, to) ?? null
    const learnt = monitor && before ? await monitor.learn(from, to) : null
    return {
      st: 'done',
      facts: { playedMs: row.ms, ...(row.level === undefined ? {} : { level: row.level }), underruns: row.underruns, ...(before ? { heard: before.verdict } : {}), ...(learnt === null ? {} : { learnt }) },
    }
  }

  return {
    slots: () => current?.slots ?? NONE,
    among: (streams) => ({
      states: streams.states,
      want: (wanted) => streams.want(wanted.filter(({ stream }) => stream !== TONE_STREAM)),
      feed: (stream, zero) => (stream === TONE_STREAM ? feed : streams.feed(stream, zero)),
    }),
    took: (row) => {
      if (row.slot === current?.slots[0]?.id) current.over(row)
      return isToneSlot(row.slot)
    },
    act: async ({ id, policy }) => {
      const now = time.now()
      if (now === null || policy === undefined || !deps.hasPolicy(policy)) return { st: 'refused', why: 'no-plan' }
      if (current) return { st: 'refused', why: 'too-many' }
      const slot = toneSlot(`${SLOT}${id}`, policy, wallMs(now + AHEAD_MS))
      const row = await new Promise<Played | null>((resolve) => {
        const cancel: Cancel = clock.after(AHEAD_MS + TEST_TONE_MS + GRACE_MS, () => current?.over(null))
        current = {
          slots: [slot],
          over: (played) => {
            cancel()
            resolve(played)
          },
        }
        deps.changed()
      })
      current = null
      deps.changed()
      return row ? heard(row) : { st: 'failed', why: 'silent' }
    },
  }
}

const SLOT = 't.'
/** What sounds for a self-test is told to whoever ordered it, and stands in no report of programmes. */
export const isToneSlot = (slot: string): boolean => slot.startsWith(SLOT)

const toneSlot = (id: string, policy: string, start: WallMs): Slot => ({
  id, session: id, class: 'priority', start, end: wallMs(start + TEST_TONE_MS), lengthMs: TEST_TONE_MS, resume: 'drop', policy, music: false, order: 0, staggerMs: 0, issuedAt: start,
  source: { kind: 'parts', parts: [{ media: null, stream: TONE_STREAM, ms: TEST_TONE_MS }] },
})

/** Emergencies, what a person at the box started, and a test tone, as one list. */
export function alertingWithTone(alerting: Alerting, tone: Pick<ToneStage, 'slots'>): Alerting {
  let seen: { readonly a: readonly Slot[]; readonly b: readonly Slot[]; readonly all: readonly Slot[] } | null = null
  return {
    ...alerting,
    slots: () => {
      const [a, b] = [alerting.slots(), tone.slots()]
      // the player tells by the list itself whether something changed
      if (seen?.a !== a || seen.b !== b) seen = { a, b, all: b.length === 0 ? a : [...a, ...b] }
      return seen.all
    },
  }
}
