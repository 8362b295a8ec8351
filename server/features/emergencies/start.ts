import { every, type Clock } from '../../../shared/core/clock.ts'
import type { Crypto } from '../../../shared/core/crypto.ts'
import type { Slot } from '../../../shared/core/slot.ts'
import type { Log } from '../../../shared/core/log.ts'
import { MAX_WALL_MS } from '../../../shared/protocol/messages/fields.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import type { AgentWords } from '../../core/agent-words.ts'
import type { DeliveryRow, Emergencies } from '../../core/emergency.ts'
import { orderFor, slotOfOrder } from '../../core/emergency-order.ts'
import { emergencyOfSlot, type EmergencyClusterRow, type EmergencyRecord } from '../../core/emergency-record.ts'
import { nextRevision } from '../../core/revision.ts'
import type { ServerLink } from '../../core/ports.ts'
import type { StreamHub } from '../../core/sound-stream.ts'
import type { StationEvents } from '../../core/station-events.ts'
import type { Decide, Stores } from '../../core/stores.ts'
import { createListeners } from './audiences.ts'
import { createAsking, type Asking } from './asking.ts'
import { createClips } from './clips.ts'
import { createDecisions, type Decisions } from './decisions.ts'
import { createDeliveries } from './deliveries.ts'
import { createDispatch } from './dispatch.ts'
import { createMaking } from './making.ts'
import { createRaising } from './raising.ts'
import { createEmergencySounds, type EmergencySoundDeps } from './sounds.ts'
import { createSweep } from './sweep.ts'
import { createVoices, type Voices } from './voices.ts'
import { createWatchers, type Watcher } from './watchers.ts'
import { rankOf, type Rank } from '../../core/emergency-rank.ts'
import { deliveryRow } from '../../core/emergency-verdict.ts'

export interface EmergencyDeps extends Pick<EmergencySoundDeps, 'sounds' | 'files'> {
  readonly clock: Clock
  readonly crypto: Crypto
  /** Unpredictable bytes for names. */
  secretBytes(count: number): Uint8Array
  /** Read at each use: certificates are renewed while the server runs. */
  readonly keys: { readonly orders: SigningKey }
  readonly link: ServerLink
  readonly hub: StreamHub
  readonly words: AgentWords
  readonly stores: Pick<Stores, 'areas' | 'groups' | 'clusters' | 'programmes' | 'emergencies' | 'emergencyAsks' | 'pinnedClips' | 'presence' | 'meta'>
  readonly events: Pick<StationEvents, 'tell'>
  readonly decide: Decide
  readonly log: Log
}

/** What the web side needs beyond the contract. */
export interface RunningEmergencies extends Emergencies, Pick<Decisions, 'stopAll'> {
  record(id: string): EmergencyRecord | null
  /** The board's rows with what was stopped for its own place. */
  rows(id: string): readonly (DeliveryRow & Pick<EmergencyClusterRow, 'stopped'>)[]
  /** What is in force on a cluster, as it was ordered to sound. */
  on(cluster: string): readonly Slot[]
  /** Told of every change of one emergency until the answer is called. */
  watch(id: string, watcher: Watcher): () => void
  /** Clusters that are known not to hold a file that is pinned everywhere. */
  lacking(): readonly { readonly cluster: string; readonly media: readonly string[] }[]
  /** Another clip is pinned, or none any more. */
  pinsChanged(): void
  readonly files: EmergencySoundDeps['files']
  readonly sounds: EmergencySoundDeps['sounds']
  /** What waits for a second person. */
  readonly asking: Asking
  /** The door for microphones. */
  readonly voices: Voices
  stop(): Promise<void>
}

const SWEEP_MS = 1_000

/**
 * Emergencies from acceptance to their end. Everything that must survive is in the database before it is answered or sent: after a
 * kill −9 the next server goes on from there. Start it before the first cluster can say hello.
 */
export function startEmergencies(deps: EmergencyDeps): RunningEmergencies {
  const { clock, link, words, decide, log } = deps
  const store = deps.stores.emergencies
  const sounds = createEmergencySounds(deps)
  const watchers = createWatchers()
  const listeners = createListeners(deps.stores, clock)
  const { languagesOf } = listeners
  const missing = new Map<string, readonly string[]>()
  const lacks = (cluster: string, sha: string): boolean => (missing.get(cluster)?.includes(sha) ?? false) || listeners.isForOthers(cluster, sha)
  const dispatch = createDispatch({ clock, crypto: deps.crypto, link, store, lacks, languagesOf, log, get signing() { return deps.keys.orders } })
  const clips = createClips({ store, sounds, hub: deps.hub, lacks, languagesOf, log })

  const revised = (record: EmergencyRecord, rank: Rank = rankOf(record), clusters?: readonly string[]): void => {
    // who listens is looked up anew for each decision, and once for all of its orders
    listeners.forget()
    // the order first, the sound behind it
    dispatch.send(record.id, rank, { ...(clusters ? { clusters } : {}), sent: () => clips.burst(record.id) })
    watchers.tell(record.id)
  }
  const asks = deps.stores.emergencyAsks
  const making = createMaking({ clock, store, asks, decide, sounds, log, revised: (record) => revised(record), readyAhead: (ask) => asking.readyAhead(ask) })
  const deliveries = createDeliveries({
    clock, store, log,
    changed: (id, clusters) => {
      sweep.look(id)
      watchers.tell(id, clusters)
    },
  })
  const raising = createRaising({ ...deps, store, sounds, making, revised })
  const asking = createAsking({ ...deps, asks, raising, making })
  const decisions = createDecisions({ clock, store, sounds, making, decide, raising, revised, needsSecond: asking.needsSecond })
  const voices = createVoices({ clock, store, stores: deps.stores, decide, sounds, watchers, revised: (record) => revised(record) })
  const sweep = createSweep({ clock, store, decide, dispatch, clips, watchers, voices, files: deps.files, log })

  words.onHello((cluster) => {
    const rows = store.rowsOf(cluster, clock.wall())
    if (rows.length === 0) return
    dispatch.tell(cluster)
    // who has never answered has nothing yet; the others ask for what they lack
    for (const row of rows) if (row.heard === null && row.stopped === null) clips.burst(row.emergency, [cluster])
  })
  words.onDelivery((cluster, delivery) => {
    const named = emergencyOfSlot(delivery.slot)
    const row = named && store.row(named.id, cluster)
    if (!row) return
    deliveries.take(cluster, delivery)
    // after a restore the cluster may hold a newer word than we know: only a still newer one brings it back to ours
    if (delivery.rev > row.rev && delivery.rev < MAX_WALL_MS) {
      store.setRev(row.emergency, cluster, nextRevision(row.rev, delivery.rev, clock.wall()))
      dispatch.tell(cluster)
    }
  })
  words.onReported((cluster, { missing: lacking }) => void (lacking.length > 0 ? missing.set(cluster, lacking) : missing.delete(cluster)))
  sweep.resume(making)
  asking.resume()
  const stopSweep = every(clock, SWEEP_MS, () => {
    sweep.run()
    asking.run()
  })

  const rows: RunningEmergencies['rows'] = (id) => {
    const record = store.byId(id)
    if (!record) return []
    deliveries.flush()
    const names = new Map(deps.stores.clusters.all().map((cluster) => [cluster.id, cluster.name]))
    const context = { acceptedAt: record.acceptedAt, now: clock.wall(), nameOf: (cluster: string) => names.get(cluster) ?? cluster }
    return store.rows(id).map((row) => ({ ...deliveryRow(row, context), stopped: row.stopped }))
  }
  const on: RunningEmergencies['on'] = (cluster) =>
    store.rowsOf(cluster, clock.wall()).flatMap((row) => {
      const record = store.byId(row.emergency)
      const order = record && orderFor(record, row, { issuedAt: record.acceptedAt, lacks: (sha) => lacks(cluster, sha), audience: () => languagesOf(cluster) })
      return (order && slotOfOrder(order)) ?? []
    })
  return {
    ...decisions,
    on,
    record: store.byId,
    rows,
    board: (id) => rows(id).map(({ stopped: _, ...row }) => row),
    watch: watchers.watch,
    lacking: () => [...missing].map(([cluster, media]) => ({ cluster, media })),
    pinsChanged: listeners.forget,
    files: deps.files,
    sounds: deps.sounds,
    asking,
    voices,
    stop: async () => {
      stopSweep()
      dispatch.stop()
      watchers.stop()
      await making.stop()
      deliveries.stop()
    },
  }
}
