import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { parseJson } from '../../../shared/protocol/orders.ts'
import { utf8 } from '../../../shared/protocol/wire.ts'
import { DEFAULT_SELF_TESTS, type SelfTestRule } from '../../core/ears-schedule.ts'
import { refusals } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

export { startSelfTests } from './start.ts'

const Rule = Type.Object(
  {
    nightly: Type.Boolean({ description: 'every night between 02:00 and 04:00, without a sound' }),
    monthlyDay: Type.Union([Type.Integer({ minimum: 1, maximum: 28 }), Type.Null()], { description: 'a test tone of nine seconds on this day of the month, within the allowed hours and away from all sessions; null = never by itself' }),
  },
  { additionalProperties: false },
)
const KEY = 'self-tests'

export function selfTestRule({ stores }: Pick<ServerDeps, 'stores'>): SelfTestRule {
  const stored = stores.meta.get(KEY)
  const rule = stored === null ? null : parseJson(utf8(stored))
  return Value.Check(Rule, rule) ? rule : DEFAULT_SELF_TESTS
}

/** tự kiểm tra loa: when boxes test themselves. What came of it stands among the acts of service of each cluster. */
export const earsPlugin =
  (deps: ServerDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const config = { action: 'settings.write', wholeStation: true } as const
    const tags = ['hands']
    app.get('/self-tests', { config, schema: { tags, summary: 'When boxes test themselves', response: { 200: Rule, ...refusals } } }, () => selfTestRule(deps))
    app.put('/self-tests', { config, schema: { tags, summary: 'Set when boxes test themselves', body: Rule, response: { 200: Rule, ...refusals } } }, ({ who, body }) => {
      deps.decide({ actor: who.actor, action: 'self-tests.set', subject: 'station', detail: body }, () => deps.stores.meta.set(KEY, JSON.stringify(body)))
      return selfTestRule(deps)
    })
  }
