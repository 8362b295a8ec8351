import { pageWords } from '../../lib/page-words.ts'
import { en, vi } from './sentences.ts'

export const notifyWords = pageWords(vi, en)
