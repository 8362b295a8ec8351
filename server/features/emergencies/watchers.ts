/** Called with the clusters that said something; without them when the emergency itself has changed; null when nothing more comes. */
export type Watcher = (change: { readonly clusters: readonly string[] | 'all' } | null) => void

export interface Watchers {
  /** Answers how to stop listening. */
  watch(id: string, watcher: Watcher): () => void
  tell(id: string, clusters?: readonly string[]): void
  stop(): void
}

/** Who looks on at an emergency. */
export function createWatchers(): Watchers {
  const known = new Map<string, Set<Watcher>>()
  return {
    watch: (id, watcher) => {
      const here = known.get(id) ?? new Set()
      known.set(id, here.add(watcher))
      return () => {
        here.delete(watcher)
        if (here.size === 0) known.delete(id)
      }
    },
    tell: (id, clusters) => known.get(id)?.forEach((watcher) => watcher({ clusters: clusters ?? 'all' })),
    stop: () => {
      for (const here of known.values()) for (const watcher of [...here]) watcher(null)
      known.clear()
    },
  }
}
