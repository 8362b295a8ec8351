import { areaBook, inForce, type Membership } from './area.ts'
import type { Area, Group, Targets } from './timetable.ts'

/** A cluster as people name it. Whether it is online plays no part. */
export interface ClusterName {
  readonly id: string
  readonly name: string
}

export interface Directory {
  readonly areas: readonly Area[]
  readonly groups: readonly Group[]
  readonly memberships: readonly Membership[]
  readonly clusters: readonly ClusterName[]
}

/** A word in the targets that leads nowhere. `path` is a JSON pointer below the targets (or, within a group, below the group). */
export interface UnknownTarget {
  readonly kind: 'area' | 'group' | 'cluster' | 'ambiguous-cluster'
  readonly name: string
  readonly path: string
  /** Set where the word stands in a group. */
  readonly group?: string
}

export interface Audience {
  /** Ids of the clusters, sorted, each once. */
  readonly clusters: readonly string[]
  readonly unknown: readonly UnknownTarget[]
}

/** Keyboards differ in how they compose Vietnamese letters: names are the same when they look the same. */
const plain = (name: string): string => name.normalize('NFC').trim()

/** Answers `clustersOf` for one day without building its tables again: for planning many sessions. */
export function audienceOn(directory: Directory, day: number): (targets: Targets) => Audience {
  const book = areaBook(directory.areas, day)
  const byName = new Map<string, string[]>()
  for (const c of directory.clusters) for (const n of new Set([c.id, plain(c.name)])) byName.set(n, [...(byName.get(n) ?? []), c.id])
  const ids = new Set(directory.clusters.map((c) => c.id))
  const members = directory.memberships.filter((m) => ids.has(m.cluster) && inForce(m, day))
  const inArea = new Map<string, string[]>()

  const clustersIn = (code: string): string[] => {
    const known = inArea.get(code)
    if (known) return known
    const found = members.filter((m) => book.within(m.area, code)).map((m) => m.cluster)
    inArea.set(code, found)
    return found
  }
  const named = (names: readonly string[], path: string, group?: string): Audience => {
    const clusters: string[] = []
    const unknown: UnknownTarget[] = []
    names.forEach((name, n) => {
      const found = ids.has(name) ? [name] : (byName.get(plain(name)) ?? [])
      if (found.length === 1) clusters.push(...found)
      else unknown.push({ kind: found.length === 0 ? 'cluster' : 'ambiguous-cluster', name, path: `${path}/${n}`, ...(group === undefined ? {} : { group }) })
    })
    return { clusters, unknown }
  }
  const inGroup = (id: string, path: string): Audience => {
    const group = directory.groups.find((g) => g.id === id)
    return group ? named(group.clusters, '/clusters', id) : { clusters: [], unknown: [{ kind: 'group', name: id, path }] }
  }

  return (targets) => {
    if (targets === 'all') return { clusters: [...ids].sort(), unknown: [] }
    const parts: Audience[] = [named(targets.clusters ?? [], '/clusters')]
    targets.groups?.forEach((id, n) => parts.push(inGroup(id, `/groups/${n}`)))
    targets.areas?.forEach((code, n) => {
      const known = book.on(book.merged(code)) !== undefined
      parts.push(known ? { clusters: clustersIn(code), unknown: [] } : { clusters: [], unknown: [{ kind: 'area', name: code, path: `/areas/${n}` }] })
    })
    return { clusters: [...new Set(parts.flatMap((p) => p.clusters))].sort(), unknown: parts.flatMap((p) => p.unknown) }
  }
}

/** The clusters that targets mean on a civil day (days since 1970), online or not, and the words that mean nothing. */
export const clustersOf = (targets: Targets, directory: Directory, day: number): Audience => audienceOn(directory, day)(targets)
