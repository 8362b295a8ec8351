import { pageWords } from '../../../lib/page-words.ts'
import { en, vi } from './sentences.ts'

export const standingWords = pageWords(vi, en)
