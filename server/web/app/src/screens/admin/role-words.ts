import type { Role } from './role.ts'
import type { Dictionary, Words } from '../../words/vi.ts'
import type { vi } from './words-vi.ts'

export const roleText = (words: Dictionary, role: Role): string =>
  ({ operator: words.roleOperator, approver: words.roleApprover, technician: words.roleTechnician, announcer: words.roleAnnouncer, administrator: words.roleAdministrator })[role]
/** What whoever has it may do. */
export const roleHint = (words: Words<typeof vi>, role: Role): string =>
  ({ operator: words.mayOperator, approver: words.mayApprover, technician: words.mayTechnician, announcer: words.mayAnnouncer, administrator: words.mayAdministrator })[role]
