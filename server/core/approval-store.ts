import type { WallMs } from '../../shared/core/clock.ts'

/** What an area says for itself; null = as the area around it says. */
export interface AreaRule {
  /** Whether people may approve what they made themselves. */
  readonly selfApproval: boolean | null
  /** Days for which files are kept as they were handed in; the sound of a programme stays. */
  readonly originalDays: number | null
}
/** What is in force for an area. */
export interface RulesInForce {
  readonly selfApproval: boolean
  readonly originalDays: number
}
export const DEFAULT_RULES: RulesInForce = { selfApproval: false, originalDays: 365 }
/** The area code of rules for the whole station. */
export const WHOLE_STATION = 'all'

/** A link with which one person approves or returns one version, from wherever they are. */
export interface ApprovalLink {
  readonly id: string
  readonly tokenSha256: Uint8Array
  readonly programme: string
  /** The version that it is for. */
  readonly version: number
  /** Whom it was made for, as the audit log names them, and as others see them. */
  readonly person: string
  readonly personName: string
  readonly madeBy: string
  readonly createdAt: WallMs
  /** Exclusive. */
  readonly expiresAt: WallMs
  readonly usedAt: WallMs | null
}

export interface ApprovalStore {
  rule(area: string): AreaRule | null
  putRule(area: string, rule: AreaRule): void
  insertLink(link: Omit<ApprovalLink, 'usedAt'>): void
  byToken(tokenSha256: Uint8Array): ApprovalLink | null
  useLink(id: string, at: WallMs): void
  /** Forgets links that ended before an instant. */
  pruneLinks(before: WallMs): number
}

/** The rules of an area: its own, else those of the areas around it (nearest first), else the station's. */
export function rulesFor(store: Pick<ApprovalStore, 'rule'>, chain: readonly { readonly code: string }[]): RulesInForce {
  const given = [...chain.map(({ code }) => code), WHOLE_STATION].map((code) => store.rule(code))
  const first = <T>(of: (rule: AreaRule) => T | null): T | undefined => given.flatMap((rule) => (rule === null ? [] : [of(rule)])).find((value) => value !== null) ?? undefined
  return {
    selfApproval: first((rule) => rule.selfApproval) ?? DEFAULT_RULES.selfApproval,
    originalDays: first((rule) => rule.originalDays) ?? DEFAULT_RULES.originalDays,
  }
}
