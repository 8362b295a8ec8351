import type { Role } from './role.ts'
import type { Grant } from './views.ts'

/** A grant as it is filled in. */
export interface DraftGrant {
  role: Role
  everywhere: boolean
  areas: string[]
  /** Last day; empty for good. */
  until: string
}

export const draftOf = ({ role, areas, until }: Grant): DraftGrant => ({ role, everywhere: areas === 'all', areas: areas === 'all' ? [] : [...areas], until: until ?? '' })

/** As the server takes it; what has no place yet is left out. */
export const grantsOf = (drafts: readonly DraftGrant[]): Grant[] =>
  drafts.flatMap(({ role, everywhere, areas, until }): Grant[] => (everywhere || areas.length > 0 ? [{ role, areas: everywhere ? 'all' : [...areas], ...(until === '' ? {} : { until }) }] : []))

/** Whether each has a place. */
export const isWhole = (drafts: readonly DraftGrant[]): boolean => drafts.every(({ everywhere, areas }) => everywhere || areas.length > 0)
