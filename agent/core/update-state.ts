import { Type, type Static } from 'typebox'
import { Rev, Sha, Wall } from '../../shared/protocol/messages/fields.ts'
import { UPDATE_STATES, UPDATE_WHYS, type UpdateOrder, type UpdateReport, type UpdateState, type UpdateWhy } from '../../shared/protocol/messages/update.ts'
import type { Boot, SlotName } from './update-boot.ts'

/** What is known of the newest order for a release, over restarts and from one version of the agent to the next. */
export const UpdateRecord = Type.Object({
  rev: Rev,
  m: Type.Union([Sha, Type.Null()]),
  b: Type.Integer({ minimum: 0 }),
  st: Type.Enum([...UPDATE_STATES]),
  at: Wall,
  why: Type.Optional(Type.Enum([...UPDATE_WHYS])),
  /** Greatest number of a release that has proved itself here: nothing below it is ever taken. */
  floor: Rev,
})
export type UpdateRecord = Static<typeof UpdateRecord>

export const NO_UPDATE: UpdateRecord = { rev: 0, m: null, b: 0, st: 'waiting', at: 0, floor: 0 }

export const isFinal = (st: UpdateState): boolean => st === 'done' || st === 'fell-back' || st === 'failed'

/** The record after a change of state. */
export function settled({ why: _, ...record }: UpdateRecord, st: UpdateState, { at, why }: { readonly at: number; readonly why?: UpdateWhy }): UpdateRecord {
  return { ...record, st, at, ...(why === undefined ? {} : { why }) }
}

/** The record of a new order. What runs already is done. */
export function ordered(record: UpdateRecord, { rev, m, b }: Pick<UpdateOrder, 'rev' | 'm' | 'b'>, { at, runs }: { readonly at: number; readonly runs: string | null }): UpdateRecord {
  return { rev, m, b, st: m !== null && m === runs ? 'done' : 'waiting', at, floor: record.floor }
}

/** What a start finds: whether it is itself on trial, has just come back from one, or goes on with what was under way. */
export function afterStart(record: UpdateRecord, boot: Boot, view: { readonly at: number; readonly running: SlotName; readonly runs: string | null }): UpdateRecord {
  const { at, running, runs } = view
  if (boot.trial && boot.slot === running) return record.m === boot.trial.m ? settled(record, 'trial', { at }) : record
  if (record.m === null || isFinal(record.st)) return record
  if (record.m === runs) return settled(record, 'done', { at })
  if (boot.fell?.m === record.m) return settled(record, 'fell-back', { at, why: boot.fell.why })
  // what was said to be ready is looked at once more
  return record.st === 'waiting' ? record : settled(record, 'downloading', { at })
}

export interface UpdateView {
  /** The release that runs. */
  readonly n: number
  readonly permille: number | null
  /** It could go on, and what the SIM may fetch today is spent. */
  readonly short: boolean
}
export function reportOf({ rev, st, at, why }: UpdateRecord, { n, permille, short }: UpdateView): UpdateReport {
  const said = why ?? (short && (st === 'waiting' || st === 'downloading') ? 'budget' : undefined)
  return { rev, st, at, n, ...(st === 'downloading' && permille !== null ? { pm: permille } : {}), ...(said === undefined ? {} : { why: said }) }
}
