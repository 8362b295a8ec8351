import type { Item } from '../../shared/core/timetable.ts'
import type { ClashAnswer } from './clash-place.ts'

/** An item with its length, ms; 0 where it is not known or it cannot sound. */
export interface TimedItem {
  readonly item: Item
  readonly ms: number
}
export type PlacedItem =
  | { readonly ok: true; readonly items: readonly Item[]; readonly index: number }
  /** What sounds at that time: its index. */
  | { readonly ok: false; readonly index: number }

/**
 * Places an item into a session at `atMs` after its begin. Items follow each other, so none ever overlaps: `overwrite` takes out
 * what would sound during it, `append` puts it behind what sounds then, `move` before it, and the rest comes later.
 */
export function placeItem(items: readonly TimedItem[], placed: TimedItem, atMs: number, answer: ClashAnswer | null): PlacedItem {
  const starts: number[] = []
  let total = 0
  for (const { ms } of items) {
    starts.push(total)
    total += ms
  }
  const plain = items.map(({ item }) => item)
  if (atMs >= total) return { ok: true, items: [...plain, placed.item], index: plain.length }
  const at = items.findIndex(({ ms }, n) => (starts[n] ?? 0) + ms > atMs)
  if (answer === null) return { ok: false, index: at }
  if (answer === 'overwrite') {
    const end = atMs + Math.max(1, placed.ms)
    const kept = items.filter(({ ms }, n) => ms === 0 || (starts[n] ?? 0) >= end || (starts[n] ?? 0) + ms <= atMs)
    const before = kept.filter((one) => items.indexOf(one) < at).length
    const left = kept.map(({ item }) => item)
    return { ok: true, items: [...left.slice(0, before), placed.item, ...left.slice(before)], index: before }
  }
  const index = answer === 'append' ? at + 1 : at
  return { ok: true, items: [...plain.slice(0, index), placed.item, ...plain.slice(index)], index }
}
