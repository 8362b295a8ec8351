/** A claim of POST /clusters/claims or of a replacement, as it is shown and waited for. */
export interface Claim {
  readonly code: string
  /** Ms since 1970. */
  readonly expiresAt: number
}

/**
 * The code as it is read out over the telephone: the letters before the point by fours, and what follows the point as it is,
 * since there large and small letters differ.
 */
export function claimParts(code: string): { readonly groups: readonly string[]; readonly rest: string } {
  const [letters = '', rest = ''] = code.split('.')
  return { groups: letters.split('-'), rest }
}

interface Come {
  readonly id: string
  readonly name: string
  readonly created: string
}
/** Clocks of a phone and of the station differ by so much at most before a person notices. */
const CLOCKS_MS = 120_000

/** The cluster that came by a claim: it bears the name that was given to it, or that name with its own identity behind it, and is not older than the claim. */
export function cameBy(clusters: readonly Come[], { name, madeAt }: { readonly name: string; readonly madeAt: number }): Come | null {
  const fits = (cluster: Come): boolean => (cluster.name === name || cluster.name === `${name} (${cluster.id})`) && Date.parse(cluster.created) >= madeAt - CLOCKS_MS
  return clusters.find(fits) ?? null
}

const NUMBER = /^[0-9a-hjkmnp-tv-z]{10}$/
/** The number of a box in what was typed or read from its label: ten letters and digits, however they are written. null where there is none. */
export function boxNumber(text: string): string | null {
  const words = text.toLowerCase().split(/[^0-9a-z-]+/).map((word) => word.replaceAll('-', ''))
  return [...words, words.join('')].find((word) => NUMBER.test(word)) ?? null
}
