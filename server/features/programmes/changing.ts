import type { Identity } from '../../core/identity.ts'
import type { LibraryFields, LibraryItem, Programme } from '../../core/programme-store.ts'
import { accepted, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { viewContext } from './reading.ts'
import { soundingChanged } from './rotations.ts'
import { mine } from './sight.ts'
import { usersOf } from './use.ts'
import { programmeView, type ProgrammeView } from './views.ts'

/** What may change without being approved again: nothing that is heard. */
export type Change = Partial<Pick<Programme, 'name' | 'folder' | 'music'> & Pick<LibraryFields, 'description' | 'tags' | 'class' | 'validFrom' | 'validTo'>>

const ENDS_FIRST: Refusal = {
  status: 400, code: 'invalid', field: '/validTo',
  en: 'The last day is before the first: give dates in order.',
  vi: 'Ngày kết thúc trước ngày bắt đầu: hãy nhập lại.',
}

const inUse = (item: LibraryItem, sessions: readonly string[]): Refusal => ({
  status: 409,
  code: 'in-use',
  en: `The programme "${item.name}" is in use by the sessions ${sessions.join(', ')}: take it out of them first.`,
  vi: `Chương trình "${item.name}" đang dùng trong buổi phát ${sessions.join(', ')}: hãy bỏ khỏi các buổi đó trước.`,
})

export function change(deps: ServerDeps, who: Identity, id: string, fields: Change): Outcome<ProgrammeView> {
  const { programmes } = deps.stores
  const found = mine(deps, who, 'programme.write', id)
  if (!found.ok) return found
  const next = { ...found.value, ...fields }
  if (next.validFrom !== null && next.validTo !== null && next.validTo < next.validFrom) return refused(ENDS_FIRST)
  const users = fields.folder !== undefined && fields.folder !== found.value.folder ? usersOf(deps, found.value).filter((session) => session.items.some((item) => 'folder' in item)) : []
  if (users.length > 0) return refused(inUse(found.value, users.map(({ name }) => `"${name}"`)))
  deps.decide({ actor: who.actor, action: 'programme.change', subject: id, detail: fields }, () => programmes.update(id, fields, deps.clock.wall()))
  if (found.value.airs) soundingChanged(deps)
  return accepted(programmeView({ item: programmes.byId(id) ?? next, sees: 'all' }, viewContext(deps)))
}

export function remove(deps: ServerDeps, who: Identity, id: string): Outcome<{ id: string }> {
  const { programmes } = deps.stores
  const found = mine(deps, who, 'programme.write', id)
  if (!found.ok) return found
  const users = usersOf(deps, found.value).map((session) => `"${session.name}"`)
  if (users.length > 0) return refused(inUse(found.value, users))
  deps.decide({ actor: who.actor, action: 'programme.remove', subject: id, detail: { name: found.value.name, sha: found.value.sha } }, () => programmes.remove(id, deps.clock.wall()))
  if (found.value.airs) soundingChanged(deps)
  return accepted({ id })
}
