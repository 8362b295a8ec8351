import { civilDayNumber } from '../../../shared/core/civil.ts'
import { wallMs, type Cancel, type Clock, type WallMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import type { OpusPacket } from '../../../shared/core/opus-stream.ts'
import { audienceOn } from '../../../shared/core/targets.ts'
import type { LiveEntry } from '../../../shared/protocol/messages/orders.ts'
import type { Part } from '../../../shared/protocol/messages/parts.ts'
import type { AgentWords } from '../../core/agent-words.ts'
import { blockSentence, endsEarly, liveBounds, REST_HOURS, type LiveBounds } from '../../core/live-bounds.ts'
import { entryIsOver, isOver, MAX_LIVE_ENTRIES, slotOf, type Begun, type Live, type LiveBroadcast, type NewLive, type Skipped } from '../../core/live-book.ts'
import { allSkipped, LONG_PROGRAMME, noBroadcast, noProgramme, notAirable, NO_CLUSTERS, TOO_MANY, unknownTarget } from '../../core/live-refusals.ts'
import { accepted, type Outcome, type Sentence } from '../../core/refusal.ts'
import { nextRevision } from '../../core/revision.ts'
import type { DecisionListener } from '../../core/server-deps.ts'
import type { StreamHub } from '../../core/sound-stream.ts'
import type { ClusterRecord, Decide, Programme, Stores } from '../../core/stores.ts'
import { createHeard } from './heard.ts'
import { createLiveRecords } from './records.ts'

export interface LiveDeps {
  readonly stores: Stores
  readonly decide: Decide
  readonly clock: Clock
  readonly secretBytes: (count: number) => Uint8Array
  readonly listener: Pick<DecisionListener, 'clusterChanged'>
  readonly words: AgentWords
  readonly hub: Pick<StreamHub, 'burst' | 'forget'>
  /** All Opus packets of a file of the store; null where it is gone. */
  readonly packetsOf: (sha: string) => Promise<readonly OpusPacket[] | null>
  readonly log: Log
}

/** From the decision to the first sound: the order has to arrive. A programme may have to arrive itself. */
const LEAD_MS = { voice: 1_500, urgent: 700, programme: 2_500 } as const
/** A programme up to this length comes as a burst of packets behind the order; a longer one is fetched by blocks first. */
const MAX_CLIP_MS = 300_000
const CHIME_KEY = 'chime:nhac-hieu'
const ID_LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'

/** Opens the book: what the server before this one left is brought to its end. */
export function startLive(deps: LiveDeps): Live {
  const { clock, stores } = deps
  const records = createLiveRecords(stores.meta)
  const heard = createHeard(deps)
  let sweeper: Cancel = () => undefined

  /** Changes the entries of clusters in one transaction with its audit row. */
  const write = (ids: readonly string[], change: (entries: readonly LiveEntry[], cluster: ClusterRecord) => readonly LiveEntry[]): void => {
    for (const id of ids) {
      const cluster = stores.clusters.byId(id)
      if (!cluster || cluster.revokedAt !== null) continue
      const now = clock.wall()
      const live = change((cluster.now.live ?? []).filter((entry) => !entryIsOver(entry, now)), cluster)
      stores.clusters.setNow(id, { ...cluster.now, live, rev: nextRevision(cluster.now.rev, stores.presence.byCluster(id)?.nowRev ?? 0, now) })
    }
  }
  const tell = (ids: readonly string[]): void => ids.forEach((id) => deps.listener.clusterChanged(id))

  const sweep = (): void => {
    const now = clock.wall()
    const stale = stores.clusters.active().filter((c) => c.now.live?.some((entry) => entryIsOver(entry, now))).map((c) => c.id)
    if (stale.length > 0) deps.decide({ actor: 'server', action: 'live.sweep', subject: 'clusters', detail: { clusters: stale.length } }, () => write(stale, (entries) => entries))
    tell(stale)
    for (const { id, stream } of records.all()) if (stream !== null && isOver(records.byId(id) as LiveBroadcast, now)) deps.hub.forget(stream)
    heard.keepOnly(new Set(records.all().map((b) => b.id)))
    sweepLater()
  }
  /** Just behind the next entry that will be over. */
  function sweepLater(): void {
    sweeper()
    const now = clock.wall()
    const ends = stores.clusters.active().flatMap((c) => (c.now.live ?? []).map((entry) => entry.to + (entry.close?.ms ?? 0)))
    if (ends.length > 0) sweeper = clock.after(Math.min(MAX_TIMER_MS, Math.max(0, Math.min(...ends) - now) + SWEEP_BEHIND_MS), sweep)
  }

  const end: Live['end'] = (id, { at, actor }) => {
    const found = records.byId(id)
    if (!found) return noBroadcast(id)
    const now = clock.wall()
    if (found.endedBy !== null || isOver(found, now)) return accepted(found)
    const to = wallMs(Math.min(found.to, Math.max(Math.ceil(at ?? now), now)))
    const ended: LiveBroadcast = { ...found, to, endedBy: actor, ...(to <= found.at ? { closeMs: 0 } : {}) }
    deps.decide({ actor, action: 'live.end', subject: id, detail: { title: found.title, to } }, () => {
      records.put(ended)
      write(found.clusters, (entries) => entries.flatMap((entry) => (entry.slot !== slotOf(id) ? [entry] : to <= entry.at ? [] : [{ ...entry, to: Math.min(entry.to, to) }])))
    })
    tell(found.clusters)
    if (to <= found.at && found.stream !== null) deps.hub.forget(found.stream)
    sweepLater()
    return accepted(ended)
  }

  const begin = (order: NewLive): Outcome<Begun> => {
    const planned = plan(deps, order)
    if (!planned.ok) return planned
    const { broadcast, entryOf } = planned.value
    deps.decide({ actor: order.actor, action: 'live.begin', subject: broadcast.id, detail: { title: order.title, kind: broadcast.kind, targets: order.targets, clusters: broadcast.clusters.length } }, () => {
      records.put(broadcast)
      write(broadcast.clusters, (entries, cluster) => [...entries, entryOf(cluster.id)])
    })
    tell(broadcast.clusters)
    bring(deps, broadcast)
    sweepLater()
    return accepted({ broadcast, skipped: planned.value.skipped, warnings: planned.value.warnings })
  }

  // nobody speaks into the streams of a server that is gone
  for (const left of records.all()) if (left.kind !== 'programme' && left.endedBy === null && !isOver(left, clock.wall())) end(left.id, { at: null, actor: 'server' })
  sweep()

  return {
    begin,
    end,
    list: (which) => records.all().filter((b) => which === 'all' || !isOver(b, clock.wall())),
    byId: records.byId,
    board: (id) => (records.byId(id)?.clusters ?? []).map((cluster) => heard.rowOf(id, cluster)),
    count: (id) => heard.countOf(id, records.byId(id)?.clusters ?? []),
    stop: () => sweeper(),
  }
}

/** Node's timers end at 2³¹ ms. */
const MAX_TIMER_MS = 86_400_000
const SWEEP_BEHIND_MS = 11_000

interface Planned {
  readonly broadcast: LiveBroadcast
  readonly entryOf: (cluster: string) => LiveEntry
  readonly skipped: readonly Skipped[]
  readonly warnings: readonly Sentence[]
}

/** Who is reached, from when to when, and with what. Changes nothing. */
function plan(deps: LiveDeps, order: NewLive): Outcome<Planned> {
  const { stores, clock } = deps
  const now = clock.wall()
  const programme = order.sound.kind === 'programme' ? stores.programmes.airable(order.sound.programme, now) : null
  if (order.sound.kind === 'programme' && !programme) return stores.programmes.byId(order.sound.programme) ? notAirable(order.sound.programme) : noProgramme(order.sound.programme)
  const clusters = stores.clusters.active()
  const directory = { areas: stores.areas.all(), groups: stores.groups.all(), memberships: stores.clusters.memberships(), clusters }
  const audience = audienceOn(directory, civilDayNumber(now))(order.targets)
  const unknown = audience.unknown[0]
  if (unknown) return unknownTarget(unknown)
  if (audience.clusters.length === 0) return NO_CLUSTERS

  const chime = order.chime ? stores.programmes.byKey(CHIME_KEY) : null
  const opening: Part[] = chime ? [pinnedPart(chime)] : []
  const id = idFrom(deps.secretBytes(8))
  const { said, stream } = saidPart(order, programme, id)
  const at = wallMs(Math.ceil(now) + LEAD_MS[order.sound.kind])
  const speakFrom = wallMs(at + (opening[0]?.ms ?? 0))
  const to = wallMs(speakFrom + said.ms)
  const bounds = liveBounds(stores, now)
  const music = programme?.music === true
  const { reached, skipped } = sorted(clusters.filter((c) => audience.clusters.includes(c.id)), { bounds, at, music, now })
  if (reached.length === 0) return allSkipped(skipped)
  const broadcast: LiveBroadcast = {
    id, kind: order.sound.kind, title: order.title, stream, programme: programme?.id ?? null, authority: order.authority, clusters: reached,
    actor: order.actor, acceptedAt: now, at, speakFrom, to, closeMs: opening[0]?.ms ?? 0, endedBy: null,
  }
  const entryOf = (cluster: string): LiveEntry => ({
    slot: slotOf(id), at, to, policy: bounds.policyOf(cluster), auth: order.authority, parts: [...opening, said], ...(opening[0] ? { close: opening[0] } : {}),
  })
  return accepted({ broadcast, entryOf, skipped, warnings: [...warningsOf(reached, bounds, { at, to, music }), ...(programme && stream === null ? [LONG_PROGRAMME] : [])] })
}

function sorted(clusters: readonly ClusterRecord[], { bounds, at, music, now }: { bounds: LiveBounds; at: WallMs; music: boolean; now: WallMs }): { reached: string[]; skipped: Skipped[] } {
  const [reached, skipped]: [string[], Skipped[]] = [[], []]
  for (const { id, name, now: said } of clusters) {
    const block = bounds.blockOf(id, at, music)
    const full = (said.live ?? []).filter((entry) => !entryIsOver(entry, now)).length >= MAX_LIVE_ENTRIES
    if (block) skipped.push({ cluster: id, name, because: blockSentence(block) })
    else if (full) skipped.push({ cluster: id, name, because: TOO_MANY })
    else reached.push(id)
  }
  return { reached, skipped }
}

function warningsOf(clusters: readonly string[], bounds: LiveBounds, { at, to, music }: { at: WallMs; to: WallMs; music: boolean }): Sentence[] {
  const blocked = clusters.flatMap((id) => bounds.blockedFrom(id, { from: at, to }, music) ?? [])
  const rests = clusters.some((id) => bounds.rests(id, at))
  return [...(blocked.length > 0 ? [endsEarly(wallMs(Math.min(...blocked)))] : []), ...(rests ? [REST_HOURS] : [])]
}

const pinnedPart = ({ sha, ms }: Programme): Part => ({ m: sha, ms: Math.max(1, Math.round(ms)) })

function saidPart(order: NewLive, programme: Programme | null, id: string): { readonly said: Part; readonly stream: string | null } {
  const stream = `~${id}`
  if (order.sound.kind !== 'programme') return { said: { s: stream, ms: Math.round(order.sound.maxMs) }, stream }
  const { sha, bytes, ms } = programme as Programme
  const file = { m: sha, b: bytes, ms: Math.max(1, Math.round(ms)) }
  return ms <= MAX_CLIP_MS ? { said: { ...file, s: stream }, stream } : { said: file, stream: null }
}

/** The packets of a programme follow its order; clusters that hold the file pass them over. */
function bring({ stores, packetsOf, hub, log }: LiveDeps, { programme, stream, clusters, acceptedAt }: LiveBroadcast): void {
  const sha = programme === null || stream === null ? null : stores.programmes.airable(programme, acceptedAt)?.sha
  if (!sha || stream === null) return
  packetsOf(sha).then(
    (packets) => (packets ? hub.burst({ stream, packets }, clusters) : log.error({ programme, sha }, 'the file of a programme that is played now is gone')),
    (error: unknown) => log.error({ programme, sha, error: String(error) }, 'a programme that is played now could not be read'),
  )
}

const idFrom = (bytes: Uint8Array): string => [...bytes].map((byte) => ID_LETTERS[byte % ID_LETTERS.length]).join('')
