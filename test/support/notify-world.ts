import type { Test } from 'tap'
import type { Sender, Senders } from '../../server/core/notify-ports.ts'
import type { Dispatch } from '../../server/core/notify-store.ts'
import { createNotifier, createPost, type Notifier } from '../../server/features/notify/plugin.ts'
import { incidentWorld, type IncidentWorld } from './incident-world.ts'

/** On duty, told by day, and of faults also at night. */
export const ME = { channels: [{ channel: 'sms', to: '0912 345 678' }], severity: 'warning', from: '05:00', to: '21:00', faultsAtNight: true, digestMinutes: 0, onDuty: true }

export interface Telling extends IncidentWorld {
  readonly sent: Dispatch[]
  readonly notifier: Notifier
  /** Seconds of rules, notifier and post. */
  run(seconds: number): Promise<void>
}
/** The rules of incidents with the real notifier and post; `sender` is the gateway of SMS. */
export async function telling(t: Test, sender?: Sender): Promise<Telling> {
  const world = await incidentWorld(t)
  const sent: Dispatch[] = []
  const keep: Sender = async (dispatch) => {
    sent.push(dispatch)
    return { ok: true }
  }
  const senders: Senders = { sms: sender ?? keep, push: keep, email: keep }
  const notifier = createNotifier(world.deps)
  world.deps.events.onEvent(notifier.heard)
  const post = createPost({ ...world.deps, senders: () => senders })
  return {
    ...world,
    sent,
    notifier,
    async run(seconds) {
      for (let n = 0; n < seconds; n++) {
        world.second()
        notifier.flush()
        await post.look()
      }
    },
  }
}
export const dead = (kind: 'power' | 'suspected-theft' | 'weak-signal', cluster: string) => ({ cluster, kind, since: null, en: kind, vi: kind }) as const
