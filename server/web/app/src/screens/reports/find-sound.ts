import type { Answer, Sentence } from '../../lib/answer.ts'
import { queryText, type ReportDoor } from './door.ts'
import { dateOfDayNumber } from '../../../../../../shared/core/civil.ts'
import type { LogEntry, RowPage, RowView } from './views.ts'

/** So many pages of rows are looked through: 2,000 of one kind on one day. */
const MOST_PAGES = 4

/** Where a row's sound is, below the API. */
export const soundPath = (door: ReportDoor, { cluster, slot, plannedStart }: Pick<RowView, 'cluster' | 'slot' | 'plannedStart'>): string =>
  `${door.api}/reports/rows/${cluster}/${encodeURIComponent(slot)}/audio${door.api === '' ? `?due=${Date.parse(plannedStart)}` : ''}`

/**
 * The log tells of items, sounds are kept by row: the sound of the first cluster that played the item. null where none did;
 * a sentence where it could not be found out.
 */
export async function soundOfEntry(door: ReportDoor, entry: LogEntry, ask: (path: string) => Promise<Answer<RowPage>>): Promise<string | null | Pick<Sentence, 'vi' | 'en'>> {
  const query = { area: entry.station, period: dateOfDayNumber(entry.day), source: entry.source, session: entry.session ?? '', played: 'yes', limit: '500' }
  let after = ''
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await ask(`${door.api}/reports/rows?${queryText({ ...query, after })}`)
    if (!answer.ok) return answer.kind === 'offline' ? { vi: 'Mất kết nối mạng. Xin thử lại.', en: 'No connection. Try again.' } : answer.sentence
    const row = answer.value.rows.find(({ slot, seconds }) => slot === entry.slot && seconds > 0)
    if (row) return soundPath(door, row)
    if (answer.value.next === null) return null
    after = answer.value.next
  }
  return null
}
