import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { SERVICES, SERVICE_WHYS, type Service } from '../../../shared/protocol/messages/service.ts'
import type { ServiceRecord } from '../../core/hands-store.ts'
import { SERVICE_TEXT, WHY_TEXT } from '../../core/hands-text.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import { selfTestFindings } from '../../core/self-test.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { newService, tellOrdered } from './order.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Text = Type.Object({ en: Type.String(), vi: Type.String() })

export const ServiceBody = Type.Object(
  {
    do: Type.Enum([...SERVICES]),
    policy: Type.Optional(Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'of a test tone: the hours that bind it, where the cluster has several' })),
    from: Type.Optional(Type.Enum(['output', 'monitor'], { description: 'of listening in: what the box plays (default), or what its ear hears' })),
  },
  { additionalProperties: false },
)
export type ServiceBody = Static<typeof ServiceBody>

export const ServiceView = Type.Object({
  id: Type.String(), cluster: Type.String(), do: Type.Enum([...SERVICES]), text: Text, actor: Type.String(), at: Type.String(), expiresAt: Type.String(),
  state: Type.Enum(['ordered', 'taken', 'done', 'failed', 'refused', 'expired']),
  why: nullable(Type.Object({ code: Type.Enum([...SERVICE_WHYS]), ...Text.properties })),
  findings: Type.Array(Type.Object({ level: Type.Enum(['fault', 'note']), ...Text.properties }), { description: 'of a self-test: what was found, in plain words' }),
  facts: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Boolean(), Type.String()])),
  file: nullable(Type.Object({ kind: Type.Enum(['log', 'sound']), bytes: Type.Integer(), path: nullable(Type.String({ description: 'null until all of it has come, and after it was forgotten' })) })),
})
export type ServiceView = Static<typeof ServiceView>

const CLUSTER = { en: 'cluster', vi: 'cụm loa' }
const SERVICE = { en: 'act of service', vi: 'lệnh kỹ thuật' }
const NO_PLAN: Refusal = {
  status: 409, code: 'no-plan', en: 'This cluster has no plan yet, so nothing may sound on it: publish a timetable first.', vi: 'Cụm loa này chưa có lịch phát nên chưa được phát thử: hãy công bố lịch phát trước.',
}
const policyWanted = (names: readonly string[]): Refusal => ({
  status: 422, code: 'policy-wanted', field: '/policy', en: `Say whose hours bind the tone: ${names.join(', ')}.`, vi: `Hãy chọn quy định giờ phát áp dụng: ${names.join(', ')}.`,
})
const BUSY: Refusal = {
  status: 409, code: 'busy', en: 'The same was already asked of this cluster and is not answered: wait for its answer.', vi: 'Lệnh này đã gửi tới cụm loa và chưa có kết quả: xin chờ.',
}
const tooMany = (retryAfterS: number): Refusal => ({
  status: 429, code: 'too-many-services', retryAfterS, en: 'This was asked of this cluster too often within an hour: try again later.', vi: 'Đã gửi lệnh này quá nhiều lần trong một giờ: xin thử lại sau.',
})
const NO_FILE: Refusal = { status: 404, code: 'no-file', en: 'There is no file of this act: it has not come yet, or was forgotten.', vi: 'Chưa có tệp kết quả, hoặc tệp đã hết hạn lưu.' }

const HOUR_MS = 3_600_000
/** Per cluster and hour: listening into a public place and sounds without a programme are to stay rare. */
const PER_HOUR: Readonly<Record<Service, number>> = { restart: 6, tone: 6, log: 6, listen: 6, modem: 4, check: 12 }
const SHOWN = 50

export interface HandsHandlers {
  order(who: Identity, cluster: string, body: ServiceBody): Outcome<ServiceView>
  list(who: Identity, cluster: string): Outcome<ServiceView[]>
  one(who: Identity, id: string): Outcome<ServiceView>
  file(who: Identity, id: string): Outcome<{ readonly kind: 'log' | 'sound'; readonly bytes: Uint8Array }>
}

export function viewOf(record: ServiceRecord): ServiceView {
  const { served } = record
  return {
    id: record.id, cluster: record.cluster, do: record.kind, text: SERVICE_TEXT[record.kind], actor: record.actor, at: isoWithOffset(record.at), expiresAt: isoWithOffset(record.expiresAt), state: record.state,
    why: served?.why === undefined ? null : { code: served.why, ...WHY_TEXT[served.why] },
    findings: record.kind === 'check' && served?.facts ? selfTestFindings(served.facts) : [],
    facts: served?.facts ?? {},
    file: served?.file === undefined ? null : { kind: served.file.kind, bytes: served.file.bytes, path: record.hasFile ? `/services/${record.id}/file` : null },
  }
}

export function createHandsHandlers(deps: ServerDeps): HandsHandlers {
  const { stores, access, clock } = deps
  const { hands } = stores

  /** null where the place is open to them. */
  const closed = (who: Identity, cluster: string): Refusal | null => {
    const record = stores.clusters.byId(cluster)
    if (!record || record.revokedAt !== null) return notFound(CLUSTER, cluster).refusal
    return access.refusal(who, 'cluster.service', access.areasOfCluster(cluster))
  }
  const opened = (who: Identity, id: string): Outcome<ServiceRecord> => {
    const record = hands.byId(id)
    if (!record) return notFound(SERVICE, id)
    const refusal = access.refusal(who, 'cluster.service', access.areasOfCluster(record.cluster))
    return refusal ? refused(refusal) : accepted(record)
  }
  const policyFor = (cluster: string, wanted: string | undefined): Outcome<string> => {
    const names = Object.keys(deps.slotsFor(cluster, clock.wall())?.policies ?? {})
    if (names.length === 0) return refused(NO_PLAN)
    const [only] = names
    const chosen = wanted ?? (names.length === 1 ? only : undefined)
    return chosen !== undefined && names.includes(chosen) ? accepted(chosen) : refused(policyWanted(names))
  }

  return {
    order: (who, cluster, body) => {
      const refusal = closed(who, cluster)
      if (refusal) return refused(refusal)
      const now = clock.wall()
      if (hands.open(now, cluster).some(({ kind }) => kind === body.do)) return refused(BUSY)
      if (hands.countSince(cluster, body.do, wallMs(now - HOUR_MS)) >= PER_HOUR[body.do]) return refused(tooMany(HOUR_MS / 1_000))
      const policy = body.do === 'tone' ? policyFor(cluster, body.policy) : null
      if (policy && !policy.ok) return policy
      const record = newService(deps, {
        cluster, kind: body.do, actor: who.actor,
        detail: { ...(policy ? { policy: policy.value } : {}), ...(body.do === 'listen' ? { from: body.from ?? ('output' as const) } : {}) },
      })
      // who listens into a public place, and when, is for anybody who audits to see
      deps.decide({ actor: who.actor, action: `service.${body.do}`, subject: cluster, detail: { service: record.id, ...record.detail } }, () => hands.insert(record))
      tellOrdered(deps, record)
      return accepted(viewOf(record))
    },
    list: (who, cluster) => {
      const refusal = closed(who, cluster)
      return refusal ? refused(refusal) : accepted(hands.ofCluster(cluster, SHOWN).map(viewOf))
    },
    one: (who, id) => {
      const found = opened(who, id)
      return found.ok ? accepted(viewOf(found.value)) : found
    },
    file: (who, id) => {
      const found = opened(who, id)
      if (!found.ok) return found
      const bytes = hands.file(id)
      const kind = found.value.served?.file?.kind
      return bytes && kind ? accepted({ kind, bytes }) : refused(NO_FILE)
    },
  }
}
