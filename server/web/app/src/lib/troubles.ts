import type { Sentence } from './answer.ts'

/** What is wrong with a part of a page. */
export interface Trouble {
  /** Where the part stands: what is above has a lower one. */
  readonly place: number
  /** The same for all that have the same to say. */
  readonly key: string
  /** When what it still shows was loaded, ms of this device's clock; null where it shows nothing. */
  readonly at: number | null
  /** Not behind something that is folded; taken for granted where nobody has looked. */
  readonly isSeen?: boolean
  load(): Promise<void>
}

interface Part {
  readonly value: unknown
  readonly state: 'loading' | 'ready' | 'offline' | 'forbidden' | 'failed'
  readonly sentence: Sentence | null
}
/** Under what a part's trouble is told; null where there is none. What shows nothing and what shows something old say different things. */
export const troubleOf = ({ value, state, sentence }: Part): string | null => (state === 'ready' || state === 'loading' ? null : [value === null ? 'nothing' : 'old', state, sentence?.vi ?? ''].join('\n'))

export interface Telling {
  /** Nothing above says the same already. */
  readonly isFirst: boolean
  /** The oldest that is shown under this sentence; null where nothing is. */
  readonly at: number | null
  /** Asks anew for all of which it is told. */
  load(): Promise<void>
}

/** What several parts have to say alike is said once, by the first of them that is seen; its button is for all. `all` may lack `mine` still. */
export function tellingOf(all: readonly Trouble[], mine: Trouble): Telling {
  const known = all.filter(({ key }) => key === mine.key)
  const alike = known.some(({ place }) => place === mine.place) ? known : [...known, mine]
  const seen = alike.filter(({ isSeen = true }) => isSeen)
  const times = alike.flatMap(({ at }) => at ?? [])
  return {
    isFirst: mine.place === Math.min(...(seen.length > 0 ? seen : alike).map(({ place }) => place)),
    at: times.length === 0 ? null : Math.min(...times),
    load: async () => void (await Promise.all(alike.map((one) => one.load()))),
  }
}
