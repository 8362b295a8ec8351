import Sqlite, { type Database } from 'better-sqlite3'
import { DECISION_MIGRATIONS, TELEMETRY_MIGRATIONS } from '../../server/adapters/sqlite/open.ts'
import { migrate, type Migration } from '../../server/adapters/sqlite/migrate.ts'
import { createDecide } from '../../server/adapters/sqlite/audit.ts'
import type { Decide, ClusterRecord, PlanRecord, PresenceRecord, Stores } from '../../server/core/stores.ts'
import { createStores } from '../../server/create-stores.ts'
import type { Clock } from '../../shared/core/clock.ts'
import type { Beat } from '../../shared/protocol/messages/beat.ts'
import type { Health } from '../../shared/protocol/messages/health.ts'

/** Telemetry of the simulation: the newest of each, since no invariant looks at its history. */
function memoryTelemetry(): Stores['telemetry'] {
  const beats = new Map<string, { beat: Beat; beatAt: number }>()
  const healths = new Map<string, { health: Health; healthAt: number }>()
  const latest: Stores['telemetry']['latest'] = (cluster) =>
    ({ beat: null, beatAt: null, health: null, healthAt: null, ...beats.get(cluster), ...healths.get(cluster) }) as ReturnType<Stores['telemetry']['latest']>
  return {
    noteBeat: (cluster, beat, beatAt) => void beats.set(cluster, { beat, beatAt }),
    noteHealth: (cluster, health, healthAt) => void healths.set(cluster, { health, healthAt }),
    latest,
    allLatest: () => new Map([...beats.keys()].map((cluster) => [cluster, latest(cluster)])),
    beats: () => [],
    prune: () => undefined,
  }
}

function memoryPresence(): Stores['presence'] {
  const known = new Map<string, PresenceRecord>()
  return {
    all: () => [...known.values()],
    byCluster: (cluster) => known.get(cluster) ?? null,
    upsert: (presence) => void known.set(presence.cluster, presence),
  }
}

/** The records of clusters are asked for at every message: read once, forgotten at every write. */
function remembered(real: Stores['clusters']): Stores['clusters'] {
  let known = new Map<string, ClusterRecord | null>()
  const after = <A extends unknown[]>(write: (...args: A) => void) => (...args: A): void => {
    known = new Map()
    write(...args)
  }
  return {
    ...real,
    byId: (id) => {
      const found = known.get(id)
      if (found !== undefined) return found
      const read = real.byId(id)
      known.set(id, read)
      return read
    },
    insert: after(real.insert),
    update: after(real.update),
    setNow: after(real.setNow),
    setSimulated: after(real.setSimulated),
    setCredential: after(real.setCredential),
    revoke: after(real.revoke),
    join: after(real.join),
  }
}

function memoryDatabase(migrations: readonly Migration[]): Database {
  const db = new Sqlite(':memory:')
  const migrated = migrate(db, migrations)
  if (!migrated.ok) throw new Error(migrated.why)
  return db
}

export interface ServerStores {
  readonly stores: Stores
  readonly decide: Decide
  close(): void
}

/** Real SQLite in memory for what is decided and proved; maps for what is only seen. `issued` hears of every plan. */
export function createServerStores(clock: Clock, issued: (plan: PlanRecord) => void): ServerStores {
  const decisions = memoryDatabase(DECISION_MIGRATIONS)
  const telemetry = memoryDatabase(TELEMETRY_MIGRATIONS)
  const close = (): void => {
    decisions.close()
    telemetry.close()
  }
  const real = createStores({ decisions, telemetry, close }, clock)
  const stores: Stores = {
    ...real,
    clusters: remembered(real.clusters),
    plans: {
      ...real.plans,
      save: (plan) => {
        real.plans.save(plan)
        issued(plan)
      },
      saveMany: (plans) => {
        real.plans.saveMany(plans)
        plans.forEach(issued)
      },
    },
    presence: memoryPresence(),
    telemetry: memoryTelemetry(),
  }
  return { stores, decide: createDecide(decisions, stores.audit), close }
}
