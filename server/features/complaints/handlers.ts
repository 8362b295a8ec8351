import { Type, type Static } from 'typebox'
import { isoWithOffset, MINUTE_MS } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { createAttemptLimit } from '../../core/attempt-limit.ts'
import type { Identity } from '../../core/identity.ts'
import { COMPLAINT_KINDS, type Complaint, type ComplaintKind } from '../../core/incident-care.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { instantOf } from '../../core/instant.ts'
import { newId } from '../incidents/plugin.ts'
import { soundedAround } from './sounded.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const strict = { additionalProperties: false } as const

const told = {
  kind: Type.Enum([...COMPLAINT_KINDS], { description: 'too loud, noise, dead, at the wrong hour, something else' }),
  heardAt: Type.Optional(Type.String({ maxLength: 40, description: 'ISO 8601; absent = now' })),
  text: Type.Optional(Type.String({ maxLength: 500 })),
}
export const ComplaintBody = Type.Object({ cluster: Type.String({ maxLength: 20 }), ...told }, strict)
export type ComplaintBody = Static<typeof ComplaintBody>
export const PublicBody = Type.Object(told, strict)
export type PublicBody = Static<typeof PublicBody>
export const AnswerBody = Type.Object({ answer: Type.String({ minLength: 1, maxLength: 1_000, pattern: '\\S' }), incident: Type.Optional(Type.String({ pattern: '^[0-9a-z]{10}$' })) }, strict)

export const ComplaintView = Type.Object({
  id: Type.String(), n: Type.Integer(), cluster: Type.String(), clusterName: Type.String(), kind: Type.Enum([...COMPLAINT_KINDS]), kindText: Type.Object({ en: Type.String(), vi: Type.String() }),
  heardAt: Type.String(), reportedAt: Type.String(), text: nullable(Type.String()), public: Type.Boolean(), state: Type.Enum(['open', 'answered']),
  answer: nullable(Type.String()), answeredBy: nullable(Type.String()), answeredAt: nullable(Type.String()), incident: nullable(Type.String()),
})
export type ComplaintView = Static<typeof ComplaintView>
const SoundedView = Type.Object({
  slot: Type.String(), title: Type.String(), session: nullable(Type.String()), plannedStart: Type.String(), plannedEnd: Type.String(), began: nullable(Type.String()),
  seconds: Type.Number(), level: nullable(Type.Number()), rung: Type.String(), by: nullable(Type.String({ description: 'who ordered it' })), byAt: nullable(Type.String()), order: nullable(Type.String()),
})
export const ComplaintDetail = Type.Object({
  ...ComplaintView.properties,
  sounded: Type.Array(SoundedView, { description: 'what was due or sounded there around that time, and by whose order' }),
  offers: Type.Array(Type.Object({ do: Type.String(), en: Type.String(), vi: Type.String(), method: Type.String(), path: Type.String(), body: Type.Unknown() }), { description: 'what can be done at once: a call of this API, filled in' }),
})
export type ComplaintDetail = Static<typeof ComplaintDetail>

const KIND_TEXT: Readonly<Record<ComplaintKind, { readonly en: string; readonly vi: string }>> = {
  'too-loud': { en: 'too loud', vi: 'quá to' },
  noise: { en: 'noise', vi: 'rè, nhiễu' },
  dead: { en: 'does not sound', vi: 'không phát' },
  'wrong-hour': { en: 'at the wrong hour', vi: 'phát sai giờ' },
  other: { en: 'something else', vi: 'việc khác' },
}

const CLUSTER = { en: 'cluster', vi: 'cụm loa' }
const COMPLAINT = { en: 'complaint', vi: 'phản ánh' }
const POLE = { en: 'pole', vi: 'cột loa' }
const BAD_TIME: Refusal = {
  status: 422, code: 'bad-time', field: '/heardAt',
  en: 'Say when it was heard: within the last seven days, as 2026-11-23T05:30.', vi: 'Hãy ghi lúc nghe thấy: trong bảy ngày qua, ví dụ 2026-11-23T05:30.',
}
const TOO_MANY: Refusal = {
  status: 429, code: 'too-many-complaints',
  en: 'Too many complaints come from this address or about this pole: try again in an hour.', vi: 'Có quá nhiều phản ánh từ nơi này: xin thử lại sau một giờ.',
}
const OTHER_KEY: Refusal = { status: 409, code: 'duplicate', en: 'This Idempotency-Key was used for another complaint: send a new key.', vi: 'Mã Idempotency-Key này đã dùng cho phản ánh khác: hãy gửi mã mới.' }
const ANSWERED: Refusal = { status: 409, code: 'answered-already', en: 'This complaint was answered already.', vi: 'Phản ánh này đã được trả lời.' }
const UNKNOWN_INCIDENT: Refusal = { status: 422, code: 'unknown-incident', field: '/incident', en: 'There is no incident of that identity: look it up in the list.', vi: 'Không có sự cố này: hãy tìm lại trong danh sách.' }

const WEEK_MS = 7 * 86_400_000
/** A telephone's clock may be ahead. */
const AHEAD_MS = 5 * MINUTE_MS
/** A house complains once or twice, a village some more: more is somebody's script. */
const FROM_ONE_ADDRESS = { burst: 5, refillMs: 12 * MINUTE_MS }
const ABOUT_ONE_POLE = { burst: 20, refillMs: 6 * MINUTE_MS }
const QUIETER_BY = 20
const LOWEST_VOLUME = 10
const CODE_ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'
const CODE_LENGTH = 8

function wordsOf({ text }: PublicBody): string | null {
  const words = text?.normalize('NFC').trim() ?? ''
  return words === '' ? null : words
}

const thanks = ({ n }: Complaint): Outcome<{ n: number; en: string; vi: string }> => accepted({ n, en: `Thank you. Your complaint has the number ${n}.`, vi: `Cảm ơn bạn. Phản ánh của bạn có số ${n}.` })

export interface ComplaintHandlers {
  list(who: Identity, state: 'open' | 'answered' | undefined, cluster: string | undefined): ComplaintView[]
  one(who: Identity, id: string): Promise<Outcome<ComplaintDetail>>
  /** The same `key` twice is one complaint; null = none was given. */
  file(who: Identity, body: ComplaintBody, key: string | null): Promise<Outcome<ComplaintDetail>>
  filePublic(code: string, body: PublicBody, from: { readonly address: string; readonly key: string | null }): Outcome<{ n: number; en: string; vi: string }>
  pole(code: string, address: string): Outcome<{ name: string; kinds: { kind: ComplaintKind; en: string; vi: string }[] }>
  answer(who: Identity, id: string, body: Static<typeof AnswerBody>): Promise<Outcome<ComplaintDetail>>
  poleCode(who: Identity, cluster: string): Outcome<{ cluster: string; code: string; path: string }>
}

export function createComplaintHandlers(deps: ServerDeps): ComplaintHandlers {
  const { stores, access, clock } = deps
  const { complaints, poleCodes, succession } = stores.care
  const byAddress = createAttemptLimit(FROM_ONE_ADDRESS.burst, FROM_ONE_ADDRESS.refillMs)
  const byPole = createAttemptLimit(ABOUT_ONE_POLE.burst, ABOUT_ONE_POLE.refillMs)
  const looks = createAttemptLimit(60, 1_000)

  const viewOf = (complaint: Complaint): ComplaintView => {
    const { id, n, kind, heardAt, reportedAt, text, actor, state, answer, answeredBy, answeredAt, incident } = complaint
    // it is the place that was complained of, whichever box stands there by now
    const cluster = succession.lines().headOf(complaint.cluster)
    return {
      id, n, cluster, clusterName: stores.clusters.byId(cluster)?.name ?? cluster, kind, kindText: KIND_TEXT[kind], heardAt: isoWithOffset(heardAt), reportedAt: isoWithOffset(reportedAt),
      text, public: actor === 'public', state, answer, answeredBy: answeredBy?.name ?? null, answeredAt: answeredAt === null ? null : isoWithOffset(answeredAt), incident,
    }
  }
  const detailOf = async (complaint: Complaint): Promise<ComplaintDetail> => ({ ...viewOf(complaint), sounded: await soundedAround(deps, complaint.cluster, complaint.heardAt), offers: offersFor(complaint) })

  const offersFor = ({ cluster: box, kind, text, n }: Complaint): ComplaintDetail['offers'] => {
    const cluster = succession.lines().headOf(box)
    const volume = Math.max(LOWEST_VOLUME, (stores.clusters.byId(cluster)?.volume ?? 100) - QUIETER_BY)
    const words = `Phản ánh số ${n}: ${KIND_TEXT[kind].vi}${text === null ? '' : ` (${text})`}`
    return [
      { do: 'turn-down', en: `Turn down to ${volume} %`, vi: `Giảm âm lượng còn ${volume}%`, method: 'PATCH', path: `/api/v1/clusters/${cluster}`, body: { volume } },
      { do: 'pause', en: 'Pause until midnight', vi: 'Tạm ngừng phát đến hết ngày', method: 'POST', path: '/api/v1/pauses', body: { clusters: [cluster], reason: words.slice(0, 200) } },
      { do: 'repair', en: 'Have it repaired', vi: 'Báo sửa chữa', method: 'POST', path: '/api/v1/incidents', body: { cluster, words } },
    ]
  }
  const timeOf = (text: string | undefined): WallMs | null => {
    const now = clock.wall()
    const at = text === undefined ? now : instantOf(text)
    return at === null || at > now + AHEAD_MS || at < now - WEEK_MS ? null : wallMs(Math.min(at, now))
  }
  /** What came under this key, where it is of the same words: its answer was lost on the link. */
  const before = (key: string | null, cluster: string, body: PublicBody): Outcome<Complaint> | null => {
    const known = key === null ? null : complaints.byKey(key)
    if (!known) return null
    return known.cluster === cluster && known.kind === body.kind && known.text === wordsOf(body) ? accepted(known) : refused(OTHER_KEY)
  }
  const store = ({ cluster, actor, key }: { readonly cluster: string; readonly actor: string; readonly key: string | null }, body: PublicBody, heardAt: WallMs): Complaint => {
    const complaint = deps.decide((made: Complaint) => ({ actor, action: 'complaint.file', subject: made.id, detail: { cluster, kind: made.kind, heardAt } }), () => {
      const made: Complaint = {
        id: newId(deps.random), n: complaints.nextNumber(), cluster, kind: body.kind, heardAt, reportedAt: clock.wall(), text: wordsOf(body), actor,
        state: 'open', answer: null, answeredBy: null, answeredAt: null, incident: null, photo: null,
      }
      complaints.insert(made, key)
      return made
    })
    deps.events.tell({ kind: 'complaint.filed', at: clock.wall(), areas: access.areasOfCluster(cluster), subject: complaint.id, detail: { n: complaint.n, cluster, kind: body.kind } })
    return complaint
  }
  const find = (who: Identity, action: 'incident.read' | 'incident.report', id: string): Outcome<Complaint> => {
    const complaint = complaints.byId(id)
    if (!complaint) return notFound(COMPLAINT, id)
    const refusal = access.refusal(who, action, access.areasOfCluster(complaint.cluster))
    return refusal ? refused(refusal) : accepted(complaint)
  }

  return {
    list(who, state, cluster) {
      const sees = access.sees(who, 'incident.read')
      const seen = (complaint: Complaint): boolean => {
        const areas = access.areasOfCluster(complaint.cluster)
        return areas.length === 0 ? sees(null) : areas.every(sees)
      }
      return complaints.list({ limit: 500, ...(state === undefined ? {} : { state }), ...(cluster === undefined ? {} : { clusters: succession.lines().tenures(cluster).map((box) => box.cluster) }) }).filter(seen).map(viewOf)
    },
    async one(who, id) {
      const found = find(who, 'incident.read', id)
      return found.ok ? accepted(await detailOf(found.value)) : found
    },
    async file(who, body, given) {
      const record = stores.clusters.byId(body.cluster)
      if (!record || record.revokedAt !== null) return notFound(CLUSTER, body.cluster)
      const refusal = access.refusal(who, 'incident.report', access.areasOfCluster(body.cluster))
      if (refusal) return refused(refusal)
      const key = given === null ? null : `${who.actor} ${given}`
      const known = before(key, body.cluster, body)
      if (known) return known.ok ? accepted(await detailOf(known.value)) : known
      const heardAt = timeOf(body.heardAt)
      return heardAt === null ? refused(BAD_TIME) : accepted(await detailOf(store({ cluster: body.cluster, actor: who.actor, key }, body, heardAt)))
    },
    pole(code, address) {
      if (!looks.take(address, clock.mono())) return refused(TOO_MANY)
      const cluster = poleCodes.clusterOf(code)
      const record = cluster === null ? null : stores.clusters.byId(cluster)
      if (!record || record.revokedAt !== null) return notFound(POLE, code)
      return accepted({ name: record.name, kinds: COMPLAINT_KINDS.map((kind) => ({ kind, ...KIND_TEXT[kind] })) })
    },
    filePublic(code, body, { address, key: given }) {
      if (!byAddress.take(address, clock.mono())) return refused(TOO_MANY)
      const cluster = poleCodes.clusterOf(code)
      const record = cluster === null ? null : stores.clusters.byId(cluster)
      if (!record || record.revokedAt !== null) return notFound(POLE, code)
      if (!byPole.take(record.id, clock.mono())) return refused(TOO_MANY)
      // of its pole: a key is nobody's on the open form, and finds nothing of another pole
      const key = given === null ? null : `public ${record.id} ${given}`
      const known = before(key, record.id, body)
      if (known && !known.ok) return known
      if (known) return thanks(known.value)
      const heardAt = timeOf(body.heardAt)
      return heardAt === null ? refused(BAD_TIME) : thanks(store({ cluster: record.id, actor: 'public', key }, body, heardAt))
    },
    async answer(who, id, { answer, incident }) {
      const found = find(who, 'incident.report', id)
      if (!found.ok) return found
      if (found.value.state === 'answered') return refused(ANSWERED)
      if (incident !== undefined && !stores.incidents.byId(incident)) return refused(UNKNOWN_INCIDENT)
      const after: Complaint = { ...found.value, state: 'answered', answer: answer.trim(), answeredBy: { actor: who.actor, name: who.name }, answeredAt: clock.wall(), incident: incident ?? found.value.incident }
      deps.decide({ actor: who.actor, action: 'complaint.answer', subject: id, detail: { answer, incident } }, () => complaints.save(after))
      deps.events.tell({ kind: 'complaint.answered', at: clock.wall(), areas: access.areasOfCluster(after.cluster), subject: id, detail: { n: after.n } })
      return accepted(await detailOf(after))
    },
    poleCode(who, cluster) {
      const record = stores.clusters.byId(cluster)
      if (!record || record.revokedAt !== null) return notFound(CLUSTER, cluster)
      const refusal = access.refusal(who, 'incident.report', access.areasOfCluster(cluster))
      if (refusal) return refused(refusal)
      const known = poleCodes.of(cluster)
      const code = known ?? Array.from(deps.secretBytes(CODE_LENGTH), (byte) => CODE_ALPHABET[byte % CODE_ALPHABET.length]).join('')
      if (known === null) deps.decide({ actor: who.actor, action: 'pole.code', subject: cluster, detail: { code } }, () => poleCodes.put(cluster, code))
      return accepted({ cluster, code, path: `/api/v1/public/clusters/${code}/complaints` })
    },
  }
}
