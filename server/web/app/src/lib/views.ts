/** What the API answers: the types of its own schemas. */
export type { AgreeingView, AskView, EmergencySettings } from '../../../../features/emergencies/ask-views.ts'
export type { BoardRow, BoardView, EmergencyBody, EmergencyView, PinnedView, RaisedView } from '../../../../features/emergencies/messages.ts'
export type { ReadinessView, SignalDetail, SimView, SymptomsOf } from '../../../../features/health/desk-views.ts'

/** What follows is what the pages show of GET /live, /clusters, /on-air and /incidents: their schemas stand beside code of the server that the compiler of the pages does not know. */
export interface LiveView {
  readonly id: string
  readonly title: string
  readonly kind: 'voice' | 'urgent' | 'programme'
  readonly state: 'waiting' | 'sounding' | 'ended'
  readonly at: string
  readonly to: string
  readonly sounding: number
  readonly online: number
  readonly clusters: number
}

/** GET /on-air/now */
export interface SoundingView {
  readonly clusters: number
  readonly online: number
  readonly sounding: readonly { readonly title: string; readonly clusters: number }[]
}
export interface ClusterView {
  readonly id: string
  readonly name: string
  readonly area: { readonly code: string; readonly name: string } | null
  readonly simulated: boolean
  readonly volume: number
  readonly now: { readonly volume: number | null; readonly mute: boolean }
  readonly online: boolean
  readonly lastSeen: string | null
  readonly playing: { readonly slot: string; readonly item: string | null } | null
}
export interface OnAirView {
  readonly cluster: string
  readonly name: string
  readonly do: 'play' | 'silence'
  readonly because: Words & { readonly code: string }
}
interface Words {
  readonly vi: string
  readonly en: string
}
export type IncidentState = 'open' | 'assigned' | 'in-hand' | 'repaired' | 'verified'
export interface IncidentView {
  readonly id: string
  readonly n: number
  readonly severity: 'notice' | 'warning' | 'fault' | 'urgent'
  readonly state: IncidentState
  readonly kindText: Words
  readonly title: Words
  readonly clusters: number
  readonly clustersInAll: number
  readonly areas: readonly { readonly code: string; readonly name: string }[]
  readonly openedAt: string
  readonly closedAt: string | null
  readonly ageSeconds: number
  readonly assignee: string | null
  readonly reopened: number
}
export interface IncidentEntry {
  readonly n: number
  readonly at: string
  readonly by: string
  readonly kind: 'opened' | 'joined' | 'healed' | 'merged' | 'reopened' | 'not-repaired' | 'state' | 'comment' | 'photo' | 'part' | 'closed' | 'replaced'
  readonly text: string | null
  readonly state: IncidentState | null
  readonly assignee: string | null
  readonly clusters: readonly string[]
  readonly photo: { readonly id: string; readonly path: string } | null
  readonly part: { readonly name: string; readonly count: number; readonly costDong: number } | null
}
export interface IncidentDetail extends IncidentView {
  readonly words: string | null
  readonly list: readonly (Words & { readonly id: string; readonly name: string; readonly since: string; readonly healedAt: string | null })[]
  readonly history: readonly IncidentEntry[]
  readonly buttons: readonly (Words & { readonly do: string; readonly href: string | null; readonly method: string | null; readonly body: unknown })[]
}
