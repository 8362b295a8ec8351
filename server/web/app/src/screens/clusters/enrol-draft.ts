import type { Claim } from './claim.ts'
import type { Place } from './place.ts'

/** How far somebody has come with a new cluster. */
export interface EnrolDraft {
  name: string
  area: string
  place: Place | null
  claim: Claim | null
  /** When the code was made, ms of this device's clock. */
  madeAt: number
}
const KEY = 'new-cluster'
const EMPTY: EnrolDraft = { name: '', area: '', place: null, claim: null, madeAt: 0 }

/** What was typed before in this tab; a code that is over is not kept. */
export function readDraft(): EnrolDraft {
  const text = sessionStorage.getItem(KEY)
  if (text === null) return { ...EMPTY }
  const held = { ...EMPTY, ...(JSON.parse(text) as Partial<EnrolDraft>) }
  return held.claim !== null && held.claim.expiresAt <= Date.now() ? { ...held, claim: null } : held
}
export const keepDraft = (draft: EnrolDraft): void => sessionStorage.setItem(KEY, JSON.stringify(draft))
export const forgetDraft = (): void => sessionStorage.removeItem(KEY)
