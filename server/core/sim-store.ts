import type { SimPlan, SimStanding } from './sim-standing.ts'

/** What SIMs give, by cluster. */
export interface SimStore {
  plan(cluster: string): SimPlan | null
  all(): Map<string, SimPlan>
  put(cluster: string, plan: SimPlan): void
  /** Its standing is forgotten too. */
  remove(cluster: string): void
  /** What was found when it was looked at last; in memory, null before the first look. */
  standing(cluster: string): SimStanding | null
  noteStanding(cluster: string, standing: SimStanding): void
}
