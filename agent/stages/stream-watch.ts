import { monoMs, type Clock, type MonoMs, type Random } from '../../shared/core/clock.ts'
import type { LinkStage } from './link.ts'

export interface StreamWatchDeps {
  readonly clock: Clock
  readonly random: Random
  readonly aud: Pick<LinkStage, 'isUp' | 'heardAt' | 'answers' | 'renew' | 'connects'>
  readonly ctl: Pick<LinkStage, 'isUp' | 'answers' | 'renew' | 'connects'>
}

/** A silent stream says so each second. */
const QUIET_MS = 1_500
const ANSWER_MS = 1_000
/** What is stalled at its source is asked for more and more rarely. */
const LONGEST_QUIET_MS = 6_000
/** Some boxes ask sooner than others. */
const JITTER_MS = 300
/** Orders may be slow behind a long queue, and a stop must get through. */
const CTL_ANSWER_MS = 2_500

/**
 * While a stream is due: without a byte for 1.5 s the broker is asked for a sign of life, and only without an answer within another second
 * is the connection given up. So a source that stalls makes nobody reconnect, and a link that was cut is not waited for.
 */
export function createStreamWatch({ clock, random, aud, ctl }: StreamWatchDeps): { look(): void } {
  let asking = false
  let answeredAt: MonoMs = monoMs(Number.NEGATIVE_INFINITY)
  let quietMs = QUIET_MS

  const askOrders = async (): Promise<void> => {
    const own = ctl.connects()
    if (!ctl.isUp() || (await ctl.answers(CTL_ANSWER_MS))) return
    if (ctl.isUp() && own === ctl.connects()) ctl.renew('streams and orders do not answer')
  }

  const ask = async (): Promise<void> => {
    const own = aud.connects()
    const answered = await aud.answers(ANSWER_MS)
    asking = false
    if (own !== aud.connects() || !aud.isUp()) return
    if (answered) {
      answeredAt = clock.mono()
      quietMs = Math.min(LONGEST_QUIET_MS, quietMs * 1.5)
      return
    }
    aud.renew('streams do not answer')
    await askOrders()
  }

  return {
    look: () => {
      if (asking || !aud.isUp()) return
      const heard = Math.max(aud.heardAt(), answeredAt)
      if (aud.heardAt() > answeredAt) quietMs = QUIET_MS
      if (clock.mono() - heard < quietMs + JITTER_MS * random()) return
      asking = true
      void ask()
    },
  }
}
