import type { PeopleStore } from './person-store.ts'

/** Who did something, as people know them: a person by name, another system by its own; what is neither stays as it is. */
export function actorName(people: Pick<PeopleStore, 'byId'>, actor: string): string {
  if (actor === 'administrator') return 'Quản trị'
  if (actor === 'server') return 'Hệ thống'
  const [, kind, id = ''] = /^(person|cap):(.+)$/s.exec(actor) ?? []
  return (kind === 'person' ? people.byId(id)?.name : kind === 'cap' ? id : undefined) ?? actor
}
