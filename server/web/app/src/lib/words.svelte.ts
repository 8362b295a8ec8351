import { en } from '../words/en.ts'
import { vi, type Dictionary } from '../words/vi.ts'
import type { Sentence } from './answer.ts'

export type Language = 'vi' | 'en'
const KEY = 'language'
const chosen = $state<{ language: Language }>({ language: localStorage.getItem(KEY) === 'en' ? 'en' : 'vi' })
document.documentElement.lang = chosen.language

export const language = (): Language => chosen.language
/** The dictionary of the language that is chosen. */
export const words = (): Dictionary => (chosen.language === 'vi' ? vi : en)
export function speak(other: Language): void {
  chosen.language = other
  localStorage.setItem(KEY, other)
  document.documentElement.lang = other
}
/** A sentence of the server in that language. */
export const said = (sentence: Pick<Sentence, 'vi' | 'en'>): string => (chosen.language === 'vi' ? sentence.vi : sentence.en)
