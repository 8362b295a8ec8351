import { wallMs } from '../../shared/core/clock.ts'
import type { Radio } from '../../shared/protocol/messages/beat.ts'
import type { EvidenceRow, ShortReason } from '../../shared/protocol/messages/evidence.ts'
import type { SlotNature } from './report-nature.ts'
import type { PlannedSlot, StoredEvidence } from './stores.ts'

/** A row of `evidence_planned`, as the station and the threads of reports read it. */
export interface PlannedRow {
  readonly slot: string
  readonly cluster: string
  readonly session: string
  readonly occurrence: number
  readonly due: number
  readonly end: number
  readonly item: string
  readonly media: string | null
  readonly stream: string | null
  readonly plan_rev: number
  readonly nature: string | null
}
export const plannedOf = (row: PlannedRow): PlannedSlot => ({
  slot: row.slot,
  cluster: row.cluster,
  session: row.session,
  occurrence: wallMs(row.occurrence),
  due: wallMs(row.due),
  end: wallMs(row.end),
  item: row.item,
  media: row.media,
  stream: row.stream,
  planRev: row.plan_rev,
  ...(row.nature === null ? {} : { nature: JSON.parse(row.nature) as SlotNature }),
})

/** A row of `evidence_row`. */
export interface StoredRow {
  readonly cluster: string
  readonly log: string
  readonly n: number
  readonly slot: string
  readonly due: number
  readonly end: number
  readonly began: number | null
  readonly ms: number
  readonly level: number | null
  readonly underruns: number
  readonly clock: number | null
  readonly radio: string | null
  readonly why: string | null
  readonly via: string | null
  readonly lost: number | null
  readonly heard: string | null
  readonly received_at: number
}
export const storedOf = (row: StoredRow): StoredEvidence => ({
  cluster: row.cluster,
  log: row.log,
  n: row.n,
  slot: row.slot,
  due: row.due,
  end: row.end,
  ms: row.ms,
  underruns: row.underruns,
  receivedAt: wallMs(row.received_at),
  ...(row.began === null ? {} : { began: row.began }),
  ...(row.level === null ? {} : { level: row.level }),
  ...(row.clock === null ? {} : { clock: row.clock }),
  ...(row.radio === null ? {} : { radio: JSON.parse(row.radio) as Radio }),
  ...(row.why === null ? {} : { why: row.why as ShortReason }),
  ...(row.via === null ? {} : { via: row.via as NonNullable<EvidenceRow['via']> }),
  ...(row.lost === null ? {} : { lost: row.lost }),
  ...(row.heard === null ? {} : { heard: JSON.parse(row.heard) as NonNullable<EvidenceRow['heard']> }),
})
