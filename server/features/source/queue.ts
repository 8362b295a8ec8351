import { every, type Cancel } from '../../../shared/core/clock.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { afterTry, type PostOutcome, type SourceAdapter, type SourcePost } from '../../core/source-system.ts'

export interface QueueDeps extends Pick<ServerDeps, 'stores' | 'clock' | 'random' | 'decide' | 'events' | 'log'> {
  readonly adapter: SourceAdapter
}
const LOOK_MS = 2_000
/** At once, so that one system that hangs does not hold up all the others for long. */
const BATCH = 8

async function tried({ stores, adapter }: QueueDeps, post: SourcePost): Promise<PostOutcome> {
  const system = stores.sources.system(post.source)
  if (!system || system.revokedAt !== null) return { refused: 'its credential was taken back' }
  if (!adapter.send) return { refused: 'this kind of system takes no messages' }
  try {
    return await adapter.send(system, post)
  } catch (error) {
    return { later: String(error).slice(0, 300) }
  }
}

/**
 * Sends what waits in the database, again and again with longer pauses, until it is taken or given up, which is told. A message may
 * arrive twice (a kill between the answer and its note): its number says so.
 */
export function startSourceQueue(deps: QueueDeps): { readonly stop: Cancel; readonly look: () => Promise<void> } {
  const { stores, clock, random } = deps
  let looking: Promise<void> | null = null
  let stopped = false
  const settle = (post: SourcePost, outcome: PostOutcome): void => {
    const after = afterTry(post, outcome, { now: clock.wall(), chance: random() })
    if (after.state !== 'given-up') return stores.sources.savePost(after)
    deps.decide({ actor: 'server', action: 'source.give-up', subject: post.source, detail: { n: post.n, attempts: after.attempts, problem: after.problem } }, () => stores.sources.savePost(after))
    deps.events.tell({ kind: 'source.given-up', at: clock.wall(), areas: [], subject: post.source, detail: { n: post.n, problem: after.problem } })
  }
  const pass = async (): Promise<void> => {
    const due = stores.sources.duePosts(clock.wall(), BATCH)
    await Promise.all(due.map(async (post) => {
      const outcome = await tried(deps, post)
      // after the end of this server the next one tries it again
      if (!stopped) settle(post, outcome)
    }))
  }
  const look = (): Promise<void> => (looking ??= pass().finally(() => (looking = null)))
  const cancel = every(clock, LOOK_MS, () => void look().catch((error: unknown) => deps.log.error({ error: String(error) }, 'messages to source systems were not sent')))
  return {
    look,
    stop: () => {
      stopped = true
      cancel()
    },
  }
}
