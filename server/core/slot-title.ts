import { standingStartOf } from '../../shared/core/standing-slot.ts'
import { emergencyOfSlot } from './emergency-record.ts'
import type { Stores } from './stores.ts'

/** What a person calls a slot that no timetable names: an emergency, an order that was signed ahead, a live broadcast. null for others. */
export function titleBeside({ emergencies }: Pick<Stores, 'emergencies'>, slot: string): string | null {
  if (slot.startsWith('l.')) return 'Phát trực tiếp'
  const standing = standingStartOf(slot)
  if (standing) return `Lệnh trực sẵn ${standing.order}`
  const named = emergencyOfSlot(slot)
  const title = named && emergencies.byId(named.id)?.title
  return named && title ? `${title}${named.correction ? ' · đính chính' : ''}` : null
}
