import { pageWords } from '../../lib/page-words.ts'
import { en } from './en.ts'
import { vi } from './vi.ts'

export const w = pageWords(vi, en)
