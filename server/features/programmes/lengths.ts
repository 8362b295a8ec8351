import type { AdmissionContext } from '../../../shared/core/admission.ts'
import type { MediaRef } from '../../../shared/core/layout.ts'
import type { LibraryItem, ProgrammeStore } from '../../core/programme-store.ts'

/** Chimes are programmes under a key of their own. */
export const chimeKey = (name: string): string => `chime:${name}`

/** The programme that a file reference means: its id, or the path that a timetable wrote. */
export const programmeOf = (programmes: Pick<ProgrammeStore, 'byRef'>, ref: string): LibraryItem | null => programmes.byRef(ref)

/**
 * Lengths for admission, also of what waits for approval: a timetable may be made before. `speechKey` names spoken text
 * in the store; speech that was not made yet has no known length, and is no mistake.
 */
export function programmeLengths(
  programmes: ProgrammeStore,
  speechKey: (speech: Extract<MediaRef, { kind: 'speech' }>) => string | null,
): AdmissionContext['mediaMs'] {
  return (ref) => {
    switch (ref.kind) {
      case 'chime':
        return programmes.byKey(chimeKey(ref.name))?.ms ?? 'missing'
      case 'file':
        return programmeOf(programmes, ref.ref)?.ms ?? 'missing'
      case 'folder': {
        const all = programmes.inFolder(ref.ref)
        const airing = all.filter(({ airs }) => airs)
        const lengths = (airing.length > 0 ? airing : all).map((programme) => programme.ms)
        if (lengths.length === 0) return 'missing'
        return ref.rotation === 'all' ? lengths.reduce((sum, ms) => sum + ms, 0) : Math.max(...lengths)
      }
      case 'speech': {
        const key = speechKey(ref)
        return key === null ? null : (programmes.byKey(key)?.ms ?? null)
      }
    }
  }
}
