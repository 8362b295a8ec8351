import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { WallMs } from '../../../shared/core/clock.ts'
import type { Identity } from '../../core/identity.ts'
import type { LibraryItem, Share, ShareTarget } from '../../core/programme-store.ts'
import { accepted, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { mine } from './sight.ts'
import { comesRound, isNamedBy } from './use.ts'

export interface ShareTargets {
  readonly areas?: readonly string[]
  readonly groups?: readonly string[]
}
export interface ShareView {
  readonly area: string | null
  readonly group: string | null
  readonly name: string
  readonly until: string | null
}
export interface SharingView {
  readonly shares: ShareView[]
  /** Sessions elsewhere that go on naming it; they sound until it is taken out of them, or off the air. */
  readonly stillUsedBy: { readonly id: string; readonly name: string }[]
}

const NOBODY: Refusal = {
  status: 400, code: 'nobody', field: '/areas',
  en: 'Say with whom to share: areas, groups, or both.',
  vi: 'Hãy chọn nơi nhận: địa bàn, nhóm, hoặc cả hai.',
}
const SILENT: Refusal = {
  status: 409, code: 'not-approved',
  en: 'Nothing of this programme is approved yet: have it approved, then share it.',
  vi: 'Chương trình chưa được duyệt: hãy duyệt trước khi chia sẻ.',
}
const PAST: Refusal = {
  status: 400, code: 'invalid', field: '/until',
  en: 'The end is in the past: give a later one, or none.',
  vi: 'Thời hạn đã qua: hãy chọn ngày sau, hoặc bỏ trống.',
}
const unknown = (what: string): Refusal => ({
  status: 422, code: 'unknown-target', field: '/areas',
  en: `There is no area or group ${what}: choose one of the list.`,
  vi: `Không có địa bàn hoặc nhóm ${what}: hãy chọn trong danh sách.`,
})

const targetsOf = ({ areas = [], groups = [] }: ShareTargets): ShareTarget[] => [...areas.map((area) => ({ area })), ...groups.map((group) => ({ group }))]

export function createSharing(deps: ServerDeps) {
  const { programmes, groups, sessions } = deps.stores

  const nameOf = (to: ShareTarget): string | null => {
    const book = deps.access.book()
    return 'area' in to ? (book.on(book.merged(to.area))?.name ?? null) : (groups.all().find(({ id }) => id === to.group)?.name ?? null)
  }
  const viewOf = ({ to, until }: Share): ShareView => ({
    area: 'area' in to ? to.area : null, group: 'group' in to ? to.group : null,
    name: nameOf(to) ?? ('area' in to ? to.area : to.group), until: until === null ? null : isoWithOffset(until),
  })
  /** Sessions that name it for somebody who has no part in the programme's own area. */
  const usedElsewhere = (item: LibraryItem): SharingView['stillUsedBy'] => {
    const now = deps.clock.wall()
    const book = deps.access.book()
    const isElsewhere = (areas: readonly string[] | 'all'): boolean => areas !== 'all' && areas.some((code) => item.area === null || book.merged(code) !== book.merged(item.area))
    return sessions
      .all()
      .filter((session) => isNamedBy(session, item) && comesRound(session, now) && isElsewhere(deps.access.areasOfTargets(session.targets)))
      .map(({ id, name }) => ({ id, name }))
  }
  const placesOf = (to: ShareTarget): readonly string[] | 'all' => ('area' in to ? [to.area] : deps.access.areasOfTargets({ groups: [to.group] }))

  const sharing = (item: LibraryItem): SharingView => ({ shares: programmes.sharesOf(item.id).map(viewOf), stillUsedBy: usedElsewhere(item) })

  return {
    of(who: Identity, id: string): Outcome<SharingView> {
      const found = mine(deps, who, 'programme.share', id)
      return found.ok ? accepted(sharing(found.value)) : found
    },
    /** Only within areas where the sharer may share: a province gives to its communes, never a commune to another's. */
    share(who: Identity, id: string, order: ShareTargets & { readonly until: WallMs | null }): Outcome<SharingView> {
      const found = mine(deps, who, 'programme.share', id)
      if (!found.ok) return found
      const targets = targetsOf(order)
      if (targets.length === 0) return refused(NOBODY)
      if (order.until !== null && order.until <= deps.clock.wall()) return refused(PAST)
      if (!found.value.airs) return refused(SILENT)
      for (const to of targets) {
        if (nameOf(to) === null) return refused(unknown('area' in to ? to.area : to.group))
        const places = placesOf(to)
        const refusal = deps.access.refusal(who, 'programme.share', places)
        if (refusal) return refused(refusal)
      }
      const at = deps.clock.wall()
      deps.decide({ actor: who.actor, action: 'programme.share', subject: id, detail: { areas: order.areas ?? [], groups: order.groups ?? [], until: order.until } }, () => {
        for (const to of targets) programmes.share({ programme: id, to, until: order.until, by: who.actor, at })
      })
      deps.events.tell({ kind: 'programme.shared', at, areas: targets.flatMap((to) => { const places = placesOf(to); return places === 'all' ? [] : places }), subject: id, detail: { name: found.value.name } })
      return accepted(sharing(found.value))
    },
    /** Without targets: from everybody. */
    unshare(who: Identity, id: string, order: ShareTargets): Outcome<SharingView> {
      const found = mine(deps, who, 'programme.share', id)
      if (!found.ok) return found
      const named = targetsOf(order)
      const targets = named.length > 0 ? named : programmes.sharesOf(id).map(({ to }) => to)
      deps.decide({ actor: who.actor, action: 'programme.unshare', subject: id, detail: { areas: order.areas ?? [], groups: order.groups ?? [] } }, () => {
        for (const to of targets) programmes.unshare(id, to)
      })
      return accepted(sharing(found.value))
    },
  }
}
export type Sharing = ReturnType<typeof createSharing>
