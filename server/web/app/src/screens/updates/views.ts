/** What the API tells of releases and rollouts; see ReleaseView and RolloutView of the server. */
interface Text {
  readonly vi: string
  readonly en: string
}
export interface ReleaseView {
  readonly id: string
  readonly version: string
  readonly back: boolean
  readonly madeAt: string
  readonly bytes: number
}
export interface RolloutRow extends Text {
  readonly cluster: string
  readonly name: string
  readonly wave: number
  readonly state: 'waiting' | 'downloading' | 'ready' | 'trial' | 'done' | 'fell-back' | 'failed'
  readonly percent: number
  readonly online: boolean
  /** What it says that it runs. */
  readonly version: string | null
  readonly why: (Text & { readonly code: string }) | null
}
export interface RolloutView {
  readonly id: string
  readonly version: string
  readonly at: string
  readonly state: 'running' | 'halted' | 'done' | 'cancelled'
  readonly why: (Text & { readonly code: string }) | null
  readonly wave: number
  readonly waves: number
  readonly counts: Readonly<Record<string, number>>
  readonly clusters?: readonly RolloutRow[]
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
/** How many of how many run it, and how many could not. */
export function progressOf({ counts }: Pick<RolloutView, 'counts'>): { readonly done: number; readonly of: number; readonly wrong: number } {
  return { done: counts['done'] ?? 0, of: sum(Object.values(counts)), wrong: (counts['failed'] ?? 0) + (counts['fell-back'] ?? 0) }
}

/** Those whose turn it is are all away: nothing goes on until one of them is there again. */
export function waitsForAway({ state, wave, clusters = [] }: RolloutView): boolean {
  const due = clusters.filter((row) => row.wave <= wave && !['done', 'fell-back', 'failed'].includes(row.state))
  return state === 'running' && due.length > 0 && due.every(({ online }) => !online) && !clusters.some((row) => row.wave === wave && row.state === 'done')
}

/** When those that come later may begin; see RolloutBody of the server. */
export const PROOFS = {
  session: { throughSession: true },
  minutes: { throughSession: false, healthyMinutes: 10 },
  day: { throughSession: true, healthyMinutes: 1_440 },
} as const
export type Proof = keyof typeof PROOFS
