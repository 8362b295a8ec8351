import { Type, type Static } from 'typebox'
import { wallMs } from '../../../shared/core/clock.ts'
import { Targets } from '../../../shared/core/timetable.ts'
import { createCertificateCache } from '../../../shared/protocol/keys.ts'
import { PROTOCOL_VERSION } from '../../../shared/protocol/topics.ts'
import { filesOfPack, manifestOfPack, packedFiles } from '../../../shared/protocol/update-pack.ts'
import { openRelease } from '../../../shared/protocol/update-release.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import type { Identity } from '../../core/identity.ts'
import { NO_CLUSTERS, unknownTarget } from '../../core/live-refusals.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ReleaseFiles } from '../../core/update-files.ts'
import { inWaves, isSettled } from '../../core/update-rollout.ts'
import type { ReleaseRecord, Rollout, RolloutRow, RolloutState } from '../../core/update-store.ts'
import { badRelease, busyClusters, NOT_IN_FORCE, NOT_OPEN, notThisProtocol, WRONG_STATE } from './refusals.ts'
import { viewOfRelease, viewOfRollout, viewOfRow, type ReleaseView, type RolloutView } from './views.ts'

export const RolloutBody = Type.Object(
  {
    targets: Targets,
    canaries: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'clusters that go first; otherwise one, or one in twenty' })),
    healthyMinutes: Type.Optional(Type.Number({ minimum: 1, maximum: 10_080, description: 'how long those before must have been well before the next go; 10' })),
    throughSession: Type.Optional(Type.Boolean({ description: 'the first ones must have sounded a session before the next go; true' })),
    spreadMinutes: Type.Optional(Type.Number({ minimum: 0, maximum: 60, description: 'downloads of a wave begin within so long; otherwise a minute for each four clusters of the rollout, and 5 at most' })),
  },
  { additionalProperties: false },
)
export type RolloutBody = Static<typeof RolloutBody>

const RELEASE = { en: 'release', vi: 'bản phát hành' }
const ROLLOUT = { en: 'rollout', vi: 'đợt cập nhật' }
const SHOWN = 50
/** Where nobody says otherwise: a link of the station bears the downloads of so many, and a few need not wait for minutes. */
const STARTED_A_MINUTE = 4
const MOST_SPREAD_MINUTES = 5
/** Releases that nobody rolled out are forgotten beyond so many. */
const KEPT = 10
const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

export interface UpdateHandlers {
  announce(who: Identity, path: string): Promise<Outcome<ReleaseView>>
  releases(): ReleaseView[]
  roll(who: Identity, release: string, body: RolloutBody): Outcome<RolloutView>
  list(who: Identity): RolloutView[]
  one(who: Identity, id: string): Outcome<RolloutView>
  /** Halted by a person, resumed in spite of what went wrong, or given up. */
  turn(who: Identity, id: string, to: 'halted' | 'running' | 'cancelled'): Outcome<RolloutView>
}

export function createUpdateHandlers(deps: ServerDeps & { readonly releases: ReleaseFiles }): UpdateHandlers {
  const { stores, access, clock, crypto, releases: files } = deps
  const { updates, clusters, presence } = stores
  const certified = createCertificateCache(crypto, deps.keys.rootPublic)
  const versionOf = (id: string): string => updates.release(id)?.version ?? '?'

  const prune = async (): Promise<void> => {
    const used = new Set(updates.rollouts(10_000).map(({ release }) => release))
    for (const { id } of updates.releases().filter((one) => !used.has(one.id)).slice(KEPT)) updates.removeRelease(id)
    await files.keepOnly(new Set(updates.releases().flatMap((one) => one.files)))
  }
  const announce = async (who: Identity, path: string): Promise<Outcome<ReleaseView>> => {
    const pack = await files.readPack(path)
    const head = manifestOfPack(pack)
    if (!head.ok) return refused(badRelease(head.code))
    const opened = openRelease(head.value.manifest, { crypto, certified, at: clock.wall() })
    if (!opened.ok) return refused(badRelease(opened.code))
    const release = opened.value
    if (!release.protocol.includes(PROTOCOL_VERSION)) return refused(notThisProtocol(release.version))
    const parts = filesOfPack(crypto, pack, { release, filesAt: head.value.filesAt })
    if (!parts.ok) return refused(badRelease(parts.code))
    const manifest = utf8(head.value.manifest)
    const id = toBase64Url(crypto.sha256(manifest))
    const known = updates.release(id)
    if (known) return accepted(viewOfRelease(known))
    await files.keep(new Map([...parts.value, [id, manifest]]))
    const travelling = packedFiles(release)
    const record: ReleaseRecord = {
      id, n: release.n, version: release.version, least: release.least, back: release.back === true, madeAt: wallMs(release.iat), announcedAt: clock.wall(), actor: who.actor,
      manifestBytes: manifest.length, bytes: travelling.reduce((sum, { bytes }) => sum + bytes, manifest.length), files: [id, ...travelling.map(({ sha }) => sha)],
    }
    deps.decide({ actor: who.actor, action: 'update.announce', subject: id, detail: { version: record.version, n: record.n, back: record.back } }, () => updates.insertRelease(record))
    await prune()
    return accepted(viewOfRelease(record))
  }

  /** Those that are well go first; among them chance decides, so that canaries stand in several places. */
  const inOrder = (ids: readonly string[]): string[] => {
    const troubled = new Set(stores.incidents.openClusters().map(({ cluster }) => cluster))
    const isWell = (id: string): boolean => presence.byCluster(id)?.online === true && !troubled.has(id) && clusters.byId(id)?.now.frugal !== true
    return ids.map((id) => ({ id, rank: (isWell(id) ? 0 : 1) + deps.random() })).sort((a, b) => a.rank - b.rank).map(({ id }) => id)
  }
  const mine = (who: Identity, rollout: Rollout): RolloutRow[] => updates.rows(rollout.id).filter(({ cluster }) => access.seesCluster(who, 'cluster.service')(cluster))

  const roll: UpdateHandlers['roll'] = (who, releaseId, body) => {
    const release = updates.release(releaseId)
    if (!release) return notFound(RELEASE, releaseId)
    const audience = access.audience(body.targets)
    const [unknown] = audience.unknown
    if (unknown) return unknownTarget(unknown)
    if (audience.clusters.length === 0) return NO_CLUSTERS
    const refusal = access.refusal(who, 'cluster.service', body.targets === 'all' ? 'all' : access.areasOfClusters(audience.clusters))
    if (refusal) return refused(refusal)
    const busy = new Set(updates.inForce().flatMap(({ id }) => updates.rows(id).filter((row) => !isSettled(row)).map(({ cluster }) => cluster)))
    const taken = audience.clusters.filter((id) => busy.has(id))
    if (taken.length > 0) return refused(busyClusters(taken.length))
    const now = clock.wall()
    const id = Array.from(deps.secretBytes(10), (byte) => ID_ALPHABET[byte & 31] ?? '0').join('')
    const waves = inWaves(inOrder(audience.clusters), body.canaries)
    const rows = waves.map(({ cluster, wave }): RolloutRow => ({ rollout: id, cluster, wave, rev: 0, state: 'waiting', why: null, since: now, permille: 0, before: presence.byCluster(cluster)?.agent ?? null, excused: false }))
    const rollout: Rollout = {
      id, release: releaseId, actor: who.actor, at: now, state: 'running', why: null, changedAt: now, wave: 0, waves: Math.max(...waves.map(({ wave }) => wave)) + 1,
      healthyMs: (body.healthyMinutes ?? 10) * 60_000, throughSession: body.throughSession ?? true, spreadMs: Math.round((body.spreadMinutes ?? Math.min(MOST_SPREAD_MINUTES, rows.length / STARTED_A_MINUTE)) * 60_000),
    }
    deps.decide({ actor: who.actor, action: 'update.roll', subject: id, detail: { release: releaseId, version: release.version, clusters: rows.length } }, () => updates.insertRollout(rollout, rows))
    deps.events.tell({ kind: 'update.decided', at: now, areas: areasOf(rows), subject: id, detail: { state: rollout.state, release: releaseId } })
    return accepted(viewOfRollout(rollout, release.version, rows))
  }
  const areasOf = (rows: readonly RolloutRow[]): readonly string[] => {
    const areas = access.areasOfClusters(rows.map(({ cluster }) => cluster))
    return areas === 'all' ? [] : areas
  }
  const turn: UpdateHandlers['turn'] = (who, id, to) => {
    const rollout = updates.rollout(id)
    if (!rollout) return notFound(ROLLOUT, id)
    const rows = updates.rows(id)
    const refusal = access.refusal(who, 'cluster.service', access.areasOfClusters(rows.map(({ cluster }) => cluster)))
    if (refusal) return refused(refusal)
    if (rollout.state === 'done' || rollout.state === 'cancelled') return refused(NOT_IN_FORCE)
    if (rollout.state === to) return refused(WRONG_STATE)
    const now = clock.wall()
    const state: RolloutState = to
    const after: Rollout = { ...rollout, state, why: to === 'halted' ? 'person' : null, changedAt: now }
    deps.decide({ actor: who.actor, action: `update.${to === 'running' ? 'resume' : to === 'halted' ? 'halt' : 'cancel'}`, subject: id }, () => {
      updates.saveRollout(after)
      // whoever goes on knows what became of these
      if (to === 'running') updates.saveRows(rows.filter((one) => one.rev > 0 && (isSettled(one) || one.state === 'trial')).map((row) => ({ ...row, excused: true })))
      // what is under way is called back by an order of its own
      if (to === 'cancelled') updates.saveRows(rows.filter((one) => one.rev > 0 && !isSettled(one) && one.state !== 'trial').map((row) => ({ ...row, rev: row.rev + 1 })))
    })
    deps.events.tell({ kind: 'update.decided', at: now, areas: areasOf(rows), subject: id, detail: { state, release: rollout.release } })
    return accepted(viewOfRollout(after, versionOf(rollout.release), updates.rows(id)))
  }

  return {
    announce,
    roll,
    turn,
    releases: () => updates.releases().map(viewOfRelease),
    list: (who) => updates.rollouts(SHOWN).map((one) => ({ one, rows: mine(who, one) })).filter(({ rows }) => rows.length > 0).map(({ one, rows }) => viewOfRollout(one, versionOf(one.release), rows)),
    one: (who, id) => {
      const rollout = updates.rollout(id)
      const rows = rollout ? mine(who, rollout) : []
      if (!rollout) return notFound(ROLLOUT, id)
      if (rows.length === 0) return refused(NOT_OPEN)
      const view = (row: RolloutRow): ReturnType<typeof viewOfRow> => {
        const seen = presence.byCluster(row.cluster)
        return viewOfRow(row, { name: clusters.byId(row.cluster)?.name ?? row.cluster, online: seen?.online === true, version: seen?.agent ?? null })
      }
      return accepted({ ...viewOfRollout(rollout, versionOf(rollout.release), rows), clusters: rows.map(view) })
    },
  }
}
