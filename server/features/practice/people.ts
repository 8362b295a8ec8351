import { toBase64Url } from '../../../shared/protocol/wire.ts'
import { ROLES, type Role } from '../../core/identity.ts'
import { nameKey } from '../../core/person-name.ts'
import type { Person } from '../../core/person-store.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

/** Somebody of every role, called by it: whoever practises reads at the head of the page as whom. */
const NAMES: Readonly<Record<Role, string>> = {
  operator: 'Cán bộ truyền thanh',
  approver: 'Người duyệt',
  technician: 'Kỹ thuật viên',
  announcer: 'Trực ban khẩn cấp',
  administrator: 'Quản trị',
}
/** What goes with a role here. Whoever makes a notice lets it on the air as well: somebody who practises is alone. */
const ALSO: Readonly<Partial<Record<Role, Role>>> = { operator: 'approver' }
export type PracticePeopleDeps = Pick<ServerDeps, 'stores' | 'decide' | 'clock' | 'secretBytes'>

/** Who works at the practice station; none of them has a password. */
export function addPracticePeople({ stores, decide, clock, secretBytes }: PracticePeopleDeps, commune: string): void {
  for (const role of ROLES) {
    const areas = role === 'administrator' ? ('all' as const) : [commune]
    const grants = [role, ALSO[role] ?? []].flat().map((one) => ({ role: one, areas }))
    const person = { id: toBase64Url(secretBytes(9)), name: NAMES[role], phone: null, grants, createdAt: clock.wall(), disabledAt: null }
    decide({ actor: 'server', action: 'person.invite', subject: person.id, detail: { name: person.name } }, () => stores.people.insert(person))
  }
}

/** null where there is none, which is where nobody practises. */
export function personOfRole({ stores: { people } }: Pick<ServerDeps, 'stores'>, role: Role): Person | null {
  const can = ({ disabledAt, grants }: Person): boolean => disabledAt === null && grants.some((grant) => grant.role === role)
  const named = people.byName(nameKey(NAMES[role]))
  // an administrator who practises may have changed them
  return named && can(named) ? named : (people.all().find(can) ?? null)
}
