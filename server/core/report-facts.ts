import type { Caps } from '../../shared/core/policy.ts'
import type { DayLoad, Tally } from './report-tally.ts'

/** How long a cluster could be reached, by day rings. Seconds are of the days of the period that are over. */
export interface LinkFigures {
  readonly onlineS: number
  readonly goodS: number
  readonly fairS: number
  readonly poorS: number
  /** Through the modem, both ways. */
  readonly dataBytes: number
}

/** An incident as reports count it; whoever keeps incidents gives them. */
export interface IncidentFact {
  readonly id: string
  readonly kind: string
  readonly openedAt: number
  /** null while it is open. */
  readonly closedAt: number | null
  readonly clusters: number
}

/** Bulletins of higher levels in one area; whoever keeps the inbox gives them. */
export interface BulletinFacts {
  readonly received: number
  readonly read: number
  readonly aired: number
  readonly documents: number
}

export interface StationFacts {
  readonly code: string
  readonly name: string
  readonly tally: Tally
  /** Clusters that stood there on the last day of the period, or had something planned in it. */
  readonly clusters: readonly string[]
  /** null where nothing bounds it. */
  readonly caps: Caps | null
}

/** Everything that a report is made from. */
export interface ReportFacts {
  readonly area: { readonly code: string; readonly name: string }
  readonly stations: readonly StationFacts[]
  /** Of clusters that the rings know; others are missing. */
  readonly links: ReadonlyMap<string, LinkFigures>
  /** Seconds of the period that are over, from the day on which the cluster came. */
  readonly dueS: (cluster: string) => number
  readonly nameOf: (cluster: string) => string
  /** null where nobody keeps them. */
  readonly incidents: readonly IncidentFact[] | null
  readonly bulletins: BulletinFacts | null
  /** SIM plans in bytes a month, of clusters that have one. */
  readonly simPlans: ReadonlyMap<string, number>
}

/** What of the caps was exceeded on how many days. */
export interface CapFindings {
  readonly days: number
  readonly overSessions: number
  readonly overMinutes: number
  readonly overLength: number
}

export function capFindings(days: Readonly<Record<string, DayLoad>>, caps: Caps): CapFindings {
  const loads = Object.values(days)
  const over = (bound: number | undefined, of: (load: DayLoad) => number): number => (bound === undefined ? 0 : loads.filter((load) => of(load) > bound).length)
  return {
    days: loads.filter((load) => load.sessions > 0).length,
    overSessions: over(caps.sessionsPerDay, (load) => load.sessions),
    // a second more than the cap is a file's last frame, not an excess
    overMinutes: over(caps.minutesPerDay, (load) => Math.floor(load.plannedMs / 60_000)),
    overLength: over(caps.minutesPerSession, (load) => Math.floor(load.longestMs / 60_000)),
  }
}
