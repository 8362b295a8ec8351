/** A label in two lines at most: it may break at one place, where both lines are shortest. */
export function twoLines(label: string): string {
  const parts = label.split(' ')
  const lengthAt = (n: number): number => Math.max(parts.slice(0, n).join(' ').length, parts.slice(n).join(' ').length)
  const [best = 0] = parts.map((_, n) => n).slice(1).sort((a, b) => lengthAt(a) - lengthAt(b) || a - b)
  const whole = (some: readonly string[]): string => some.join('\u00a0')
  return best === 0 ? label : `${whole(parts.slice(0, best))} ${whole(parts.slice(best))}`
}

interface Row {
  /** Of each entry, px. */
  readonly widths: readonly number[]
  /** Of the button that opens the others, px. */
  readonly more: number
  readonly room: number
  /** Which entry somebody is at, counted from 0; -1 = at none. It is in the row where it fits beside what is always there. */
  readonly current: number
}
/** Where the day begins and where an emergency is raised: these are never folded, also on a phone that is too narrow for one row. */
const ALWAYS = 2

/** Which entries stand in one row: all where they fit, else the first ones, with room for the button that opens the others. */
export function inOneRow({ widths, more, room, current }: Row): readonly boolean[] {
  const sum = (some: readonly number[]): number => some.reduce((all, width) => all + width, 0)
  if (sum(widths) <= room) return widths.map(() => true)
  let left = room - more - sum(widths.slice(0, ALWAYS))
  const own = current >= ALWAYS ? (widths[current] ?? 0) : 0
  const isCurrentIn = own <= left
  if (isCurrentIn) left -= own
  let isFull = false
  return widths.map((width, n) => {
    if (n < ALWAYS || (n === current && isCurrentIn)) return true
    isFull ||= width > left
    if (!isFull) left -= width
    return !isFull
  })
}
