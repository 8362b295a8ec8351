import { vi, type Dictionary } from '../words/vi.ts'
import type { Sentence } from './answer.ts'

export type Language = 'vi' | 'en'
const KEY = 'language'
const chosen = $state<{ language: Language }>({ language: 'vi' })
/** Most people never read it: it comes when somebody chooses it. */
let english: Dictionary | null = null

export const language = (): Language => chosen.language
/** The dictionary of the language that is chosen. */
export const words = (): Dictionary => (chosen.language === 'en' && english ? english : vi)

/** Changes the language once its words are there. Where the link does not bring them, the language stays as it was. */
export async function speak(other: Language): Promise<void> {
  try {
    if (other === 'en') english ??= (await import('../words/en.ts')).en
  } catch (error) {
    return console.info(`The words of the other language did not come: ${String(error)}`)
  }
  chosen.language = other
  localStorage.setItem(KEY, other)
  document.documentElement.lang = other
}
/** The language that was chosen on this device: before anything is shown. */
export async function speakAsBefore(): Promise<void> {
  if (localStorage.getItem(KEY) === 'en') await speak('en')
}
/** A sentence of the server in that language. */
export const said = (sentence: Pick<Sentence, 'vi' | 'en'>): string => (chosen.language === 'vi' ? sentence.vi : sentence.en)
