import { Type, type Static } from 'typebox'
import { Group, PolicyText } from '../../../shared/core/timetable.ts'
import { FindingView } from '../../core/refusal.ts'
import { nullable, strict, Words } from './views.ts'

const Id = Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'lower-case letters, digits and hyphens' })
export const ById = Type.Object({ id: Id })

export const PolicyView = Type.Object({
  id: Type.String(),
  text: PolicyText,
  areas: Type.Array(Type.String(), { description: 'that go by it today' }),
  sessions: Type.Array(Type.String(), { description: 'that name it themselves' }),
  sentences: Type.Array(Words),
})
export type PolicyView = Static<typeof PolicyView>
export const StoredPolicy = Type.Object({ policy: PolicyView, warnings: Type.Array(FindingView) })
export type StoredPolicy = Static<typeof StoredPolicy>
export const Assignment = Type.Object({ policy: nullable(Id) }, strict)

export const StoredGroup = Type.Object({ group: Group, warnings: Type.Array(FindingView) })
export type StoredGroup = Static<typeof StoredGroup>
