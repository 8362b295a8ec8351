import { isoWithOffset } from '../../../shared/core/civil.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import type { Bulletin, BulletinInCommune } from '../../core/bulletin.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { identityOfSource, type SourcePost, type SourceSystem } from '../../core/source-system.ts'

export interface SystemOrder {
  readonly name: string
  readonly areas: readonly string[]
  readonly emergencies?: boolean
  readonly push?: string
}
export interface SystemView {
  readonly id: string
  readonly name: string
  readonly areas: string[]
  readonly emergencies: boolean
  readonly push: string | null
  readonly createdAt: string
  readonly revokedAt: string | null
}
export interface PostView {
  readonly n: number
  readonly kind: string
  readonly state: SourcePost['state']
  readonly attempts: number
  readonly nextAt: string
  readonly problem: string | null
  readonly body: unknown
}
/** What a source system is told of one commune. */
export interface Receipt {
  readonly id: string
  readonly version: number
  readonly commune: string
  readonly received: string
  readonly read: string | null
  readonly decision: BulletinInCommune['decision']
  readonly decided: string | null
  readonly reason: string | null
  readonly placed: string | null
  readonly soundsAt: string | null
  readonly aired: string | null
  readonly problem: string | null
}
export interface SystemHandlers {
  list(): SystemView[]
  /** The credential is shown once and kept as a hash only. */
  create(who: Identity, order: SystemOrder): Outcome<SystemView & { readonly token: string }>
  revoke(who: Identity, id: string): Outcome<SystemView>
  posts(id: string): Outcome<PostView[]>
  /** Has one that was given up tried again. */
  retry(who: Identity, id: string, n: number): Outcome<PostView>
  /** Who holds a credential; a refusal = nobody who may come in. */
  enter(authorization: string | undefined): Outcome<Identity>
}

const SYSTEM = { en: 'source system', vi: 'nơi gửi' }
const MAX_POSTS = 200
const WRONG: Refusal = { status: 401, code: 'wrong-credential', en: 'This credential is not known, or was taken back: ask the station for another.', vi: 'Mã của nơi gửi không đúng hoặc đã bị thu hồi: xin đài cấp lại.' }
const NO_SUCH_AREA: Refusal = { status: 422, code: 'unknown-area', field: '/areas', en: 'One of the areas is not known: choose them from the list.', vi: 'Có địa bàn không đúng: hãy chọn trong danh sách.' }
const NOT_GIVEN_UP: Refusal = { status: 409, code: 'wrong-state', en: 'This message was not given up: nothing is to be done.', vi: 'Tin này chưa bị ngừng gửi: không cần làm gì.' }

const viewOf = ({ id, name, areas, emergencies, push, createdAt, revokedAt }: SourceSystem): SystemView => ({ id, name, areas: [...areas], emergencies, push, createdAt: isoWithOffset(createdAt), revokedAt: revokedAt === null ? null : isoWithOffset(revokedAt) })
const postView = ({ n, kind, state, attempts, nextAt, problem, body }: SourcePost): PostView => ({ n, kind, state, attempts, nextAt: isoWithOffset(nextAt), problem, body: JSON.parse(body) as unknown })
const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const iso = (at: BulletinInCommune['readAt']): string | null => (at === null ? null : isoWithOffset(at))

export const receiptOf = ({ external, version }: Pick<Bulletin, 'external' | 'version'>, row: BulletinInCommune): Receipt => ({
  id: external, version, commune: row.commune, received: isoWithOffset(row.receivedAt), read: iso(row.readAt), decision: row.decision, decided: iso(row.decidedAt), reason: row.reason,
  placed: iso(row.placedAt), soundsAt: iso(row.soundings[0]?.at ?? null), aired: iso(row.airedAt), problem: row.problem?.en ?? null,
})

/** Writes a receipt for a sender that wants them pushed; inside the transaction of the change. */
export const noteReceipt = ({ stores, clock }: Pick<ServerDeps, 'stores' | 'clock'>) => (bulletin: Bulletin, row: BulletinInCommune): void => {
  const system = bulletin.sender.startsWith('source:') ? stores.sources.system(bulletin.sender.slice('source:'.length)) : null
  if (!system || system.push === null || system.revokedAt !== null) return
  stores.sources.post({ source: system.id, kind: 'receipt', body: JSON.stringify(receiptOf(bulletin, row)), createdAt: clock.wall() })
}

export function createSystemHandlers(deps: ServerDeps): SystemHandlers {
  const { stores, clock, crypto } = deps
  const { sources } = stores
  return {
    list: () => sources.systems().map(viewOf),
    create(who, { name, areas, emergencies = false, push = null }) {
      const book = deps.access.book()
      if (areas.some((code) => !book.on(book.merged(code)))) return refused(NO_SUCH_AREA)
      const system: SourceSystem = { id: hex(deps.secretBytes(6)), name: name.normalize('NFC').trim(), areas, emergencies, push, createdBy: who.actor, createdAt: clock.wall(), revokedAt: null }
      const token = `tl-nguon-${toBase64Url(deps.secretBytes(32))}`
      deps.decide({ actor: who.actor, action: 'source.create', subject: system.id, detail: viewOf(system) }, () => sources.insertSystem(system, crypto.sha256(utf8(token))))
      return accepted({ ...viewOf(system), token })
    },
    revoke(who, id) {
      const system = sources.system(id)
      if (!system) return notFound(SYSTEM, id)
      if (system.revokedAt === null) deps.decide({ actor: who.actor, action: 'source.revoke', subject: id }, () => sources.revoke(id, clock.wall()))
      return accepted(viewOf(sources.system(id) ?? system))
    },
    posts: (id) => (sources.system(id) ? accepted(sources.posts(id, MAX_POSTS).map(postView)) : notFound(SYSTEM, id)),
    retry(who, id, n) {
      const post = sources.postByNumber(n)
      if (!post || post.source !== id) return notFound({ en: 'message', vi: 'tin gửi' }, String(n))
      if (post.state !== 'given-up') return refused(NOT_GIVEN_UP)
      const again: SourcePost = { ...post, state: 'waiting', attempts: 0, nextAt: clock.wall(), settledAt: null, problem: null }
      deps.decide({ actor: who.actor, action: 'source.retry', subject: id, detail: { n } }, () => sources.savePost(again))
      return accepted(postView(again))
    },
    enter(authorization) {
      const [, token] = /^Bearer +(tl-nguon-[A-Za-z0-9_-]{43})$/i.exec(authorization ?? '') ?? []
      const system = token === undefined ? null : sources.byToken(crypto.sha256(utf8(token)))
      return system && system.revokedAt === null ? accepted(identityOfSource(system)) : refused(WRONG)
    },
  }
}
