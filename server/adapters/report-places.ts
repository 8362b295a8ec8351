import type { Database } from 'better-sqlite3'
import type { Membership } from '../../shared/core/area.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { Area } from '../../shared/core/timetable.ts'
import { linesOf, membershipsOfPlaces, type Lines } from '../core/cluster-line.ts'
import type { Succession } from '../core/incident-care.ts'
import { createPlaces, type Places } from '../core/report-places.ts'

interface MembershipRow {
  readonly cluster: string
  readonly area: string
  readonly from_day: string
  readonly to_day: string | null
}
const membershipOf = (row: MembershipRow): Membership => ({
  cluster: row.cluster, area: row.area,
  ...(row.from_day === '' ? {} : { from: row.from_day }),
  ...(row.to_day === null ? {} : { to: row.to_day }),
})

export interface Directory {
  readonly places: Places
  readonly areas: readonly Area[]
  /** Every cluster that ever stood somewhere; of those that replaced each other the one of today. */
  readonly clusters: readonly string[]
  readonly lines: Lines
}

const SUCCESSIONS = 'SELECT cluster, predecessor, at FROM succession'

/** Which boxes are one place: asked of every cluster and day, so it is read apart from all else that may have changed. */
export function createLineReader(decisions: Database): () => Lines {
  const successions = decisions.prepare<[], Succession>(SUCCESSIONS)
  let known: { readonly version: number; readonly lines: Lines } | null = null
  return () => {
    const version = decisions.pragma('data_version', { simple: true }) as number
    if (known?.version !== version) known = { version, lines: linesOf(successions.all()) }
    return known.lines
  }
}

/** Where clusters stand and stood, read anew only when it has changed. */
export function createDirectory(decisions: Database): () => Directory {
  const areaDocs = decisions.prepare<[], { doc: string }>('SELECT doc FROM area ORDER BY code, from_day')
  const membershipRows = decisions.prepare<[], MembershipRow>('SELECT cluster, area, from_day, to_day FROM membership ORDER BY cluster, from_day')
  const successions = decisions.prepare<[], Succession>(SUCCESSIONS)
  const shutOut = decisions.prepare<[], { id: string; revoked_at: WallMs }>('SELECT id, revoked_at FROM cluster WHERE revoked_at IS NOT NULL')
  let known: { readonly version: number; readonly directory: Directory } | null = null
  return () => {
    const version = decisions.pragma('data_version', { simple: true }) as number
    if (known?.version === version) return known.directory
    const areas = areaDocs.all().map(({ doc }) => JSON.parse(doc) as Area)
    const lines = linesOf(successions.all())
    const memberships = membershipsOfPlaces(membershipRows.all().map(membershipOf), lines, new Map(shutOut.all().map((one) => [one.id, one.revoked_at])))
    const directory = { areas, places: createPlaces(areas, memberships), clusters: [...new Set(memberships.map((m) => m.cluster))], lines }
    known = { version, directory }
    return directory
  }
}
