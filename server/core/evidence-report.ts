import type { WallMs } from '../../shared/core/clock.ts'
import type { Radio } from '../../shared/protocol/messages/beat.ts'
import type { ShortReason } from '../../shared/protocol/messages/evidence.ts'
import type { PlannedSlot, StoredEvidence } from './stores.ts'

/** The ladder of evidence, lowest first. */
export const RUNGS = ['planned', 'sent', 'played', 'heard', 'confirmed'] as const
export type Rung = (typeof RUNGS)[number]

/** Why less than planned was reached: what the cluster said, or what the server can tell by itself. */
export type Shortfall = ShortReason | 'not-due-yet' | 'not-sent' | 'no-report'

/** What is known of one slot on one cluster. */
export interface SlotEvidence {
  readonly slot: string
  readonly cluster: string
  /** null where the cluster reports a slot that no plan here knows, as after a restored backup. */
  readonly planned: PlannedSlot | null
  readonly rung: Rung
  readonly due: number
  readonly end: number
  readonly began: number | null
  /** Began after its planned start, ms; negative = early. */
  readonly startErrorMs: number | null
  readonly playedMs: number
  /** dBFS, by energy over all stretches. */
  readonly level: number | null
  readonly underruns: number
  readonly clockErrMs: number | null
  readonly radio: Radio | null
  readonly reason: Shortfall | null
  /** What sounded when, in order: the stream of a relay, its substitute, a file. */
  readonly stretches: readonly SoundedStretch[]
  /** Of streams: ms that never came and were bridged or silent. */
  readonly lostMs: number
}

/** One stretch of sound. */
export interface SoundedStretch {
  readonly began: number
  readonly ms: number
  readonly via: 'file' | NonNullable<StoredEvidence['via']>
}

/** A second is lost to fades and frame ends without anybody missing it. */
const WHOLE_WITHIN_MS = 1_000
/** A slot counts as heard when the box's ear heard so much of what was played of it. */
const HEARD_PART = 0.8
/** Evidence travels at the next connection; before this has passed its absence says nothing. */
export const REPORT_GRACE_MS = 120_000

interface Stretch {
  readonly ms: number
  readonly level: number
}
/** Mean of the powers, weighed by length: the average of decibels would hide a loud part. */
function meanLevel(stretches: readonly Stretch[]): number | null {
  const ms = stretches.reduce((sum, s) => sum + s.ms, 0)
  if (ms === 0) return null
  const power = stretches.reduce((sum, s) => sum + s.ms * 10 ** (s.level / 10), 0) / ms
  return Math.round(100 * Math.log10(power)) / 10
}

const earliest = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.min(...values))

export interface Knowledge {
  readonly now: WallMs
  /** The newest plan that a cluster said it follows; 0 = none. */
  readonly reportedRev: (cluster: string) => number
  /** What was heard or confirmed beyond the cluster's own word; absent = nothing. */
  readonly noted?: (cluster: string, slot: string) => 'heard' | 'confirmed' | null
}

/** What is settled is settled; until then the newest word of the cluster counts. */
const isSent = (planned: PlannedSlot, knowledge: Knowledge): boolean => planned.sent ?? knowledge.reportedRev(planned.cluster) >= planned.planRev

function reasonOf(planned: PlannedSlot | null, rows: readonly StoredEvidence[], knowledge: Knowledge): Shortfall | null {
  // what came back after a mute or a restart also began late: the cause says more than its consequence
  const told = rows.findLast((row) => row.why !== undefined && row.why !== 'started-late') ?? rows.findLast((row) => row.why !== undefined)
  if (told?.why) return told.why
  if (rows.length > 0 || !planned) return null
  if (planned.end + REPORT_GRACE_MS > knowledge.now) return 'not-due-yet'
  return isSent(planned, knowledge) ? 'no-report' : 'not-sent'
}

function rungOf(planned: PlannedSlot | null, rows: readonly StoredEvidence[], knowledge: Knowledge): Rung {
  const [first] = rows
  const noted = knowledge.noted?.(planned?.cluster ?? first?.cluster ?? '', planned?.slot ?? first?.slot ?? '') ?? null
  if (noted) return noted
  const playedMs = rows.reduce((sum, row) => sum + row.ms, 0)
  const heardMs = rows.reduce((sum, row) => sum + (row.heard?.verdict === 'heard' ? row.ms : 0), 0)
  if (playedMs > 0 && heardMs >= HEARD_PART * playedMs) return 'heard'
  if (playedMs > 0) return 'played'
  // a cluster that explains its silence had the order
  if (rows.length > 0) return 'sent'
  return planned && isSent(planned, knowledge) ? 'sent' : 'planned'
}

/** Adds up the stretches of one slot on one cluster. `rows` may be empty when `planned` is given. */
export function addUp(planned: PlannedSlot | null, rows: readonly StoredEvidence[], knowledge: Knowledge): SlotEvidence {
  const sounding = rows.filter((row) => row.ms > 0)
  const due = planned?.due ?? Math.min(...rows.map((row) => row.due))
  const end = planned?.end ?? Math.max(...rows.map((row) => row.end))
  const began = earliest(sounding.flatMap((row) => row.began ?? []))
  const playedMs = rows.reduce((sum, row) => sum + row.ms, 0)
  const whole = rows.length > 0 && playedMs + WHOLE_WITHIN_MS >= end - due
  return {
    slot: planned?.slot ?? rows[0]?.slot ?? '',
    cluster: planned?.cluster ?? rows[0]?.cluster ?? '',
    planned,
    rung: rungOf(planned, rows, knowledge),
    due,
    end,
    began,
    startErrorMs: began === null ? null : began - due,
    playedMs,
    level: meanLevel(sounding.flatMap((row) => (row.level === undefined ? [] : [{ ms: row.ms, level: row.level }]))),
    underruns: rows.reduce((sum, row) => sum + row.underruns, 0),
    clockErrMs: sounding[0]?.clock ?? null,
    radio: rows.findLast((row) => row.radio !== undefined)?.radio ?? null,
    reason: whole ? null : reasonOf(planned, rows, knowledge),
    stretches: sounding.flatMap(({ began: at, ms, via }) => (at === undefined ? [] : [{ began: at, ms, via: via ?? ('file' as const) }])).sort((a, b) => a.began - b.began),
    lostMs: rows.reduce((sum, row) => sum + (row.lost ?? 0), 0),
  }
}

/** Every planned slot with what came of it, and what was reported beside the plan; in order of start, then cluster. */
export function reportOf(planned: readonly PlannedSlot[], rows: readonly StoredEvidence[], knowledge: Knowledge): SlotEvidence[] {
  const keyOf = (slot: string, cluster: string): string => `${cluster} ${slot}`
  const reported = new Map<string, StoredEvidence[]>()
  for (const row of rows) {
    const key = keyOf(row.slot, row.cluster)
    const known = reported.get(key)
    if (known) known.push(row)
    else reported.set(key, [row])
  }
  const report = planned.map((slot) => {
    const key = keyOf(slot.slot, slot.cluster)
    const own = reported.get(key) ?? []
    reported.delete(key)
    return addUp(slot, own, knowledge)
  })
  for (const own of reported.values()) report.push(addUp(null, own, knowledge))
  return report.sort((a, b) => a.due - b.due || (a.cluster < b.cluster ? -1 : a.cluster > b.cluster ? 1 : 0))
}
