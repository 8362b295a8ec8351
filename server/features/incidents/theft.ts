import { wallMs, type WallMs } from '../../../shared/core/clock.ts'
import { confirmed, HOME_MS, theftSign, theftWords, type Position, type Seen, type TheftSign } from '../../core/incident-theft.ts'
import type { Condition } from '../../core/incident-watch.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

type TheftDeps = Pick<ServerDeps, 'stores'>

/** Boxes may tell the identity of their SIM; read if it is there. */
const simOf = (radio: object | undefined): string | null => {
  const { iccid, imsi } = (radio ?? {}) as { readonly iccid?: unknown; readonly imsi?: unknown }
  const known = [iccid, imsi].find((one) => typeof one === 'string' && one !== '')
  return typeof known === 'string' ? known : null
}

/** Notes where every cluster is seen, and tells which look as if they had been carried off. */
export function createTheftWatch({ stores }: TheftDeps): (now: WallMs) => Condition[] {
  const { whereabouts } = stores.care
  const positionOf = (cluster: string): Position | null => {
    const record = stores.clusters.byId(cluster)
    return record && record.lat !== null && record.lon !== null ? { lat: record.lat, lon: record.lon } : null
  }
  /** What was noted this hour is not written again: a thousand clusters say the same all day. */
  const noted = new Map<string, WallMs>()
  const note = (cluster: string, what: 'cell' | 'sim' | 'carrier', value: string | null, now: WallMs): void => {
    const key = `${cluster} ${what} ${value}`
    if (value === null || now - (noted.get(key) ?? 0) < 3_600_000) return
    noted.set(key, now)
    whereabouts.note(cluster, what, value, now)
  }
  const seen = (cluster: string, now: WallMs, radio: Parameters<typeof simOf>[0] & { readonly operator?: string; readonly cell?: string }): Seen => {
    const carrier = radio.operator?.trim() || null
    const cell = radio.cell === undefined ? null : `${carrier ?? ''} ${radio.cell}`.trim()
    const sim = simOf(radio)
    note(cluster, 'cell', cell, now)
    note(cluster, 'sim', sim, now)
    note(cluster, 'carrier', carrier, now)
    const others = cell === null ? [] : whereabouts.with('cell', cell).filter((one) => one.cluster !== cluster)
    return { cluster, position: positionOf(cluster), cell, sim, carrier, known: whereabouts.of(cluster), cellAt: others.flatMap((one) => positionOf(one.cluster) ?? []) }
  }
  return (now) => {
    whereabouts.prune(wallMs(now - 2 * HOME_MS))
    const signs = new Map<string, TheftSign>()
    const swapped = new Map<string, WallMs>()
    const latest = stores.telemetry.allLatest()
    for (const { id } of stores.clusters.active()) {
      const radio = latest.get(id)?.health?.radio
      if (!radio) continue
      const one = seen(id, now, radio)
      const sign = theftSign(one, now)
      if (!sign) continue
      signs.set(id, sign)
      swapped.set(id, one.known.find(({ what, value }) => what === 'carrier' && value === one.carrier)?.firstAt ?? now)
    }
    return [...confirmed(signs, now, (cluster) => swapped.get(cluster) ?? now)].map(([cluster, sign]) => ({ cluster, kind: 'suspected-theft', since: now, ...theftWords(sign) }))
  }
}
