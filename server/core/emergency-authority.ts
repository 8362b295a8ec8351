/** 0 hamlet, 1 commune, 2 province, 3 nation. */
export type Authority = 0 | 1 | 2 | 3

/** A code of two digits is a province's, of five a commune's, and longer ones are a hamlet's. */
const authorityOfCode = (code: string): Authority => (code.length <= 2 ? 2 : code.length <= 5 ? 1 : 0)

/**
 * In whose name somebody may speak at most: that of the widest place that the right is held for, so that a commune's
 * announcer does not talk over the province's. `all` = the whole station.
 */
export function mostAuthority(areas: ReadonlySet<string> | 'all'): Authority {
  if (areas === 'all') return 3
  return Math.max(0, ...[...areas].map(authorityOfCode)) as Authority
}
