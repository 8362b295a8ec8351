import { monoMs, wallMs, type Cancel, type Clock, type WallMs } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import { prepareTimeline, timelineIn, volumeAt, type Segment } from '../../shared/core/timeline.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'
import { slotsOf } from '../../shared/protocol/messages/plan.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import type { Slot } from '../../shared/core/slot.ts'
import { nextDue } from '../core/silenced.ts'
import { actingStop, withoutStopped, type ActingStop } from '../core/stop.ts'
import { continued, LEAD_MS, mediaOf, nextLook, wantedAt, type Stretch } from '../core/stretches.ts'
import type { Amplifier, Sound, SoundHandle, SoundReport } from '../core/ports.ts'
import { endReason, rowOf, type Played } from './played.ts'
import { createSilences } from './silences.ts'
import { mediaName, type StoreStage } from './store.ts'
import type { Timekeeper } from './timekeeper.ts'

export type { Played } from './played.ts'

export interface PlayerDeps {
  readonly clock: Clock
  readonly log: Log
  readonly sound: Sound
  readonly amplifier: Amplifier
  readonly time: Timekeeper
  readonly store: StoreStage
  readonly note: (played: Played) => void
  /** What is under way, for the disk: a crash must not lose the evidence of it. */
  readonly checkpoint: (played: Played | null) => void
  /** A slot was due that must not sound, or nothing may because the clock is untrusted. */
  readonly refused: (why: Refusal) => void
  /** What sounds changed. */
  readonly changed: () => void
}
export interface PlayerStage {
  start(): void
  stop(): Promise<void>
  /** Plan, immediate state, media or clock changed. */
  look(): void
  playing(): { slot: string; since: WallMs; report: SoundReport } | null
}

interface Active {
  stretch: Stretch
  handle: SoundHandle | null
  /** Nothing more to do for this stretch until it has passed. */
  over: boolean
}

/** The timeline is computed for this much around now, and again before it runs out. */
const BACK_MS = 3_600_000
const AHEAD_MS = 6 * 3_600_000
const RECOMPUTE_MS = 3_600_000
const LONGEST_SESSION_MS = 86_400_000
/** An order that was given stays, and one that is done stays done, although a correction of the clock moves now back and forth. */
const CORRECTION_MS = 60_000
/** Even with nothing due the player looks now and then: a clock that was corrected moves every deadline. */
const LOOK_AT_LEAST_MS = 300_000
/** Whether an item has begun is asked this much after its time: the station is told what sounds, not what was ordered. */
const BEGUN_LOOK_MS = 200
const CHECKPOINT_MS = 15_000
const FADE_MS = 30
/** The amplifier needs this to settle before the first word, and rests this much after the last. */
const AMPLIFIER_BEFORE_MS = 500
const AMPLIFIER_AFTER_MS = 1_000

/** The amplifier is on around what sounds, and off otherwise. */
function holdPower({ amplifier, time }: PlayerDeps, active: Iterable<Active>, now: WallMs): void {
  const sounding = [...active].filter((a) => a.handle && a.stretch.from - now <= AMPLIFIER_BEFORE_MS)
  if (sounding.length === 0) return amplifier.off()
  const until = time.monoOf(wallMs(Math.max(...sounding.map((a) => a.stretch.to)) + AMPLIFIER_AFTER_MS))
  if (until !== null) amplifier.on(until)
}

/** Makes the sound that `onAirAt` asks for, and nothing else. */
export function createPlayer(deps: PlayerDeps): PlayerStage {
  const { clock, store, time } = deps
  const active = new Map<string, Active>()
  let segments: readonly Segment[] = []
  let slots: readonly Slot[] = []
  const silences = createSilences(deps)
  let startedAt = monoMs(0)
  let stop: ActingStop | null = null
  let computed: { at: number; plan: unknown; now: unknown } | null = null
  let wake: Cancel = () => undefined
  let checkpoints: Cancel | null = null
  let running = false
  let toldSounding: string | null = null

  const recompute = (now: WallMs): void => {
    const [plan, immediate] = [store.plan(), store.immediate()]
    const fresh = computed && computed.plan === plan && computed.now === immediate && Math.abs(now - computed.at) < RECOMPUTE_MS
    if (fresh) return
    computed = { at: now, plan, now: immediate }
    stop = actingStop(stop, immediate?.stop, now)
    if (!plan) return void ([segments, slots] = [[], []])
    const [from, to] = [wallMs(now - BACK_MS), wallMs(Math.min(now + AHEAD_MS, Math.max(plan.to, now + 1)))]
    const view = { staggerIndex: plan.stagger, stoppedAt: stop?.from ?? null, muted: immediate?.mute ?? false }
    // a session that is over may have made a later one late: whoever is left out would move what sounds now
    const all = withoutStopped(slotsOf(plan, wallMs(from - LONGEST_SESSION_MS), to), stop, plan.stagger)
    segments = timelineIn(prepareTimeline(all, plan.policies, view), from, to)
    slots = all.filter((slot) => slot.end + slot.staggerMs * plan.stagger > from)
  }

  const played = (a: Active, report: SoundReport, why: ShortReason | null): Played => rowOf(a.stretch, report, { why, time, startedAt })

  const close = (a: Active, report: SoundReport, why: ShortReason | null): void => {
    a.over = true
    a.handle = null
    deps.note(played(a, report, why))
    deps.checkpoint(null)
    deps.changed()
  }

  const begin = (a: Active, now: WallMs): void => {
    const { slot, from, to, offsetMs } = a.stretch
    const media = mediaOf(slot)
    const [at, until] = [time.monoOf(from), time.monoOf(to)]
    if (!media || !store.holds(media) || at === null || until === null) return
    a.handle = deps.sound.play({ media: mediaName(media), offsetMs, at, until, volume: volumeFor(store, a.stretch, now) }, (report) => {
      if (a.over) return
      if (report.failed === 'damaged-media' || report.failed === 'missing-media') store.discard(media)
      close(a, report, report.failed)
      look()
    })
    deps.changed()
  }

  /** Everything that is active and no longer wanted ends now. `wanted` reaches further than what is ordered. */
  const endUnwanted = (wanted: ReadonlyMap<string, Stretch>, now: WallMs): void => {
    for (const [key, a] of active) {
      const still = wanted.get(key)
      if (still) {
        a.stretch = still
        continue
      }
      const finished = now >= a.stretch.to
      if (a.over) {
        if (now >= a.stretch.to + CORRECTION_MS || now < a.stretch.from - CORRECTION_MS) active.delete(key)
        continue
      }
      const why = finished ? null : endReason(segments, now)
      if (!finished) active.delete(key)
      if (!a.handle) {
        if (now > a.stretch.from) close(a, NOTHING, why ?? 'missing-media')
        else a.over = finished
        continue
      }
      const handle = a.handle
      a.handle = null
      a.over = true
      void handle.stop(FADE_MS).then((report) => {
        if (report.began !== null || now > a.stretch.from) close(a, report, why)
      })
    }
  }

  function look(): void {
    if (!running) return
    wake()
    const now = time.now()
    if (now === null) return silences.distrust()
    silences.trust()
    recompute(now)
    const orderedTo = (key: string): WallMs | undefined => active.get(key)?.stretch.to
    const wanted = new Map(wantedAt(segments, now, LEAD_MS + CORRECTION_MS).flatMap((s) => continued(s, orderedTo, now + LEAD_MS)).map((s) => [s.key, s]))
    endUnwanted(wanted, now)
    for (const [key, stretch] of wanted) {
      if (stretch.from > now + LEAD_MS && !active.has(key)) continue
      let a = active.get(key)
      if (!a) active.set(key, (a = { stretch, handle: null, over: false }))
      silences.sounds(stretch.slot)
      if (a.over) continue
      if (!a.handle) begin(a, now)
      else {
        const at = time.monoOf(a.stretch.from)
        if (at !== null) a.handle.retime(at)
        a.handle.setVolume(volumeFor(store, a.stretch, now))
      }
    }
    silences.tell(slots, segments, staggerIndex(), now)
    const sounding = current()?.a.stretch.key ?? null
    if (sounding !== toldSounding) deps.changed()
    toldSounding = sounding
    holdPower(deps, active.values(), now)
    armCheckpoint()
    arm(now)
  }

  const staggerIndex = (): number => store.plan()?.stagger ?? 0

  const arm = (now: WallMs): void => {
    const looks = [now + LOOK_AT_LEAST_MS, nextLook(segments, now) ?? Number.POSITIVE_INFINITY, nextDue(slots, staggerIndex(), now)]
    for (const a of active.values()) {
      const on = a.stretch.from - AMPLIFIER_BEFORE_MS
      if (a.handle && on > now) looks.push(on)
      if (a.handle && a.handle.report().began === null) looks.push(Math.max(a.stretch.from, now) + BEGUN_LOOK_MS)
      // before its end: what was ordered may have to go on
      looks.push(...[a.stretch.to - LEAD_MS, a.stretch.to].filter((at) => at > now))
    }
    wake = clock.after(Math.max(5, Math.min(...looks) - now), look)
  }

  /** Only while something is ordered: a silent box is not woken for it. */
  const armCheckpoint = (): void => {
    if (![...active.values()].some((a) => a.handle)) return
    checkpoints ??= clock.after(CHECKPOINT_MS, checkpoint)
  }

  function checkpoint(): void {
    checkpoints = null
    armCheckpoint()
    const sounding = current()
    if (sounding) deps.checkpoint(played(sounding.a, sounding.report, 'restarted'))
  }

  const current = (): { a: Active; report: SoundReport } | null => {
    for (const a of active.values()) {
      const report = a.handle?.report()
      if (report && report.began !== null) return { a, report }
    }
    return null
  }

  return {
    start: () => {
      running = true
      startedAt = clock.mono()
      look()
    },
    stop: async () => {
      running = false
      wake()
      silences.trust()
      checkpoints?.()
      deps.amplifier.off()
      const open = [...active.values()].filter((a) => a.handle)
      for (const a of open) {
        const report = await a.handle?.stop(FADE_MS)
        if (report && report.began !== null) close(a, report, 'restarted')
      }
      await deps.sound.stop()
    },
    look,
    playing: () => {
      const sounding = current()
      const since = sounding && sounding.report.began !== null ? time.wallOf(sounding.report.began) : null
      return sounding && since !== null ? { slot: sounding.a.stretch.slot.id, since, report: sounding.report } : null
    },
  }
}

/** What a person set at once goes over everything; else the cluster's volume, weighed by the hour. */
function volumeFor(store: StoreStage, stretch: Stretch, now: WallMs): number {
  const plan = store.plan()
  const byTime = volumeAt(plan?.policies[stretch.slot.policy], now)
  return store.immediate()?.volume ?? Math.round(((plan?.volume ?? 100) * byTime) / 100)
}

const NOTHING: SoundReport = { began: null, playedMs: 0, levelDb: null, underruns: 0, bufferMs: 0, failed: null }
