import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { volumeAt, type Segment } from '../../shared/core/timeline.ts'
import type { PlayOrder } from '../core/ports.ts'
import { piecesOf, type Piece } from '../core/stream-pieces.ts'
import { wantedAt } from '../core/stretches.ts'
import type { PlayerDeps } from './player.ts'
import { mediaName } from './store.ts'

/** What a person set at once goes over the plan's, weighed by the hour; an emergency has its own. The installer's limit binds all. */
export function volumeOf({ store, alerting, volumeLimit }: Pick<PlayerDeps, 'store' | 'alerting' | 'volumeLimit'>, { slot }: Piece, now: WallMs): number {
  const plan = store.plan()
  const byTime = volumeAt(plan?.policies[slot.policy], now)
  const ordinary = store.immediate()?.volume ?? Math.round(((plan?.volume ?? 100) * byTime) / 100)
  return Math.min(volumeLimit, alerting.manner(slot.id)?.volume ?? ordinary)
}

/** The SIM's data is nearly spent: relays are not joined. */
export const isFrugal = (store: Pick<PlayerDeps['store'], 'immediate'>): boolean => store.immediate()?.frugal === true

/** What the sound chain is to read; null while it is not there. */
export function mediaOf({ store, streams, line }: Pick<PlayerDeps, 'store' | 'streams' | 'line'>, { sound, zero }: Piece): PlayOrder['media'] | null {
  switch (sound.kind) {
    case 'file':
      return store.holds(sound.media) ? mediaName(sound.media) : null
    case 'stream':
      return streams.feed(sound.stream, zero)
    case 'clip':
      return streams.feed(sound.stream, null)
    case 'line':
      return line?.feed(zero) ?? null
    case 'nothing':
      return null
  }
}

/** Sound that travels now, so that nothing else may fill the link. */
export const isLive = ({ sound }: Piece): boolean => sound.kind === 'stream' || sound.kind === 'clip'

/** The amplifier needs this to settle before the first word, and rests this much after the last. */
export const AMPLIFIER_BEFORE_MS = 500
const AMPLIFIER_AFTER_MS = 1_000

/** The amplifier is on around what is ordered, and off otherwise. */
export function holdPower({ amplifier, time }: Pick<PlayerDeps, 'amplifier' | 'time'>, ordered: readonly Piece[], now: WallMs): void {
  const sounding = ordered.filter(({ from }) => from - now <= AMPLIFIER_BEFORE_MS)
  if (sounding.length === 0) return amplifier.off()
  const until = time.monoOf(wallMs(Math.max(...sounding.map(({ to }) => to)) + AMPLIFIER_AFTER_MS))
  if (until !== null) amplifier.on(until)
}

/** What may have to be ordered by `now + horizonMs`. */
export function piecesAt({ store, streams, line }: Pick<PlayerDeps, 'store' | 'streams' | 'line'>, segments: readonly Segment[], { now, horizonMs }: { now: WallMs; horizonMs: number }): Piece[] {
  const lengths = store.plan()?.media
  const lengthOf = (media: string): number | null => lengths?.find(({ sha }) => sha === media)?.ms ?? null
  const context = { states: streams.states, holds: store.holds, lengthOf, hasLine: line !== null, frugal: isFrugal(store) }
  return wantedAt(segments, now, horizonMs).flatMap((stretch) => piecesOf(stretch, context)).filter(({ from, to }) => to > now && from <= now + horizonMs)
}
