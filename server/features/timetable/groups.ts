import type { Group } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { brokenBy } from '../sessions/plugin.ts'
import { OTHER_ID } from './refusals.ts'
import type { StoredGroup } from './rules-views.ts'

export interface GroupHandlers {
  list(who: Identity): Group[]
  one(who: Identity, id: string): Outcome<Group>
  /** Whoever may publish for all of its clusters, as they were and as they will be. */
  put(who: Identity, id: string, group: Group): Outcome<StoredGroup>
  remove(who: Identity, id: string): Outcome<{ id: string }>
}

const GROUP = { en: 'group', vi: 'nhóm cụm loa' }
const MAX_GROUPS = 500
const TOO_MANY: Refusal = { status: 422, code: 'too-many', en: `There are ${MAX_GROUPS} groups already: remove one.`, vi: `Đã có ${MAX_GROUPS} nhóm: hãy xoá bớt.` }
const inUse = (session: string): Refusal => ({
  status: 409,
  code: 'in-use',
  en: `Session "${session}" is for this group: change that first.`,
  vi: `Buổi phát "${session}" đang phát cho nhóm này: hãy sửa buổi đó trước.`,
})
const unknownCluster = (name: string, n: number, several: boolean): Refusal => ({
  status: 422,
  code: several ? 'ambiguous-cluster' : 'unknown-cluster',
  field: `/clusters/${n}`,
  en: several ? `Several clusters are called "${name}": name the one that is meant by its id.` : `There is no cluster "${name}": look it up in the list of clusters.`,
  vi: several ? `Có nhiều cụm loa cùng tên "${name}": xin ghi mã cụm loa.` : `Không có cụm loa "${name}": xin xem lại danh sách cụm loa.`,
})

export function createGroupHandlers(deps: ServerDeps): GroupHandlers {
  const { stores, access } = deps
  const areasOf = ({ clusters }: Group): readonly string[] | 'all' => access.areasOfTargets({ clusters })
  const find = (id: string): Group | undefined => stores.groups.all().find((group) => group.id === id)
  const seen = (who: Identity): ((group: Group) => boolean) => {
    const concerned = access.concerns(who, 'station.read')
    return (group) => concerned(areasOf(group))
  }
  /** An empty group is nobody's yet: whoever may publish somewhere fills it. */
  const mayNot = (who: Identity, group: Group): Refusal | null => (group.clusters.length === 0 ? null : access.refusal(who, 'timetable.publish', areasOf(group)))
  const withGroup = (id: string, group: Group | null) => <T extends { readonly groups?: Group[] }>(timetable: T): T => ({
    ...timetable,
    groups: [...(timetable.groups ?? []).filter((one) => one.id !== id), ...(group ? [group] : [])],
  })

  return {
    list: (who) => stores.groups.all().filter((group) => group.clusters.length === 0 || seen(who)(group)),
    one(who, id) {
      const group = find(id)
      return group && (group.clusters.length === 0 || seen(who)(group)) ? accepted(group) : notFound(GROUP, id)
    },
    put(who, id, group) {
      if (group.id !== id) return refused(OTHER_ID)
      const [unknown] = access.audience({ clusters: group.clusters }).unknown
      if (unknown) return refused(unknownCluster(unknown.name, group.clusters.indexOf(unknown.name), unknown.kind === 'ambiguous-cluster'))
      const before = find(id)
      const wrong = mayNot(who, group) ?? (before ? mayNot(who, before) : null)
      if (wrong) return refused(wrong)
      if (!before && stores.groups.all().length >= MAX_GROUPS) return refused(TOO_MANY)
      const broken = brokenBy(deps, withGroup(id, group))
      const [first] = broken.refused
      if (first) return refused({ status: 409, code: first.code, en: first.en, vi: first.vi, findings: broken.refused })
      deps.decide({ actor: who.actor, action: before ? 'group.change' : 'group.create', subject: id, detail: { before: before ?? null, after: group } }, () => stores.groups.put(group))
      deps.listener.timetableChanged()
      return accepted({ group, warnings: [...broken.others] })
    },
    remove(who, id) {
      const group = find(id)
      if (!group) return notFound(GROUP, id)
      const wrong = mayNot(who, group)
      if (wrong) return refused(wrong)
      const session = stores.sessions.all().find(({ targets }) => targets !== 'all' && targets.groups?.includes(id))
      if (session) return refused(inUse(session.name))
      deps.decide({ actor: who.actor, action: 'group.remove', subject: id, detail: { before: group } }, () => stores.groups.remove(id))
      deps.listener.timetableChanged()
      return accepted({ id })
    },
  }
}
