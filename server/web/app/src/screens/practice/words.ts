import { pageWords } from '../../lib/page-words.ts'
import { en } from './words-en.ts'
import { vi } from './words-vi.ts'

export const practiceWords = pageWords(vi, en)
