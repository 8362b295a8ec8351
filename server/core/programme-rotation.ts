import { byEpisodeName } from './search-question.ts'

/** "The next unheard episode" while a folder changes. Pure: the same on every planning. */

const modulo = (n: number, by: number): number => ((n % by) + by) % by

export interface Episode {
  readonly id: string
  readonly name: string
}

export interface RotationChange {
  /** In their order, as they were and as they are. */
  readonly before: readonly Episode[]
  readonly after: readonly Episode[]
  readonly shift: number
  /** Picks that were made before the change; the next one is pick `heard`. */
  readonly heard: number
}

/**
 * Pick k of a session takes episode (k + shift) modulo their number. When episodes come or go, the shift that lets the
 * next pick follow the one that was heard last: nothing is left out or heard twice because a folder was added to.
 */
export function shiftAfter({ before, after, shift, heard }: RotationChange): number {
  if (after.length === 0) return shift
  const last = before.length === 0 || heard === 0 ? null : (before[modulo(heard - 1 + shift, before.length)] as Episode)
  const next = last === null ? 0 : after.findIndex((episode) => byEpisodeName(episode, last) > 0)
  return modulo(Math.max(0, next) - heard, after.length)
}

/** Episodes turned so that whoever takes the k-th modulo their number takes the right one. */
export const turned = <T>(episodes: readonly T[], shift: number): readonly T[] => {
  const at = episodes.length === 0 ? 0 : modulo(shift, episodes.length)
  return at === 0 ? episodes : [...episodes.slice(at), ...episodes.slice(0, at)]
}
