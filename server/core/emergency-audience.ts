import { areaBook, inForce, type Membership } from '../../shared/core/area.ts'
import { audienceOf, DEFAULT_LANGUAGES, type LanguageCode } from '../../shared/core/languages.ts'
import type { Area } from '../../shared/core/timetable.ts'
import type { EmergencySound, PinnedClip } from './emergency-record.ts'

const VIETNAMESE = DEFAULT_LANGUAGES[0] as LanguageCode
/** Of a clip or a sound that names no language. */
export const languageOf = ({ language }: { readonly language?: LanguageCode }): LanguageCode => language ?? VIETNAMESE

/** Who lives where, as it stands on one day. */
export interface Directory {
  readonly areas: readonly Area[]
  readonly memberships: readonly Membership[]
  readonly clusters: readonly { readonly id: string; readonly languages: readonly LanguageCode[] | null }[]
  /** Days since 1970-01-01. */
  readonly day: number
}
export interface Audiences {
  /** Languages of a cluster's people, best first. */
  languagesOf(cluster: string): readonly LanguageCode[]
  /** Whose people a pinned clip is for: those of its area who understand it. Vietnamese is for everybody. */
  holdersOf(clip: Pick<PinnedClip, 'language' | 'area'>): ReadonlySet<string>
}

export function audiencesIn({ areas, memberships, clusters, day }: Directory): Audiences {
  const book = areaBook(areas, day)
  const homes = new Map<string, string[]>()
  for (const membership of memberships) if (inForce(membership, day)) homes.set(membership.cluster, [...(homes.get(membership.cluster) ?? []), membership.area])
  const understood = new Map(clusters.map(({ id, languages }) => [id, audienceOf(languages, (homes.get(id) ?? []).flatMap((area) => book.chain(area)))]))
  const languagesOf = (cluster: string): readonly LanguageCode[] => understood.get(cluster) ?? DEFAULT_LANGUAGES
  const isIn = (cluster: string, area: string | null): boolean => area === null || (homes.get(cluster) ?? []).some((home) => book.within(home, area))
  return {
    languagesOf,
    holdersOf: ({ language, area }) =>
      new Set(clusters.flatMap(({ id }) => (isIn(id, area) && (language === VIETNAMESE || languagesOf(id).includes(language)) ? [id] : []))),
  }
}

/**
 * What of a message is for an audience: each sound in a language that it understands, its own first, and Vietnamese behind it. A
 * message that has nothing for them sounds whole: a warning that nobody understands is still a warning.
 */
export function forAudience(sounds: readonly EmergencySound[], audience: readonly LanguageCode[]): readonly EmergencySound[] {
  const order = [...audience, VIETNAMESE]
  const place = (sound: EmergencySound): number => order.indexOf(languageOf(sound))
  const theirs = sounds.filter((sound) => place(sound) >= 0)
  return theirs.length === 0 ? sounds : [...theirs].sort((a, b) => place(a) - place(b))
}

/** Whether an audience makes any difference to it. */
export const isForSome = (sounds: readonly EmergencySound[]): boolean => sounds.some((sound) => languageOf(sound) !== VIETNAMESE)
