import type { WallMs } from '../../../shared/core/clock.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import { MAX_UPDATE_LIFE_MS, type UpdateReport } from '../../../shared/protocol/messages/update.ts'
import { signOrder } from '../../../shared/protocol/orders.ts'
import { topicOf, TOPICS } from '../../../shared/protocol/topics.ts'
import { utf8 } from '../../../shared/protocol/wire.ts'
import type { AgentWords } from '../../core/agent-words.ts'
import type { ServerLink } from '../../core/ports.ts'
import { nextRevision } from '../../core/revision.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { isQuietAround } from '../../core/update-quiet.ts'
import { BLAMED_KINDS, GO_LIVES_MS, isSettled, stepRollout, type RolloutView } from '../../core/update-rollout.ts'
import type { HaltWhy, Rollout, RolloutRow } from '../../core/update-store.ts'

export interface UpdateLink {
  readonly link: Pick<ServerLink, 'publish'>
  readonly words: Pick<AgentWords, 'onHello' | 'onReported'>
  /** Asked anew each time: keys are renewed while the server runs. */
  readonly signing: () => SigningKey
}
export type RunnerDeps = Pick<ServerDeps, 'stores' | 'clock' | 'crypto' | 'events' | 'access' | 'log' | 'decide' | 'slotsFor'> & UpdateLink & {
  /** A rollout halted by itself. */
  readonly halted: (rollout: Rollout, why: HaltWhy, clusters: readonly string[]) => void
}
export interface UpdateRunner {
  /** The next step of everything that is under way; call it every few seconds. */
  look(): void
  /** A person changed a rollout: what follows is said at once. */
  changed(rollout: string): void
}

/** A box that may go is told again so long before its leave ends. */
const GO_AGAIN_MS = 120_000
/** Of thousands: each look takes some, so that none takes long. */
const SAID_AT_ONCE = 50
const ASKED_AT_ONCE = 20
/** What sounded near a cluster a moment ago still does. */
const ASKED_AGAIN_MS = 60_000

/** Brings releases to clusters, wave after wave, and halts by itself when something goes wrong. */
export function createUpdateRunner(deps: RunnerDeps): UpdateRunner {
  const { stores, clock, access, events } = deps
  const { updates, presence } = stores
  /** Until when a cluster may go over; not kept: after a restart they are told anew. */
  const leave = new Map<string, WallMs>()
  /** Revision that each cluster was last told, since this server started. */
  const said = new Map<string, number>()
  /** What boxes have said and is not written yet. */
  const reports = new Map<string, { readonly update: UpdateReport; readonly at: WallMs }>()
  /** When each cluster was last found not to be quiet. */
  const busyAt = new Map<string, WallMs>()

  const send = (row: RolloutRow, rollout: Rollout): void => {
    const release = updates.release(rollout.release)
    if (!release || row.rev === 0 || stores.clusters.byId(row.cluster)?.revokedAt !== null) return
    said.set(row.cluster, row.rev)
    const now = clock.wall()
    const [wanted, until] = [rollout.state !== 'cancelled', leave.get(row.cluster) ?? 0]
    const order = signOrder(deps.crypto, deps.signing(), {
      t: 'update', c: row.cluster, iat: now, exp: now + MAX_UPDATE_LIFE_MS, rev: row.rev, m: wanted ? release.id : null, b: wanted ? release.manifestBytes : 0, spread: rollout.spreadMs,
      ...(rollout.state === 'running' && until > now ? { go: until } : {}),
    })
    const { qos, retain } = TOPICS.update
    // said again at the next hello: nothing is lost
    deps.link.publish(topicOf('update', row.cluster), utf8(order), { qos, retain }).catch((error: unknown) => deps.log.debug({ cluster: row.cluster, error: String(error) }, 'update not sent'))
  }

  const isSpared = (cluster: string): boolean => stores.clusters.byId(cluster)?.now.frugal === true
  const isQuiet = (cluster: string, now: WallMs): boolean => {
    if (presence.byCluster(cluster)?.online !== true || isSpared(cluster)) return false
    const planned = deps.slotsFor(cluster, now)
    return planned === null || isQuietAround(planned, now)
  }
  const viewAt = (now: WallMs): RolloutView => {
    let asked = 0
    const kinds = new Map(stores.incidents.open().map(({ id, kind }) => [id, kind]))
    const fell = new Map<string, { readonly at: number; readonly blamedMs: number }[]>()
    for (const { incident, cluster, fellAt, healedAt } of stores.incidents.openClusters()) {
      const kind = kinds.get(incident)
      const blamedMs = kind === undefined || healedAt !== null ? undefined : BLAMED_KINDS[kind]
      if (blamedMs !== undefined) fell.set(cluster, [...(fell.get(cluster) ?? []), { at: fellAt, blamedMs }])
    }
    return {
      now,
      offlineSince: (cluster) => {
        const seen = presence.byCluster(cluster)
        return seen?.online === true ? null : (seen?.since ?? (0 as WallMs))
      },
      toldToGo: (cluster) => leave.has(cluster),
      isSpared,
      hasIncidentSince: (cluster, since) => (fell.get(cluster) ?? []).some(({ at, blamedMs }) => at > since && at - since <= blamedMs),
      mayGo: (cluster) => {
        if ((leave.get(cluster) ?? 0) - now > GO_AGAIN_MS) return true
        if (asked >= ASKED_AT_ONCE || now - (busyAt.get(cluster) ?? 0) < ASKED_AGAIN_MS) return false
        asked++
        if (isQuiet(cluster, now)) return true
        busyAt.set(cluster, now)
        return false
      },
      soundedSince: (cluster, at) => stores.evidence.between(at, now, cluster).some(({ ms }) => ms > 0),
    }
  }

  /** A wave begins: each of its clusters has its order, also those that are away. */
  const begin = (rollout: Rollout, rows: readonly RolloutRow[]): readonly RolloutRow[] => {
    const now = clock.wall()
    const isNew = (row: RolloutRow): boolean => row.wave === rollout.wave && row.rev === 0
    if (!rows.some(isNew)) return rows
    const after = rows.map((row) => (isNew(row) ? { ...row, rev: nextRevision(updates.lastRev(row.cluster), 0, now), since: now } : row))
    updates.saveRows(after.filter((row, n) => row !== rows[n]))
    return after
  }
  /** Those that are there and have not been told since this server started, or since their order changed. */
  const sayAll = (rollout: Rollout, rows: readonly RolloutRow[]): void => {
    const untold = rows.filter((row) => row.rev > 0 && !isSettled(row) && said.get(row.cluster) !== row.rev && presence.byCluster(row.cluster)?.online === true)
    for (const row of untold.slice(0, SAID_AT_ONCE)) send(row, rollout)
  }
  const move = (rollout: Rollout, next: Pick<Rollout, 'state' | 'why' | 'wave'>, clusters: readonly string[]): Rollout => {
    const after = { ...rollout, ...next, changedAt: clock.wall() }
    deps.decide({ actor: 'server', action: `update.${next.state === 'running' ? 'wave' : next.state}`, subject: rollout.id, detail: { wave: next.wave, why: next.why, clusters } }, () => updates.saveRollout(after))
    const all = updates.rows(rollout.id).map(({ cluster }) => cluster)
    const areas = access.areasOfClusters(all)
    events.tell({ kind: `update.${next.state === 'running' ? 'wave' : next.state}`, at: clock.wall(), areas: areas === 'all' ? [] : areas, subject: rollout.id, detail: { release: rollout.release, wave: next.wave, why: next.why, clusters } })
    return after
  }

  /** It begins with the next look. */
  const takeIn = (rollout: Rollout, rows: readonly RolloutRow[], cluster: string): void => {
    deps.decide({ actor: 'server', action: 'update.stand-in', subject: rollout.id, detail: { wave: rollout.wave, cluster } }, () =>
      updates.saveRows(rows.filter((row) => row.cluster === cluster).map((row) => ({ ...row, wave: rollout.wave }))))
  }
  const grant = (rollout: Rollout, row: RolloutRow, now: WallMs): void => {
    if ((leave.get(row.cluster) ?? 0) - now > GO_AGAIN_MS) return
    leave.set(row.cluster, (now + GO_LIVES_MS) as WallMs)
    send(row, rollout)
  }
  /** What was allowed is taken back, wherever the box has not gone yet; of one that is given up all is. */
  const hold = (rollout: Rollout): void => {
    const isToHear = (row: RolloutRow): boolean => !isSettled(row) && (rollout.state === 'cancelled' || leave.has(row.cluster))
    const hearing = updates.rows(rollout.id).filter(isToHear)
    for (const { cluster } of hearing) leave.delete(cluster)
    for (const row of hearing) send(row, rollout)
  }
  const run = (rollout: Rollout): void => {
    const now = clock.wall()
    const rows = begin(rollout, updates.rows(rollout.id))
    sayAll(rollout, rows)
    const { next, go, standIn } = stepRollout(rollout, rows, viewAt(now))
    if (standIn !== undefined) takeIn(rollout, rows, standIn)
    for (const row of rows) if (go.includes(row.cluster)) grant(rollout, row, now)
    if (next === null) return
    if (next.state !== 'halted') return void move(rollout, { state: next.state, why: null, wave: next.wave }, [])
    const halted = move(rollout, { state: 'halted', why: next.why, wave: rollout.wave }, next.clusters)
    hold(halted)
    deps.halted(halted, next.why, next.clusters)
  }

  /** Written together: thousands report within minutes, and each write of a decision waits for the disk. What a crash loses here is said again at the next hello. */
  const noteAll = (): void => {
    const changed = [...reports].flatMap(([cluster, { update, at }]) => {
      const found = updates.ofCluster(cluster)
      if (found?.row.rev !== update.rev) return []
      const { row, rollout } = found
      const after = { ...row, state: update.st, why: update.why ?? null, permille: update.pm ?? row.permille, since: row.state === update.st ? row.since : at }
      return row.state === after.state && row.why === after.why && row.permille === after.permille ? [] : [{ row, after, rollout }]
    })
    reports.clear()
    if (changed.length === 0) return
    updates.saveRows(changed.map(({ after }) => after))
    for (const { row, after, rollout } of changed) {
      if (isSettled(after)) leave.delete(after.cluster)
      if (row.state === after.state) continue
      events.tell({ kind: 'update.cluster', at: after.since, areas: access.areasOfCluster(after.cluster), subject: after.cluster, detail: { rollout: rollout.id, state: after.state, why: after.why } })
    }
  }

  deps.words.onHello((cluster) => {
    const found = updates.ofCluster(cluster)
    if (found && !isSettled(found.row)) send(found.row, found.rollout)
  })
  deps.words.onReported((cluster, { update }) => {
    if (update && update.rev > 0) reports.set(cluster, { update, at: clock.wall() })
  })
  return {
    look: () => {
      noteAll()
      for (const rollout of updates.inForce()) if (rollout.state === 'running') run(rollout)
    },
    changed: (id) => {
      noteAll()
      const rollout = updates.rollout(id)
      if (rollout && rollout.state !== 'running') hold(rollout)
      else if (rollout) run(rollout)
    },
  }
}
