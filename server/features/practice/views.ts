import { Type, type Static } from 'typebox'
import { isoWithOffset } from '../../../shared/core/civil.ts'
import { ROLES } from '../../core/identity.ts'
import type { PracticeState } from '../../core/practice.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])

export const PracticeView = Type.Object({
  phase: Type.Enum(['none', 'closed', 'opening', 'open'], { description: 'none: this station offers no practice' }),
  why: nullable(Type.Enum(['asked', 'idle', 'over', 'emergency', 'full', 'fault', 'station'], { description: 'of the last one that ended' })),
  step: nullable(Type.Enum(['start', 'speech', 'clusters'])),
  made: Type.Integer({ description: 'bulletins that have been spoken' }),
  endsAt: nullable(Type.String({ description: 'if nobody does anything until then' })),
})
export type PracticeView = Static<typeof PracticeView>

export const RoleBody = Type.Object({ role: Type.Enum([...ROLES]) }, strict)
export const TicketBody = Type.Object({ ticket: Type.String({ pattern: '^[A-Za-z0-9_-]{32}$' }) }, strict)
export const WayIn = Type.Object({ url: Type.String({ description: 'to be opened at once; good once, for two minutes' }) })
export const CameIn = Type.Object({ home: Type.String({ description: 'the page of the station from which somebody came' }) })

const NOTHING = { why: null, step: null, made: 0, endsAt: null } as const
export function practiceView(state: PracticeState | null): PracticeView {
  if (!state) return { ...NOTHING, phase: 'none' }
  if (state.phase === 'open') return { ...NOTHING, phase: 'open', endsAt: isoWithOffset(state.endsAt) }
  return state.phase === 'opening' ? { ...NOTHING, phase: 'opening', step: state.step, made: state.made } : { ...NOTHING, phase: 'closed', why: state.why }
}
