import { every, wallMs, type Clock, type Random, type WallMs } from '../../../shared/core/clock.ts'
import type { FindMedia } from '../../../shared/core/layout.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { Relay } from '../../../shared/core/timetable.ts'
import { checkWords, isFault, type CheckTrigger, type RelayCheck } from '../../core/relay-check.ts'
import type { OpenRelayFeed, OpenRelayRecording } from '../../core/relay-ports.ts'
import { WATCH_BOUNDS, type WatchBounds } from '../../core/relay-watch.ts'
import { isMourning, relayWindows, type MourningRules, type RelayWindow } from '../../core/relay-windows.ts'
import type { Importer } from '../../core/server-deps.ts'
import { STREAM_KINDS, type StreamHub } from '../../core/sound-stream.ts'
import type { Decide, Stores } from '../../core/stores.ts'
import { startBroadcast, type Broadcast, type BroadcastFacts } from './broadcast.ts'
import { checkOfOpen, checkRelay, type CheckDeps } from './check.ts'
import { keepRecording } from './keep-recording.ts'

export interface RelaySettings {
  /** A relay is opened so long before it is due, ms; longer than `bufferMs`. */
  readonly openAheadMs: number
  readonly checkAheadMs: Readonly<Record<Exclude<CheckTrigger, 'test'>, number>>
  /** Sound that a check listens to, and when it is given up, ms. */
  readonly checkListenMs: number
  readonly checkTimeoutMs: number
  /** From writing to sounding, ms: that of the stream. */
  readonly bufferMs: number
  readonly bounds: WatchBounds
  /** The timetable is read again so often, and at once when it changes, ms. */
  readonly replanMs: number
}
export const RELAY_DEFAULTS: RelaySettings = {
  openAheadMs: 60_000,
  checkAheadMs: { 'before-10': 600_000, 'before-2': 120_000 },
  checkListenMs: 5_000,
  checkTimeoutMs: 15_000,
  bufferMs: STREAM_KINDS.relay.bufferMs,
  bounds: WATCH_BOUNDS,
  replanMs: 30_000,
}

export interface RelaysDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly stores: Pick<Stores, 'relays' | 'sessions' | 'policies' | 'spans' | 'areas' | 'groups' | 'clusters' | 'programmes'>
  readonly decide: Decide
  readonly hub: Pick<StreamHub, 'open'>
  /** As the plans are laid out with. */
  readonly find: FindMedia
  /** `createRelaySource()`. */
  readonly openFeed: OpenRelayFeed
  /** `openRelayRecordings(folder)`; null = nothing is recorded. */
  readonly openRecording: OpenRelayRecording | null
  readonly importer: Importer
  /** For a programme. */
  readonly newId: () => string
  /** What differs from RELAY_DEFAULTS. */
  readonly settings?: Partial<RelaySettings>
}

export interface RelayCounts {
  /** Relays that are open now, by state. */
  readonly open: Readonly<Record<BroadcastFacts['state'], number>>
  readonly reconnects: number
  readonly substitutions: number
  readonly faultyChecks: number
}

/** Opens, watches and closes relays as the timetable asks for them. */
export interface Relays {
  /** Of a relay that is open; null while it is not. */
  facts(relay: string): BroadcastFacts | null
  /** Windows of the coming hour, those under way included. */
  windows(): readonly RelayWindow[]
  /** For the metrics; counts since the start. */
  counts(): RelayCounts
  /** Listens to a relay of the catalogue now, and stores what it found. null when too many are being tried already. */
  test(relay: string): Promise<RelayCheck | null>
  /** The timetable, the catalogue or what clusters belong to changed. Returns at once. */
  changed(): void
  /** Resolves when nothing of it runs any more, recordings in the store included. */
  stop(): Promise<void>
}

const BEAT_MS = 1_000
const HOUR_MS = 3_600_000
/** A check that is so late says nothing about its time any more. */
const CHECK_LATE_MS = 60_000
const MAX_TESTS_AT_ONCE = 4

/** Begins at once; nothing but a look at the timetable runs while no session needs a relay. */
export function startRelays(deps: RelaysDeps): Relays {
  const { clock, log, stores } = deps
  const settings = { ...RELAY_DEFAULTS, ...deps.settings }
  const broadcasts = new Map<string, Broadcast>()
  /** Broadcasts and recordings that are ending. */
  const ending = new Map<string, Promise<unknown>>()
  const checking = new Map<string, Promise<RelayCheck>>()
  const checked = new Map<string, WallMs>()
  let windows: readonly RelayWindow[] = []
  const mourningRules = (): MourningRules => ({ policies: stores.policies.all(), spans: stores.spans.endingAfter(clock.wall()).filter(({ kind }) => kind === 'mourning') })
  let rules = mourningRules()
  let plannedAt: number | null = null
  let stopped = false
  const checkDeps: CheckDeps = { clock, openFeed: deps.openFeed, listenMs: settings.checkListenMs, timeoutMs: settings.checkTimeoutMs, silenceDb: settings.bounds.silenceDb }
  const past = { reconnects: 0, substitutions: 0, faultyChecks: 0 }

  const plan = (): void => {
    const now = clock.wall()
    plannedAt = clock.mono()
    const { sessions, areas, groups, clusters } = stores
    rules = mourningRules()
    const input = { sessions: sessions.all(), areas: areas.all(), groups: groups.all(), clusters: clusters.active(), memberships: clusters.memberships(), find: deps.find }
    windows = relayWindows(input, { from: now, to: wallMs(now + HOUR_MS) }, settings.openAheadMs)
  }
  const mourning = (names: readonly string[]): boolean => isMourning(rules, names, clock.wall())
  /** What the timetable names and the catalogue lacks sounds as its substitute. */
  const known = (id: string): Relay => stores.relays.byId(id) ?? { id, name: id, source: '' }

  const check = (id: string, trigger: CheckTrigger): Promise<RelayCheck> => {
    const running = checking.get(id)
    if (running) return running
    const relay = stores.relays.byId(id)
    const open = relay && relay.source !== '' ? broadcasts.get(id)?.facts() : undefined
    const now = { at: clock.wall(), silenceDb: settings.bounds.silenceDb }
    const looked = open ? Promise.resolve(checkOfOpen(id, trigger, open, now)) : checkRelay(checkDeps, id, relay, trigger)
    const work = looked
      .then((found) => {
        stores.relays.noteCheck(found)
        if (isFault(found)) {
          past.faultyChecks++
          log.warn({ ...found }, checkWords(found, relay?.name ?? id).en)
        }
        return found
      })
      .finally(() => checking.delete(id))
    checking.set(id, work)
    return work
  }
  const checkDue = (window: RelayWindow): void => {
    const now = clock.wall()
    for (const [trigger, aheadMs] of Object.entries(settings.checkAheadMs) as [Exclude<CheckTrigger, 'test'>, number][]) {
      const late = now - (window.start - aheadMs)
      const key = `${window.relay} ${window.start} ${trigger}`
      if (late < 0 || late > Math.min(CHECK_LATE_MS, aheadMs) || checked.has(key)) continue
      checked.set(key, window.end)
      if (!broadcasts.has(window.relay)) check(window.relay, trigger).catch((error: unknown) => log.error({ relay: window.relay, error: String(error) }, 'a relay could not be checked'))
    }
  }
  const onOver = (id: string): void => {
    const facts = broadcasts.get(id)?.facts()
    past.reconnects += facts?.reconnects ?? 0
    past.substitutions += facts?.substitutions ?? 0
    broadcasts.delete(id)
    log.info({ relay: id, substitutions: facts?.substitutions, reconnects: facts?.reconnects }, 'a relay is over')
  }
  const endWith = (key: string, work: Promise<unknown>): void => {
    const guarded = work.catch((error: unknown) => log.error({ key, error: String(error) }, 'a relay did not end well')).finally(() => ending.delete(key))
    ending.set(key, guarded)
  }
  const begin = (window: RelayWindow): void => {
    const relay = known(window.relay)
    // the cluster's own input: the server has nothing to send
    if (relay.source === 'line') return
    const broadcast = startBroadcast(
      {
        ...deps, mourning, bounds: settings.bounds, bufferMs: settings.bufferMs,
        onRecorded: (kept, recording, begunAt) => endWith(`${kept.id} recording ${begunAt}`, keepRecording(deps, kept, recording, begunAt)),
        onOver: () => onOver(relay.id),
      },
      relay,
      window,
    )
    broadcasts.set(relay.id, broadcast)
  }
  /** Each open relay follows its window; one that no session wants any more ends. */
  const followAll = (): void => {
    const now = clock.wall()
    for (const [id, broadcast] of broadcasts) {
      const window = windows.find((w) => w.relay === id && w.start - settings.openAheadMs <= now && now < w.end)
      if (window) broadcast.follow(known(id), window)
      else if (!ending.has(id)) endWith(id, broadcast.stop().finally(() => onOver(id)))
    }
  }
  const look = (): void => {
    if (stopped) return
    if (plannedAt === null || clock.mono() - plannedAt >= settings.replanMs) plan()
    followAll()
    const now = clock.wall()
    for (const window of windows) {
      const isDue = now >= window.start - settings.openAheadMs && now + settings.bufferMs < window.end
      if (isDue && !broadcasts.has(window.relay) && !ending.has(window.relay)) begin(window)
      else if (!isDue) checkDue(window)
    }
    for (const [key, end] of checked) if (end < now) checked.delete(key)
  }
  const guarded = (): void => {
    try {
      look()
    } catch (error) {
      log.error({ error: String(error) }, 'relays could not be looked after')
    }
  }
  guarded()
  const cancel = every(clock, BEAT_MS, guarded)

  const sum = (of: (facts: BroadcastFacts) => number): number => [...broadcasts.values()].reduce((total, one) => total + of(one.facts()), 0)
  return {
    facts: (relay) => broadcasts.get(relay)?.facts() ?? null,
    windows: () => windows,
    counts: () => ({
      open: { preparing: sum(isIn('preparing')), sound: sum(isIn('sound')), grace: sum(isIn('grace')), substitute: sum(isIn('substitute')) },
      reconnects: past.reconnects + sum((facts) => facts.reconnects),
      substitutions: past.substitutions + sum((facts) => facts.substitutions),
      faultyChecks: past.faultyChecks,
    }),
    test: async (relay) => (checking.size >= MAX_TESTS_AT_ONCE && !checking.has(relay) ? null : check(relay, 'test')),
    changed: () => void (plannedAt = null),
    async stop() {
      stopped = true
      cancel()
      for (const [id, broadcast] of broadcasts) endWith(id, broadcast.stop())
      await Promise.allSettled(checking.values())
      while (ending.size > 0) await Promise.allSettled(ending.values())
      broadcasts.clear()
    },
  }
}

const isIn = (state: BroadcastFacts['state']) => (facts: BroadcastFacts): number => (facts.state === state ? 1 : 0)
