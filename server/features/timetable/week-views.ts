import { Type, type Static } from 'typebox'
import { Caps } from '../../../shared/core/policy.ts'
import { AreaCode } from '../../../shared/core/timetable.ts'
import { FindingView } from '../../core/refusal.ts'
import { ITEM_STATES } from '../../core/timetable-fitness.ts'
import { ID_PATTERN } from './identities.ts'
import { CivilDateText, nullable, strict, Words } from './views.ts'

const Count = Type.Integer({ minimum: 0 })

export const WeekQuery = Type.Object({ from: Type.Optional(CivilDateText), area: Type.Optional(AreaCode), draft: Type.Optional(Type.String({ pattern: ID_PATTERN })) }, strict)
export type WeekQuery = Static<typeof WeekQuery>

const ItemView = Type.Object({
  index: Count,
  name: Type.String(),
  kind: Type.Union([Type.Literal('chime'), Type.Literal('file'), Type.Literal('folder'), Type.Literal('relay'), Type.Literal('speak')]),
  start: nullable(Type.String({ description: 'exact; null where it takes no time' })),
  lengthMs: Count,
  state: Type.Enum([...ITEM_STATES]),
  fits: Type.Union([Type.Literal('whole'), Type.Literal('cut'), Type.Literal('not-at-all')]),
  problem: nullable(Type.Object({ code: Type.String(), en: Type.String(), vi: Type.String() })),
})
const ClashView = Type.Object({
  session: Type.String(),
  name: Type.String(),
  from: Type.String(),
  to: Type.String(),
  clusters: Count,
  how: Type.Union([Type.Literal('queue'), Type.Literal('interrupts')]),
})
export const WeekView = Type.Object({
  from: Type.String(),
  area: nullable(Type.String()),
  draft: nullable(Type.String()),
  days: Type.Array(Type.Object({ date: Type.String(), weekday: Type.Integer(), lunar: Type.String(), name: nullable(Type.String()) })),
  sessions: Type.Array(Type.Object({
    session: Type.String(),
    name: Type.String(),
    date: Type.String(),
    start: Type.String(),
    end: Type.String(),
    lengthMs: Count,
    filledMs: Count,
    overS: Type.Integer({ description: 'seconds that are cut off' }),
    underS: Type.Integer({ description: 'seconds that are silent at the end' }),
    fill: Words,
    clusters: Count,
    draft: Type.Boolean({ description: 'the draft changes it' }),
    items: Type.Array(ItemView),
    clashes: Type.Array(ClashView),
  })),
  findings: Type.Array(FindingView),
  rules: Type.Array(Type.Object({
    policy: Type.String(),
    label: Type.String(),
    caps: Caps,
    sentences: Type.Array(Words),
    used: Type.Array(Type.Object({ date: Type.String(), sessions: Count, minutes: Count })),
  })),
})
export type WeekView = Static<typeof WeekView>
