import { civilDayNumber } from '../../../shared/core/civil.ts'
import type { Clock, MonoMs } from '../../../shared/core/clock.ts'
import type { LanguageCode } from '../../../shared/core/languages.ts'
import type { MediaFile } from '../../core/plan.ts'
import { audiencesIn, type Audiences } from '../../core/emergency-audience.ts'
import type { Stores } from '../../core/stores.ts'

type AudienceStores = Pick<Stores, 'areas' | 'clusters' | 'programmes' | 'pinnedClips'>

/** `clusters`: those that are to hold it; absent = all. */
export interface PinnedFile extends MediaFile {
  readonly clusters?: ReadonlySet<string>
}

/** Who understands what, and who is therefore to hold which pinned clip. */
export interface Listeners {
  languagesOf(cluster: string): readonly LanguageCode[]
  /** A clip of people that is pinned on other clusters only. */
  isForOthers(cluster: string, sha: string): boolean
  /** What is pinned has changed: it counts from now on. */
  forget(): void
}

/** Orders of a whole province are signed in one go: what they are asked about is looked up once. */
const GOOD_FOR_MS = 1_000

/** Clusters that are to hold each pinned clip, by its programme. */
export function clipHolders({ pinnedClips }: Pick<AudienceStores, 'pinnedClips'>, audiences: Audiences): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(pinnedClips.all().map((clip) => [clip.programme, audiences.holdersOf(clip)]))
}

export const audiencesOn = ({ areas, clusters }: Pick<AudienceStores, 'areas' | 'clusters'>, day: number): Audiences =>
  audiencesIn({ areas: areas.all(), memberships: clusters.memberships(), clusters: clusters.active(), day })

/** Files that clusters hold beforehand: the station's own sounds everywhere, the clips that people pinned where they are understood. */
export function pinnedFilesOn(stores: AudienceStores, day: number): readonly PinnedFile[] {
  const holders = clipHolders(stores, audiencesOn(stores, day))
  return stores.programmes.all().flatMap((programme) => {
    if (programme.kind === 'chime') return [programme]
    const clusters = holders.get(programme.id)
    return clusters ? [{ ...programme, clusters }] : []
  })
}

/** Each language that is understood somewhere, with the clusters for which no clip is pinned in it. */
export function languagesHere(stores: AudienceStores, audiences: Audiences): { language: LanguageCode; clusters: number; without: { cluster: string; name: string }[] }[] {
  const clusters = stores.clusters.active()
  const held = new Map<LanguageCode, Set<string>>()
  for (const clip of stores.pinnedClips.all()) held.set(clip.language, new Set([...(held.get(clip.language) ?? []), ...audiences.holdersOf(clip)]))
  const spoken = new Set(clusters.flatMap(({ id }) => audiences.languagesOf(id)))
  return [...spoken].sort().map((language) => {
    const there = clusters.filter(({ id }) => audiences.languagesOf(id).includes(language))
    return { language, clusters: there.length, without: there.filter(({ id }) => held.get(language)?.has(id) !== true).map(({ id, name }) => ({ cluster: id, name })) }
  })
}

export function createListeners(stores: AudienceStores, clock: Clock): Listeners {
  let known: { readonly at: MonoMs; readonly audiences: Audiences; readonly holders: ReadonlyMap<string, ReadonlySet<string>> } | null = null
  const now = (): NonNullable<typeof known> => {
    if (known && clock.mono() - known.at < GOOD_FOR_MS) return known
    const audiences = audiencesOn(stores, civilDayNumber(clock.wall()))
    const bySha = new Map<string, ReadonlySet<string>>()
    for (const [id, clusters] of clipHolders(stores, audiences)) {
      const programme = stores.programmes.byId(id)
      if (programme && programme.kind !== 'chime') bySha.set(programme.sha, clusters)
    }
    return (known = { at: clock.mono(), audiences, holders: bySha })
  }
  return {
    languagesOf: (cluster) => now().audiences.languagesOf(cluster),
    isForOthers: (cluster, sha) => now().holders.get(sha)?.has(cluster) === false,
    forget: () => void (known = null),
  }
}
