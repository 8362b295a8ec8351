/** GET /areas: an area with those that lie in it. */
export interface AreaNode {
  readonly code: string
  readonly name: string
  readonly kind: string
  readonly inForce: boolean
  readonly children: readonly AreaNode[]
}
/** What is needed of a cluster to count it. */
export interface Placed {
  readonly id: string
  readonly area: { readonly code: string } | null
}
export interface Reach {
  readonly clusters: number
  readonly communes: number
}

/** Every area with its depth in the tree and its commune (itself, or the one that it lies in). */
export interface FlatArea {
  readonly area: AreaNode
  readonly depth: number
  readonly commune: string | null
  /** Codes of those that it lies in, from the top. */
  readonly above: readonly string[]
}

export function flatAreas(tree: readonly AreaNode[]): FlatArea[] {
  const out: FlatArea[] = []
  const add = (area: AreaNode, above: readonly string[], commune: string | null): void => {
    if (!area.inForce) return
    const mine = area.kind === 'commune' ? area.code : commune
    out.push({ area, depth: above.length, commune: mine, above })
    for (const child of area.children) add(child, [...above, area.code], mine)
  }
  for (const top of tree) add(top, [], null)
  return out
}

/** Whether the codes, or areas that they lie in, are among those given. */
export const liesIn = ({ area, above }: FlatArea, codes: ReadonlySet<string>): boolean => codes.has(area.code) || above.some((code) => codes.has(code))

/** The choice with an area more, or less: what lies in a chosen one is chosen with it. */
export function toggled(chosen: readonly string[], { area: { code } }: FlatArea, areas: readonly FlatArea[]): string[] {
  if (chosen.includes(code)) return chosen.filter((other) => other !== code)
  const inside = new Set(areas.filter(({ above }) => above.includes(code)).map(({ area }) => area.code))
  return [...chosen.filter((other) => !inside.has(other)), code]
}

/** Where somebody begins who may choose one place only: there, unless several communes lie in it. Those are woken by nobody who has not chosen them. */
export function ownPlace(within: 'all' | readonly string[], areas: readonly FlatArea[]): string[] {
  const [only, ...more] = within === 'all' ? [] : within
  return more.length === 0 && areas.some(({ area, commune }) => area.code === only && commune !== null) ? [only ?? ''] : []
}

/** The commune where there is one only, whatever lies in it; null where there are several or none. */
export function onlyCommune(areas: readonly FlatArea[]): string | null {
  const [only, ...more] = areas.filter(({ area }) => area.kind === 'commune')
  return more.length === 0 ? (only?.area.code ?? null) : null
}

/**
 * What somebody means who points at a cluster: its commune, where they may choose that, else the smallest area around it that they may.
 * null where they may choose none.
 */
export function areaMeant({ area }: Placed, byCode: ReadonlyMap<string, FlatArea>, allowed: 'all' | ReadonlySet<string>): FlatArea | null {
  const place = area === null ? undefined : byCode.get(area.code)
  const commune = place?.commune ? byCode.get(place.commune) : undefined
  return [commune, place].find((one) => one !== undefined && (allowed === 'all' || liesIn(one, allowed))) ?? null
}

/** How many clusters hear it, and in how many communes they stand. `all`: every cluster. */
export function reachOf(chosen: ReadonlySet<string> | 'all', clusters: readonly Placed[], areas: readonly FlatArea[]): Reach {
  const byCode = new Map(areas.map((one) => [one.area.code, one]))
  const hearing = clusters.filter(({ area }) => {
    if (chosen === 'all') return true
    const place = area === null ? undefined : byCode.get(area.code)
    return area !== null && (chosen.has(area.code) || (place !== undefined && liesIn(place, chosen)))
  })
  const communes = new Set(hearing.flatMap(({ area }) => (area === null ? [] : (byCode.get(area.code)?.commune ?? []))))
  return { clusters: hearing.length, communes: communes.size }
}
