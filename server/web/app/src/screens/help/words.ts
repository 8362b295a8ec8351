import { language } from '../../lib/words.svelte.ts'
import { en } from './words-en.ts'
import { vi } from './words-vi.ts'

export const helpWords = (): typeof en => (language() === 'vi' ? vi : en)
