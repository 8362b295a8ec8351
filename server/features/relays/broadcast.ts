import { sinceMs, wallMs, type Cancel, type WallMs } from '../../../shared/core/clock.ts'
import type { Relay } from '../../../shared/core/timetable.ts'
import { createLeveller } from '../../core/loudness-leveller.ts'
import { createLevelWindow } from '../../core/relay-level.ts'
import { relaySourceOf, type OpenRelayRecording, type RelayRecording } from '../../core/relay-ports.ts'
import { nextWatch, startWatch, type WatchBounds, type WatchPhase, type WatchState } from '../../core/relay-watch.ts'
import type { RelayWindow } from '../../core/relay-windows.ts'
import type { SoundStream, StreamFacts, StreamHub } from '../../core/sound-stream.ts'
import { startIntake, type Intake, type IntakeDeps } from './intake.ts'

export interface BroadcastDeps extends IntakeDeps {
  readonly hub: Pick<StreamHub, 'open'>
  readonly openRecording: OpenRelayRecording | null
  readonly mourning: (policies: readonly string[]) => boolean
  readonly bounds: WatchBounds
  /** From writing to sounding. */
  readonly bufferMs: number
  /** What was kept, once the relay is over. */
  readonly onRecorded: (relay: Relay, recording: RelayRecording, begunAt: WallMs) => void
  readonly onOver: () => void
}

export interface BroadcastFacts {
  /** `preparing`: it is listened to, and does not sound yet. */
  readonly state: 'preparing' | WatchPhase
  readonly since: WallMs
  readonly why: 'lost' | 'silent' | null
  /** dBFS of the last second; null while nothing comes. */
  readonly levelDb: number | null
  /** LUFS before and gain after the leveller. */
  readonly sourceLufs: number | null
  readonly gainDb: number
  readonly codec: string | null
  readonly reconnects: number
  readonly substitutions: number
  readonly window: RelayWindow
  readonly stream: StreamFacts | null
}

/** One relay from a minute before its first sound to the end of its last. */
export interface Broadcast {
  facts(): BroadcastFacts
  /** The timetable or the catalogue changed while it is under way. */
  follow(relay: Relay, window: RelayWindow): void
  /** Ends at once; resolves when nothing of it runs any more. */
  stop(): Promise<void>
}

/** Sound goes on in steps of a tenth of a second. */
const TENTH_MS = 100
const TENTH_SAMPLES = 4_800
/** Written ahead of the clock, tenths: the stream begins without waiting for its cushion. */
const LEAD_TENTHS = 5
/** A process that stood still for longer does not make up for it, tenths. */
const MOST_BEHIND_TENTHS = 20

const intakeOf = (deps: BroadcastDeps, relay: Relay): Intake | null => {
  const source = relay.source === '' ? null : relaySourceOf(relay.source)
  return source && source.kind !== 'line' ? startIntake(deps, source) : null
}

export function startBroadcast(deps: BroadcastDeps, first: Relay, firstWindow: RelayWindow): Broadcast {
  const { clock, log } = deps
  let [relay, window] = [first, firstWindow]
  let intake = intakeOf(deps, relay)
  const begun = clock.mono()
  const hurt = startWatch(begun)
  // without an address there is nothing to wait for
  let watch: WatchState = intake ? hurt : { ...hurt, phase: 'substitute' }
  let since = clock.wall()
  let stream: SoundStream | null = null
  let streamedAt = since
  let recording: RelayRecording | null = null
  let [tenths, lead, substitutions] = [0, 0, 0]
  let levelDb: number | null = null
  let over: Promise<void> | null = null
  const levels = createLevelWindow()
  const leveller = createLeveller()

  const openStream = (): void => {
    stream = deps.hub.open(relay.id, 'relay')
    streamedAt = clock.wall()
    intake?.catchUp()
    stream.substitute(watch.phase === 'substitute')
    if (watch.phase === 'substitute') substitutions++
    if (relay.record === true && intake && deps.openRecording) recording = deps.openRecording(relay.id)
    log.info({ relay: relay.id, state: watch.phase }, 'a relay is on the air')
  }
  const noteWatch = (next: WatchState): void => {
    const changed = next.phase !== watch.phase
    watch = next
    if (!changed) return
    since = clock.wall()
    const facts = { relay: relay.id, why: next.why, levelDb, end: intake?.facts().lastEnd }
    if (next.phase === 'substitute') log.warn(facts, 'a relay does not sound: its substitute does')
    else log.info({ ...facts, state: next.phase }, next.phase === 'grace' ? 'nothing comes of a relay' : 'a relay sounds')
    if (next.phase === 'grace' || !stream) return
    stream.substitute(next.phase === 'substitute')
    if (next.phase === 'substitute') substitutions++
  }
  /** A tenth of a second of the relay, from its source to the clusters; false when there was none. */
  const pass = (): boolean => {
    const pcm = intake?.take(TENTH_SAMPLES) ?? null
    if (!pcm) {
      levelDb = null
      return false
    }
    levels.add(pcm)
    levelDb = levels.levelDb()
    const levelled = leveller.process(pcm)
    // the substitute sounds from its file; what is written meanwhile keeps the stream ready for the return
    stream?.write(levelled)
    if (watch.phase !== 'substitute') recording?.write(levelled)
    return true
  }
  const step = (): void => {
    const came = pass()
    if (!came || !stream) lead = 0
    else if (lead < LEAD_TENTHS && pass()) lead++
    noteWatch(nextWatch(watch, { now: clock.mono(), levelDb, mourning: deps.mourning(window.policies) }, deps.bounds))
  }
  const stop = (): Promise<void> => {
    over ??= (async () => {
      cancel()
      if (recording) deps.onRecorded(relay, recording, streamedAt)
      await Promise.all([intake?.stop(), stream?.end()])
    })()
    return over
  }
  const openAt = (): number => window.start - deps.bufferMs
  const tick = (): void => {
    const due = Math.floor(sinceMs(begun, clock.mono()) / TENTH_MS)
    if (due - tenths > MOST_BEHIND_TENTHS) tenths = due - MOST_BEHIND_TENTHS
    if (!stream && clock.wall() >= openAt()) openStream()
    for (; tenths < due; tenths++) step()
    const soundsAt = stream ? stream.soundsAt() : wallMs(clock.wall() + deps.bufferMs)
    if (soundsAt >= window.end) void stop().finally(deps.onOver)
    else arm()
  }
  let cancel: Cancel = () => undefined
  const guarded = (): void => {
    try {
      tick()
    } catch (error) {
      log.error({ relay: relay.id, error: String(error) }, 'a relay stumbled')
      arm()
    }
  }
  const arm = (): void => {
    const untilOpen = stream ? TENTH_MS : openAt() - clock.wall()
    cancel = clock.after(untilOpen > 0 ? Math.min(TENTH_MS, untilOpen) : TENTH_MS, guarded)
  }
  arm()

  return {
    facts: () => ({
      state: stream ? watch.phase : 'preparing',
      since, why: watch.why, levelDb,
      sourceLufs: leveller.sourceLufs(),
      gainDb: leveller.gainDb(),
      codec: intake?.facts().codec ?? null,
      reconnects: intake?.facts().reconnects ?? 0,
      substitutions, window,
      stream: stream?.facts() ?? null,
    }),
    follow(nextRelay, nextWindow) {
      const moved = nextRelay.source !== relay.source
      relay = nextRelay
      window = nextWindow
      if (!moved || over) return
      void intake?.stop()
      intake = intakeOf(deps, relay)
    },
    stop,
  }
}
