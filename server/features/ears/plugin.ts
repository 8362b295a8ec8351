import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { refusals } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import { KEY, Rule, selfTestRule } from './rule.ts'

export { startSelfTests } from './start.ts'

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
