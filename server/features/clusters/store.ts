import type { Database } from 'better-sqlite3'
import type { Membership } from '../../../shared/core/area.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { ClusterRecord, ClusterStore, NewCluster } from '../../core/stores.ts'

interface ClusterRow {
  readonly id: string
  readonly name: string
  readonly created: number
  readonly public_key: Uint8Array
  readonly secret_sha256: Uint8Array
  readonly mosquitto_hash: string | null
  readonly lat: number | null
  readonly lon: number | null
  readonly volume: number
  readonly stagger: number
  readonly budget: number
  /** JSON. */
  readonly languages: string | null
  readonly caps: string
  readonly simulated: number
  readonly revoked_at: number | null
  readonly now_rev: number
  readonly now_volume: number | null
  readonly now_mute: number
  readonly now_stop: number | null
  /** JSON. */
  readonly now_live: string | null
  readonly now_frugal: number
}

const instant = (ms: number | null): WallMs | null => (ms === null ? null : wallMs(ms))

const clusterOf = (row: ClusterRow): ClusterRecord => ({
  id: row.id,
  name: row.name,
  created: wallMs(row.created),
  publicKey: row.public_key,
  secretSha256: row.secret_sha256,
  mosquittoHash: row.mosquitto_hash,
  lat: row.lat,
  lon: row.lon,
  volume: row.volume,
  stagger: row.stagger,
  budget: row.budget,
  languages: row.languages === null ? null : (JSON.parse(row.languages) as string[]),
  caps: JSON.parse(row.caps) as ClusterRecord['caps'],
  simulated: row.simulated === 1,
  revokedAt: instant(row.revoked_at),
  now: { rev: row.now_rev, volume: row.now_volume, mute: row.now_mute === 1, stop: instant(row.now_stop), ...(row.now_live === null ? {} : { live: JSON.parse(row.now_live) as NonNullable<ClusterRecord['now']['live']> }), ...(row.now_frugal === 1 ? { frugal: true } : {}) },
})

const languagesText = (languages: readonly string[] | null): string | null => (languages === null ? null : JSON.stringify(languages))

const valuesOf = (cluster: NewCluster): Record<string, unknown> => ({
  id: cluster.id,
  name: cluster.name,
  created: cluster.created,
  publicKey: cluster.publicKey,
  secretSha256: cluster.secretSha256,
  mosquittoHash: cluster.mosquittoHash,
  lat: cluster.lat ?? null,
  lon: cluster.lon ?? null,
  volume: cluster.volume ?? 100,
  stagger: cluster.stagger ?? 0,
  budget: cluster.budget ?? 0,
  languages: languagesText(cluster.languages ?? null),
  caps: JSON.stringify(cluster.caps ?? {}),
  simulated: cluster.simulated === true ? 1 : 0,
})

const INSERT = `INSERT INTO cluster (id, name, created, public_key, secret_sha256, mosquitto_hash, lat, lon, volume, stagger, budget, languages, caps, simulated, now_rev, now_mute)
  VALUES (@id, @name, @created, @publicKey, @secretSha256, @mosquittoHash, @lat, @lon, @volume, @stagger, @budget, @languages, @caps, @simulated, 0, 0)`
const UPDATE = 'UPDATE cluster SET name = @name, volume = @volume, stagger = @stagger, budget = @budget, languages = @languages, lat = @lat, lon = @lon WHERE id = @id'

export function createClusterStore(db: Database): ClusterStore {
  const byId = db.prepare<[string], ClusterRow>('SELECT * FROM cluster WHERE id = ?')
  const byName = db.prepare<[string], ClusterRow>('SELECT * FROM cluster WHERE name = ?')
  const all = db.prepare<[], ClusterRow>('SELECT * FROM cluster ORDER BY name')
  const active = db.prepare<[], ClusterRow>('SELECT * FROM cluster WHERE revoked_at IS NULL ORDER BY name')
  const insert = db.prepare(INSERT)
  const update = db.prepare(UPDATE)
  const credential = db.prepare('UPDATE cluster SET secret_sha256 = ?, mosquitto_hash = ? WHERE id = ?')
  const now = db.prepare('UPDATE cluster SET now_rev = ?, now_volume = ?, now_mute = ?, now_stop = ?, now_live = ?, now_frugal = ? WHERE id = ?')
  const simulated = db.prepare('UPDATE cluster SET simulated = ? WHERE id = ?')
  const revoke = db.prepare("UPDATE cluster SET revoked_at = ?, name = name || ' · ' || id WHERE id = ? AND revoked_at IS NULL")
  const one = (row: ClusterRow | undefined): ClusterRecord | null => (row ? clusterOf(row) : null)
  return {
    byId: (id) => one(byId.get(id)),
    byName: (name) => one(byName.get(name)),
    all: () => all.all().map(clusterOf),
    active: () => active.all().map(clusterOf),
    insert: (cluster) => void insert.run(valuesOf(cluster)),
    update(id, settings) {
      const before = byId.get(id)
      if (!before) return
      const languages = settings.languages === undefined ? before.languages : languagesText(settings.languages)
      update.run({ ...before, ...settings, languages, id })
    },
    setCredential: (id, secretSha256, mosquittoHash) => void credential.run(secretSha256, mosquittoHash, id),
    setNow: (id, state) => void now.run(state.rev, state.volume, state.mute ? 1 : 0, state.stop, state.live && state.live.length > 0 ? JSON.stringify(state.live) : null, state.frugal === true ? 1 : 0, id),
    setSimulated: (id, is) => void simulated.run(is ? 1 : 0, id),
    revoke: (id, at) => void revoke.run(at, id),
    ...createMemberships(db),
  }
}

interface MembershipRow {
  readonly cluster: string
  readonly area: string
  readonly from_day: string
  readonly to_day: string | null
}
const membershipOf = (row: MembershipRow): Membership => ({
  cluster: row.cluster,
  area: row.area,
  from: row.from_day,
  ...(row.to_day === null ? {} : { to: row.to_day }),
})

function createMemberships(db: Database): Pick<ClusterStore, 'memberships' | 'membershipsOf' | 'join'> {
  const all = db.prepare<[], MembershipRow>('SELECT * FROM membership ORDER BY cluster, from_day')
  const of = db.prepare<[string], MembershipRow>('SELECT * FROM membership WHERE cluster = ? ORDER BY from_day')
  const dropLater = db.prepare('DELETE FROM membership WHERE cluster = ? AND from_day >= ?')
  const endBefore = db.prepare('UPDATE membership SET to_day = ? WHERE cluster = ? AND (to_day IS NULL OR to_day > ?)')
  const begin = db.prepare('INSERT INTO membership (cluster, area, from_day, to_day) VALUES (?, ?, ?, NULL)')
  const join = db.transaction((id: string, area: string, from: string) => {
    dropLater.run(id, from)
    endBefore.run(from, id, from)
    begin.run(id, area, from)
  })
  return {
    memberships: () => all.all().map(membershipOf),
    membershipsOf: (id) => of.all(id).map(membershipOf),
    join: (id, area, from) => void join(id, area, from),
  }
}
