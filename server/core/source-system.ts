import type { WallMs } from '../../shared/core/clock.ts'
import type { Identity } from './identity.ts'

/** A higher level's system that may send bulletins here. Its form is this station's own, not that of any ministry. */
export interface SourceSystem {
  readonly id: string
  readonly name: string
  /** Codes of the areas that it may address. */
  readonly areas: readonly string[]
  /** May it raise emergencies? A right of its own. */
  readonly emergencies: boolean
  /** Where receipts are pushed to; null = it asks for them itself. */
  readonly push: string | null
  readonly createdBy: string
  readonly createdAt: WallMs
  readonly revokedAt: WallMs | null
}
/** `waiting`: to be sent, or to be tried again. `given-up`: shown to people until it is sent anew. */
export const POST_STATES = ['waiting', 'sent', 'given-up'] as const
export type PostState = (typeof POST_STATES)[number]
/** One message to a source system. */
export interface SourcePost {
  readonly n: number
  readonly source: string
  /** `receipt`, and what else an adapter knows. */
  readonly kind: string
  /** JSON. */
  readonly body: string
  readonly state: PostState
  readonly attempts: number
  readonly nextAt: WallMs
  readonly createdAt: WallMs
  readonly settledAt: WallMs | null
  readonly problem: string | null
}
export interface SourceStore {
  systems(): SourceSystem[]
  system(id: string): SourceSystem | null
  byToken(tokenSha256: Uint8Array): SourceSystem | null
  insertSystem(system: SourceSystem, tokenSha256: Uint8Array): void
  revoke(id: string, at: WallMs): void
  post(post: Pick<SourcePost, 'source' | 'kind' | 'body' | 'createdAt'>): void
  /** Oldest first. */
  duePosts(now: WallMs, most: number): SourcePost[]
  savePost(post: SourcePost): void
  postByNumber(n: number): SourcePost | null
  /** Newest first. */
  posts(source: string, most: number): SourcePost[]
}

/** How a message fared. `later`: worth another try. `refused`: never, as it stands. */
export type PostOutcome = 'sent' | { readonly later: string } | { readonly refused: string }
/**
 * The way towards one kind of source system. One that is pushed to has `send`; one that must be asked has `poll`, whose
 * bulletins go the same way as those that are handed in.
 */
export interface SourceAdapter {
  send?(system: SourceSystem, post: SourcePost): Promise<PostOutcome>
  poll?(system: SourceSystem): Promise<readonly { readonly order: unknown }[]>
}

export const MAX_ATTEMPTS = 12
const FIRST_WAIT_MS = 5_000
const LONGEST_WAIT_MS = 3_600_000
/** ms until the next try after `attempts` failures (1 or more): doubled each time, and up to as much again by chance (0–1). */
export const retryAfterMs = (attempts: number, chance: number): number => Math.round(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(30, attempts - 1)) * (0.5 + 0.5 * chance))

/** What a message becomes after it was tried. */
export function afterTry(post: SourcePost, outcome: PostOutcome, { now, chance }: { readonly now: WallMs; readonly chance: number }): SourcePost {
  const attempts = post.attempts + 1
  if (outcome === 'sent') return { ...post, attempts, state: 'sent', settledAt: now, problem: null }
  const problem = 'later' in outcome ? outcome.later : outcome.refused
  if ('refused' in outcome || attempts >= MAX_ATTEMPTS) return { ...post, attempts, state: 'given-up', settledAt: now, problem }
  return { ...post, attempts, nextAt: (now + retryAfterMs(attempts, chance)) as WallMs, problem }
}

/** On whose behalf a source system acts: its content is approved by whoever sends it, and it places what has priority. */
export const identityOfSource = ({ id, name, areas, emergencies }: SourceSystem): Identity => ({
  kind: 'source', actor: `source:${id}`, name, grants: [{ role: 'approver', areas }, ...(emergencies ? [{ role: 'announcer', areas } as const] : [])],
})
