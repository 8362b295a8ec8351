import type { WallMs } from '../../shared/core/clock.ts'

/** cán bộ truyền thanh · người duyệt · kỹ thuật viên · trực ban khẩn cấp · quản trị */
export const ROLES = ['operator', 'approver', 'technician', 'announcer', 'administrator'] as const
export type Role = (typeof ROLES)[number]

/** A role in a set of areas, and in everything that lies within them. */
export interface Grant {
  readonly role: Role
  /** Codes of areas; `all` = the whole station. */
  readonly areas: readonly string[] | 'all'
  /** A stand-in's last instant; absent = open. */
  readonly until?: WallMs
}

/** On whose behalf something is done. */
export interface Identity {
  /**
   * `person`: an account. `token`: the administrator's token of the data folder. `link`: an expiring link for one
   * purpose, such as an inspector's or an approver's. `source`: a higher level's system.
   */
  readonly kind: 'person' | 'token' | 'link' | 'source'
  /** Who, in the audit log: `person:ID`, `administrator`, `link:ID`, `source:ID`. */
  readonly actor: string
  /** What others see of them. */
  readonly name: string
  readonly grants: readonly Grant[]
}

/** Whoever holds the token of the data folder. */
export const ADMINISTRATOR_IDENTITY: Identity = {
  kind: 'token',
  actor: 'administrator',
  name: 'Quản trị',
  grants: [{ role: 'administrator', areas: 'all' }],
}
