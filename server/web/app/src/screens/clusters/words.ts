import { pageWords } from '../../lib/page-words.ts'
import { words } from '../../lib/words.svelte.ts'
import { en } from './en.ts'
import { vi } from './vi.ts'

/** What only the pages of clusters say. */
export const w = pageWords(vi, en)
/** A number with the comma or point of the language. */
export const decimal = (value: number): string => String(value).replace('.', words().decimal)
