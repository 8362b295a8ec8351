import type { FindMediaFor } from '../../../shared/core/layout.ts'
import type { Clock, WallMs } from '../../../shared/core/clock.ts'
import { areasOf } from '../../../shared/core/area.ts'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import type { Crypto, Deflate } from '../../../shared/core/crypto.ts'
import type { Slot } from '../../../shared/core/slot.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { MAX_PLAN_INFLATED, slotsOf, type PlanBody } from '../../../shared/protocol/messages/plan.ts'
import { BLOCK_BYTES } from '../../../shared/protocol/blocks.ts'
import { slotsOfLive } from '../../../shared/protocol/messages/orders.ts'
import { parseJson } from '../../../shared/protocol/orders.ts'
import { titleBeside } from '../../core/slot-title.ts'
import type { MediaFile, OwnOfCluster } from '../../core/plan.ts'
import { titleOfSlot } from '../../core/planned-slots.ts'
import { DEFAULT_LANGUAGES } from '../../../shared/core/languages.ts'
import type { AgentWordsHub } from '../../core/agent-words.ts'
import type { BodyStore, ServerLink } from '../../core/ports.ts'
import type { DecisionListener, PlannedSlots } from '../../core/server-deps.ts'
import type { StationEvents } from '../../core/station-events.ts'
import type { PresenceRecord, Stores } from '../../core/stores.ts'
import { createConductor } from './conductor.ts'
import { createIngest, type Dropped } from './ingest.ts'
import { createPresence } from './presence.ts'

export type { MediaFile } from '../../core/plan.ts'

export interface FleetDeps {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly deflate: Deflate
  readonly keys: { readonly orders: SigningKey; readonly time: SigningKey }
  readonly link: ServerLink
  readonly stores: Stores
  readonly bodies: BodyStore
  readonly findFor: FindMediaFor
  readonly fileOf: (sha: string) => MediaFile | null
  readonly pinned: () => readonly MediaFile[]
  /** What differs from cluster to cluster, asked anew when a cluster or anything else has changed; absent = nothing. */
  readonly own?: () => OwnOfCluster
  /** Blocks of media files. */
  readonly readBlock: (sha: string, index: number) => Promise<Uint8Array | null>
  readonly words: AgentWordsHub
  /** What sounds on a cluster beside its plan and its live broadcasts; absent = nothing. */
  readonly beside?: (cluster: string) => readonly Slot[]
  /** Hears of clusters that come and go; absent = nobody wants to know. */
  readonly events?: StationEvents
  readonly log: Log
}
export interface Fleet {
  readonly listener: DecisionListener
  readonly dropped: Dropped
  heartbeat(): void
  lastHeartbeat(): WallMs | null
  slotsFor(cluster: string, at: WallMs): PlannedSlots | null
  stop(): void
}

/** Slots this far around the instant are enough to know what sounds: a session lasts a day at most. */
const AROUND_MS = 36 * 3_600_000

/** Of 3,000 hours that end together; each beat of the heart takes some, so that none takes long. */
const ROLLED_AT_ONCE = 40

const tellTurned = ({ clock, stores, events }: FleetDeps) => ({ cluster, online, since }: PresenceRecord): void => {
  const areas = areasOf(cluster, stores.clusters.membershipsOf(cluster), civilDayNumber(clock.wall()))
  events?.tell({ kind: online ? 'cluster.online' : 'cluster.offline', at: clock.wall(), areas, subject: cluster, detail: { since } })
}

/** Everything between the registry and the clusters: plans out, state and evidence in. */
export function startFleet(deps: FleetDeps): Fleet {
  const { clock, stores, bodies } = deps
  // getters: certificates are renewed while the server runs
  const conductor = createConductor({ ...deps, get signing() { return deps.keys.orders } })
  const presence = createPresence({ clock, store: stores.presence, turned: tellTurned(deps) })
  const readBlock = async (sha: string, index: number): Promise<Uint8Array | null> => {
    const body = bodies.read(sha)
    if (!body) return deps.readBlock(sha, index)
    const part = body.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES)
    return part.length > 0 ? part : null
  }
  const ingest = createIngest({ ...deps, get orders() { return deps.keys.orders }, get timeKey() { return deps.keys.time }, presence, conductor, readBlock })
  deps.link.onMessage(ingest.receive)
  conductor.timetableChanged()

  const bodyOf = (sha: string): PlanBody | null => {
    const bytes = bodies.read(sha)
    const plain = bytes && deps.deflate.inflate(bytes, MAX_PLAN_INFLATED)
    return plain ? ((parseJson(plain) as PlanBody | undefined) ?? null) : null
  }

  return {
    listener: { timetableChanged: conductor.timetableChanged, clusterChanged: conductor.clusterChanged },
    dropped: ingest.dropped,
    heartbeat: () => {
      conductor.heartbeat()
      presence.sweep()
      stores.rings.rollUp(clock.wall(), ROLLED_AT_ONCE)
    },
    lastHeartbeat: conductor.lastHeartbeat,
    slotsFor: (cluster, at) => {
      const [plan, record] = [stores.plans.current(cluster), stores.clusters.byId(cluster)]
      const body = plan && bodyOf(plan.sha)
      if (!plan || !record || !body) return null
      const { mute, stop, live } = record.now
      return {
        slots: [...slotsOf(body, wallMs(at - AROUND_MS), wallMs(at + AROUND_MS)), ...slotsOfLive({ live: live ? [...live] : [], iat: plan.issuedAt }), ...(deps.beside?.(cluster) ?? [])],
        policies: body.policies,
        view: { staggerIndex: body.stagger, stoppedAt: stop, muted: mute },
        rev: plan.rev,
        titleOf: (slot) => titleBeside(stores, slot) ?? titleOfSlot(slot, stores.sessions.all(), deps.findFor(DEFAULT_LANGUAGES)),
      }
    },
    stop: () => {
      conductor.stop()
      stores.rings.flush()
    },
  }
}
