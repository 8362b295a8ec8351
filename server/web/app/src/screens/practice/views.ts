import type { Role } from '../../lib/session.svelte.ts'

/** GET /practice. */
export interface PracticeView {
  readonly phase: 'none' | 'closed' | 'opening' | 'open'
  readonly why: 'asked' | 'idle' | 'over' | 'emergency' | 'full' | 'fault' | 'station' | null
  readonly step: 'start' | 'speech' | 'clusters' | null
  readonly made: number
  readonly endsAt: string | null
}

export const ROLES: readonly Role[] = ['operator', 'technician', 'announcer', 'approver', 'administrator']
