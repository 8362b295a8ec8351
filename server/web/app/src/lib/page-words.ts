import type { Words } from '../words/vi.ts'
import { language } from './words.svelte.ts'

/**
 * The sentences of one page, which come with its code and not with the first screen. English has the same keys as
 * Vietnamese: the compiler checks it. What several pages say stands in `words/`.
 */
export function pageWords<const T extends Record<string, unknown>>(vi: T, en: Words<T>): () => Words<T> {
  return () => (language() === 'vi' ? (vi as Words<T>) : en)
}
