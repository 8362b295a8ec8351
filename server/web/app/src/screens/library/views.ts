/** What the pages show of the answers of the library, of notices and of bulletins: their schemas stand beside code of the server that the compiler of the pages does not know. */
import type { Sentence } from '../../lib/answer.ts'

export type ProgrammeState = 'draft' | 'pending' | 'approved' | 'returned'
export type Stage = ProgrammeState | 'scheduled' | 'aired'
export interface Trim {
  /** From the first sound of the recording, ms. */
  readonly fromMs: number
  readonly toMs: number
  readonly fadeInMs: number
  readonly fadeOutMs: number
}
export interface VersionView {
  readonly version: number
  readonly language: string
  readonly state: ProgrammeState | 'replaced'
  readonly ms: number
  readonly fullMs: number | null
  readonly trim: Trim | null
  readonly original: boolean
  readonly text: string | null
  readonly author: string
  readonly createdAt: string
  readonly decidedBy: string | null
  readonly decidedAt: string | null
  readonly reason: string | null
  readonly audio: string
}
export interface ProgrammeView {
  readonly id: string
  readonly name: string
  readonly folder: string
  readonly kind: 'file' | 'speech' | 'chime' | 'recording'
  readonly music: boolean
  readonly ms: number
  readonly audio: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly area: string | null
  readonly areaName: string | null
  readonly language: string
  readonly languages: readonly string[]
  readonly author: string
  readonly description: string
  readonly tags: readonly string[]
  readonly class: 'normal' | 'priority'
  readonly source: 'own' | 'relay' | 'live' | 'bulletin'
  readonly validFrom: string | null
  readonly validTo: string | null
  readonly text: string | null
  readonly state: ProgrammeState
  readonly stage: Stage
  readonly airs: boolean
  readonly shared: boolean
  readonly work: readonly VersionView[]
  readonly sessions: readonly { readonly id: string; readonly name: string }[]
  readonly airedAt: string | null
  readonly peaks?: string
}
export interface ProgrammePage {
  readonly total: number
  readonly items: readonly ProgrammeView[]
}
export interface FolderView {
  readonly ref: string
  readonly area: string | null
  readonly folder: string
  readonly programmes: number
}
export interface LinkMade {
  readonly person: string
  readonly expiresAt: string
  readonly path: string | null
}
export interface VoiceView {
  readonly id: string
  readonly name: string
  readonly region: string
}
export interface SpokenView {
  readonly spoken: string
  readonly instead: { readonly en: string; readonly vi: string } | null
  readonly wav: string
}
export interface DictionaryView {
  readonly entries: readonly { readonly written: string; readonly spoken: string; readonly exact?: boolean }[]
}
export interface SharingView {
  readonly shares: readonly { readonly area: string | null; readonly group: string | null; readonly name: string; readonly until: string | null }[]
  readonly stillUsedBy: readonly { readonly id: string; readonly name: string }[]
}

export interface TemplateField {
  readonly key: string
  readonly label: string
  readonly kind: 'time' | 'place' | 'name' | 'line'
  readonly hint?: string
}
export interface TemplateView {
  readonly id: string
  readonly version: number
  readonly area: string | null
  readonly name: string
  readonly text: string
  readonly fields: readonly TemplateField[]
  readonly warnings: readonly Sentence[]
}
export type When = 'now' | 'next-session' | { readonly at: string }
export interface Sounding {
  readonly kind: string
  readonly id: string
  readonly at: string
  readonly to: string
  readonly clusters: number
}
export interface NoticeView {
  readonly id: string
  readonly template: string
  readonly name: string
  readonly text: string
  readonly state: 'prepared' | 'waiting' | 'ordered' | 'failed' | 'returned' | 'withdrawn'
  readonly when: When | null
  readonly programme: string
  readonly audio: string
  readonly ms: number
  readonly by: string
  readonly createdAt: string
  readonly soundings: readonly Sounding[]
  readonly reach: { readonly clusters: number; readonly communes: number; readonly en: string; readonly vi: string }
  readonly approval: { readonly approved: boolean; readonly link: LinkMade | null; readonly problem: Sentence | null }
  readonly skipped: readonly { readonly cluster: string; readonly name: string; readonly because: Sentence }[]
  readonly warnings: readonly Sentence[]
  readonly problem: Sentence | null
}

export type BulletinClass = 'normal' | 'priority' | 'emergency'
export interface CommuneView {
  readonly commune: string
  readonly name: string
  readonly receivedAt: string
  readonly readAt: string | null
  readonly decision: string
  readonly decidedAt: string | null
  readonly decidedBy: string | null
  readonly reason: string | null
  readonly programme: string | null
  readonly placedAt: string | null
  readonly order: number
  readonly soundings: readonly Sounding[]
  readonly collides: readonly { readonly session: string; readonly name: string; readonly order: number }[]
  readonly airedAt: string | null
  readonly problem: Sentence | null
  readonly readers: readonly { readonly name: string; readonly at: string }[]
}
export interface BulletinView {
  readonly id: string
  readonly sender: string
  readonly class: BulletinClass
  readonly title: string
  readonly text: string | null
  readonly validUntil: string | null
  readonly deadline: string | null
  readonly receivedAt: string
  readonly correctedAt: string | null
  readonly withdrawnAt: string | null
  readonly withdrawnReason: string | null
  readonly programme: string | null
  readonly emergency: string | null
  readonly document: { readonly name: string; readonly type: string; readonly bytes: number; readonly path: string } | null
  readonly communes: readonly CommuneView[]
  readonly delivered: { readonly communes: number; readonly read: number; readonly unread: readonly string[] }
}
