import type { Cancel, Clock, WallMs } from '../../shared/core/clock.ts'
import type { Slot } from '../../shared/core/slot.ts'
import type { Segment } from '../../shared/core/timeline.ts'
import type { EvidenceRow } from '../../shared/protocol/messages/evidence.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import { silencedAt, type SilencedBy } from '../core/silenced.ts'

export interface SilencesDeps {
  readonly clock: Clock
  readonly note: (row: Omit<EvidenceRow, 'n' | 'radio'>) => void
  readonly refused: (why: Refusal) => void
}
/** What is due and must not sound is evidence too: the reason must not be guessed at the station. */
export interface Silences {
  /** The slot sounds, or is about to: its silence is not told any more. */
  sounds(slot: Slot): void
  /** Tells what is silenced now, each slot once. */
  tell(slots: readonly Slot[], segments: readonly Segment[], staggerIndex: number, now: WallMs): void
  /** The time is not known: nothing that is planned may sound. */
  distrust(): void
  trust(): void
}

/** An ordinary start learns the time sooner than this; after it, silence for want of time is reported. */
const UNTRUSTED_TOLD_AFTER_MS = 5_000
/** A slot is remembered for this long after its end: a timeline that is computed again still shows it. */
const REMEMBERED_MS = 3_600_000
/** The bounds that are refusals of an order; what a person did to this cluster is not. */
const REFUSED_BY: readonly SilencedBy[] = ['quiet-hours', 'outside-window', 'unknown-policy']

export function createSilences({ clock, note, refused }: SilencesDeps): Silences {
  const told = new Map<string, number>()
  let untrusted: Cancel | null = null
  return {
    sounds: (slot) => void told.set(slot.id, slot.end),
    tell: (slots, segments, staggerIndex, now) => {
      for (const [slot, end] of told) if (end + REMEMBERED_MS < now) told.delete(slot)
      for (const { slot, due, end, why } of silencedAt(slots, segments, staggerIndex, now)) {
        if (told.has(slot)) continue
        told.set(slot, end)
        if (REFUSED_BY.includes(why)) refused(why as Refusal)
        note({ slot, due: Math.round(due), end: Math.round(end), ms: 0, underruns: 0, why })
      }
    },
    distrust: () => void (untrusted ??= clock.after(UNTRUSTED_TOLD_AFTER_MS, () => refused('clock-untrusted'))),
    trust: () => {
      untrusted?.()
      untrusted = null
    },
  }
}
