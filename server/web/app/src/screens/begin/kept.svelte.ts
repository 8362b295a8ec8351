import type { Claim } from '../clusters/claim.ts'

/** What was done in the steps before, while the page is open. */
export const kept = $state<{ claim: { name: string; madeAt: number; sheet: Claim } | null; programme: { id: string; name: string } | null }>({ claim: null, programme: null })
