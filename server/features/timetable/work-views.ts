import { Type, type Static } from 'typebox'
import { AreaCode, Days, Exception, Item, Session } from '../../../shared/core/timetable.ts'
import { CLASH_ANSWERS } from '../../core/clash-place.ts'
import { ID_PATTERN } from './identities.ts'
import { CivilDateText, nullable, strict } from './views.ts'

const Id = Type.String({ pattern: '^[a-z0-9-]{1,40}$', description: 'lower-case letters, digits and hyphens' })
const TimeOfDay = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d)?$', description: 'HH:MM or HH:MM:SS, Viet Nam time' })
export const Answer = Type.Enum([...CLASH_ANSWERS], { description: 'overwrite: the others give way; append: it begins when they end; move: the others begin later' })
const answer = { answer: Type.Optional(Answer) }

export const PlaceItemWish = Type.Object({ item: Item, into: Id, at: TimeOfDay, date: Type.Optional(CivilDateText), ...answer }, strict)
export type PlaceItemWish = Static<typeof PlaceItemWish>
export const PlaceWish = Type.Union([Type.Object({ session: Session, ...answer }, strict), PlaceItemWish])
export type PlaceWish = Static<typeof PlaceWish>

export const CopyWish = Type.Object({ from: CivilDateText, to: CivilDateText, days: Type.Union([Type.Literal(1), Type.Literal(7)]), ...answer }, strict)
export type CopyWish = Static<typeof CopyWish>
export const ApplyWish = Type.Object({ template: Type.String({ pattern: ID_PATTERN }), days: Days, ...answer }, strict)
export const ExceptWish = Type.Object(
  {
    sessions: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 200, description: 'absent = every session of the draft’s area' })),
    when: Exception,
    again: Type.Optional(Type.Boolean({ description: 'takes the exception out: it sounds again' })),
  },
  strict,
)
export type ExceptWish = Static<typeof ExceptWish>
export const ExtendWish = Type.Object({ session: Id, date: CivilDateText, until: TimeOfDay, reason: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }) }, strict)
export type ExtendWish = Static<typeof ExtendWish>

export const NewTemplate = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 120, pattern: '\\S' }),
    area: Type.Optional(AreaCode),
    draft: Type.Optional(Type.String({ pattern: ID_PATTERN, description: 'sessions as this draft has them; absent = as they are in force' })),
    sessions: Type.Array(Id, { minItems: 1, maxItems: 50 }),
  },
  strict,
)
export type NewTemplate = Static<typeof NewTemplate>
export const TemplateView = Type.Object({ id: Type.String(), name: Type.String(), area: nullable(Type.String()), createdAt: Type.String(), sessions: Type.Array(Session) })
export type TemplateView = Static<typeof TemplateView>
