import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { UPDATE_STATES, UPDATE_WHYS } from '../../../shared/protocol/messages/update.ts'
import { HALT_WHYS, ROLLOUT_STATES, type ReleaseRecord, type Rollout, type RolloutRow } from '../../core/update-store.ts'
import { HALT_TEXT, STATE_TEXT, WHY_TEXT } from './words.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const text = { en: Type.String(), vi: Type.String() }

export const ReleaseView = Type.Object({
  id: Type.String(), n: Type.Integer(), version: Type.String(), least: Type.String({ description: 'oldest version that it may follow' }), back: Type.Boolean({ description: 'it goes back to an older version on purpose' }),
  madeAt: Type.String(), announcedAt: Type.String(), actor: Type.String(), bytes: Type.Integer({ description: 'what a box that holds none of it downloads' }), files: Type.Integer(),
})
export type ReleaseView = Static<typeof ReleaseView>

export const viewOfRelease = ({ id, n, version, least, back, madeAt, announcedAt, actor, bytes, files }: ReleaseRecord): ReleaseView => ({
  id, n, version, least, back, madeAt: isoWithOffset(madeAt), announcedAt: isoWithOffset(announcedAt), actor, bytes, files: files.length,
})

export const RowView = Type.Object({
  cluster: Type.String(), name: Type.String(), wave: Type.Integer({ description: '0 = the canaries' }), state: Type.Enum([...UPDATE_STATES]), ...text, since: Type.String(),
  percent: Type.Integer(), online: Type.Boolean(), version: nullable(Type.String()), before: nullable(Type.String()), why: nullable(Type.Object({ code: Type.Enum([...UPDATE_WHYS]), ...text })), excused: Type.Boolean(),
})
export type RowView = Static<typeof RowView>

export const RolloutView = Type.Object({
  id: Type.String(), release: Type.String(), version: Type.String(), actor: Type.String(), at: Type.String(), state: Type.Enum([...ROLLOUT_STATES]),
  why: nullable(Type.Object({ code: Type.Enum([...HALT_WHYS]), ...text })), changedAt: Type.String(), wave: Type.Integer(), waves: Type.Integer(), healthyMinutes: Type.Number(), throughSession: Type.Boolean(),
  counts: Type.Record(Type.String(), Type.Integer(), { description: 'clusters by state, those that the caller may see' }),
  clusters: Type.Optional(Type.Array(RowView)),
})
export type RolloutView = Static<typeof RolloutView>

export interface RowFacts {
  readonly name: string
  readonly online: boolean
  readonly version: string | null
}
export const viewOfRow = (row: RolloutRow, { name, online, version }: RowFacts): RowView => ({
  cluster: row.cluster, name, wave: row.wave, state: row.state, ...STATE_TEXT[row.state], since: isoWithOffset(row.since), percent: row.state === 'downloading' ? Math.floor(row.permille / 10) : row.state === 'waiting' ? 0 : 100,
  online, version, before: row.before, why: row.why === null ? null : { code: row.why, ...WHY_TEXT[row.why] }, excused: row.excused,
})

export function viewOfRollout(rollout: Rollout, version: string, rows: readonly RolloutRow[]): RolloutView {
  const counts: Record<string, number> = {}
  for (const { state } of rows) counts[state] = (counts[state] ?? 0) + 1
  const { id, release, actor, at, state, why, changedAt, wave, waves, healthyMs, throughSession } = rollout
  return {
    id, release, version, actor, at: isoWithOffset(at), state, why: why === null ? null : { code: why, ...HALT_TEXT[why] }, changedAt: isoWithOffset(changedAt), wave, waves, healthyMinutes: healthyMs / 60_000, throughSession, counts,
  }
}
