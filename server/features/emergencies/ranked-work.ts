import { byRank, type Rank } from '../../core/emergency-rank.ts'

/** Says whether it came to its end; `stopped` when the signal ended it, and then it comes round again. */
export type RankedJob = (signal: AbortSignal) => Promise<'done' | 'stopped'>

export interface RankedWork {
  /** The same `key` twice is one: the newer job counts. */
  add(key: string, rank: Rank, job: RankedJob): void
  /** What is under way or waits under `key` goes on at another rank; false where there is nothing of it. */
  promote(key: string, rank: Rank): boolean
  /** Ends what runs, forgets what waits. */
  stop(): Promise<void>
}

interface Waiting {
  readonly key: string
  readonly rank: Rank
  readonly job: RankedJob
}

/**
 * One thing at a time, the highest rank first. A newcomer that outranks what is running takes its place: with fifty texts to be
 * spoken at once, the dyke that breaks does not wait for the other forty-nine.
 */
export function createRankedWork(failed: (key: string, error: unknown) => void): RankedWork {
  const waiting = new Map<string, Waiting>()
  let running: (Waiting & { readonly abort: AbortController; readonly over: Promise<void> }) | null = null
  const rankNow = (next: Waiting): Waiting => ({ ...next, rank: running?.rank ?? next.rank })
  let stopped = false

  const run = async (next: Waiting, signal: AbortSignal): Promise<void> => {
    try {
      const end = await next.job(signal)
      if (end === 'stopped' && !stopped && !waiting.has(next.key)) waiting.set(next.key, rankNow(next))
    } catch (error) {
      failed(next.key, error)
    }
    running = null
    begin()
  }
  function begin(): void {
    if (running || stopped) return
    const [next] = [...waiting.values()].sort((a, b) => byRank(a.rank, b.rank))
    if (!next) return
    waiting.delete(next.key)
    const abort = new AbortController()
    // the place is taken before the job begins: it may add others at once
    let settle: () => void = () => undefined
    const over = new Promise<void>((done) => (settle = done))
    running = { ...next, abort, over }
    void run(next, abort.signal).then(settle)
  }

  return {
    add: (key, rank, job) => {
      if (stopped) return
      waiting.set(key, { key, rank, job })
      if (running && (running.key === key || byRank(rank, running.rank) < 0)) running.abort.abort()
      begin()
    },
    promote: (key, rank) => {
      if (running?.key === key) {
        running = { ...running, rank }
        return true
      }
      const there = waiting.get(key)
      if (!there) return false
      waiting.set(key, { ...there, rank })
      if (running && byRank(rank, running.rank) < 0) running.abort.abort()
      return true
    },
    stop: async () => {
      stopped = true
      waiting.clear()
      running?.abort.abort()
      await running?.over
    },
  }
}
