import { wallMs, type Clock } from '../../../shared/core/clock.ts'
import type { Crypto } from '../../../shared/core/crypto.ts'
import type { Log } from '../../../shared/core/log.ts'
import { unreachable, type Result } from '../../../shared/core/result.ts'
import { decodeBlock, encodeBlock } from '../../../shared/protocol/blocks.ts'
import { decodeMessage, type MessageOf } from '../../../shared/protocol/codec.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { signOrder } from '../../../shared/protocol/orders.ts'
import { decodeTimeAsk, encodeTimeAnswer } from '../../../shared/protocol/time.ts'
import { parseTopic, topicOf, TOPICS, type TopicName } from '../../../shared/protocol/topics.ts'
import { fromBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import type { AgentWordsHub } from '../../core/agent-words.ts'
import { editionOf } from '../../core/evidence-store.ts'
import type { ServerLink } from '../../core/ports.ts'
import type { Stores } from '../../core/stores.ts'
import type { Conductor } from './conductor.ts'
import type { Presence } from './presence.ts'

export interface IngestDeps {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly orders: SigningKey
  readonly timeKey: SigningKey
  readonly link: ServerLink
  readonly stores: Pick<Stores, 'clusters' | 'evidence' | 'telemetry' | 'lately' | 'presence'>
  readonly presence: Presence
  readonly conductor: Conductor
  /** A block of a file or of a plan's body; null when there is none. */
  readonly readBlock: (sha: string, index: number) => Promise<Uint8Array | null>
  /** Hellos, joins and deliveries are for other features. */
  readonly words: AgentWordsHub
  readonly log: Log
}

/** Messages that were dropped, by topic row and reason: shown in /metrics. */
export type Dropped = Map<string, number>

const ACK_LIVES_MS = 3_600_000

/** Takes what agents publish. Whatever is malformed is counted and dropped; a handler may run twice, late, or out of order. */
export function createIngest(deps: IngestDeps): { receive(topic: string, payload: Uint8Array): void; dropped: Dropped } {
  const { clock, link, log, presence, stores } = deps
  const dropped: Dropped = new Map()
  const drop = (what: string): void => void dropped.set(what, (dropped.get(what) ?? 0) + 1)
  const isActive = (cluster: string): boolean => stores.clusters.byId(cluster)?.revokedAt === null

  const answer = (name: TopicName, cluster: string, payload: Uint8Array): void => {
    const { qos, retain } = TOPICS[name]
    link.publish(topicOf(name, cluster), payload, { qos, retain }).catch((error: unknown) => {
      // the agent asks again; nothing is lost
      log.debug({ cluster, name, error: String(error) }, 'answer not sent')
    })
  }

  const tellTime = (cluster: string, payload: Uint8Array): void => {
    const received = clock.wall()
    const nonce = decodeTimeAsk(payload)
    if (!nonce) return drop('timeAsk malformed')
    answer('time', cluster, encodeTimeAnswer(deps.crypto, deps.timeKey, cluster, { nonce, received, sent: clock.wall() }))
  }

  const serve = async (cluster: string, want: MessageOf<'want'>): Promise<void> => {
    const sha = fromBase64Url(want.f)
    for (const index of want.i) {
      const bytes = sha && (await deps.readBlock(want.f, index))
      if (sha && bytes) answer('block', cluster, encodeBlock({ sha, index, bytes }))
      else drop('want unknown')
    }
  }

  const keep = (cluster: string, { log: name, rows }: MessageOf<'evidence'>): void => {
    const at = clock.wall()
    const oldestHeld = Math.min(...rows.map((r) => r.n))
    const known = stores.evidence.upTo(cluster, name)
    stores.evidence.insertRows(cluster, name, rows, { at, oldestHeld })
    stores.lately.noteUnderruns(cluster, at, rows.reduce((sum, { n, underruns }) => sum + (n > known ? underruns : 0), 0))
    stores.lately.noteHeard(cluster, rows.flatMap(({ n, due, heard }) => (n > known && heard ? [{ due: wallMs(due), verdict: heard.verdict }] : [])))
    // all of this batch is on the disk now: the agent may forget up to its last row
    const upTo = Math.max(...rows.map((r) => r.n))
    const ack = { t: 'ack', c: cluster, iat: at, exp: at + ACK_LIVES_MS, log: name, upTo } as const
    answer('ack', cluster, utf8(signOrder(deps.crypto, deps.orders, ack)))
  }

  const hello = (cluster: string, message: MessageOf<'hello'>): void => {
    const before = editionOf(stores.presence, cluster)
    presence.noteHello(cluster, message)
    // brought up to date, or fallen back: its plan is made in the words that it understands
    if (editionOf(stores.presence, cluster) !== before) deps.conductor.clusterChanged(cluster)
    const record = stores.clusters.byId(cluster)
    if (record && record.simulated !== message.simulated) stores.clusters.setSimulated(cluster, message.simulated)
    deps.conductor.heldBy(cluster, { plan: message.plan, now: message.now })
    deps.words.hello(cluster)
  }

  const take = <T>(name: string, decoded: Result<T>, use: (value: T) => void): void => (decoded.ok ? use(decoded.value) : drop(`${name} ${decoded.code}`))

  const handle = (name: TopicName, cluster: string, payload: Uint8Array): void => {
    switch (name) {
      case 'timeAsk':
        return tellTime(cluster, payload)
      case 'want':
        return take(name, decodeMessage(name, payload), (m) => void serve(cluster, m).catch((error: unknown) => log.error({ cluster, error: String(error) }, 'block not served')))
      case 'hello':
        return take(name, decodeMessage(name, payload), (m) => hello(cluster, m))
      case 'reported':
        return take(name, decodeMessage(name, payload), (m) => {
          presence.noteReported(cluster, m)
          stores.lately.noteRefused(cluster, clock.wall(), stores.presence.byCluster(cluster)?.boot ?? null, m.refused)
          stores.lately.noteMissing(cluster, m.missing)
          deps.words.reported(cluster, m)
        })
      case 'beat':
        return take(name, decodeMessage(name, payload), (m) => {
          presence.noteBeat(cluster, m)
          stores.telemetry.noteBeat(cluster, m, clock.wall())
          if (m.r) stores.lately.noteRadio(cluster, clock.wall(), m.r)
        })
      case 'health':
        return take(name, decodeMessage(name, payload), (m) => stores.telemetry.noteHealth(cluster, m, clock.wall()))
      case 'evidence':
        return take(name, decodeMessage(name, payload), (m) => keep(cluster, m))
      case 'gone':
        return take(name, decodeMessage(name, payload), (m) => presence.noteGone(cluster, m.conn))
      case 'join':
        return take(name, decodeMessage(name, payload), (m) => deps.words.join(cluster, m))
      case 'served':
        return take(name, decodeMessage(name, payload), (m) => deps.words.served(cluster, m))
      case 'piece': {
        const piece = decodeBlock(payload)
        return piece ? deps.words.piece(cluster, piece) : drop('piece malformed')
      }
      case 'delivery':
        return take(name, decodeMessage(name, payload), (m) => deps.words.delivery(cluster, m))
      case 'plan':
      case 'now':
      case 'alert':
      case 'service':
      case 'update':
      case 'audio':
      case 'ack':
      case 'block':
      case 'time':
        return drop(`${name} from an agent`)
      default:
        return unreachable(name)
    }
  }

  return {
    dropped,
    receive: (topic, payload) => {
      const parsed = parseTopic(topic)
      if (!parsed) return drop('unknown topic')
      if (payload.length > TOPICS[parsed.name].limit) return drop(`${parsed.name} too-large`)
      if (!isActive(parsed.cluster)) return drop('unknown cluster')
      try {
        handle(parsed.name, parsed.cluster, payload)
      } catch (error) {
        // a message of one cluster must not end the server of all; the database's own failure shows in /healthz
        drop(`${parsed.name} failed`)
        log.error({ topic, error: String(error) }, 'message not taken')
      }
    },
  }
}
