import { every, type Cancel, wallMs } from '../../../shared/core/clock.ts'
import type { Senders } from '../../core/notify-ports.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { readinessAt } from '../health/plugin.ts'
import { morningCheck, type NotReady } from './morning.ts'
import { createNotifier } from './notifier.ts'
import { createPost } from './post.ts'

const LOOK_MS = 1_000
const DAY_MS = 86_400_000
/** What was sent can be looked up for a month. */
const KEPT_MS = 30 * DAY_MS

/** Of every cluster the first reason why it will not sound as planned between two instants. */
function notReadyBetween(deps: ServerDeps, from: number, to: number): NotReady[] {
  const found = new Map<string, NotReady>()
  for (const session of readinessAt(deps, wallMs(from), () => true)) {
    if (session.start >= to) continue
    for (const { cluster, state, reasons } of session.clusters) {
      const [first] = reasons
      if (state === 'not-ready' && first && !found.has(cluster)) found.set(cluster, { cluster, vi: first.vi })
    }
  }
  return [...found.values()]
}

/** Tells people what happens, until cancelled. `senders`: the ways out. */
export function startNotify(deps: ServerDeps, senders: () => Senders): Cancel {
  const notifier = createNotifier(deps)
  const post = createPost({ ...deps, senders })
  const failed = (error: unknown): void => deps.log.error({ error: String(error) }, 'notifications failed')
  const guarded = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      failed(error)
    }
  }
  guarded(notifier.catchUp)
  const quit = deps.events.onEvent((event) => guarded(() => notifier.heard(event)))
  let pruned = 0
  const cancel = every(deps.clock, LOOK_MS, () =>
    guarded(() => {
      morningCheck({ ...deps, notifier, notReady: (from, to) => notReadyBetween(deps, from, to) })
      notifier.flush()
      post.look().catch(failed)
      const now = deps.clock.wall()
      if (now - pruned < DAY_MS) return
      pruned = now
      deps.stores.notify.prune(wallMs(now - KEPT_MS))
    }),
  )
  return () => {
    cancel()
    quit()
  }
}
