import type { CapInfo } from './cap-message.ts'

/** About a minute and a half of speech: who is warned must be able to leave. */
export const MAX_SPOKEN_CHARACTERS = 1_200
export const MAX_TITLE_CHARACTERS = 120

const tidy = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
const ended = (text: string): string => (text === '' || /[.!?…]$/.test(text) ? text : `${text}.`)

/** Cut where a sentence ends, or at least a word. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const part = text.slice(0, most)
  const sentence = Math.max(part.lastIndexOf('. '), part.lastIndexOf('! '), part.lastIndexOf('? '))
  if (sentence > most / 3) return part.slice(0, sentence + 1)
  const word = part.lastIndexOf(' ')
  return word > 0 ? ended(part.slice(0, word)) : ''
}

/**
 * What is read out: what is happening, more of it, and what to do. Where it is too long the description gives way first: "go to high ground" is
 * worth more than the millimetres of rain.
 */
export function spokenText({ event, headline, description, instruction }: Pick<CapInfo, 'event' | 'headline' | 'description' | 'instruction'>): string {
  const first = cut(ended(tidy(headline || event)), MAX_SPOKEN_CHARACTERS / 3)
  const last = cut(ended(tidy(instruction)), MAX_SPOKEN_CHARACTERS / 2)
  const body = tidy(description)
  const room = MAX_SPOKEN_CHARACTERS - first.length - last.length - 2
  const repeats = body.startsWith(first.replace(/[.!?…]$/, '')) ? body.slice(first.length - 1).replace(/^[\s.:,;–-]+/, '') : body
  return [first, cut(ended(repeats), room), last].filter((part) => part !== '').join(' ')
}

/** As screens show it. */
export const capTitle = ({ headline, event }: Pick<CapInfo, 'headline' | 'event'>): string => {
  const text = tidy(headline || event)
  return text.length <= MAX_TITLE_CHARACTERS ? text : `${text.slice(0, MAX_TITLE_CHARACTERS - 1).trimEnd()}…`
}
