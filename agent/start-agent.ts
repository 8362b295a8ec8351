import { monoMs, wallMs, type Clock, type Random } from '../shared/core/clock.ts'
import type { Crypto, Deflate } from '../shared/core/crypto.ts'
import type { Log } from '../shared/core/log.ts'
import type { Slot } from '../shared/core/slot.ts'
import { createCertificateCache } from '../shared/protocol/keys.ts'
import type { Amplifier, BoxFacts, ClockKeeper, Connect, Disk, Recovery, SignalSource, Sound, TrySound } from './core/ports.ts'
import { alertingWith, planBy, standingTime } from './core/standing-time.ts'
import { createAlerts, type AlertsStage } from './stages/alerts.ts'
import { createBlocks, type BlocksStage } from './stages/blocks.ts'
import { createEvidenceLog, type EvidenceLog } from './stages/evidence-log.ts'
import { createInbox } from './stages/inbox.ts'
import { createLink, type LinkStage } from './stages/link.ts'
import { createHands, type HandsStage } from './stages/hands.ts'
import { createActs, type BoxServices } from './stages/hands-acts.ts'
import { alertingWithTone, createTone, isToneSlot } from './stages/hands-tone.ts'
import type { MonitorStage } from './stages/monitor.ts'
import { createPlayer, type LineInput, type Played, type PlayerDeps, type PlayerStage } from './stages/player.ts'
import { createRecovery, type RecoveryStage } from './stages/recovery.ts'
import { createReporter, type Reporter } from './stages/reporter.ts'
import { createStanding, type StandingStage } from './stages/standing.ts'
import { createStore, type StoreStage } from './stages/store.ts'
import { createStreams, type StreamsStage } from './stages/streams.ts'
import { createTimekeeper, type Timekeeper } from './stages/timekeeper.ts'
import { createUpdate, type UpdateDeps, type UpdateHost, type UpdateStage } from './stages/update.ts'

export interface AgentDeps {
  readonly cluster: string
  /** The root's public key, pinned at enrolment. */
  readonly root: Uint8Array
  readonly clock: Clock
  /** Not to be foreseen: nonces and what a phone has to sign come of it. */
  readonly random: Random
  readonly crypto: Crypto
  readonly deflate: Deflate
  readonly connect: Connect
  readonly disk: Disk
  readonly sound: Sound
  /** Tries the sound device without a sound; absent = it cannot be tried. */
  readonly trySound?: TrySound
  readonly amplifier: Amplifier
  readonly signal: SignalSource
  readonly box: () => BoxFacts
  /** What kept this machine's time while it was off; absent where the clock itself says it. */
  readonly keeper?: () => Promise<ClockKeeper>
  readonly log: Log
  readonly version: string
  /** The modem, or more, is made up: told on every connection, shown on every screen. */
  readonly simulated: boolean
  /** Opens the box's own input for sound; absent or null = it has none. */
  readonly line?: (hooks: LineHooks) => (LineInput & { stop(): void }) | null
  /** What brings a lost link back; absent = nothing. */
  readonly recovery?: Recovery
  /** What a technician can do from afar beyond the agent itself; absent = nothing. */
  readonly services?: BoxServices
  /** The box's own ear; absent = it has none. */
  readonly monitor?: MonitorStage
  /** What keeps several programs of the agent and starts one of them; absent = it is brought up to date by hand. */
  readonly releases?: UpdateHost
  /** Percent of full scale that nothing passes, set by the installer; 100 when absent. */
  readonly volumeLimit?: number
}

/** What a line input needs of the agent. */
export interface LineHooks {
  readonly monoOf: Timekeeper['monoOf']
  /** Sound came in although no signed slot asks for it, or is over. */
  readonly outside: (isThere: boolean) => void
}

export interface Agent {
  /** What it says of itself, for tests and the command line. */
  readonly playing: PlayerStage['playing']
  /** What it takes for the time, and how sure it is. */
  readonly clock: Timekeeper['facts']
  /** Orders that were signed ahead: what a key switch and the phone's door turn to. */
  readonly standing: Pick<StandingStage, 'switchTurned' | 'door'>
  /** The streams that are due, and how they come. */
  readonly streams: StreamsStage['facts']
  stop(): Promise<void>
}

/** Nothing of a release is fetched while sound is due so soon. */
const SILENT_FOR_FILES_MS = 60_000

/** Reads what the disk holds, goes on with it at once, and looks for the server beside. */
export async function startAgent(deps: AgentDeps): Promise<Agent> {
  const { clock, crypto, disk, log, random } = deps
  const certified = createCertificateCache(crypto, deps.root)
  const common = { ...deps, certified }
  const changed = (): void => {
    player.look()
    alerts.look()
    standing.look()
    reporter.changed()
  }
  const refused: Reporter['refused'] = (why) => reporter.refused(why)

  const link = createLink(deps, {
    will: () => reporter.nextConnection(), down: () => undefined, message: (name, payload) => receive(name, payload), stray: () => refused('too-large'),
    up: () => {
      reporter.linkUp()
      time.linkUp()
      store.linkUp()
      evidence.linkUp()
      alerts.linkUp()
      streams.ctlUp()
      hands.linkUp()
      update.linkUp()
    },
  })
  const aud = createLink(
    { ...deps, connection: 'aud' },
    {
      topics: () => streams.topics(), up: () => streams.audUp(), down: () => undefined, stray: () => refused('too-large'),
      message: (name, payload) => receive(name, payload),
      stream: (name, payload) => streams.packet(name, payload),
    },
  )
  const time = createTimekeeper({ ...common, ask: (payload) => link.send('timeAsk', payload), changed: () => timeChanged() })
  const blocks = createBlocks({ clock, disk, log, want: (payload) => link.send('want', payload) })
  const streams = createStreams({
    ...common, aud, ctl: link, now: time.now, refused,
    changed: () => {
      player.look()
      alerts.look()
    },
  })
  const store = createStore({ ...common, blocks, alertFiles: () => alerts.wanted(), alertMedia: () => alerts.slots().flatMap(mediaOf), now: time.now, refused, changed })
  const alerts = createAlerts({
    ...common, now: time.now, refused,
    send: (payload) => link.send('delivery', payload),
    changed: () => {
      player.look()
      store.alertsChanged()
    },
    stoppedAt: () => store.immediate()?.stop ?? null, nowRev: () => store.immediate()?.rev ?? 0, holds: store.holds, clipIsWhole: streams.isWhole,
  })
  const evidence = createEvidenceLog({ ...common, now: time.now, send: (payload) => link.send('evidence', payload), refused })
  const standing = createStanding({ ...deps, now: time.now, plan: store.plan, holds: store.holds, secretBytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)), changed: () => player.look() })
  const line = openLine(deps, time, refused)
  const tone = createTone({ clock, time, monitor: deps.monitor, hasPolicy: (name) => Object.hasOwn(store.plan()?.policies ?? {}, name), changed: () => player.look() })
  const heeding = withStanding({ time, store, alerts, standing, clock })
  const player = createPlayer({
    ...deps, ...heeding, alerting: alertingWithTone(heeding.alerting, tone), streams: tone.among(streams), line, listener: alerts, volumeLimit: deps.volumeLimit ?? 100,
    note: (played) => tone.took(played) || evidence.note(withRadio(deps.signal, withHeard(deps.monitor, time, played))),
    checkpoint: (played) => evidence.checkpoint(played && !isToneSlot(played.slot) ? withRadio(deps.signal, played) : null),
    refused,
    changed: () => reporter.changed(),
  })
  const reporter = createReporter({ clock, random, log, disk, link, time, store, player, evidence, signal: deps.signal, box: deps.box, version: deps.version, simulated: deps.simulated, update: () => update.report() })

  const soundInMs = (): number | null => {
    const [now, next] = [time.now(), player.nextSound()]
    return player.playing() ? 0 : now === null || next === null ? null : next - now
  }
  const recovery = deps.recovery && deps.recovery.steps.length > 0 ? createRecovery({ clock, disk, log, isUp: link.isUp, soundInMs, recovery: deps.recovery }) : null
  const hands = createHands({ ...common, now: time.now, send: (name, payload) => link.send(name, payload), refused, acts: createActs({ clock, disk, time, store, player, trySound: deps.trySound, tone, services: deps.services ?? {}, recovery, monitor: deps.monitor }) })

  const update = openUpdate(common, { time, store, blocks, link, soundInMs, refused, changed: () => reporter.changed() })

  let timeIsKnown = false
  const timeChanged = (): void => {
    const known = time.now() !== null
    if (known) store.timeKnown()
    if (known && !timeIsKnown) reporter.timeKnown()
    timeIsKnown = known
    if (known) alerts.timeKnown()
    standing.look()
    streams.timeChanged()
    player.look()
  }
  const receive = createInbox({
    order: store.order, alert: alerts.order, acknowledged: evidence.acknowledged, service: hands.order, update: update.order, block: (payload) => blocks.block(payload) && update.block(payload), time: time.answer, refused,
    packet: (payload) => streams.packet(null, payload),
  })

  const parts: Parts = { time, evidence, store, alerts, standing, reporter, player, streams, link, aud, line, hands, update, recovery, deps }
  await begin(parts)
  return { standing, playing: player.playing, clock: time.facts, streams: streams.facts, stop: () => end(parts) }
}

interface Parts {
  readonly time: Timekeeper
  readonly evidence: EvidenceLog
  readonly store: StoreStage
  readonly alerts: AlertsStage
  readonly standing: StandingStage
  readonly reporter: Reporter
  readonly player: PlayerStage
  readonly streams: StreamsStage
  readonly link: LinkStage
  readonly aud: LinkStage
  readonly line: { stop(): void } | null
  readonly hands: HandsStage
  readonly update: UpdateStage
  readonly recovery: RecoveryStage | null
  readonly deps: Pick<AgentDeps, 'signal' | 'amplifier' | 'monitor'>
}

/** What is on the disk first; then time and sound, and the network last. */
async function begin({ time, evidence, store, alerts, standing, reporter, player, link, aud, hands, update, recovery }: Parts): Promise<void> {
  await time.load()
  await evidence.load()
  await store.load()
  await alerts.load()
  await standing.load()
  await hands.load()
  await update.load()
  await recovery?.load()
  for (const part of [time, evidence, reporter, player, link, aud, recovery, update]) part?.start()
}

/** Silence first; what it tells of it is kept before the links go. */
async function end({ time, evidence, store, alerts, standing, reporter, player, streams, link, aud, line, hands, update, recovery, deps }: Parts): Promise<void> {
  recovery?.stop()
  await player.stop()
  streams.stop()
  line?.stop()
  deps.monitor?.stop()
  await alerts.stop()
  await standing.stop()
  await evidence.settled()
  for (const part of [reporter, evidence, time, link, aud]) part.stop()
  await hands.stop()
  await update.stop()
  await store.stop()
  await deps.signal.stop()
  await deps.amplifier.stop()
}

interface Hands {
  readonly time: Timekeeper
  readonly store: StoreStage
  readonly alerts: AlertsStage
  readonly standing: StandingStage
  readonly clock: Clock
}

/** The player goes by the server's time and orders, and by what a person at the box has started. */
const withStanding = ({ time, store, alerts, standing, clock }: Hands): Pick<PlayerDeps, 'time' | 'store' | 'alerting'> => ({
  time: standingTime(time, standing, clock), store: planBy(store, time), alerting: alertingWith(alerts, standing),
})

interface AroundUpdate extends Pick<UpdateDeps, 'refused' | 'changed'> {
  readonly time: Timekeeper
  readonly store: StoreStage
  readonly blocks: BlocksStage
  readonly link: LinkStage
  /** 0 while something sounds, null while nothing is due or the time is not known. */
  readonly soundInMs: () => number | null
}

/** A release is fetched when nothing else wants the link, and is well when it does what the one before it did. */
function openUpdate(deps: AgentDeps & Pick<UpdateDeps, 'certified'>, { time, store, blocks, link, soundInMs, refused, changed }: AroundUpdate): UpdateStage {
  const isSilentFor = (ms: number): boolean => (soundInMs() ?? Number.POSITIVE_INFINITY) > ms
  return createUpdate({
    ...deps, ...(deps.releases ? { host: deps.releases } : {}), now: time.now, want: (payload) => link.send('want', payload), refused, changed, isSilentFor,
    mayFetch: () => !blocks.busy() && store.immediate()?.frugal !== true && isSilentFor(SILENT_FOR_FILES_MS),
    mayPay: store.mayPay, notePaid: store.notePaid,
    isWell: (plan) => link.isUp() && time.now() !== null && (store.plan()?.rev ?? 0) >= plan,
    planRev: () => store.plan()?.rev ?? 0,
  })
}

function openLine({ line, log }: AgentDeps, { monoOf }: Timekeeper, refused: Reporter['refused']): ReturnType<NonNullable<AgentDeps['line']>> {
  const outside = (isThere: boolean): void => {
    log.warn({ isThere }, 'foreign sound on the line input')
    if (isThere) refused('line-outside')
  }
  return line?.({ monoOf, outside }) ?? null
}

const mediaOf = ({ source }: Slot): string[] => (source.kind === 'parts' ? source.parts.flatMap(({ media }) => media ?? []) : [])

type SignalReading = NonNullable<ReturnType<SignalSource['latest']>>['figures']

/** What sounded says whether the box's own ear heard it. */
function withHeard(monitor: MonitorStage | undefined, { monoOf }: Timekeeper, row: Played): Played {
  const from = row.began === undefined ? null : monoOf(wallMs(row.began))
  const heard = from === null ? null : (monitor?.verdict(from, monoMs(from + row.ms)) ?? null)
  return heard ? { ...row, heard } : row
}

/** What is reported says how good the link was. */
function withRadio<T extends object>(signal: SignalSource, row: T): T & { radio?: SignalReading } {
  const radio = signal.latest()
  return radio ? { ...row, radio: radio.figures } : row
}
