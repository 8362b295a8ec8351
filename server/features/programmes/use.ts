import { DAY_MS } from '../../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { MediaRef } from '../../../shared/core/layout.ts'
import { occurrencesBetween } from '../../../shared/core/recurrence.ts'
import type { Session } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { folderRef, type LibraryItem } from '../../core/programme-store.ts'
import type { Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { programmeOf } from './lengths.ts'
import { sightOf, type LibraryDeps } from './sight.ts'

/** A session is over when it does not come round for so long. */
const AHEAD_DAYS = 400

/** Does it come round again, or is it under way? */
export const comesRound = (session: Session, now: WallMs): boolean => occurrencesBetween(session, wallMs(now), wallMs(now + AHEAD_DAYS * DAY_MS)).length > 0

/** What a session may call a programme. */
const namesOf = ({ id, key }: Pick<LibraryItem, 'id' | 'key'>): Set<string> => new Set([id, ...(key === null ? [] : [key, key.replace(/^chime:/, '')])])

/** Does a session name it, by itself or as an episode of its folder? */
export function isNamedBy(session: Session, item: LibraryItem): boolean {
  const names = namesOf(item)
  const folder = item.folder === '' ? null : folderRef(item.area, item.folder)
  return session.items.some((entry) => {
    if ('file' in entry) return names.has(entry.file)
    if ('relay' in entry) return names.has(entry.substitute)
    if ('chime' in entry) return item.kind === 'chime' && names.has(entry.chime)
    return 'folder' in entry && entry.folder === folder
  })
}

/** Sessions that would miss it. An episode may go as long as its folder is not left empty. */
export function usersOf({ stores }: Pick<ServerDeps, 'stores'>, item: LibraryItem): Session[] {
  const isLast = item.folder === '' || stores.programmes.inFolder(folderRef(item.area, item.folder)).length === 1
  return stores.sessions.all().filter((session) => isNamedBy(session, isLast ? item : { ...item, folder: '' }))
}

const NOT_THERE: Refusal = {
  status: 404,
  code: 'not-found',
  en: 'There is no such programme in your library: choose one of the list, or have it shared with you.',
  vi: 'Chương trình này không có trong thư viện của bạn: hãy chọn trong danh sách, hoặc nhờ chia sẻ.',
}

/** May somebody put it into a timetable? null, or what to answer. Material of others must be shared with them. */
export function useRefusal(deps: LibraryDeps, who: Identity, ref: MediaRef): Refusal | null {
  const { programmes } = deps.stores
  if (ref.kind === 'chime' || ref.kind === 'speech') return null
  const sight = sightOf(deps, who)
  const items = ref.kind === 'folder' ? programmes.inFolder(ref.ref) : [programmeOf(programmes, ref.ref)]
  const concerned = ref.kind === 'folder' ? items.filter((item) => item?.airs === true) : items
  return concerned.every((item) => item && programmes.sees(item, sight) !== null) ? null : NOT_THERE
}
