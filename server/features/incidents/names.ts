import { civilDayNumber } from '../../../shared/core/civil.ts'
import { areaBook } from '../../../shared/core/area.ts'
import type { Names } from '../../core/incident-words.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

/** Names as they are today: a box that was replaced is called by the name of its place. */
export function namesOf({ stores, clock }: Pick<ServerDeps, 'stores' | 'clock'>): Names {
  const book = areaBook(stores.areas.all(), civilDayNumber(clock.wall()))
  const lines = stores.care.succession.lines()
  return {
    cluster: (id) => stores.clusters.byId(lines.headOf(id))?.name ?? id,
    area: (code) => book.on(book.merged(code))?.name ?? code,
  }
}
