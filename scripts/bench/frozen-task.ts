/** What the bench of frozen clusters and its broker's process tell each other. */
export interface FrozenTask {
  readonly who: 'ours' | 'stock'
  readonly clusters: readonly string[]
}
/** Since the last one. */
export interface FrozenReport {
  readonly heapMib: number
  readonly outsideMib: number
  readonly unsentKib: number
  /** Connections that were to be full and are still open, and how many of them hold bytes in the process. */
  readonly frozen: number
  readonly full: number
  readonly sounds: number
  readonly orders: number
  readonly cut: number
}

/** Stream that all have joined. */
export const RELAY_NAME = 'vov1'
