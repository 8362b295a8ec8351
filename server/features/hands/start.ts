import { every, wallMs } from '../../../shared/core/clock.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { signOrder } from '../../../shared/protocol/orders.ts'
import { topicOf, TOPICS } from '../../../shared/protocol/topics.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import type { AgentWords } from '../../core/agent-words.ts'
import type { ServiceRecord } from '../../core/hands-store.ts'
import type { ServerLink } from '../../core/ports.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

/** What it speaks to the boxes by. */
export interface HandsLink {
  readonly link: Pick<ServerLink, 'publish'>
  readonly words: Pick<AgentWords, 'onHello' | 'onServed' | 'onPiece'>
  /** Asked anew each time: keys are renewed while the server runs. */
  readonly signing: () => SigningKey
}

const LOOK_MS = 30_000
/** What was heard in a public place is not kept longer than it takes to look into a fault. */
const FILES_KEPT_MS = 7 * 86_400_000
const RECORDS_KEPT_MS = 400 * 86_400_000

/** Sends acts of service on their way until they are answered, and takes what comes back. */
export function startHands(deps: Pick<ServerDeps, 'stores' | 'clock' | 'crypto' | 'events' | 'access' | 'log'>, { link, words, signing }: HandsLink): () => void {
  const { clock, crypto, events, access, log } = deps
  const { hands, clusters } = deps.stores

  const send = ({ id, cluster, kind, at, expiresAt, detail }: ServiceRecord): void => {
    if (clusters.byId(cluster)?.revokedAt !== null) return
    const order = signOrder(crypto, signing(), { t: 'service', c: cluster, iat: at, exp: expiresAt, id, do: kind, ...detail })
    const { qos, retain } = TOPICS.service
    // said again at the next hello: nothing is lost
    link.publish(topicOf('service', cluster), utf8(order), { qos, retain }).catch((error: unknown) => log.debug({ cluster, error: String(error) }, 'service not sent'))
  }
  const tell = (record: ServiceRecord): void => {
    const { id, cluster, kind, state, served } = record
    events.tell({ kind: 'service.answered', at: clock.wall(), areas: access.areasOfCluster(cluster), subject: cluster, detail: { service: id, do: kind, state, ...(served?.why === undefined ? {} : { why: served.why }), file: record.hasFile } })
  }

  const quit = events.onEvent(({ kind, detail }) => {
    if (kind !== 'service.ordered') return
    const record = hands.byId((detail as { service: string }).service)
    if (record) send(record)
  })
  words.onHello((cluster) => hands.open(clock.wall(), cluster).forEach(send))
  words.onServed((cluster, served) => {
    const record = hands.note(cluster, served, clock.wall())
    if (record) tell(record)
  })
  words.onPiece((cluster, { sha, index, bytes }) => {
    const whole = hands.putPiece(cluster, toBase64Url(sha), index, bytes)
    if (!whole) return
    const file = hands.file(whole.id)
    if (file && toBase64Url(crypto.sha256(file)) === whole.served?.file?.sha) return tell(whole)
    hands.dropFile(whole.id)
    log.warn({ cluster, service: whole.id }, 'an attachment came damaged')
  })
  const look = every(clock, LOOK_MS, () => {
    const now = clock.wall()
    hands.expire(now).forEach(tell)
    hands.prune(wallMs(now - FILES_KEPT_MS), wallMs(now - RECORDS_KEPT_MS))
  })
  return () => {
    look()
    quit()
  }
}
