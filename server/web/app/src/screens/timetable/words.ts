import { pageWords } from '../../lib/page-words.ts'
import { en } from './words-en.ts'
import { vi } from './words-vi.ts'

/** The sentences of the timetable's pages. */
export const words = pageWords(vi, en)
