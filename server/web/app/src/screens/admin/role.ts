/** Roles that can be given. */
export const ROLES = ['operator', 'approver', 'technician', 'announcer', 'administrator'] as const
export type Role = (typeof ROLES)[number]
