/** Text as somebody types it without marks: `Đức Trọng` is found by `duc trong`. */
export const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[đĐ]/g, 'd').toLowerCase().replace(/\s+/g, ' ').trim()

/** Whether a text has every word of what is looked for; both plain. */
export const hasWords = (text: string, wanted: string): boolean => wanted.split(' ').every((word) => text.includes(word))
