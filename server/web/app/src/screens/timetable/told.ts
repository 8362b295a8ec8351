import { said } from '../../lib/words.svelte.ts'
import { withDates } from './dates.ts'
import type { Said } from './views.ts'

/** A sentence of the server, with its dates as people write them. */
export const told = (sentence: Said): string => withDates(said(sentence))
