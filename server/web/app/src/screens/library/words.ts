import { pageWords } from '../../lib/page-words.ts'
import { language } from '../../lib/words.svelte.ts'
import { LANGUAGE_NAMES } from './languages.ts'
import type { BulletinClass, Stage } from './views.ts'
import { en } from './words-en.ts'
import { vi } from './words-vi.ts'

export const libraryWords = pageWords(vi, en)
export { LANGUAGES } from './languages.ts'

/** How far a programme has come, in a word. */
export function stageWord(stage: Stage): string {
  const w = libraryWords()
  return { draft: w.stageDraft, pending: w.stagePending, returned: w.stageReturned, approved: w.stageApproved, scheduled: w.stageScheduled, aired: w.stageAired }[stage]
}
export function className(of: BulletinClass): string {
  const w = libraryWords()
  return { normal: w.classNormal, priority: w.classPriority, emergency: w.classEmergency }[of]
}
/** Where a voice is from. */
export function regionName(region: string): string {
  const w = libraryWords()
  return { north: w.regionNorth, central: w.regionCentral, south: w.regionSouth }[region] ?? region
}
/** A language by its name; a code that is not known stands as it is. */
export const languageName = (code: string): string => LANGUAGE_NAMES[code]?.[language()] ?? code
