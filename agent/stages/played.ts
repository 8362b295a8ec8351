import type { MonoMs, WallMs } from '../../shared/core/clock.ts'
import type { Segment } from '../../shared/core/timeline.ts'
import type { EvidenceRow, ShortReason } from '../../shared/protocol/messages/evidence.ts'
import type { SoundReport } from '../core/ports.ts'
import type { Piece } from '../core/stream-pieces.ts'
import type { Timekeeper } from './timekeeper.ts'

/** What is known of a stretch when it ends; the reporter adds radio and position. */
export type Played = Omit<EvidenceRow, 'n' | 'radio'>

/** Less than this is missing to rounding and fades, not to a fault. */
const SHORT_MS = 500

/** Why a stretch ended before its time: what the timeline says of this instant. */
export function endReason(segments: readonly Segment[], now: WallMs): ShortReason {
  const segment = segments.find((s) => s.from <= now && now < s.to)
  if (!segment) return 'plan-changed'
  if (segment.onAir.do === 'play') return 'interrupted'
  switch (segment.onAir.because.code) {
    case 'quiet-hours':
    case 'outside-window':
    case 'paused':
    case 'muted':
    case 'stopped':
    case 'mourning':
    case 'unknown-policy':
      return segment.onAir.because.code
    default:
      return 'plan-changed'
  }
}

interface RowFacts {
  readonly why: ShortReason | null
  readonly time: Timekeeper
  /** When this player began to look: what was due before was held up by that. */
  readonly startedAt: MonoMs
}

/** The evidence of a piece that was ordered; `why` is what is known beyond the report itself. */
export function rowOf(stretch: Piece, report: SoundReport, { why, time, startedAt }: RowFacts): Played {
  const began = report.began === null ? null : time.wallOf(report.began)
  const error = time.errorMs()
  const short = why ?? shortReason(stretch, report, began)
  const bootWall = time.wallOf(startedAt)
  const reason = short === 'started-late' && bootWall !== null && bootWall > stretch.from ? 'restarted' : short
  return {
    slot: stretch.slot.id,
    due: Math.round(stretch.from),
    end: Math.round(stretch.to),
    ...(began === null ? {} : { began: Math.round(began) }),
    ms: Math.max(0, Math.round(report.playedMs)),
    ...(report.levelDb === null ? {} : { level: Math.max(-120, Math.min(0, Math.round(report.levelDb * 10) / 10)) }),
    underruns: report.underruns,
    ...(stretch.via === null ? {} : { via: stretch.via }),
    ...(report.lostMs === undefined || stretch.via === null ? {} : { lost: Math.max(0, Math.round(report.lostMs)) }),
    ...(error === null ? {} : { clock: Math.round(error) }),
    ...(reason === null ? {} : { why: reason }),
  }
}

/** Why nothing of it sounded, when nobody knows better. */
export const lackOf = ({ via, sound }: Pick<Piece, 'via' | 'sound'>): ShortReason => (via === 'stream' || via === 'line' || sound.kind === 'stream' ? 'no-stream' : 'missing-media')

function shortReason(stretch: Piece, report: SoundReport, began: number | null): ShortReason | null {
  const planned = Math.min(stretch.to - stretch.from, stretch.slot.lengthMs - stretch.offsetMs)
  if (report.failed) return report.failed
  if (report.playedMs >= planned - SHORT_MS) return null
  if (began === null) return lackOf(stretch)
  if ((report.lostMs ?? 0) > SHORT_MS) return lackOf(stretch)
  return report.underruns > 0 && began - stretch.from < SHORT_MS ? 'underruns' : 'started-late'
}
