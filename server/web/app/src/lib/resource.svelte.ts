import type { Answer, Sentence } from './answer.ts'
import { gathering } from './gathering.ts'
import { onStationEvent } from './live.svelte.ts'
import { lost } from './session.svelte.ts'

/** What a screen shows of something that the server holds. What was loaded once stays on screen, with its age, while the link is away. */
export interface Resource<T> {
  readonly value: T | null
  /** When `value` was loaded, ms of this device's clock. */
  readonly at: number | null
  readonly state: 'loading' | 'ready' | 'offline' | 'forbidden' | 'failed'
  readonly sentence: Sentence | null
  load(): Promise<void>
}

/** How soon events that come together load once. */
const GATHER_MS = 300

/** Loads at once, and again when the server tells of anything whose kind begins with one of `kinds`; `alive` stands for its signs of life, for what it tells no events of. Belongs in a component's script. */
export function resource<T>(ask: () => Promise<Answer<T>>, kinds: readonly string[]): Resource<T> {
  const held = $state<{ value: T | null; at: number | null; state: Resource<T>['state']; sentence: Sentence | null }>({ value: null, at: null, state: 'loading', sentence: null })
  let [asked, answered] = [0, 0]
  const load = async (): Promise<void> => {
    const mine = ++asked
    const answer = await ask()
    // an older question that is answered behind a newer one says nothing new; before it, it is the newest there is
    if (mine < answered) return
    answered = mine
    if (answer.ok) {
      held.value = answer.value
      held.at = Date.now()
      held.state = 'ready'
      held.sentence = null
      return
    }
    if (answer.kind === 'signed-out') lost()
    held.state = answer.kind === 'offline' ? 'offline' : answer.kind === 'forbidden' ? 'forbidden' : 'failed'
    held.sentence = answer.kind === 'offline' ? null : answer.sentence
  }
  $effect(() => {
    void load()
    const news = gathering(load, GATHER_MS)
    // the link is there again: a question that was asked before may never be answered, and is not waited for
    const anew = gathering(load, GATHER_MS)
    const forget = onStationEvent((event) => {
      if (event === null) anew.note()
      else if (kinds.some((kind) => event.kind.startsWith(kind))) news.note()
    })
    return () => {
      forget()
      news.stop()
      anew.stop()
    }
  })
  return {
    get value() { return held.value },
    get at() { return held.at },
    get state() { return held.state },
    get sentence() { return held.sentence },
    load,
  }
}
