import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import type { Whereabout } from '../../core/incident-care.ts'
import { confirmed, HOME_MS, theftSign, theftWords, type Position, type TheftSign } from '../../core/incident-theft.ts'
import type { Condition } from '../../core/incident-watch.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

type TheftDeps = Pick<ServerDeps, 'stores'>
interface Told {
  readonly operator?: string
  readonly cell?: string
  readonly iccid?: string
}
interface Place {
  readonly cell: string | null
  readonly sim: string | null
  readonly carrier: string | null
  /** When it was written last. */
  readonly notedAt: WallMs
}

/** A cluster that stays where it is is written once an hour. */
const NOTE_EVERY_MS = 3_600_000
const PRUNE_EVERY_MS = 86_400_000

function placeOf(radio: Told, now: WallMs): Place {
  const carrier = radio.operator?.trim() || null
  return { carrier, cell: radio.cell === undefined ? null : `${carrier ?? ''} ${radio.cell}`.trim(), sim: radio.iccid ?? null, notedAt: now }
}
const same = (a: Place, b: Place): boolean => a.cell === b.cell && a.sim === b.sim && a.carrier === b.carrier

export interface TheftWatch {
  /** Looks at some clusters: who moved since the last look is judged, who stayed costs nothing. */
  look(clusters: readonly string[], now: WallMs): void
  /** Those in use that look as if they had been carried off. */
  conditions(now: WallMs, inUse: ReadonlySet<string>): Condition[]
}

/** Notes where every cluster is seen. */
export function createTheftWatch({ stores }: TheftDeps): TheftWatch {
  const { whereabouts } = stores.care
  const places = new Map<string, Place>()
  const signs = new Map<string, TheftSign>()
  const swapped = new Map<string, WallMs>()
  let pruned: number | null = null

  const positionOf = (cluster: string): Position | null => {
    const record = stores.clusters.byId(cluster)
    return record && record.lat !== null && record.lon !== null ? { lat: record.lat, lon: record.lon } : null
  }
  const judge = (cluster: string, { cell, sim, carrier }: Place, now: WallMs): void => {
    const known = whereabouts.of(cluster)
    const others = cell === null ? [] : whereabouts.with('cell', cell).filter((one) => one.cluster !== cluster)
    const sign = theftSign({ cluster, position: positionOf(cluster), cell, sim, carrier, known, cellAt: others.flatMap((one) => positionOf(one.cluster) ?? []) }, now)
    swapped.set(cluster, known.find(({ what, value }) => what === 'carrier' && value === carrier)?.firstAt ?? now)
    if (sign) signs.set(cluster, sign)
    else signs.delete(cluster)
  }
  return {
    look(clusters, now) {
      if (pruned === null || now - pruned > PRUNE_EVERY_MS) {
        pruned = now
        whereabouts.prune(wallMs(now - 2 * HOME_MS))
      }
      const moved: [string, Place][] = []
      for (const cluster of clusters) {
        const radio = stores.telemetry.latest(cluster).health?.radio
        if (!radio) continue
        const place = placeOf(radio, now)
        const before = places.get(cluster)
        if (!before || !same(before, place) || now - before.notedAt >= NOTE_EVERY_MS) moved.push([cluster, place])
      }
      const seen = (cluster: string, place: Place): Pick<Whereabout, 'cluster' | 'what' | 'value'>[] =>
        (['cell', 'sim', 'carrier'] as const).flatMap((what) => (place[what] === null ? [] : [{ cluster, what, value: place[what] }]))
      whereabouts.note(moved.flatMap(([cluster, place]) => seen(cluster, place)), now)
      for (const [cluster, place] of moved) {
        places.set(cluster, place)
        judge(cluster, place, now)
      }
    },
    conditions(now, inUse) {
      for (const cluster of [...signs.keys()]) {
        const place = places.get(cluster)
        // a person may have said a moment ago that all is well
        if (place && inUse.has(cluster)) judge(cluster, place, now)
        else signs.delete(cluster)
      }
      return [...confirmed(signs, now, (cluster) => swapped.get(cluster) ?? now)].map(([cluster, sign]) => ({ cluster, kind: 'suspected-theft', since: now, ...theftWords(sign) }))
    },
  }
}
