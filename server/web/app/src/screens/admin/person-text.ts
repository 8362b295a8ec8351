import { dayHourText } from '../../lib/times.ts'
import type { Dictionary, Words } from '../../words/vi.ts'
import { roleText } from './role-words.ts'
import type { Grant, PersonView } from './views.ts'
import type { vi } from './words-vi.ts'

interface Around {
  readonly shared: Dictionary
  readonly words: Words<typeof vi>
  /** Names of areas by code. */
  readonly names: ReadonlyMap<string, string>
}

/** What somebody was given to do and where: `cán bộ truyền thanh, Xã Đức Trọng (đến 31/12/2026)`. */
export function grantsText(grants: readonly Grant[], { shared, words, names }: Around): string {
  if (grants.length === 0) return words.noRole
  return grants.map(({ role, areas, until }) => {
    const where = areas === 'all' ? words.whole : areas.map((code) => names.get(code) ?? code).join(', ')
    return words.roleAt(roleText(shared, role), where) + (until === undefined ? '' : ` (${words.roleUntil(until.split('-').reverse().join('/'))})`)
  }).join('; ')
}

/** A number as people dial it at home: `0912 345 678`. */
export const phoneText = (phone: string): string => phone.replace(/^\+84/, '0').replace(/^(\d{4})(\d{3})(\d{3,4})$/, '$1 $2 $3')

/** Whether they came in, and when. */
export function seenText({ disabledAt, hasPassword, lastSeenAt, link }: Pick<PersonView, 'disabledAt' | 'hasPassword' | 'lastSeenAt' | 'link'>, words: Words<typeof vi>): string {
  if (disabledAt !== null) return words.locked
  if (lastSeenAt !== null) return words.lastIn(dayHourText(Date.parse(lastSeenAt)))
  if (link) return words.waitsLink(dayHourText(Date.parse(link.expiresAt)))
  return hasPassword ? '' : words.neverIn
}
