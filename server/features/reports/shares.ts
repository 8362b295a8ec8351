import { dateOfDayNumber, dayNumberOf, isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs } from '../../../shared/core/clock.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ReportShare } from '../../core/report-store.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { Bounds } from './handlers.ts'
import { NO_SUCH_LINK, SPAN_TOO_LONG } from './refusals.ts'

export interface ShareOrder {
  readonly area: string
  readonly from: string
  readonly to: string
  /** For whom. */
  readonly name: string
  readonly purpose: string
  /** Days until it expires, 1–30. */
  readonly days: number
}
export interface ShareView {
  readonly id: string
  readonly area: string
  readonly from: string
  readonly to: string
  readonly name: string
  readonly purpose: string
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt: string
  readonly revokedAt: string | null
}
export interface Inspection {
  readonly who: Identity
  readonly bounds: Bounds
  readonly share: ShareReady
}
type ShareReady = ReportShare

const MAX_SPAN_DAYS = 1_100
const DAY_MS = 86_400_000
const TOKEN_BYTES = 32
const ID_BYTES = 9

const viewOf = (share: ReportShare): ShareView => ({
  id: share.id, area: share.area, from: dateOfDayNumber(share.fromDay), to: dateOfDayNumber(share.toDay), name: share.name, purpose: share.purpose,
  createdAt: isoWithOffset(share.createdAt), createdBy: share.createdBy, expiresAt: isoWithOffset(share.expiresAt), revokedAt: share.revokedAt === null ? null : isoWithOffset(share.revokedAt),
})

export interface ShareHandlers {
  list(who: Identity): ShareView[]
  /** The token is shown once and kept as a hash only. */
  create(who: Identity, order: ShareOrder): Outcome<ShareView & { readonly token: string }>
  revoke(who: Identity, id: string): Outcome<ShareView>
  /** Who holds a token, and what it shows; every use leaves an audit row. */
  open(token: string, use: string): Outcome<Inspection>
}

export function createShareHandlers(deps: ServerDeps): ShareHandlers {
  const { stores, access, clock, crypto } = deps
  const shares = stores.reports
  return {
    list: (who) => {
      const sees = access.sees(who, 'report.share')
      return shares.shares().filter(({ area }) => sees(area)).map(viewOf)
    },
    create(who, { area, from, to, name, purpose, days }) {
      if (stores.areas.byCode(area).length === 0) return notFound({ en: 'area', vi: 'địa bàn' }, area)
      const refusal = access.refusal(who, 'report.share', [area])
      if (refusal) return refused(refusal)
      const [fromDay, toDay] = [dayNumberOf(from), dayNumberOf(to)]
      if (!(toDay >= fromDay && toDay - fromDay < MAX_SPAN_DAYS)) return refused(SPAN_TOO_LONG)
      const token = toBase64Url(deps.secretBytes(TOKEN_BYTES))
      const now = clock.wall()
      const share: ReportShare = {
        id: toBase64Url(deps.secretBytes(ID_BYTES)), area, fromDay, toDay, name: name.normalize('NFC').trim(), purpose: purpose.normalize('NFC').trim(), createdAt: now, createdBy: who.actor, expiresAt: wallMs(now + days * DAY_MS), revokedAt: null,
      }
      deps.decide({ actor: who.actor, action: 'report.share', subject: share.id, detail: viewOf(share) }, () => shares.insertShare(share, crypto.sha256(utf8(token))))
      return accepted({ ...viewOf(share), token })
    },
    revoke(who, id) {
      const share = shares.share(id)
      if (!share) return notFound({ en: 'link', vi: 'đường dẫn' }, id)
      const refusal = access.refusal(who, 'report.share', [share.area])
      if (refusal) return refused(refusal)
      deps.decide({ actor: who.actor, action: 'report.unshare', subject: id }, () => shares.revokeShare(id, clock.wall()))
      return accepted(viewOf(shares.share(id) ?? share))
    },
    open(token, use) {
      const share = shares.shareByToken(crypto.sha256(utf8(token)))
      if (!share || share.revokedAt !== null || share.expiresAt <= clock.wall()) return refused(NO_SUCH_LINK)
      const who: Identity = { kind: 'link', actor: `link:${share.id}`, name: share.name, grants: [] }
      deps.decide({ actor: who.actor, action: 'report.inspect', subject: share.area, detail: { use } }, () => undefined)
      return accepted({ who, share, bounds: { area: share.area, from: share.fromDay, to: share.toDay } })
    },
  }
}
