import { pageWords } from '../../lib/page-words.ts'
import { en, vi } from './sentences.ts'

/** What only the pages of updates say. */
export const w = pageWords(vi, en)
