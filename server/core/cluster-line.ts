import type { Membership } from '../../shared/core/area.ts'
import { civilDate, DAY_MS, type CivilDate } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { Succession } from './incident-care.ts'

/** A box, and the time for which it speaks for the place in which it stands: from ≤ instant < until, wall ms. */
export interface Tenure {
  readonly cluster: string
  /** When it took the place of another; −∞ for the first. */
  readonly from: number
  /** When another took its place; ∞ for the one of today. */
  readonly until: number
}

/**
 * Which boxes are one place. Whatever tells of the past of a cluster — reports, charts, calendars, incidents — tells it of
 * the place, under the box of today, and each box speaks only for its own time: what a new one sounded on the bench, before
 * it took the place, is not the place's.
 */
export interface Lines {
  /** The box of today: the one asked for where it was never replaced. */
  headOf(cluster: string): string
  /** Every box of the place, the one of today first, whichever of them is asked for. */
  tenures(cluster: string): readonly Tenure[]
}

/** Whether it spoke for the place at an instant. */
export const speaksAt = ({ from, until }: Tenure, at: number): boolean => from <= at && at < until

/** The one rule: who took whose place is followed from the box of today to the first. */
export function linesOf(successions: readonly Succession[]): Lines {
  const before = new Map(successions.map((one) => [one.cluster, one]))
  const replaced = new Set(successions.map(({ predecessor }) => predecessor))
  const places = new Map<string, readonly Tenure[]>()
  for (const { cluster: head } of successions) {
    if (replaced.has(head)) continue
    const line: Tenure[] = []
    for (let [cluster, until]: [string | undefined, number] = [head, Infinity]; cluster !== undefined; ) {
      const taken: Succession | undefined = before.get(cluster)
      line.push({ cluster, from: taken?.at ?? -Infinity, until })
      cluster = taken?.predecessor
      until = taken?.at ?? until
    }
    for (const { cluster } of line) places.set(cluster, line)
  }
  return {
    headOf: (cluster) => places.get(cluster)?.[0]?.cluster ?? cluster,
    tenures: (cluster) => places.get(cluster) ?? [{ cluster, from: -Infinity, until: Infinity }],
  }
}

/** Whether a box spoke for its place at an instant. */
export const spokeAt = (lines: Lines, cluster: string, at: number): boolean => lines.tenures(cluster).some((tenure) => tenure.cluster === cluster && speaksAt(tenure, at))

const dateAt = (at: number): CivilDate | undefined => (Number.isFinite(at) ? civilDate(wallMs(at)) : undefined)
const later = (a: CivilDate | undefined, b: CivilDate | undefined): CivilDate | undefined => (a === undefined || (b !== undefined && b > a) ? b : a)
const sooner = (a: CivilDate | undefined, b: CivilDate | undefined): CivilDate | undefined => (a === undefined || (b !== undefined && b < a) ? b : a)
const spanOf = (cluster: string, area: string, { from, to }: Pick<Membership, 'from' | 'to'>): Membership => ({ cluster, area, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })

/**
 * Where places stood, under their boxes of today: a box counts from the day on which it took the place to that on which it lost it. One that
 * was shut out and that nobody took the place of is a place until the end of that day (`shutOut`, by box).
 */
export function membershipsOfPlaces(memberships: readonly Membership[], lines: Lines, shutOut: ReadonlyMap<string, WallMs>): Membership[] {
  const places = new Map<string, Membership[]>()
  for (const membership of memberships) {
    const tenures = lines.tenures(membership.cluster)
    const own = tenures.find(({ cluster }) => cluster === membership.cluster)
    if (!own) continue
    const out = own.until === Infinity ? shutOut.get(membership.cluster) : undefined
    const lost = out === undefined ? dateAt(own.until) : dateAt(out + DAY_MS)
    const [from, to] = [later(membership.from, dateAt(own.from)), sooner(membership.to, lost)]
    if (from !== undefined && to !== undefined && from >= to) continue
    const head = lines.headOf(membership.cluster)
    places.set(head, [...(places.get(head) ?? []), spanOf(head, membership.area, { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })])
  }
  return [...places.values()].flatMap((spans) => spans.sort((a, b) => ((a.from ?? '') < (b.from ?? '') ? -1 : 1)).reduce<Membership[]>(joined, []))
}

/** A box that takes over where the one before it stood goes on with its span. */
function joined(spans: Membership[], next: Membership): Membership[] {
  const last = spans.at(-1)
  if (last?.area !== next.area || last.to === undefined || last.to !== next.from) return [...spans, next]
  return [...spans.slice(0, -1), spanOf(last.cluster, last.area, { ...(last.from === undefined ? {} : { from: last.from }), ...(next.to === undefined ? {} : { to: next.to }) })]
}
