import { every, type Cancel } from '../../../shared/core/clock.ts'
import type { Emergencies } from '../../core/emergency.ts'
import type { Live } from '../../core/live-book.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

/** A screen shows within two seconds what began or ended; and never more often, however many clusters change at once. */
const LOOK_MS = 2_000

export interface SoundWatchDeps extends Pick<ServerDeps, 'clock' | 'events' | 'log'> {
  readonly stores: Pick<ServerDeps['stores'], 'presence'>
  readonly live: Pick<Live, 'list' | 'count'>
  readonly emergencies: Pick<Emergencies, 'list'>
}

/** Tells screens that what sounds has changed: emergencies, live broadcasts, and what clusters say that they play. They ask what it is. */
export function startSoundWatch(deps: SoundWatchDeps): Cancel {
  const { clock, events, stores, live, emergencies } = deps
  const looks = {
    'emergency.changed': (): unknown => emergencies.list('in-force').map(({ id, startAt, endedAt }) => [id, startAt, endedAt]),
    'live.changed': (): unknown => live.list('under-way').map(({ id, to, endedBy }) => [id, to, endedBy, live.count(id)]),
    'sound.changed': (): unknown => stores.presence.all().map(({ playing, online }) => [playing?.slot, online]),
  }
  const last = new Map<string, string>()
  return every(clock, LOOK_MS, () => {
    for (const [kind, look] of Object.entries(looks)) {
      try {
        const seen = JSON.stringify(look())
        const before = last.get(kind)
        last.set(kind, seen)
        if (before !== undefined && before !== seen) events.tell({ kind, at: clock.wall(), areas: [], subject: '' })
      } catch (error) {
        deps.log.error({ kind, error: String(error) }, 'screens could not be told of what sounds')
      }
    }
  })
}
