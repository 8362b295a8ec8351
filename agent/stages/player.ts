import { monoMs, wallMs, type Cancel, type Clock, type WallMs } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import type { Alerting, SoundingListener } from '../core/alerting.ts'
import { nextDue } from '../core/silenced.ts'
import { named, wantedStreams, type Piece } from '../core/stream-pieces.ts'
import { continued, LEAD_MS, nextLook } from '../core/stretches.ts'
import type { Amplifier, OpusFeed, PcmFeed, Sound, SoundHandle, SoundReport } from '../core/ports.ts'
import { AMPLIFIER_BEFORE_MS, holdPower, isFrugal, isLive, mediaOf, piecesAt, volumeOf } from './player-orders.ts'
import { createTimetable } from './player-timetable.ts'
import { endReason, lackOf, rowOf, type Played } from './played.ts'
import { createSilences } from './silences.ts'
import { createSoundings } from './soundings.ts'
import type { StoreStage } from './store.ts'
import type { StreamsStage } from './streams.ts'
import type { Timekeeper } from './timekeeper.ts'

export type { Played } from './played.ts'

/** The box's own input for sound. */
export interface LineInput {
  /** What comes in from now on; frame 0 is to leave the loudspeaker at the server's wall time `origin`. */
  feed(origin: WallMs): PcmFeed
}

export interface PlayerDeps {
  readonly clock: Clock
  readonly log: Log
  readonly sound: Sound
  readonly amplifier: Amplifier
  readonly time: Timekeeper
  readonly store: StoreStage
  readonly streams: Pick<StreamsStage, 'want' | 'states'> & { feed(stream: string, origin: WallMs | null): OpusFeed | PcmFeed }
  readonly alerting: Alerting
  readonly listener: SoundingListener
  /** null = this box has none: a slot that names it sounds its substitute. */
  readonly line: LineInput | null
  /** Percent that nothing passes, emergencies included: the installer's. */
  readonly volumeLimit: number
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
  /** Plan, immediate state, emergencies, streams, media or clock changed. */
  look(): void
  playing(): { slot: string; since: WallMs; report: SoundReport } | null
  /** When sound is due next; in the past while it sounds, null when none is due within hours. */
  nextSound(): WallMs | null
}

type NamedPiece = Piece & { readonly base: string }
interface Active {
  piece: NamedPiece
  handle: SoundHandle | null
  /** Position in what sounds that the handle was ordered to begin with, ms. */
  offsetMs: number
  /** Nothing more to do for this piece until it has passed. */
  over: boolean
}

/** An order that was given stays, and one that is done stays done, although a correction of the clock moves now back and forth. */
const CORRECTION_MS = 60_000
/** Even with nothing due the player looks now and then: a clock that was corrected moves every deadline. */
const LOOK_AT_LEAST_MS = 300_000
/** Whether an item has begun is asked this much after its time: the station is told what sounds, not what was ordered. */
const BEGUN_LOOK_MS = 200
/** What has not begun for so long is asked for as rarely as this. */
const PATIENT_LOOK_MS = 2_000
const CHECKPOINT_MS = 15_000
const FADE_MS = 30

/** When something is to be done for what is ordered. */
function looksFor({ piece: { from, to }, handle }: Active, now: WallMs): number[] {
  // before its end: what was ordered may have to go on
  const looks = [to - LEAD_MS, to, ...(handle ? [from - AMPLIFIER_BEFORE_MS] : [])].filter((at) => at > now)
  if (handle?.report().began === null) looks.push(Math.max(from, now) + (now - from < PATIENT_LOOK_MS ? BEGUN_LOOK_MS : PATIENT_LOOK_MS))
  return looks
}

interface Sounding {
  readonly a: Active
  readonly report: SoundReport
}
/** The first that has begun to sound. */
function soundingOf(active: Iterable<Active>): Sounding | null {
  for (const a of active) {
    const report = a.handle?.report()
    if (report && report.began !== null) return { a, report }
  }
  return null
}

/** Makes the sound that `onAirAt` asks for, and nothing else. */
export function createPlayer(deps: PlayerDeps): PlayerStage {
  const { alerting, clock, store, streams, time } = deps
  const active = new Map<string, Active>()
  const timetable = createTimetable(deps)
  const silences = createSilences(deps)
  const soundings = createSoundings(deps.listener)
  let startedAt = monoMs(0)
  let wake: Cancel = () => undefined
  let checkpoints: Cancel | null = null
  let running = false
  let toldSounding: string | null = null
  let live = false

  const played = (a: Active, report: SoundReport, why: ShortReason | null): Played => rowOf(a.piece, report, { why, time, startedAt })

  const close = (a: Active, report: SoundReport, why: ShortReason | null): void => {
    a.over = true
    a.handle = null
    deps.note(played(a, report, why))
    deps.checkpoint(null)
    deps.changed()
  }

  const begin = (a: Active, now: WallMs): void => {
    const { from, to, zero, slot, sound } = a.piece
    const media = mediaOf(deps, a.piece)
    const [at, until] = [time.monoOf(from), time.monoOf(to)]
    if (media === null || at === null || until === null) return
    const riseMs = alerting.manner(slot.id)?.riseMs
    a.offsetMs = from - zero
    const order = { media, offsetMs: a.offsetMs, at, until, volume: volumeOf(deps, a.piece, now), ...(riseMs === undefined ? {} : { riseMs }) }
    a.handle = deps.sound.play(order, (report) => {
      if (a.over) return
      if (sound.kind === 'file' && (report.failed === 'damaged-media' || report.failed === 'missing-media')) store.discard(sound.media)
      close(a, report, report.failed)
      look()
    })
    deps.changed()
  }

  /** Everything that is active and no longer wanted ends now. `wanted` reaches further than what is ordered. */
  const endUnwanted = (wanted: ReadonlyMap<string, NamedPiece>, now: WallMs): void => {
    for (const [key, a] of active) {
      const still = wanted.get(key)
      if (still) {
        keep(a, still)
        continue
      }
      const finished = now >= a.piece.to
      if (a.over) {
        if (now >= a.piece.to + CORRECTION_MS || now < a.piece.from - CORRECTION_MS) active.delete(key)
        continue
      }
      const why = finished ? null : endReason(timetable.segments(), now)
      if (!finished) active.delete(key)
      if (!a.handle) {
        if (now > a.piece.from) close(a, NOTHING, why ?? lackOf(a.piece))
        else a.over = finished
        continue
      }
      const handle = a.handle
      a.handle = null
      a.over = true
      void handle.stop(FADE_MS).then((report) => {
        if (report.began !== null || now > a.piece.from) close(a, report, why)
      })
    }
  }

  /** The piece as it is wanted now; what was ordered in another way stays that until it ends. */
  const keep = (a: Active, still: NamedPiece): void => {
    if (!a.handle && !a.over) return void (a.piece = still)
    const until = still.to < a.piece.to && a.handle ? time.monoOf(still.to) : null
    a.piece = { ...a.piece, to: still.to }
    if (until !== null) a.handle?.endBy(until)
  }

  function look(): void {
    if (!running) return
    wake()
    const now = time.now()
    if (now === null) return silences.distrust()
    silences.trust()
    timetable.look(now)
    streams.want(wantedStreams(timetable.segments(), now, { holds: store.holds, frugal: isFrugal(store) }))
    const orderedTo = (key: string): WallMs | undefined => active.get(key)?.piece.to
    const pieces = named(piecesAt(deps, timetable.segments(), { now, horizonMs: LEAD_MS + CORRECTION_MS }), [...active.values()].map(({ piece }) => piece), now)
    const wanted = new Map(pieces.flatMap((piece) => continued(piece, orderedTo, now + LEAD_MS)).map((piece) => [piece.key, piece]))
    endUnwanted(wanted, now)
    for (const [key, piece] of wanted) {
      if (piece.from > now + LEAD_MS && !active.has(key)) continue
      let a = active.get(key)
      if (!a) active.set(key, (a = { piece, handle: null, offsetMs: 0, over: false }))
      silences.sounds(piece.slot)
      if (a.over) continue
      if (!a.handle) begin(a, now)
      else {
        const at = time.monoOf(wallMs(a.piece.zero + a.offsetMs))
        if (at !== null) a.handle.retime(at)
        a.handle.setVolume(volumeOf(deps, a.piece, now))
      }
    }
    tell(now)
    holdPower(deps, [...active.values()].filter((a) => a.handle).map((a) => a.piece), now)
    armCheckpoint()
    arm(now, [...wanted.values()].map(({ from }) => from - LEAD_MS))
  }

  const tell = (now: WallMs): void => {
    const [segments, slots] = [timetable.segments(), timetable.slots()]
    silences.tell(slots, segments, timetable.stagger(), now)
    const ordered = [...active.values()].filter((a) => !a.over).map((a) => ({ slot: a.piece.slot, from: a.piece.from, report: a.handle?.report() ?? null, lacks: lackOf(a.piece) }))
    soundings.look({ now, segments, slots, ordered, wallOf: ({ began }) => (began === null ? null : time.wallOf(began)) })
    const sounding = current()?.a.piece.key ?? null
    if (sounding !== toldSounding) deps.changed()
    toldSounding = sounding
    const isNow = [...active.values()].some((a) => a.handle !== null && isLive(a.piece))
    if (isNow !== live) store.pause((live = isNow))
  }

  /** `begins`: when pieces are to be ordered. */
  const arm = (now: WallMs, begins: readonly number[]): void => {
    const looks = [now + LOOK_AT_LEAST_MS, nextLook(timetable.segments(), now) ?? Number.POSITIVE_INFINITY, nextDue(timetable.slots(), timetable.stagger(), now), ...begins.filter((at) => at > now), ...(soundings.waits() ? [now + 1_000] : [])]
    for (const a of active.values()) looks.push(...looksFor(a, now))
    // whoever was told meanwhile may have looked and armed already
    wake()
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

  const current = (): Sounding | null => soundingOf(active.values())

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
    nextSound: () => {
      const now = time.now() ?? wallMs(0)
      return timetable.segments().find(({ to, onAir }) => to > now && onAir.do === 'play')?.from ?? null
    },
    playing: () => {
      const sounding = current()
      const since = sounding && sounding.report.began !== null ? time.wallOf(sounding.report.began) : null
      return sounding && since !== null ? { slot: sounding.a.piece.slot.id, since, report: sounding.report } : null
    },
  }
}

const NOTHING: SoundReport = { began: null, playedMs: 0, levelDb: null, underruns: 0, bufferMs: 0, failed: null }
