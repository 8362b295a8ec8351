import { DAY_MS } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { occurrenceOrdinal, occurrencesBetween } from '../../../shared/core/recurrence.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import { shiftAfter } from '../../core/programme-rotation.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

/** A session that does not come round for so long picks nothing. */
const AHEAD_DAYS = 400

/** Folders of a session that go on by the next unheard episode, with how many of them one occurrence takes. */
function foldersOf(session: Session): Map<string, number> {
  const folders = new Map<string, number>()
  for (const item of session.items) {
    if ('folder' in item && (item.rotation ?? 'next') === 'next') folders.set(item.folder, (folders.get(item.folder) ?? 0) + 1)
  }
  return folders
}

/** Picks that were made until now: those of all occurrences before the next one. */
function heardBy(session: Session, perOccurrence: number, now: WallMs): number | null {
  for (const days of [8, AHEAD_DAYS]) {
    const next = occurrencesBetween(session, now, wallMs(now + days * DAY_MS)).find(({ start }) => start > now)
    if (next) return occurrenceOrdinal(session, next) * perOccurrence
  }
  return null
}

/**
 * Lets each session go on behind the episode that it heard last where episodes have come or gone. Repeatable; answers
 * whether one has been turned.
 */
export function keepRotations({ stores, clock }: Pick<ServerDeps, 'stores' | 'clock'>): boolean {
  const { programmes } = stores
  const now = clock.wall()
  let isTurned = false
  for (const session of stores.sessions.all()) {
    for (const [folder, perOccurrence] of foldersOf(session)) {
      const after = programmes.airableIn(folder, now).map(({ id, name }) => ({ id, name }))
      const known = programmes.rotation(session.id, folder)
      if (after.length === 0 || (known && JSON.stringify(known.episodes) === JSON.stringify(after))) continue
      const heard = heardBy(session, perOccurrence, now)
      if (heard === null) continue
      const shift = known ? shiftAfter({ before: known.episodes, after, shift: known.shift, heard }) : 0
      programmes.putRotation({ session: session.id, folder, shift, episodes: after })
      isTurned ||= known !== null
    }
  }
  return isTurned
}

/** What sounds has changed: rotations go on behind what was heard, then everything is planned anew. */
export function soundingChanged(deps: Pick<ServerDeps, 'stores' | 'clock' | 'listener'>): void {
  keepRotations(deps)
  deps.listener.timetableChanged()
}
