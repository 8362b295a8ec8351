import { every, wallMs, type Cancel, type Clock, type MonoMs, type Random, type WallMs } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import type { Log } from '../../shared/core/log.ts'
import type { CertifiedKey } from '../../shared/protocol/keys.ts'
import { parseJson } from '../../shared/protocol/orders.ts'
import { encodeTimeAsk, NONCE_BYTES, openTimeAnswer } from '../../shared/protocol/time.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'
import { acceptStep, ASK_MOST_MS, errorAt, excessMs, monoAt, nextAskMs, noteExchange, questionsNow, resumed, serverAt, unsynced, type ClockSync, type Exchange } from '../core/clock-sync.ts'
import type { ClockKeeper, Disk } from '../core/ports.ts'

/** Questions at a connect, and at one that follows soon on the last. */
export const FIRST_BURST = 8
const AGAIN_BURST = 3
const SOON_MS = 600_000
/** Once the crystal is known one question each ASK_EVERY_MS costs 0.13 MB a day; where only one is asked, another follows when it was slow. */
const SLOW_BY_MS = 15
const MOST_AT_ONCE = 2
export const BURST_SPACING_MS = 150
export const ASK_EVERY_MS = ASK_MOST_MS
const SAVE_EVERY_MS = 600_000
const ANSWER_TIMEOUT_MS = 10_000
/** Most answers have come by then. */
const ANSWERED_MS = 2_000
/** An RTC keeps about this: the bound of the error grows by it while the box is off or has no link. */
const RTC_PPM = 20
/** Wall time is read in whole milliseconds. */
const RTC_READ_MS = 2
/** A stored offset is worth nothing after this long without power or link. */
const MAX_STORED_AGE_MS = 30 * 86_400_000
/** How near the clock with the battery must be to the system's, to be what that was set by. */
const RTC_AGREES_MS = 60_000
/** How near the box's own clock must be to confirm a step as a second source. */
const SECOND_SOURCE_MS = 5_000
/** Of a drift that was stored without it. */
const UNKNOWN_SIGMA_PPM = 50
const FILE = 'state/clock'

export interface TimekeeperDeps {
  readonly cluster: string
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  readonly disk: Disk
  readonly log: Log
  /** Sends a time question; false when the link is down. */
  readonly ask: (payload: Uint8Array) => Promise<boolean>
  /** The estimate changed. */
  readonly changed: () => void
  /** What kept the time while the box was off; absent where that is not asked (a simulated box says it by its clock). */
  readonly keeper?: () => Promise<ClockKeeper>
}

export interface Timekeeper {
  load(): Promise<void>
  start(): void
  stop(): void
  /** Link is up: a burst of questions. */
  linkUp(): void
  /** False for an answer that the server did not sign for this cluster. */
  answer(payload: Uint8Array): boolean
  /** Server's time now; null while the clock is untrusted. */
  now(): WallMs | null
  /** Only while trusted. */
  monoOf(wall: WallMs): MonoMs | null
  wallOf(mono: MonoMs): WallMs | null
  errorMs(): number | null
  facts(): { trusted: boolean; errMs?: number; offsetMs?: number; driftPpm?: number; rttMs?: number }
}

interface Stored {
  /** Server's time when saved: no later time may be below it. */
  floor: number
  local: number
  offset: number
  errorMs: number
  driftPpm: number
  /** How uncertain it is; absent in what an older version stored. */
  driftSigmaPpm?: number
  /** Boot in which it was saved. */
  boot?: string
}

export function createTimekeeper(deps: TimekeeperDeps): Timekeeper {
  const { clock, log } = deps
  let sync: ClockSync = unsynced
  let floor = 0
  let burst = 0
  let boot: string | null = null
  let asked: { nonce: string; at: MonoMs }[] = []
  let askedOfBurst = 0
  let burstAt: MonoMs | null = null
  let cancels: Cancel[] = []
  let burstCancels: Cancel[] = []

  const now = (): WallMs | null => (sync.estimate ? serverAt(sync.estimate, clock.mono()) : null)

  const ask = async (): Promise<void> => {
    const nonce = Uint8Array.from({ length: NONCE_BYTES }, () => Math.floor(deps.random() * 256))
    asked = [...asked.filter((a) => clock.mono() - a.at < ANSWER_TIMEOUT_MS), { nonce: toBase64Url(nonce), at: clock.mono() }]
    await deps.ask(encodeTimeAsk(nonce))
  }

  /** A burst of questions; the next one comes by itself. */
  const askBurst = (questions: number): void => {
    burst++
    askedOfBurst = questions
    burstAt = clock.mono()
    burstCancels.splice(0).forEach((cancel) => cancel())
    burstCancels = Array.from({ length: questions }, (_, i) => clock.after(i * BURST_SPACING_MS, () => void ask()))
    // from the end of it: what its answers teach decides how soon
    burstCancels.push(clock.after(questions * BURST_SPACING_MS + ANSWERED_MS, armNext))
  }
  const armNext = (): void => void burstCancels.push(clock.after(nextAskMs(sync), askAgain))
  const askAgain = (): void => {
    askBurst(questionsNow(sync))
    // the network may have set the clock of a box that has no battery
    if (!sync.estimate) void resume().then(deps.changed, (error: unknown) => log.error({ error: String(error) }, 'clock not read'))
  }
  /** The one question of a burst met a queue: another may not. */
  const askOnceMore = (): void => {
    if (askedOfBurst >= MOST_AT_ONCE || excessMs(sync, burst) < SLOW_BY_MS) return
    askedOfBurst++
    burstCancels.push(clock.after(BURST_SPACING_MS, () => void ask()))
  }

  const save = async (): Promise<void> => {
    const server = now()
    if (server === null || !sync.estimate) return
    // only what the server said raises the floor: a wrong RTC would lift it above all true time, and nothing could lower it
    if (sync.samples.length > 0) floor = Math.max(floor, server)
    const local = clock.wall()
    const errorMs = errorAt(sync.estimate, clock.mono())
    const stored: Stored = { floor, local, offset: server - local, errorMs, driftPpm: sync.estimate.driftPpm, driftSigmaPpm: sync.estimate.driftSigmaPpm, ...(boot === null ? {} : { boot }) }
    await deps.disk.writeAtomic(FILE, utf8(JSON.stringify(stored)))
  }

  /** Without a battery a box starts where it was switched off, hours ago: then its wall time is no time (DESIGN §6: never set). */
  const wasKept = (stored: Stored, keeper: ClockKeeper | undefined): boolean => {
    if (!keeper || stored.boot === keeper.boot || keeper.synchronised) return true
    return keeper.rtc !== null && Math.abs(keeper.rtc - clock.wall()) < RTC_AGREES_MS
  }

  /** Goes on from what is stored, where the box kept the time meanwhile. */
  const resume = async (): Promise<void> => {
    const keeper = await deps.keeper?.()
    boot = keeper?.boot ?? null
    const value = parseJson(await deps.disk.read(FILE)) as Partial<Stored> | undefined
    const fields = [value?.floor, value?.local, value?.offset, value?.errorMs, value?.driftPpm]
    if (!fields.every((f) => typeof f === 'number' && Number.isFinite(f))) return
    const stored = value as Stored
    floor = Math.max(floor, stored.floor)
    const away = clock.wall() - stored.local
    // a clock that went backwards was never set again: then nothing scheduled sounds until the server says the time
    if (away < 0 || away > MAX_STORED_AGE_MS || !wasKept(stored, keeper)) return
    // nobody knows how long of it the RTC kept the time, and how long the processor's crystal, whose drift is known
    const drifted = (away * stored.driftPpm) / 2e6
    const server = wallMs(clock.wall() + stored.offset + drifted)
    if (server < floor || sync.estimate) return
    sync = resumed(server, clock.mono(), stored.errorMs + Math.abs(drifted) + (away * RTC_PPM) / 1e6 + RTC_READ_MS, { ppm: stored.driftPpm, sigmaPpm: stored.driftSigmaPpm ?? UNKNOWN_SIGMA_PPM })
  }

  const take = (exchange: Exchange): void => {
    // what was only kept through a time without power or link is no source against the server's own signed word
    const heldOnly = sync.samples.length === 0
    const next = noteExchange(sync, exchange, burst)
    if (next.suspect && (heldOnly || Math.abs(exchange.sent - clock.wall()) < SECOND_SOURCE_MS)) sync = acceptStep(sync, exchange, burst)
    else sync = next
    if (sync.suspect) log.warn({ sent: exchange.sent }, 'time differs by more than a minute and nothing confirms it: kept the old')
    if (heldOnly && sync.samples.length > 0) void save().catch((error: unknown) => log.error({ error: String(error) }, 'clock not saved'))
    deps.changed()
  }

  return {
    load: resume,
    start: () => {
      cancels = [
        clock.after(ASK_EVERY_MS, () => void (burst === 0 && askAgain())),
        every(clock, SAVE_EVERY_MS, () => void save().catch((error: unknown) => log.error({ error: String(error) }, 'clock not saved'))),
      ]
    },
    stop: () => [...cancels.splice(0), ...burstCancels.splice(0)].forEach((cancel) => cancel()),
    linkUp: () => {
      const soon = burstAt !== null && sync.samples.length > 0 && clock.mono() - burstAt < SOON_MS
      askBurst(soon ? AGAIN_BURST : FIRST_BURST)
    },
    answer: (payload) => {
      const answered = clock.mono()
      const opened = openTimeAnswer(payload, deps)
      if (!opened) return false
      const question = asked.find((a) => a.nonce === toBase64Url(opened.nonce))
      if (!question) return true // a copy, or an answer that nobody waits for any more
      asked = asked.filter((a) => a !== question)
      if (answered - question.at > ANSWER_TIMEOUT_MS) return true
      // until it came, the server's time went on: by less than the question and its answer took
      if (opened.sent + (answered - question.at) < floor) {
        log.warn({ sent: opened.sent, floor }, 'the server says a time that is already past here: not taken. If the server is right, stop the agent, delete state/clock in its folder and start it again')
        return true
      }
      take({ asked: question.at, answered, received: opened.received, sent: opened.sent })
      askOnceMore()
      return true
    },
    now,
    monoOf: (wall) => (sync.estimate ? monoAt(sync.estimate, wall) : null),
    wallOf: (mono) => (sync.estimate ? serverAt(sync.estimate, mono) : null),
    errorMs: () => (sync.estimate ? errorAt(sync.estimate, clock.mono()) : null),
    facts: () => {
      const server = now()
      if (server === null || !sync.estimate) return { trusted: false }
      const { driftPpm, rttMs } = sync.estimate
      return { trusted: true, errMs: errorAt(sync.estimate, clock.mono()), offsetMs: server - clock.wall(), driftPpm, rttMs }
    },
  }
}
