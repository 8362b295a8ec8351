import { pageWords } from '../../lib/page-words.ts'
import { en, vi } from './words-link.ts'

export const linkWords = pageWords(vi, en)
