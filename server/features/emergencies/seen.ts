import { NOT_YOURS } from '../../core/access.ts'
import type { Emergency } from '../../core/emergency.ts'
import type { Identity } from '../../core/identity.ts'
import type { Tickets } from '../../core/mic-tickets.ts'
import { accepted, notFound, refused, type Outcome, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { RunningEmergencies } from './start.ts'

export interface EmergencyPluginDeps extends Pick<ServerDeps, 'stores' | 'clock' | 'crypto' | 'uploads' | 'media' | 'decide' | 'listener' | 'log' | 'access'> {
  readonly emergencies: RunningEmergencies
  /** Opens the microphone to whoever raised one that is spoken live. */
  readonly microphone: { readonly tickets: Pick<Tickets, 'issue'> }
}

const EMERGENCY = { en: 'emergency', vi: 'thông báo khẩn' } as const
export type PlaceDeps = Pick<EmergencyPluginDeps, 'access' | 'emergencies'>

/** An emergency that sounds at one place of theirs at least. */
export function emergencySeen({ access, emergencies }: PlaceDeps, who: Identity, id: string): Outcome<Emergency> {
  const found = emergencies.byId(id)
  if (!found) return notFound(EMERGENCY, id)
  return found.clusters.some(access.seesCluster(who, 'emergency.read')) ? accepted(found) : refused(NOT_YOURS)
}

/** Why `who` may not end it: they need the right wherever it sounds. null also where there is no such emergency. */
export function elsewhere({ access, emergencies }: PlaceDeps, who: Identity, id: string): Refusal | null {
  const found = emergencies.byId(id)
  return found ? access.refusal(who, 'emergency.raise', access.areasOfClusters(found.clusters)) : null
}
