import { excerpt, type WaitingText } from '../sessions/plugin.ts'

/** One sentence for whoever is about to publish others' words. */
export function approvalWords(texts: readonly Pick<WaitingText, 'text' | 'authorName'>[]): { readonly en: string; readonly vi: string } {
  const authors = [...new Set(texts.map(({ authorName }) => authorName))].join(', ')
  const words = texts.map(({ text }) => `“${excerpt(text)}”`).join(', ')
  return {
    en: `By publishing you let these words of ${authors} on the air: ${words}.`,
    vi: `Khi công bố, bạn đồng thời duyệt lời đọc của ${authors}: ${words}.`,
  }
}
