import { nameKey, phoneOf, tidyName } from '../../core/person-name.ts'
import type { PeopleStore } from '../../core/person-store.ts'
import type { Refusal } from '../../core/refusal.ts'
import { BAD_NAME, nameTaken, NO_PHONE, phoneTaken } from './refusals.ts'

/** Why somebody cannot be called so, or be reached there; null = they can. `self` = whoever has both already. */
export function nameRefusal(people: PeopleStore, wanted: { readonly name?: string; readonly phone?: string | null }, self: string | null = null): Refusal | null {
  if (wanted.name !== undefined) {
    // a name of digits alone would be taken for a telephone number when they sign in
    if (!/\p{L}/u.test(wanted.name)) return BAD_NAME
    const other = people.byName(nameKey(wanted.name))
    if (other && other.id !== self) return nameTaken(tidyName(other.name))
  }
  if (wanted.phone === undefined || wanted.phone === null) return null
  const phone = phoneOf(wanted.phone)
  if (phone === null) return NO_PHONE
  const other = people.byPhone(phone)
  return other && other.id !== self ? phoneTaken(phone) : null
}
