import type { Answer, Sentence } from '../../lib/answer.ts'
import { lost } from '../../lib/session.svelte.ts'

export interface Page<T> {
  readonly list: readonly T[]
  /** What the next page begins behind; null on the last one. */
  readonly next: string | null
}

/** A long list of the server, read page by page. */
export interface Paged<T> {
  readonly list: readonly T[]
  readonly state: 'loading' | 'ready' | 'offline' | 'forbidden' | 'failed'
  readonly sentence: Sentence | null
  readonly hasMore: boolean
  /** Reads the next page; after a failure the one that failed. */
  more(): Promise<void>
  /** Begins anew. */
  again(): Promise<void>
}

/** Reads the first page at once. Belongs in a component's script. */
export function paged<T>(ask: (after: string | null) => Promise<Answer<Page<T>>>): Paged<T> {
  let now = $state.raw<{ readonly list: readonly T[]; readonly next: string | null; readonly state: Paged<T>['state']; readonly sentence: Sentence | null }>({ list: [], next: null, state: 'loading', sentence: null })
  let asked = 0
  async function read(after: string | null): Promise<void> {
    const mine = ++asked
    const before = after === null ? [] : now.list
    now = { list: before, next: after, state: 'loading', sentence: null }
    const answer = await ask(after)
    if (mine !== asked) return
    if (answer.ok) {
      now = { list: [...before, ...answer.value.list], next: answer.value.next, state: 'ready', sentence: null }
      return
    }
    if (answer.kind === 'signed-out') lost()
    const state = answer.kind === 'offline' ? 'offline' : answer.kind === 'forbidden' ? 'forbidden' : 'failed'
    now = { list: before, next: after, state, sentence: answer.kind === 'offline' ? null : answer.sentence }
  }
  void read(null)
  return {
    get list() { return now.list },
    get state() { return now.state },
    get sentence() { return now.sentence },
    get hasMore() { return now.next !== null },
    more: () => read(now.next),
    again: () => read(null),
  }
}
