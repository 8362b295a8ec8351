import { Type, type Static } from 'typebox'

/** A language code (BCP 47) such as vi (Kinh), hmn (Hmông), blt (Thái đen), kpm (Cơ Ho); `mul` where several are mixed. */
export const LanguageCode = Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', maxLength: 20, description: 'a language code such as vi, hmn, blt or kpm' })
export type LanguageCode = Static<typeof LanguageCode>

/** Languages of an audience, the one that is understood best first. */
export const Languages = Type.Array(LanguageCode, { minItems: 1, maxItems: 8 })

/** Where nobody says otherwise. */
export const DEFAULT_LANGUAGES: readonly LanguageCode[] = ['vi']

/**
 * In which languages a cluster is understood, best first: what is set for the cluster, else for the nearest of its areas
 * (hamlet, commune, province), else Vietnamese. `chain`: areas in force, nearest first, as `AreaBook.chain` gives them.
 */
export function audienceOf(own: readonly LanguageCode[] | null, chain: readonly { readonly languages?: readonly LanguageCode[] }[]): readonly LanguageCode[] {
  return own ?? chain.find((area) => area.languages !== undefined)?.languages ?? DEFAULT_LANGUAGES
}

/** The one of several variants that an audience gets: by its own order of languages, else Vietnamese, else the first. Undefined only for an empty list. */
export function variantFor<T extends { readonly language: LanguageCode }>(variants: readonly T[], audience: readonly LanguageCode[]): T | undefined {
  for (const language of [...audience, ...DEFAULT_LANGUAGES]) {
    const found = variants.find((variant) => variant.language === language)
    if (found) return found
  }
  return variants[0]
}
