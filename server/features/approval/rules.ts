import { Type, type Static } from 'typebox'
import { rulesOf } from '../../core/approval.ts'
import { WHOLE_STATION } from '../../core/approval-store.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, notFound, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

const RuleBody = {
  selfApproval: Type.Union([Type.Boolean(), Type.Null()], { description: 'may people approve what they made themselves? null = as the area around it' }),
  originalDays: Type.Union([Type.Integer({ minimum: 0, maximum: 36_500 }), Type.Null()], { description: 'days for which files are kept as they were handed in; null = as the area around it' }),
}
export const RulesBody = Type.Object({ selfApproval: Type.Optional(RuleBody.selfApproval), originalDays: Type.Optional(RuleBody.originalDays) }, { additionalProperties: false, minProperties: 1 })
export const RulesView = Type.Object({
  area: Type.String(),
  own: Type.Object(RuleBody),
  inForce: Type.Object({ selfApproval: Type.Boolean(), originalDays: Type.Integer() }),
})
export type RulesView = Static<typeof RulesView>

const AREA = { en: 'area', vi: 'địa bàn' }
const NONE = { selfApproval: null, originalDays: null }

export interface RuleHandlers {
  read(who: Identity, code: string): Outcome<RulesView>
  write(who: Identity, code: string, rule: Static<typeof RulesBody>): Outcome<RulesView>
}

/** What an area says for itself of approval and of keeping files; `all` = the whole station. */
export function createRuleHandlers(deps: ServerDeps): RuleHandlers {
  const { approval } = deps.stores
  /** The code in force, null for the station; undefined where there is no such area. */
  const areaOf = (code: string): string | null | undefined => {
    const book = deps.access.book()
    return code === WHOLE_STATION ? null : book.on(book.merged(code))?.code
  }
  const view = (area: string | null): RulesView => ({ area: area ?? WHOLE_STATION, own: approval.rule(area ?? WHOLE_STATION) ?? NONE, inForce: rulesOf(deps, area) })
  return {
    read(who, code) {
      const area = areaOf(code)
      if (area === undefined || (area !== null && !deps.access.sees(who, 'station.read')(area))) return notFound(AREA, code)
      return accepted(view(area))
    },
    write(who, code, rule) {
      const area = areaOf(code)
      if (area === undefined) return notFound(AREA, code)
      const refusal = deps.access.refusal(who, 'policy.write', area === null ? 'all' : [area])
      if (refusal) return refused(refusal)
      const key = area ?? WHOLE_STATION
      const next = { ...(approval.rule(key) ?? NONE), ...rule }
      deps.decide({ actor: who.actor, action: 'area.rules', subject: key, detail: next }, () => approval.putRule(key, next))
      return accepted(view(area))
    },
  }
}
