/** A key by which an order that is sent twice is one order. */
export const newKey = (): string => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** What was asked for last, and its key. */
export interface Keyed {
  readonly text: string
  readonly key: string
}
/** The same words keep their key, so that pressing again after a lost answer does nothing twice; other words have another. */
export const keyed = (before: Keyed | null, text: string): Keyed => (before?.text === text ? before : { text, key: newKey() })
