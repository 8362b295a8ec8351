import type { VersionState } from './programme-store.ts'

/** `submit` asks for approval, `recall` takes that back; `return` sends back with a reason, also what is on the air. */
export type ApprovalAct = 'submit' | 'recall' | 'approve' | 'return'

const STATES: Readonly<Record<ApprovalAct, Partial<Record<VersionState, 'draft' | 'pending' | 'approved' | 'returned'>>>> = {
  submit: { draft: 'pending', returned: 'pending' },
  recall: { pending: 'draft' },
  approve: { pending: 'approved' },
  return: { pending: 'returned', approved: 'returned' },
}

/** What becomes of a version; null where the act does not fit its state. */
export const stateAfter = (state: VersionState, act: ApprovalAct): 'draft' | 'pending' | 'approved' | 'returned' | null => STATES[act][state] ?? null
