import { Type, type Static } from 'typebox'
import { READINESS_CODES } from '../../core/readiness.ts'
import { SYMPTOM_KINDS } from '../../core/symptoms.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const Instant = Type.String({ description: 'ISO 8601 with offset' })
const Column = Type.Array(nullable(Type.Number()), { description: 'one value per step, null where nothing was measured' })

export const ChartView = Type.Object({
  cluster: Type.String(),
  ring: Type.Union([Type.Literal('minute'), Type.Literal('hour'), Type.Literal('day')], { description: 'how fine the figures are that it is made from' }),
  start: Type.Integer({ description: 'of the first step, seconds since 1970' }),
  stepS: Type.Integer({ description: 'seconds from step to step' }),
  steps: Type.Integer(),
  figures: Type.Record(
    Type.String(),
    Type.Union([
      Type.Object({ unit: Type.String(), min: Column, mean: Column, max: Column }),
      Type.Object({ unit: Type.String(), value: Column }),
      Type.Object({ unit: Type.String(), good: Column, fair: Column, poor: Column }),
    ]),
  ),
})
export type ChartView = Static<typeof ChartView>

export const TrendView = Type.Object({ figure: Type.String(), diffDb: Type.Number({ description: 'below 0 = worse' }), weeks: Type.Integer(), vi: Type.String(), en: Type.String() })
export const SignalDetail = Type.Object({
  cluster: Type.String(),
  class: Type.String({ description: 'good, fair, poor, or none where the modem tells nothing' }),
  worst: nullable(Type.String({ description: 'the figure that decided' })),
  reason: Type.String({ description: 'fine, weak-cell, noisy-cell, crowded-cell, no-figures' }),
  rsrp: nullable(Type.Number()), rsrq: nullable(Type.Number()), sinr: nullable(Type.Number()), rssi: nullable(Type.Number()),
  vi: Type.String(),
  en: Type.String(),
  trend: nullable(TrendView),
  operator: nullable(Type.String()), cell: nullable(Type.String()), band: nullable(Type.String()), tech: nullable(Type.String()),
  simulated: Type.Boolean(),
  cells: Type.Array(Type.Object({ operator: Type.String(), cell: Type.String(), band: Type.String(), first: Instant, last: Instant }), { description: 'cells that it was on, the newest first' }),
})
export type SignalDetail = Static<typeof SignalDetail>

export const SymptomView = Type.Object({
  kind: Type.Enum([...SYMPTOM_KINDS]),
  severity: Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('fault')]),
  since: nullable(Instant),
  figure: nullable(Type.Number()),
  vi: Type.String(),
  en: Type.String(),
})
export const SymptomsOf = Type.Object({ cluster: Type.String(), name: Type.String(), symptoms: Type.Array(SymptomView) })
export type SymptomsOf = Static<typeof SymptomsOf>

const Reason = Type.Object({ code: Type.Enum([...READINESS_CODES]), vi: Type.String(), en: Type.String() })
export const ReadinessView = Type.Object({
  session: Type.String(),
  name: Type.String(),
  start: Instant,
  end: Instant,
  total: Type.Integer(),
  ready: Type.Integer(),
  doubtful: Type.Integer({ description: 'will sound, perhaps not as planned' }),
  notReady: Type.Integer(),
  vi: Type.String(),
  en: Type.String(),
  clusters: Type.Array(Type.Object({ cluster: Type.String(), name: Type.String(), state: Type.Union([Type.Literal('doubtful'), Type.Literal('not-ready'), Type.Literal('ready')]), reasons: Type.Array(Reason) }), {
    description: 'those that are not ready or doubtful, whom to call first at the top',
  }),
})
export type ReadinessView = Static<typeof ReadinessView>

const GB_1000 = 1_000_000_000_000
export const SimPlanBody = Type.Object(
  {
    bytesPerMonth: nullable(Type.Integer({ minimum: 1_000_000, maximum: GB_1000, description: 'null = no bound, or not known' })),
    startDay: Type.Optional(Type.Integer({ minimum: 1, maximum: 28, default: 1, description: 'day of the month on which the count begins anew' })),
    expires: Type.Optional(nullable(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'last day on which it works' }))),
    number: Type.Optional(nullable(Type.String({ pattern: '^\\+?[0-9 .]{3,20}$' }))),
    operator: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 40 }))),
    reserveBytes: Type.Optional(Type.Integer({ minimum: 0, maximum: GB_1000, description: 'kept for emergencies and health; 100 MB where absent' })),
  },
  { additionalProperties: false },
)
export type SimPlanBody = Static<typeof SimPlanBody>

export const SimView = Type.Object({
  cluster: Type.String(),
  name: Type.String(),
  plan: nullable(Type.Object({
    bytesPerMonth: nullable(Type.Integer()), startDay: Type.Integer(), expires: nullable(Type.String()), number: nullable(Type.String()), operator: nullable(Type.String()), reserveBytes: Type.Integer(),
  })),
  usedBytes: nullable(Type.Integer({ description: 'since the SIM’s month began' })),
  forecastBytes: nullable(Type.Integer({ description: 'expected at its end' })),
  leftBytes: nullable(Type.Integer()),
  renews: nullable(Type.String({ description: 'first day of the next month' })),
  daysLeft: nullable(Type.Integer({ description: 'until it ends; below 0 = over' })),
  frugal: Type.Boolean({ description: 'only the reserve is left: relays and downloads have stopped' }),
})
export type SimView = Static<typeof SimView>
