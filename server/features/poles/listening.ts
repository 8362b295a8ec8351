import type { SlotEvidence } from '../../core/evidence-report.ts'
import type { LibraryItem, Version } from '../../core/programme-store.ts'

/** The part of the library that is asked. */
export interface Shelf {
  bySha(sha: string): LibraryItem | null
  versions(programme: string): readonly Version[]
}

/**
 * The sound of a row that whoever stands at the pole may hear again; null where there is none. It has sounded here, from a
 * file of the timetable; it is the own work of an area that the pole lies in (or the station's), spoken or recorded for the
 * library, and approved to this hour. Relays, live voices, emergencies, bulletins and what others gave are not the pole's to repeat.
 */
export function heardAgain({ planned, began }: SlotEvidence, areas: ReadonlySet<string>, shelf: Shelf): string | null {
  const media = planned?.media ?? null
  if (!planned || media === null || planned.stream !== null || began === null) return null
  const item = shelf.bySha(media)
  if (!item || item.deletedAt !== null || item.source !== 'own' || !item.airs) return null
  if (item.kind !== 'file' && item.kind !== 'speech') return null
  if (item.area !== null && !areas.has(item.area)) return null
  const version = shelf.versions(item.id).findLast(({ sha }) => sha === media)
  return version?.state === 'approved' || version?.state === 'replaced' ? media : null
}
