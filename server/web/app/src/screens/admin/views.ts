export type { CheckView, RelayList, RelayView } from '../../../../../features/relays/views.ts'
export type { BoxesView, KeyView, SetView } from '../../../../../features/standing/texts.ts'
export type { LanguageView, PinnedView } from '../../../../../features/emergencies/messages.ts'
import type { Role } from './role.ts'

interface Words {
  readonly vi: string
  readonly en: string
}

/** What the pages show of GET /people, /policies, /areas/…, /notify/…, whose forms stand beside code of the server that the compiler of the pages does not know. */
export interface Grant {
  readonly role: Role
  readonly areas: 'all' | readonly string[]
  /** Last day. */
  readonly until?: string
}
export interface PersonView {
  readonly id: string
  readonly name: string
  readonly phone: string | null
  readonly grants: readonly Grant[]
  readonly disabledAt: string | null
  readonly hasPassword: boolean
  readonly lastSeenAt: string | null
  readonly link: { readonly purpose: string; readonly expiresAt: string } | null
}
export interface MadeLink {
  readonly url: string
  readonly expiresAt: string
}
export interface RulesView {
  readonly area: string
  readonly own: { readonly selfApproval: boolean | null; readonly originalDays: number | null }
  readonly inForce: { readonly selfApproval: boolean; readonly originalDays: number }
}
export interface Caps {
  readonly sessionsPerDay?: number
  readonly minutesPerSession?: number
  readonly minutesPerDay?: number
  readonly daysPerWeek?: number
}
export interface PolicyText {
  readonly label?: string
  /** `05:00-21:00` each. */
  readonly windows?: readonly string[]
  readonly quiet?: readonly string[]
  readonly warn?: readonly string[]
  readonly volume?: readonly { readonly at: string; readonly percent: number }[]
  readonly mourning?: readonly string[]
  readonly caps?: Caps
}
export interface PolicyView {
  readonly id: string
  readonly text: PolicyText
  readonly areas: readonly string[]
  readonly sessions: readonly string[]
  readonly sentences: readonly Words[]
}
export interface StoredPolicy {
  readonly policy: PolicyView
  readonly warnings: readonly (Words & { readonly path: string })[]
}
export type Channel = 'sms' | 'zalo' | 'push' | 'email' | 'webhook' | 'telegram'
export type Severity = 'notice' | 'warning' | 'fault' | 'urgent'
export interface Profile {
  readonly channels: readonly { readonly channel: Channel; readonly to: string }[]
  readonly severity: Severity
  readonly from: string
  readonly to: string
  readonly faultsAtNight: boolean
  readonly digestMinutes: number
  readonly onDuty: boolean
}
export interface ProfileView extends Profile {
  /** Browsers that get messages, the newest first. */
  readonly devices: readonly { readonly endpoint: string; readonly name: string | null; readonly addedAt: string | null }[]
  readonly available: readonly Channel[]
}
export interface HttpForm {
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
export interface Ways {
  readonly sms: null | { readonly kind: 'gateway'; readonly form: HttpForm } | { readonly kind: 'modem'; readonly device: string }
  readonly smsWithoutMarks: boolean
  readonly zalo: null | { readonly form: HttpForm }
  readonly email: null | { readonly host: string; readonly port: number; readonly secure: boolean; readonly user?: string; readonly password?: string; readonly from: string }
  readonly webhook: null | { readonly secret: string }
  readonly telegram: null | { readonly token: string }
  readonly pages: string | null
  readonly morningCheckMinutes: number | null
}
export interface DispatchView {
  readonly id: string
  readonly channel: Channel
  readonly state: 'waiting' | 'sent' | 'given-up'
  readonly title: string
  readonly createdAt: string
  readonly note: string | null
}
export interface SelfTestRule {
  readonly nightly: boolean
  readonly monthlyDay: number | null
}
