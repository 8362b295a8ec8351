import type { Membership } from '../../shared/core/area.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { CivilDate } from '../../shared/core/civil.ts'
import type { LanguageCode } from '../../shared/core/languages.ts'
import type { LiveEntry } from '../../shared/protocol/messages/orders.ts'

/** The immediate desired state of a cluster. */
export interface NowState {
  readonly rev: number
  readonly volume: number | null
  readonly mute: boolean
  readonly stop: WallMs | null
  /** Live broadcasts under way or about to begin; absent = none. */
  readonly live?: readonly LiveEntry[]
  /** Its SIM is nearly spent: relays and downloads stop. Absent = false. */
  readonly frugal?: boolean
}
export interface ClusterRecord {
  readonly id: string
  readonly name: string
  readonly created: WallMs
  readonly publicKey: Uint8Array
  readonly secretSha256: Uint8Array
  /** The broker's own form of the password's hash; null where the broker is embedded. */
  readonly mosquittoHash: string | null
  readonly lat: number | null
  readonly lon: number | null
  /** Percent of full scale. */
  readonly volume: number
  readonly stagger: number
  /** Bytes per civil day that may be downloaded; 0 = no bound. */
  readonly budget: number
  /** Languages of its audience, best first; null = as its area says. */
  readonly languages: readonly LanguageCode[] | null
  /** What the box can do, as it said. */
  readonly caps: Readonly<Record<string, string | number | boolean>>
  readonly simulated: boolean
  readonly revokedAt: WallMs | null
  readonly now: NowState
}
export type NewCluster = Pick<ClusterRecord, 'id' | 'name' | 'created' | 'publicKey' | 'secretSha256' | 'mosquittoHash'> &
  Partial<Pick<ClusterRecord, 'volume' | 'stagger' | 'budget' | 'languages' | 'caps' | 'simulated' | 'lat' | 'lon'>>
export type ClusterSettings = Partial<Pick<ClusterRecord, 'name' | 'volume' | 'stagger' | 'budget' | 'languages' | 'lat' | 'lon'>>

export interface ClusterStore {
  byId(id: string): ClusterRecord | null
  byName(name: string): ClusterRecord | null
  /** Revoked ones included. */
  all(): ClusterRecord[]
  active(): ClusterRecord[]
  insert(cluster: NewCluster): void
  update(id: string, settings: ClusterSettings): void
  setCredential(id: string, secretSha256: Uint8Array, mosquittoHash: string | null): void
  setNow(id: string, now: NowState): void
  setSimulated(id: string, simulated: boolean): void
  /** The name becomes free for the box that replaces it. */
  revoke(id: string, at: WallMs): void
  memberships(): Membership[]
  membershipsOf(id: string): Membership[]
  /** The area from that day on; what was in force before ends there, what was to begin later is dropped. */
  join(id: string, area: string, from: CivilDate): void
}

export interface Claim {
  readonly tokenSha256: Uint8Array
  readonly name: string | null
  readonly area: string | null
  readonly expiresAt: WallMs
  readonly usedBy: string | null
}
export interface ClaimStore {
  byToken(tokenSha256: Uint8Array): Claim | null
  insert(claim: Omit<Claim, 'usedBy'> & { readonly createdAt: WallMs }): void
  use(tokenSha256: Uint8Array, cluster: string): void
  /** Drops claims that ended before `before`. */
  prune(before: WallMs): number
}
