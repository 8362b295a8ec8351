import type { AdmissionContext } from '../../../shared/core/admission.ts'
import type { MediaRef } from '../../../shared/core/layout.ts'
import type { Programme, ProgrammeStore } from '../../core/stores.ts'

/** Chimes are programmes under a key of their own. */
export const chimeKey = (name: string): string => `chime:${name}`

/** The programme that a file reference means: its id, or the path that a timetable wrote. */
export const programmeOf = (programmes: ProgrammeStore, ref: string): Programme | null => programmes.byId(ref) ?? programmes.byKey(ref)

/**
 * Lengths for admission. `speechKey` names spoken text in the store; speech that was not made yet has no known length,
 * and is no mistake.
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
        const lengths = programmes.inFolder(ref.ref).map((programme) => programme.ms)
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
