import { isoWithOffset } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { toBase64Url, utf8 } from '../../../shared/protocol/wire.ts'
import { approvalRefusal } from '../../core/approval.ts'
import { stateAfter, type ApprovalAct } from '../../core/approval-states.ts'
import type { ApprovalLink } from '../../core/approval-store.ts'
import type { Identity } from '../../core/identity.ts'
import { actorOf, identityOf } from '../../core/person-store.ts'
import type { LibraryItem, Version } from '../../core/programme-store.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { mine, programmeView, soundingChanged, tellPending, viewContext, type ProgrammeView } from '../programmes/plugin.ts'

/** How long an approver has for a link. */
export const LINK_LIFE_MS = 24 * 3_600_000
const TOKEN_BYTES = 24
const ID_BYTES = 9

export interface LinkMade {
  readonly id: string
  readonly person: string
  readonly version: number
  readonly expiresAt: string
  /** The link's path; null where it goes to the approver alone, because who asked may not approve it themselves. */
  readonly path: string | null
}
export interface LinkView {
  readonly name: string
  readonly author: string
  readonly areaName: string | null
  readonly ms: number
  readonly language: string
  readonly text: string | null
  readonly for: string
  readonly state: Version['state']
  readonly reason: string | null
  readonly expiresAt: string
}

const NO_VERSION = { en: 'version', vi: 'phiên bản' }
const LINK_GONE: Refusal = {
  status: 410, code: 'link-over',
  en: 'This link is over: ask for a new one.', vi: 'Đường dẫn đã hết hiệu lực: hãy xin đường dẫn mới.',
}
const NO_PERSON: Refusal = {
  status: 422, code: 'unknown-person', field: '/person',
  en: 'There is no such person who may come in: choose one of GET /api/v1/people.', vi: 'Không có người này hoặc tài khoản đã khoá: hãy chọn trong danh sách.',
}
const PERSON_NEEDED: Refusal = {
  status: 400, code: 'invalid', field: '/person',
  en: 'Say for whom the link is: the id of a person who may approve it.', vi: 'Hãy chọn người duyệt để gửi đường dẫn.',
}
const notApprover = (name: string): Refusal => ({
  status: 422, code: 'not-an-approver', field: '/person',
  en: `${name} may not approve this: choose somebody else.`, vi: `${name} không được duyệt chương trình này: hãy chọn người khác.`,
})
const CANNOT_SEND: Refusal = {
  status: 409, code: 'cannot-send',
  en: 'The link goes to the approver alone, and this station cannot send it: ask somebody who may approve it to make the link.',
  vi: 'Đường dẫn chỉ được gửi tới người duyệt, mà đài chưa có cách gửi: hãy nhờ người có quyền duyệt tạo đường dẫn.',
}
const wrongState = (state: Version['state']): Refusal => {
  const [en, vi] = WORDS[state]
  return { status: 409, code: 'wrong-state', en: `This version is ${en}: look at it again.`, vi: `Phiên bản này ${vi}: hãy xem lại.` }
}
const WORDS: Readonly<Record<Version['state'], readonly [en: string, vi: string]>> = {
  draft: ['a draft, and nobody has asked for its approval', 'còn là nháp, chưa gửi duyệt'],
  pending: ['waiting for approval', 'đang chờ duyệt'],
  approved: ['approved already', 'đã duyệt'],
  returned: ['returned already', 'đã trả lại'],
  replaced: ['replaced by a newer one', 'đã được thay bằng bản mới hơn'],
}

export interface ApprovalHandlers {
  submit(who: Identity, id: string, version: number | undefined): Outcome<ProgrammeView>
  recall(who: Identity, id: string, version: number | undefined): Outcome<ProgrammeView>
  approve(who: Identity, id: string, version: number): Outcome<ProgrammeView>
  return(who: Identity, id: string, version: number, reason: string): Outcome<ProgrammeView>
  /** Who may approve what waits, by name. */
  approvers(who: Identity, id: string): Outcome<{ id: string; name: string }[]>
  makeLink(who: Identity, id: string, order: { readonly person?: string; readonly version?: number }): Promise<Outcome<LinkMade>>
  linkView(token: string): Outcome<LinkView>
  /** The sound that a link is for. */
  linkSound(token: string): Outcome<string>
  decideByLink(token: string, decision: { readonly approve: boolean; readonly reason?: string }): Outcome<LinkView>
}

export function createApprovalHandlers(deps: ServerDeps): ApprovalHandlers {
  const { programmes, approval, people } = deps.stores
  const view = (item: LibraryItem): Outcome<ProgrammeView> => accepted(programmeView({ item: programmes.byId(item.id) ?? item, sees: 'all' }, viewContext(deps)))

  /** The version that is meant: the one that is named, else the newest that the act fits. */
  const meant = (id: string, n: number | undefined, act: ApprovalAct): Version | null =>
    n === undefined ? (programmes.versions(id).findLast(({ state }) => stateAfter(state, act) !== null) ?? null) : programmes.version(id, n)

  /** Changes the state with its audit row, then tells of it. */
  const perform = (act: ApprovalAct, item: LibraryItem, version: Version, by: By): Outcome<ProgrammeView> => {
    const state = stateAfter(version.state, act)
    if (state === null) return refused(wrongState(version.state))
    const at = deps.clock.wall()
    const detail = { version: version.n, language: version.language, ...(by.reason === undefined ? {} : { reason: by.reason }), ...by.detail }
    deps.decide({ actor: by.actor, action: `programme.${act}`, subject: item.id, detail }, () => {
      programmes.decideVersion(item.id, version.n, { state, by: by.actor, name: by.name, at, ...(by.reason === undefined ? {} : { reason: by.reason }) })
      by.also?.(at)
    })
    if (act === 'submit') tellPending(deps, item, version)
    if (act === 'approve' || act === 'return') {
      const said = { name: item.name, version: version.n, by: by.name, author: version.author, ...(by.reason === undefined ? {} : { reason: by.reason }) }
      deps.events.tell({ kind: state === 'approved' ? 'programme.approved' : 'programme.returned', at, areas: item.area === null ? [] : [item.area], subject: item.id, detail: said })
      if (state === 'approved' || version.state === 'approved') soundingChanged(deps)
    }
    return view(item)
  }
  const byAuthor = (act: 'submit' | 'recall') => (who: Identity, id: string, n: number | undefined): Outcome<ProgrammeView> => {
    const found = mine(deps, who, 'programme.write', id)
    if (!found.ok) return found
    const version = meant(id, n, act)
    if (!version) return n === undefined ? refused(wrongState(found.value.state)) : notFound(NO_VERSION, String(n))
    return perform(act, found.value, version, who)
  }
  const byApprover = (act: 'approve' | 'return') => (who: Identity, id: string, n: number, reason?: string): Outcome<ProgrammeView> => {
    const found = mine(deps, who, 'programme.approve', id)
    if (!found.ok) return found
    const version = programmes.version(id, n)
    if (!version) return notFound(NO_VERSION, String(n))
    const barred = act === 'approve' ? approvalRefusal(deps, who, { area: found.value.area, author: version.author }) : null
    return barred ? refused(barred) : perform(act, found.value, version, { actor: who.actor, name: who.name, ...(reason === undefined ? {} : { reason }) })
  }

  /** The person of a link as they stand now: a right that was taken away is taken away from their links as well. */
  const approverOf = (link: Pick<ApprovalLink, 'person'>): Identity | null => {
    const person = people.byId(link.person)
    return person && person.disabledAt === null ? identityOf(person) : null
  }
  const linked = (token: string): Outcome<{ readonly link: ApprovalLink; readonly item: LibraryItem; readonly version: Version }> => {
    const link = approval.byToken(deps.crypto.sha256(utf8(token)))
    const item = link && programmes.byId(link.programme)
    const version = link && programmes.version(link.programme, link.version)
    return link && item && version && deps.clock.wall() < link.expiresAt ? accepted({ link, item, version }) : refused(LINK_GONE)
  }
  const linkView = ({ link, item, version }: { readonly link: ApprovalLink; readonly item: LibraryItem; readonly version: Version }): LinkView => {
    const book = deps.access.book()
    return {
      name: item.name, author: version.authorName || version.author, areaName: item.area === null ? null : (book.on(book.merged(item.area))?.name ?? null),
      ms: version.ms, language: version.language, text: version.text, for: link.personName, state: version.state, reason: version.reason, expiresAt: isoWithOffset(link.expiresAt),
    }
  }

  return {
    submit: byAuthor('submit'),
    recall: byAuthor('recall'),
    approve: byApprover('approve'),
    return: byApprover('return'),
    approvers(who, id) {
      const found = mine(deps, who, 'programme.write', id)
      if (!found.ok) return found
      const { area } = found.value
      const version = meant(id, undefined, 'approve')
      if (!version) return refused(wrongState(found.value.state))
      const may = people.all().filter((person) => person.disabledAt === null && approvalRefusal(deps, identityOf(person), { area, author: version.author }) === null)
      return accepted(may.map(({ id: person, name }) => ({ id: person, name })).sort((a, b) => a.name.localeCompare(b.name, 'vi')))
    },
    async makeLink(who, id, order) {
      const found = mine(deps, who, 'programme.write', id)
      if (!found.ok) return found
      const item = found.value
      const version = meant(id, order.version, 'approve')
      if (!version) return order.version === undefined ? refused(wrongState(item.state)) : notFound(NO_VERSION, String(order.version))
      if (version.state !== 'pending') return refused(wrongState(version.state))
      // a link for oneself: to approve on the phone what came up on the computer
      const wanted = order.person ?? (who.kind === 'person' ? who.actor.replace(/^person:/, '') : undefined)
      if (wanted === undefined) return refused(PERSON_NEEDED)
      const person = people.byId(wanted)
      if (!person || person.disabledAt !== null) return refused(NO_PERSON)
      const work = { area: item.area, author: version.author }
      if (approvalRefusal(deps, identityOf(person), work)) return refused(notApprover(person.name))
      // who may not approve it must not hold what approves it
      const isTrusted = approvalRefusal(deps, who, work) === null
      if (!isTrusted && !deps.sendLink) return refused(CANNOT_SEND)
      const token = toBase64Url(deps.secretBytes(TOKEN_BYTES))
      const now = deps.clock.wall()
      const link = {
        id: toBase64Url(deps.secretBytes(ID_BYTES)), tokenSha256: deps.crypto.sha256(utf8(token)), programme: id, version: version.n,
        person: person.id, personName: person.name, madeBy: who.actor, createdAt: now, expiresAt: wallMs(now + LINK_LIFE_MS),
      }
      deps.decide({ actor: who.actor, action: 'programme.approval-link', subject: id, detail: { link: link.id, version: version.n, for: actorOf(person), name: person.name } }, () => approval.insertLink(link))
      const path = `/approval/${token}`
      if (!isTrusted && !(await deps.sendLink?.({ person: person.id, path, programme: item.name, expiresAt: link.expiresAt }))) return refused(CANNOT_SEND)
      return accepted({ id: link.id, person: person.name, version: version.n, expiresAt: isoWithOffset(link.expiresAt), path: isTrusted ? path : null })
    },
    linkView(token) {
      const found = linked(token)
      return found.ok ? accepted(linkView(found.value)) : found
    },
    linkSound(token) {
      const found = linked(token)
      return found.ok ? accepted(found.value.version.sha) : found
    },
    decideByLink(token, { approve, reason }) {
      const found = linked(token)
      if (!found.ok) return found
      const { link, item, version } = found.value
      // the second tap of a trembling finger, or the answer that was lost: what was decided stands
      if (link.usedAt !== null) return version.state === (approve ? 'approved' : 'returned') ? accepted(linkView(found.value)) : refused(LINK_GONE)
      if (version.state !== 'pending') return refused(wrongState(version.state))
      const person = approverOf(link)
      const barred = person ? approvalRefusal(deps, person, { area: item.area, author: version.author }) : LINK_GONE
      if (barred) return refused(barred)
      const done = perform(approve ? 'approve' : 'return', item, version, {
        actor: `link:${link.id}`, name: link.personName, detail: { for: `person:${link.person}`, name: link.personName, linkBy: link.madeBy },
        ...(approve ? {} : { reason: reason ?? '' }), also: (at) => approval.useLink(link.id, at),
      })
      if (!done.ok) return done
      return accepted(linkView({ ...found.value, version: programmes.version(item.id, version.n) ?? version }))
    },
  }
}

interface By {
  readonly actor: string
  readonly name: string
  readonly reason?: string
  readonly detail?: Readonly<Record<string, unknown>>
  /** More that belongs to the decision. */
  readonly also?: (at: WallMs) => void
}
