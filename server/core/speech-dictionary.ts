import { Type, type Static } from 'typebox'

/** How this station says what it writes: names of places and people, words of its own, whole phrases. */
export const SpeechDictionary = Type.Object(
  {
    entries: Type.Array(
      Type.Object(
        {
          /** As it is written; capitals matter only where `exact`. */
          written: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S', description: '1 to 60 characters, not only spaces' }),
          /** As it is to be said: words, no figures. */
          spoken: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', description: '1 to 200 characters, not only spaces' }),
          exact: Type.Optional(Type.Boolean()),
        },
        { additionalProperties: false },
      ),
      { maxItems: 500 },
    ),
  },
  { additionalProperties: false },
)
export type SpeechDictionary = Static<typeof SpeechDictionary>

export const NO_DICTIONARY: SpeechDictionary = { entries: [] }

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')

/**
 * Puts the dictionary's words in, before anything else reads the text: the station knows better than the rules. Longer entries
 * first, each place of the text once: what was put in is not looked up again.
 */
export function applyDictionary(written: string, { entries }: SpeechDictionary): string {
  const text = written.normalize('NFC')
  if (entries.length === 0) return text
  const known = [...entries].map((e) => ({ ...e, written: e.written.normalize('NFC').trim(), spoken: e.spoken.normalize('NFC').trim() })).sort((a, b) => b.written.length - a.written.length)
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${known.map((e) => escape(e.written)).join('|')})(?![\\p{L}\\p{N}])`, 'giu')
  return text.replace(pattern, (found) => {
    const exactly = known.find((e) => e.written === found)
    const loosely = known.find((e) => e.exact !== true && e.written.toLocaleLowerCase('vi') === found.toLocaleLowerCase('vi'))
    return (exactly ?? loosely)?.spoken ?? found
  })
}
