import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { CLAIM_BYTES, CLAIM_LIFE_MS, claimHash, claimToken, readClaim, rootFingerprint } from '../../core/claim-code.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { ClusterRecord } from '../../core/stores.ts'
import { CLUSTER, NOT_NEW, REPLACED_ALREADY, SAME_BOX } from './refusals.ts'
import { replaceCluster } from './replace.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const CaretakerBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 80, pattern: '\\S' }),
    phone: Type.String({ pattern: '^(\\+84|0)[0-9 .]{8,14}$', description: 'a Vietnamese number, such as 0912 345 678' }),
  },
  { additionalProperties: false },
)
export const CaretakerView = Type.Object({ cluster: Type.String(), name: nullable(Type.String()), phone: nullable(Type.String()), call: nullable(Type.String({ description: 'tel: address' })) })
export type CaretakerView = Static<typeof CaretakerView>

export const ReplaceBody = Type.Object(
  {
    by: Type.Optional(Type.String({ pattern: '^[0-9a-hjkmnp-tv-z]{10}$', description: 'the new box, enrolled and without a place; absent = answers a claim for it' })),
  },
  { additionalProperties: false },
)
export const ReplaceView = Type.Object({
  predecessor: Type.String(),
  cluster: nullable(Type.String({ description: 'the new one; null while its box has not enrolled' })),
  claim: nullable(Type.String({ description: 'to be entered on the new box within ten minutes; shown this once' })),
  expiresAt: nullable(Type.String()),
})
export type ReplaceView = Static<typeof ReplaceView>
export const LineView = Type.Array(Type.Object({ cluster: Type.String(), from: nullable(Type.String()), until: nullable(Type.String()) }), {
  description: 'every box that stood in this place, the one of today first',
})

export interface CareHandlers {
  caretaker(who: Identity, cluster: string): Outcome<CaretakerView>
  putCaretaker(who: Identity, cluster: string, body: Static<typeof CaretakerBody>): Outcome<CaretakerView>
  removeCaretaker(who: Identity, cluster: string): Outcome<CaretakerView>
  replace(who: Identity, cluster: string, by: string | undefined): Promise<Outcome<ReplaceView>>
  line(who: Identity, cluster: string): Outcome<Static<typeof LineView>>
}

/** `0912 345 678` → `+84912345678`. */
export const phoneOf = (text: string): string => text.replaceAll(/[ .]/g, '').replace(/^0/, '+84')

export function createCareHandlers(deps: ServerDeps): CareHandlers {
  const { stores, access } = deps
  const { caretakers, succession } = stores.care
  const find = (who: Identity, action: 'incident.work' | 'cluster.enrol' | 'cluster.read', id: string): Outcome<ClusterRecord> => {
    const record = stores.clusters.byId(id)
    if (!record || (record.revokedAt !== null && action !== 'cluster.read')) return notFound(CLUSTER, id)
    const refusal = access.refusal(who, action, access.areasOfCluster(id))
    return refusal ? refused(refusal) : accepted(record)
  }
  const viewOf = (cluster: string): CaretakerView => {
    const found = caretakers.of(cluster)
    return { cluster, name: found?.name ?? null, phone: found?.phone ?? null, call: found ? `tel:${found.phone}` : null }
  }

  const promise = (who: Identity, old: ClusterRecord): ReplaceView => {
    const now = deps.clock.wall()
    const token = claimToken(deps.secretBytes(CLAIM_BYTES))
    const tokenSha256 = claimHash(deps.crypto, readClaim(token) ?? '')
    const expiresAt = wallMs(now + CLAIM_LIFE_MS)
    deps.decide({ actor: who.actor, action: 'cluster.replace-claim', subject: old.id, detail: { name: old.name, expiresAt } }, () => {
      stores.claims.insert({ tokenSha256, name: null, area: null, expiresAt, createdAt: now })
      // a box that enrols in the last second is found within the next ones
      succession.promise({ tokenSha256, predecessor: old.id, actor: who.actor, expiresAt: wallMs(expiresAt + CLAIM_LIFE_MS) })
    })
    return { predecessor: old.id, cluster: null, claim: `${token}.${rootFingerprint(deps.crypto, deps.keys.rootPublic)}`, expiresAt: isoWithOffset(expiresAt) }
  }

  return {
    caretaker(who, cluster) {
      const found = find(who, 'incident.work', cluster)
      return found.ok ? accepted(viewOf(cluster)) : found
    },
    putCaretaker(who, cluster, { name, phone }) {
      const found = find(who, 'incident.work', cluster)
      if (!found.ok) return found
      // the number is personal: the audit log says that it was set, not which
      deps.decide({ actor: who.actor, action: 'caretaker.put', subject: cluster }, () => caretakers.put({ cluster, name: name.normalize('NFC').trim(), phone: phoneOf(phone) }))
      return accepted(viewOf(cluster))
    },
    removeCaretaker(who, cluster) {
      const found = find(who, 'incident.work', cluster)
      if (!found.ok) return found
      deps.decide({ actor: who.actor, action: 'caretaker.remove', subject: cluster }, () => caretakers.remove(cluster))
      return accepted(viewOf(cluster))
    },
    async replace(who, id, by) {
      const old = find(who, 'cluster.enrol', id)
      if (!old.ok) return old
      if (succession.successorOf(id)) return refused(REPLACED_ALREADY)
      if (by === undefined) return accepted(promise(who, old.value))
      if (by === id) return refused(SAME_BOX)
      const next = stores.clusters.byId(by)
      if (!next || next.revokedAt !== null) return notFound(CLUSTER, by)
      // a box that serves elsewhere keeps its own place, and its own history
      const sameAreas = access.areasOfCluster(by).every((code) => access.areasOfCluster(id).includes(code))
      if (succession.predecessorOf(by) || !sameAreas) return refused(NOT_NEW)
      await replaceCluster(deps, who.actor, old.value, next)
      return accepted({ predecessor: id, cluster: by, claim: null, expiresAt: null })
    },
    line(who, id) {
      const found = find(who, 'cluster.read', id)
      if (!found.ok) return found
      const iso = (at: number | null | undefined): string | null => (at === null || at === undefined ? null : isoWithOffset(wallMs(at)))
      return accepted(succession.lines().tenures(id).map(({ cluster, from, until }) => ({
        cluster,
        from: iso(Number.isFinite(from) ? from : stores.clusters.byId(cluster)?.created),
        until: iso(Number.isFinite(until) ? until : stores.clusters.byId(cluster)?.revokedAt),
      })))
    },
  }
}
