import type { Health } from '../../shared/protocol/messages/health.ts'
import type { VitalSample } from './vital-packing.ts'

const since = (now: number, before: number): number => (now >= before ? now - before : now)

/** Whether a document is older than the one before it: it came late, or twice. */
export const isStale = (before: Health | null, health: Health): boolean => before !== null && before.boot === health.boot && health.upS <= before.upS

/**
 * What a health document adds to the one before it. Counters of the modem go on over reboots where the box keeps them; one
 * that went back began anew, and all of it counts. Connections count from each boot. The first document of a cluster tells
 * where its counters stand, not what was used.
 */
export function vitalOf(before: Health | null, health: Health, second: number): VitalSample {
  const sameBoot = before?.boot === health.boot
  const used = health.data && before?.data ? since(health.data.rxBytes, before.data.rxBytes) + since(health.data.txBytes, before.data.txBytes) : 0
  return {
    second,
    dataBytes: used,
    connects: health.link.connects - (sameBoot ? Math.min(health.link.connects, before.link.connects) : 0),
    lateBeats: health.link.lateBeats - (sameBoot ? Math.min(health.link.lateBeats, before.link.lateBeats) : 0),
    volume: health.mute ? 0 : health.volume,
    battery: health.power === 'battery',
    muted: health.mute,
    ...(health.tempC === undefined ? {} : { temp: Math.round(health.tempC * 10) }),
    ...(health.disk === undefined ? {} : { diskFreeMb: Math.round(health.disk.freeBytes / 1_000_000) }),
  }
}
