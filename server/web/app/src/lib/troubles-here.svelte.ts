import { untrack } from 'svelte'
import { tellingOf, type Telling, type Trouble } from './troubles.ts'

/** What is wrong with the parts that are on screen. */
let all = $state.raw<readonly Trouble[]>([])
let last = 0

/** Of a part's script: parts stand in the order in which they come. */
export const nextPlace = (): number => ++last
export const telling = (mine: Trouble): Telling => tellingOf(all, mine)
/** Answers how to take it back. */
export function noteTrouble(mine: Trouble): () => void {
  untrack(() => (all = [...all, mine]))
  return () => untrack(() => (all = all.filter((one) => one !== mine)))
}
