import { pageWords } from '../../lib/page-words.ts'
import { en } from './words-en.ts'
import { vi } from './words-vi.ts'

/** GET /approval/:token. */
export interface LinkView {
  readonly name: string
  readonly author: string
  readonly areaName: string | null
  readonly ms: number
  readonly text: string | null
  readonly for: string
  readonly state: 'draft' | 'pending' | 'approved' | 'returned' | 'replaced'
  readonly reason: string | null
  readonly expiresAt: string
}

export const approveWords = pageWords(vi, en)
