import { monoMs, sinceMs, type Cancel, type Clock, type Random } from '../../shared/core/clock.ts'
import type { Log } from '../../shared/core/log.ts'
import { encodeMessage, type MessageOf } from '../../shared/protocol/codec.ts'
import { BEAT_INTERVAL_MS, type Beat } from '../../shared/protocol/messages/beat.ts'
import { MAX_WALL_MS } from '../../shared/protocol/messages/fields.ts'
import type { Health } from '../../shared/protocol/messages/health.ts'
import { ORDER_EDITION } from '../../shared/protocol/messages/presence.ts'
import type { Refusal, Reported } from '../../shared/protocol/messages/reported.ts'
import type { UpdateReport } from '../../shared/protocol/messages/update.ts'
import { toBase64Url } from '../../shared/protocol/wire.ts'
import type { BoxFacts, Disk, SignalSource } from '../core/ports.ts'
import type { EvidenceLog } from './evidence-log.ts'
import type { LinkStage } from './link.ts'
import type { PlayerStage } from './player.ts'
import type { StoreStage } from './store.ts'
import type { Timekeeper } from './timekeeper.ts'

export interface ReporterDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly disk: Disk
  readonly link: LinkStage
  readonly time: Timekeeper
  readonly store: StoreStage
  readonly player: PlayerStage
  readonly evidence: EvidenceLog
  readonly signal: SignalSource
  readonly box: () => BoxFacts
  readonly version: string
  readonly simulated: boolean
  /** How far the newest order for a release has come; undefined before the first. */
  readonly update: () => UpdateReport | undefined
}
export interface Reporter {
  start(): void
  stop(): void
  /** The payload of the will of the coming connection. */
  nextConnection(): Uint8Array
  linkUp(): void
  refused(why: Refusal): void
  /** The time has become known: said at once, or the station would take the clock for untrusted until the next beat. */
  timeKnown(): void
  /** Something of the reported state changed. */
  changed(): void
}

/** Changes that come together are told together. */
const GATHER_MS = 1_000
/** The broker has not acknowledged a beat for this long: the link is dead, whatever TCP believes. */
const BEAT_ANSWER_MS = 15_000
const HEALTH_EVERY_MS = 3_600_000
const nonce = (random: Random): string => toBase64Url(Uint8Array.from({ length: 8 }, () => Math.floor(random() * 256)))

/** Says the state: hello on every connection, beats, reported state on change, health hourly. */
export function createReporter(deps: ReporterDeps): Reporter {
  const { clock, link, time, store, player } = deps
  const boot = nonce(deps.random)
  const started = clock.mono()
  const refusals = new Map<Refusal, number>()
  let connection = nonce(deps.random)
  let beats = 0
  let lateBeats = 0
  let cancels: Cancel[] = []
  let gather: Cancel | null = null
  let lastHealth = monoMs(Number.NEGATIVE_INFINITY)

  const at = (): number => clampInt(time.now() ?? clock.wall(), 0, MAX_WALL_MS)

  const hello = (): MessageOf<'hello'> => {
    const { plan, now } = store.floors()
    const clockError = time.errorMs()
    return { v: 1, boot, conn: connection, plan, now, agent: deps.version, clock: clockError === null ? null : clampInt(clockError, 0, 1e9), at: at(), simulated: deps.simulated, edition: ORDER_EDITION }
  }

  const beat = (): Beat => {
    const sounding = player.playing()
    const radio = deps.signal.latest()
    const { trusted, errMs, rttMs } = time.facts()
    const { held, due } = store.inventory()
    return {
      s: ++beats,
      t: Math.round(at() / 1000),
      ...(sounding ? { p: sounding.slot, b: clampInt(sounding.report.bufferMs, 0, 60_000) } : {}),
      ...(sounding && sounding.report.levelDb !== null ? { v: clampInt(sounding.report.levelDb * 10, -1200, 0) } : {}),
      ...(radio ? { r: radio.figures } : {}),
      ...(rttMs !== undefined ? { l: clampInt(rttMs, 0, 600_000) } : {}),
      ...(trusted && errMs !== undefined ? { e: clampInt(errMs, 0, 1e9) } : {}),
      c: due === 0 ? 1000 : Math.floor((held * 1000) / due),
    }
  }

  const sendBeat = (): void => {
    if (!link.isUp()) return
    const connectsThen = link.connects()
    let answered = false
    const unanswered = clock.after(BEAT_ANSWER_MS, () => {
      if (answered || connectsThen !== link.connects()) return
      lateBeats++
      link.renew('a beat was not acknowledged')
    })
    void link.send('beat', encodeMessage('beat', beat())).then((went) => {
      answered = went
      unanswered()
    })
  }

  const reported = (): Reported => {
    const { held, due, missing } = store.inventory()
    const { plan, now } = store.floors()
    const sounding = player.playing()
    const inForce = store.plan()
    const update = deps.update()
    return {
      plan: inForce?.rev ?? 0,
      now,
      planTo: inForce?.to ?? 0,
      held,
      due,
      missing: missing.slice(0, plan === inForce?.rev ? 16 : 0),
      playing: sounding ? { slot: sounding.slot, since: Math.round(sounding.since) } : null,
      refused: Object.fromEntries(refusals) as Reported['refused'],
      ...(update ? { update } : {}),
    }
  }

  const sendReported = (): void => {
    gather = null
    void link.send('reported', encodeMessage('reported', reported()))
  }

  const health = async (): Promise<Health> => {
    const [free, media] = [await deps.disk.free(), await deps.disk.list('media/')]
    const { rttMs, errMs, offsetMs, driftPpm, trusted } = time.facts()
    const radio = deps.signal.latest()
    const facts = deps.box()
    const immediate = store.immediate()
    return {
      at: at(),
      boot,
      upS: Math.round(sinceMs(started, clock.mono()) / 1000),
      agent: deps.version,
      simulated: deps.simulated,
      ...(radio ? { radio: radioFacts(radio) } : {}),
      link: { connects: link.connects(), lateBeats, ...(rttMs === undefined ? {} : { rttMs: Math.round(rttMs) }) },
      ...(facts.data ? { data: facts.data } : {}),
      clock: { trusted, ...(errMs === undefined ? {} : { errMs }), ...(offsetMs === undefined ? {} : { offsetMs }), ...(driftPpm === undefined ? {} : { driftPpm }) },
      ...(free === null ? {} : { disk: { freeBytes: free, cacheBytes: media.reduce((sum, f) => sum + f.bytes, 0) } }),
      ...(facts.tempC === undefined ? {} : { tempC: facts.tempC }),
      ...(facts.power === undefined ? {} : { power: facts.power }),
      volume: immediate?.volume ?? store.plan()?.volume ?? 100,
      mute: immediate?.mute ?? false,
      ...(facts.rssBytes === undefined ? {} : { rssBytes: facts.rssBytes }),
      evidenceWaiting: deps.evidence.waiting(),
    }
  }

  const sendHealth = (): void => {
    if (!link.isUp()) return
    lastHealth = clock.mono()
    void health()
      .then((facts) => link.send('health', encodeMessage('health', facts)))
      .catch((error: unknown) => deps.log.error({ error: String(error) }, 'health not told'))
  }

  const tick = (): void => {
    cancels = [clock.after(BEAT_INTERVAL_MS, tick)]
    sendBeat()
    if (clock.mono() - lastHealth >= HEALTH_EVERY_MS) sendHealth()
  }

  return {
    start: () => {
      // the phase is chance: boxes that started together do not beat together
      cancels = [clock.after(BEAT_INTERVAL_MS * deps.random(), tick)]
    },
    stop: () => {
      cancels.splice(0).forEach((cancel) => cancel())
      gather?.()
    },
    nextConnection: () => {
      connection = nonce(deps.random)
      return encodeMessage('gone', { conn: connection })
    },
    linkUp: () => {
      void link.send('hello', encodeMessage('hello', hello()))
      sendReported()
      sendBeat()
      if (clock.mono() - lastHealth >= HEALTH_EVERY_MS) sendHealth()
    },
    timeKnown: sendBeat,
    refused: (why) => {
      refusals.set(why, (refusals.get(why) ?? 0) + 1)
      if (link.isUp() && !gather) gather = clock.after(GATHER_MS, sendReported)
    },
    changed: () => {
      if (link.isUp() && !gather) gather = clock.after(GATHER_MS, sendReported)
    },
  }
}

const clampInt = (x: number, low: number, high: number): number => Math.max(low, Math.min(high, Math.round(x)))

function radioFacts(radio: NonNullable<ReturnType<SignalSource['latest']>>): NonNullable<Health['radio']> {
  const { figures, source, tech, operator, band, cell, iccid } = radio
  return {
    figures,
    source,
    ...(tech === undefined ? {} : { tech }),
    ...(operator === undefined ? {} : { operator }),
    ...(band === undefined ? {} : { band }),
    ...(cell === undefined ? {} : { cell }),
    ...(iccid === undefined ? {} : { iccid }),
  }
}
