import type { Words } from '../../words/vi.ts'
import type { vi } from './words-vi.ts'

export type Kind = 'province' | 'commune' | 'hamlet'
export const kindText = (words: Words<typeof vi>, kind: string): string => ({ province: words.kindProvince, commune: words.kindCommune, hamlet: words.kindHamlet })[kind as Kind] ?? kind

/** What an area that lies in one of a kind is; null at the top: a province. A hamlet holds nothing. */
export const kindWithin = (kind: string | null): Kind | null => (kind === null ? 'province' : kind === 'province' ? 'commune' : kind === 'commune' ? 'hamlet' : null)

const FORMS: Readonly<Record<Kind, RegExp>> = { province: /^\d{2}$/, commune: /^\d{5}$/, hamlet: /^\d{5}-[a-z0-9]{1,12}$/ }
export const isCode = (kind: Kind, code: string): boolean => FORMS[kind].test(code)

/** A code for a hamlet from its name: `24958-dong` of Thôn Đông; empty where the name has nothing to make one of. */
export function hamletCode(commune: string, name: string): string {
  const letters = name.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase().replace(/^(thon|ban|ap|buon|lang|xom|khom|khu pho|to dan pho)\s+/, '').replace(/[^a-z0-9]/g, '').slice(0, 12)
  return letters === '' ? '' : `${commune}-${letters}`
}
