import { wallMs } from '../../../shared/core/clock.ts'
import { MOST_TRIES, retryAfterMs } from '../../core/notify-rules.ts'
import type { Senders, Sent } from '../../core/notify-ports.ts'
import { CHANNELS, type Channel, type Dispatch } from '../../core/notify-store.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

export interface PostDeps extends Pick<ServerDeps, 'stores' | 'clock' | 'random' | 'log'> {
  readonly senders: () => Senders
}
export interface Post {
  /** Sends what is due, on every way beside the others; a way that is still at work is not begun twice. */
  look(): Promise<void>
}

/** On one way: a gateway that hangs must not keep its other messages waiting for long. */
const AT_ONCE = 8
/** News of two days ago helps nobody. */
const STALE_MS = 48 * 3_600_000

const NO_WAY: Sent = { ok: false, again: true, why: 'this way is not set up on the server' }

/** The queue at work: what was not sent is tried again, with chance, until it is given up with a note. */
export function createPost(deps: PostDeps): Post {
  const { stores, clock, random, log } = deps
  const busy = new Set<Channel>()

  const settle = (dispatch: Dispatch, sent: Sent): void => {
    const now = clock.wall()
    const tries = dispatch.tries + 1
    if (sent.ok) return stores.notify.saveDispatch({ ...dispatch, tries, state: 'sent', sentAt: now, note: null })
    if (sent.gone) stores.notify.dropSubscription(dispatch.to)
    const over = !sent.again || tries >= MOST_TRIES || now - dispatch.createdAt > STALE_MS
    if (over) log.warn({ channel: dispatch.channel, actor: dispatch.actor, why: sent.why }, 'a message was given up')
    stores.notify.saveDispatch({ ...dispatch, tries, note: sent.why, state: over ? 'given-up' : 'waiting', due: over ? dispatch.due : wallMs(now + Math.round(retryAfterMs(tries - 1, random))) })
  }
  const sendOne = async (dispatch: Dispatch): Promise<void> => {
    const sender = deps.senders()[dispatch.channel]
    settle(dispatch, sender ? await sender(dispatch) : NO_WAY)
  }
  /** A modem takes its time over each message; what goes by another way does not wait for it. */
  const work = async (channel: Channel): Promise<void> => {
    if (busy.has(channel)) return
    busy.add(channel)
    try {
      const tried = await Promise.allSettled(stores.notify.dueDispatches(channel, clock.wall(), AT_ONCE).map(sendOne))
      // only now: what is still under way must not be begun again
      for (const one of tried) if (one.status === 'rejected') throw one.reason
    } finally {
      busy.delete(channel)
    }
  }

  return {
    look: async () => void (await Promise.all(CHANNELS.map(work))),
  }
}
