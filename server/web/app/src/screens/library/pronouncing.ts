import type { DictionaryView } from './views.ts'

const sameWord = (a: string, b: string): boolean => a.normalize('NFC').trim().toLocaleLowerCase('vi') === b.normalize('NFC').trim().toLocaleLowerCase('vi')

/** The dictionary with a word said in a new way; a word stands in it once. */
export const withEntry = ({ entries }: DictionaryView, written: string, spoken: string): DictionaryView => ({
  entries: [...entries.filter((entry) => !sameWord(entry.written, written)), { written: written.normalize('NFC').trim(), spoken: spoken.normalize('NFC').trim() }],
})
