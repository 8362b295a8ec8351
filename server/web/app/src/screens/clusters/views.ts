import type { ClusterView } from '../../lib/views.ts'

/** GET /clusters/:id: what this page shows beyond the list. */
export interface ClusterDetail extends ClusterView {
  readonly created: string
  readonly lat: number | null
  readonly lon: number | null
  readonly agent: string | null
  readonly cache: { readonly held: number; readonly due: number } | null
  /** dBFS. */
  readonly level: number | null
  readonly clock: { readonly trusted: boolean; readonly errMs?: number } | null
  readonly playing: { readonly slot: string; readonly item: string | null; readonly since: string } | null
}
interface Words {
  readonly vi: string
  readonly en: string
}
export type ServiceKind = 'restart' | 'tone' | 'log' | 'listen' | 'modem' | 'check'
/** GET /clusters/:id/services. */
export interface ServiceView {
  readonly id: string
  readonly do: ServiceKind
  readonly text: Words
  readonly actor: string
  readonly at: string
  readonly expiresAt: string
  readonly state: 'ordered' | 'taken' | 'done' | 'failed' | 'refused' | 'expired'
  readonly why: (Words & { readonly code: string }) | null
  /** Of a self-test, the worst first. */
  readonly findings: readonly (Words & { readonly level: 'fault' | 'note' })[]
  readonly facts: Readonly<Record<string, number | boolean | string>>
  readonly file: { readonly kind: 'log' | 'sound'; readonly bytes: number; readonly path: string | null } | null
}
export interface CaretakerView {
  readonly name: string | null
  readonly phone: string | null
  readonly call: string | null
}
/** POST /clusters/claims and /clusters/:id/replace. */
export interface ClaimView {
  readonly claim: string | null
  readonly expiresAt: string | null
}
export interface ReplaceView extends ClaimView {
  readonly cluster: string | null
}
export interface PoleCode {
  readonly code: string
}
export interface ComplaintView {
  readonly id: string
  readonly n: number
  readonly kindText: Words
  readonly text: string | null
  readonly reportedAt: string
  readonly state: 'open' | 'answered'
}
