import type { Clock } from '../../../shared/core/clock.ts'
import type { Crypto } from '../../../shared/core/crypto.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { signOrder } from '../../../shared/protocol/orders.ts'
import type { ClusterRecord, ClusterStore } from '../../core/stores.ts'

export interface NowOrdersDeps {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly signing: SigningKey
  readonly clusters: Pick<ClusterStore, 'byId'>
  readonly publish: (cluster: string, order: string) => void
}
export interface NowOrders {
  /** Stop, mute, volume and live broadcasts go ahead of all planning: some hundred clusters in one go, then others have their turn. */
  hurry(cluster: string): void
  /** Signs and publishes unless this revision has been said already. */
  say(cluster: ClusterRecord): void
  /** It is said again at the next opportunity: the cluster does not hold it. */
  unsaid(cluster: string): void
  stop(): void
}

const LIVES_MS = 400 * 86_400_000
/** Some 15 ms of signing. */
const AT_ONCE = 100

/** The immediate desired state of clusters on its way out. */
export function createNowOrders(deps: NowOrdersDeps): NowOrders {
  const { clock, crypto } = deps
  const said = new Map<string, number>()
  const waiting = new Set<string>()
  let cancel: (() => void) | null = null

  const say = (cluster: ClusterRecord): void => {
    const { rev, volume, mute, stop, live, frugal } = cluster.now
    if (rev === 0 || said.get(cluster.id) === rev) return
    said.set(cluster.id, rev)
    const iat = clock.wall()
    deps.publish(cluster.id, signOrder(crypto, deps.signing, { t: 'now', c: cluster.id, iat, exp: iat + LIVES_MS, rev, volume, mute, stop, ...(live ? { live: [...live] } : {}), ...(frugal ? { frugal } : {}) }))
  }
  const pump = (): void => {
    cancel = null
    for (const id of [...waiting].slice(0, AT_ONCE)) {
      waiting.delete(id)
      const cluster = deps.clusters.byId(id)
      if (cluster && cluster.revokedAt === null) say(cluster)
    }
    if (waiting.size > 0) cancel = clock.after(0, pump)
  }

  return {
    say,
    hurry: (cluster) => {
      waiting.add(cluster)
      cancel ??= clock.after(0, pump)
    },
    unsaid: (cluster) => void said.delete(cluster),
    stop: () => cancel?.(),
  }
}
