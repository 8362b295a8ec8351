import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { parseJson } from '../../../shared/protocol/orders.ts'
import { utf8 } from '../../../shared/protocol/wire.ts'
import { DEFAULT_SELF_TESTS, type SelfTestRule } from '../../core/ears-schedule.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

/** When boxes test themselves, as it is set and stored. */
export const Rule = Type.Object(
  {
    nightly: Type.Boolean({ description: 'every night between 02:00 and 04:00, without a sound' }),
    monthlyDay: Type.Union([Type.Integer({ minimum: 1, maximum: 28 }), Type.Null()], { description: 'a test tone of nine seconds on this day of the month, within the allowed hours and away from all sessions; null = never by itself' }),
  },
  { additionalProperties: false },
)
/** Where the rule is kept. */
export const KEY = 'self-tests'

/** The rule in force; the default where none was set. */
export function selfTestRule({ stores }: Pick<ServerDeps, 'stores'>): SelfTestRule {
  const stored = stores.meta.get(KEY)
  const rule = stored === null ? null : parseJson(utf8(stored))
  return Value.Check(Rule, rule) ? rule : DEFAULT_SELF_TESTS
}
