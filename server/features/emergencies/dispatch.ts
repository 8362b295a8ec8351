import type { Cancel, Clock } from '../../../shared/core/clock.ts'
import type { Crypto } from '../../../shared/core/crypto.ts'
import type { LanguageCode } from '../../../shared/core/languages.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { signOrder } from '../../../shared/protocol/orders.ts'
import { topicOf } from '../../../shared/protocol/topics.ts'
import { utf8 } from '../../../shared/protocol/wire.ts'
import { orderFor } from '../../core/emergency-order.ts'
import { byRank, rankOf, type Rank } from '../../core/emergency-rank.ts'
import type { EmergencyClusterRow, EmergencyRecord, EmergencyStore } from '../../core/emergency-record.ts'
import type { ServerLink } from '../../core/ports.ts'

export interface DispatchDeps {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly signing: SigningKey
  readonly link: ServerLink
  readonly store: EmergencyStore
  /** Pinned files that a cluster is known not to hold. */
  readonly lacks: (cluster: string, sha: string) => boolean
  readonly languagesOf: (cluster: string) => readonly LanguageCode[]
  readonly log: Log
}

export interface Dispatch {
  /** Tells its clusters, or these, what is in force; `sent` is called when the last of them was told. */
  send(id: string, rank: Rank, options?: { readonly clusters?: readonly string[]; readonly sent?: () => void }): void
  /** Everything that is in force for a cluster, the highest first; on its topic nothing stays when there is nothing. */
  tell(cluster: string): void
  /** Tells those again that could not be told. */
  retry(): void
  stop(): void
}

interface Job {
  readonly id: string
  readonly rank: Rank
  readonly left: string[]
  readonly sent: () => void
}

/** Orders signed in one go, some 10 ms: then the thread serves others, and a higher emergency may pass. */
const AT_ONCE = 40
const NOTHING = new Uint8Array(0)

/** Sends orders, the highest rank first. What could not be sent is sent again. */
export function createDispatch(deps: DispatchDeps): Dispatch {
  const { clock, link, log, store } = deps
  const jobs: Job[] = []
  const unsent = new Set<string>()
  let timer: Cancel | null = null
  let stopped = false

  const publish = (cluster: string, payload: Uint8Array, retain: boolean): void => {
    link.publish(topicOf('alert', cluster), payload, { qos: 1, retain }).catch((error: unknown) => {
      unsent.add(cluster)
      log.warn({ cluster, error: String(error) }, 'an emergency order was not sent, it is sent again')
    })
  }

  const sendOne = (record: EmergencyRecord, row: EmergencyClusterRow, retain: boolean): void => {
    const { cluster } = row
    const order = orderFor(record, row, { issuedAt: clock.wall(), lacks: (sha) => deps.lacks(cluster, sha), audience: () => deps.languagesOf(cluster) })
    if (order) publish(cluster, utf8(signOrder(deps.crypto, deps.signing, order)), retain)
  }

  /** Of those in force on a cluster, the one that its topic retains: the highest that still sounds, else the highest of all. */
  const inForceOn = (cluster: string): { readonly record: EmergencyRecord; readonly row: EmergencyClusterRow }[] =>
    store
      .rowsOf(cluster, clock.wall())
      .flatMap((row) => {
        const record = store.byId(row.emergency)
        return record ? [{ record, row }] : []
      })
      .sort((a, b) => Number(isOver(a)) - Number(isOver(b)) || byRank(rankOf(a.record), rankOf(b.record)))

  const work = (): void => {
    timer = null
    const [job] = jobs
    if (!job || stopped) return
    const record = store.byId(job.id)
    for (const cluster of job.left.splice(0, AT_ONCE)) {
      const row = record && store.row(job.id, cluster)
      if (record && row) sendOne(record, row, inForceOn(cluster)[0]?.record.id === record.id)
    }
    if (job.left.length === 0) {
      jobs.splice(jobs.indexOf(job), 1)
      job.sent()
    }
    arm()
  }
  const arm = (): void => {
    if (jobs.length > 0 && !stopped) timer ??= clock.after(0, work)
  }

  const tell = (cluster: string): void => {
    const inForce = inForceOn(cluster)
    if (inForce.length === 0) return publish(cluster, NOTHING, true)
    inForce.forEach(({ record, row }, n) => sendOne(record, row, n === 0))
  }

  return {
    send: (id, rank, { clusters, sent = () => undefined } = {}) => {
      const left = [...(clusters ?? store.clustersOf(id))]
      jobs.push({ id, rank, left, sent })
      jobs.sort((a, b) => byRank(a.rank, b.rank))
      arm()
    },
    tell,
    retry: () => {
      if (unsent.size === 0 || !link.connected()) return
      const again = [...unsent]
      unsent.clear()
      for (const cluster of again) tell(cluster)
    },
    stop: () => {
      stopped = true
      timer?.()
      jobs.length = 0
    },
  }
}

const isOver = ({ record, row }: { readonly record: EmergencyRecord; readonly row: EmergencyClusterRow }): boolean => row.stopped !== null || record.endedAt !== null
