import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import type { CapJudgement } from '../../core/cap-judge.ts'
import type { Emergency } from '../../core/emergency.ts'

const Note = Type.Object({ en: Type.String(), vi: Type.String() })
type Note = Static<typeof Note>

/** What became of a message. */
export const CapAnswer = Type.Object({
  /** `waiting`: it becomes effective later, and is raised then. */
  status: Type.Union([Type.Literal('accepted'), Type.Literal('waiting'), Type.Literal('cancelled')]),
  emergencies: Type.Array(Type.Object({ id: Type.String(), title: Type.String(), drill: Type.Boolean(), danger: Type.Integer(), clusters: Type.Integer() })),
  beginsAt: Type.Union([Type.String(), Type.Null()]),
  /** What was left out, and why. */
  notes: Type.Array(Note),
})
export type CapAnswer = Static<typeof CapAnswer>

function notesOf({ calls, unspoken }: Pick<CapJudgement, 'calls' | 'unspoken'>): Note[] {
  const unknown = [...new Set(calls.flatMap((call) => call.audience.unknown))]
  const unplaced = new Set(calls.flatMap((call) => call.audience.unplaced))
  const listed = (words: readonly string[]): string => `${words.slice(0, 10).join(', ')}${words.length > 10 ? ' …' : ''}`
  return [
    ...(unspoken.length > 0 ? [{ en: `Not read out, for want of a voice: ${listed(unspoken)}.`, vi: `Không đọc vì chưa có giọng: ${listed(unspoken)}.` }] : []),
    ...(unknown.length > 0 ? [{ en: `Geocodes that are not known here: ${listed(unknown)}.`, vi: `Mã địa bàn không có tại trạm: ${listed(unknown)}.` }] : []),
    ...(unplaced.size > 0 ? [{ en: `${unplaced.size} clusters without coordinates were left out: enter their coordinates.`, vi: `${unplaced.size} cụm loa chưa có toạ độ nên không được tính: hãy nhập toạ độ.` }] : []),
  ]
}

export const viewOf = (status: CapAnswer['status'], emergencies: readonly Emergency[], judgement?: CapJudgement): CapAnswer => ({
  status,
  emergencies: emergencies.map(({ id, title, drill, danger, clusters }) => ({ id, title, drill, danger, clusters: clusters.length })),
  beginsAt: judgement?.beginsAt ? isoWithOffset(judgement.beginsAt) : null,
  notes: judgement ? notesOf(judgement) : [],
})
