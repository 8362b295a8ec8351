import type { FirstLive, FirstService } from './views.ts'

/** What came of a sound that was ordered, by the cluster's own word. */
export interface Outcome {
  readonly result: 'waiting' | 'sounding' | 'done' | 'failed'
  readonly why: { readonly vi: string; readonly en: string } | null
  /** Nothing more will be told of it. */
  readonly isOver: boolean
}

export function outcomeOfTone({ state, why }: FirstService): Outcome {
  if (state === 'ordered' || state === 'taken') return { result: 'waiting', why: null, isOver: false }
  return { result: state === 'done' ? 'done' : 'failed', why, isOver: true }
}

/** `before`: what was known of it: what has sounded once did sound, also when it is over by now. */
export function outcomeOfLive({ state, rows = [] }: FirstLive, cluster: string, before: Outcome | null): Outcome {
  const row = rows.find((one) => one.cluster === cluster)
  const isSounding = row?.state === 'sounding'
  const hasSounded = isSounding || row?.state === 'finished' || before?.result === 'sounding'
  const isOver = state === 'ended' || row?.state === 'finished' || row?.state === 'failed'
  if (hasSounded) return { result: isOver && !isSounding ? 'done' : 'sounding', why: null, isOver: isOver && !isSounding }
  return { result: isOver ? 'failed' : 'waiting', why: null, isOver }
}
