import type { WaitingText } from '../sessions/plugin.ts'

/** So much of a text is quoted in a sentence; the whole of it stands beside. */
const QUOTED = 60
const quoted = (text: string): string => (text.length > QUOTED ? `${text.slice(0, QUOTED - 1).trimEnd()}…` : text)

/** One sentence for whoever is about to publish others' words. */
export function approvalWords(texts: readonly Pick<WaitingText, 'text' | 'authorName'>[]): { readonly en: string; readonly vi: string } {
  const authors = [...new Set(texts.map(({ authorName }) => authorName))].join(', ')
  const words = texts.map(({ text }) => `“${quoted(text)}”`).join(', ')
  return {
    en: `By publishing you let these words of ${authors} on the air: ${words}.`,
    vi: `Khi công bố, bạn đồng thời duyệt lời đọc của ${authors}: ${words}.`,
  }
}
