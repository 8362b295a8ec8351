import type { CivilDate } from '../../shared/core/civil.ts'
import type { LanguageCode } from '../../shared/core/languages.ts'
import type { LibraryItem, ProgrammeKind, ProgrammeSource } from './programme-store.ts'

/** What somebody looks for in the library. Everything that is given must hold. */
export interface SearchQuestion {
  /** Words, each of which must begin a word of name, tags, folder, description or text; diacritics do not matter. */
  readonly words?: string
  readonly state?: LibraryItem['state']
  readonly language?: LanguageCode
  /** Absent = all but the station's own sounds (chime, alarm, test tone): these are no programmes, and come only when asked for. */
  readonly kind?: ProgrammeKind
  readonly source?: ProgrammeSource
  /** Code of an area, or `station` for the whole station's own. */
  readonly area?: string
  readonly folder?: string
  readonly tag?: string
  /** Only what is given by somebody else. */
  readonly shared?: boolean
  /** Within its dates on `today`, or outside them. */
  readonly valid?: boolean
  readonly today: CivilDate
  readonly offset: number
  /** 1 … 200. */
  readonly limit: number
}

export interface SearchPage {
  /** Of all pages. */
  readonly total: number
  readonly items: readonly LibraryItem[]
}

/** More words than that are a text, not a question. */
export const MAX_SEARCH_WORDS = 12

/** `Thời tiết Đà Lạt` → `thoi tiet da lat`. */
export const folded = (text: string): string => text.normalize('NFD').replaceAll(/\p{Mn}/gu, '').toLowerCase().replaceAll('đ', 'd')

/** The words of a text as they are looked for. */
export const searchWords = (text: string): string[] => [...new Set(folded(text).split(/[^\p{L}\p{N}]+/u).filter((word) => word !== ''))]

const numbers = /\d+/

/** `Tập 2` before `Tập 10`; the same for every machine and language setting. */
export function byEpisodeName(a: { readonly name: string; readonly id: string }, b: { readonly name: string; readonly id: string }): number {
  const [left, right] = [split(a.name), split(b.name)]
  for (let n = 0; n < Math.min(left.length, right.length); n++) {
    const [x, y] = [left[n] as string, right[n] as string]
    if (x === y) continue
    if (numbers.test(x) && numbers.test(y) && BigInt(x) !== BigInt(y)) return BigInt(x) < BigInt(y) ? -1 : 1
    return x < y ? -1 : 1
  }
  if (left.length !== right.length) return left.length - right.length
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

const split = (name: string): string[] => folded(name).match(/\d+|\D+/g) ?? []
