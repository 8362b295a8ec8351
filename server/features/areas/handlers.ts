import { checkAreaDates } from '../../../shared/core/admission-days.ts'
import { inForce } from '../../../shared/core/area.ts'
import { checkAreas } from '../../../shared/core/area-check.ts'
import { civilDayNumber } from '../../../shared/core/civil.ts'
import { DEFAULT_POLICY_NAME } from '../../../shared/core/policy-text.ts'
import type { Area } from '../../../shared/core/timetable.ts'
import type { Identity } from '../../core/identity.ts'
import { accepted, refused, type Outcome } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'

/** An area with those that lie in it. `inForce` today. */
export interface AreaNode extends Area {
  readonly inForce: boolean
  readonly children: AreaNode[]
}

/** A record whose parent is not there, or lies within itself, stands at the top: nothing gets lost from the list. */
function treeOf(areas: readonly Area[], today: number): AreaNode[] {
  const shown = new Set<Area>()
  const node = (area: Area): AreaNode => {
    shown.add(area)
    const children = areas.filter((child) => child.parent === area.code && !shown.has(child)).map(node)
    return { ...area, inForce: inForce(area, today), children }
  }
  const codes = new Set(areas.map((area) => area.code))
  const roots = areas.filter((area) => area.parent === undefined || !codes.has(area.parent)).map(node)
  return [...roots, ...areas.filter((area) => !shown.has(area)).map(node)]
}

export interface AreaHandlers {
  /** Their own areas, with those above them, so that they hang on something. */
  tree(who: Identity): AreaNode[]
  create(who: Identity, area: Area): Outcome<Area>
}

/** Where an area is added: below its parent, and in itself where the code is known already. */
const placeOf = (area: Area, known: boolean): readonly string[] | 'all' => (area.parent === undefined ? 'all' : [area.parent, ...(known ? [area.code] : [])])

export function createAreaHandlers(deps: ServerDeps): AreaHandlers {
  const { areas, policies } = deps.stores
  const today = (): number => civilDayNumber(deps.clock.wall())
  const knownPolicy = (name: string | undefined): boolean => name === undefined || name === DEFAULT_POLICY_NAME || policies.byId(name) !== null
  return {
    tree(who) {
      const concerns = deps.access.concerns(who, 'station.read')
      return treeOf(areas.all().filter(({ code }) => concerns([code])), today())
    },
    create(who, area) {
      const refusal = deps.access.refusal(who, 'area.write', placeOf(area, areas.byCode(area.code).length > 0))
      if (refusal) return refused(refusal)
      const all = [...areas.all(), area]
      const here = `/areas/${all.length - 1}`
      const found = [...checkAreas(all, today()), ...checkAreaDates(area, here)].filter((f) => f.level === 'refused' && f.path.startsWith(here))
      const [first] = found
      if (first) {
        const status = first.code === 'duplicate-id' ? 409 : 422
        return refused({ status, code: first.code, en: first.en, vi: first.vi, field: first.path.slice(here.length), findings: found })
      }
      if (!knownPolicy(area.policy)) {
        return refused({
          status: 422,
          code: 'unknown-policy',
          field: '/policy',
          en: `There is no policy "${area.policy}": correct the name, or import a timetable that has it.`,
          vi: `Không có quy định giờ phát "${area.policy}": hãy sửa tên, hoặc nhập lịch phát có quy định này.`,
        })
      }
      deps.decide({ actor: who.actor, action: 'area.create', subject: area.code, detail: area }, () => areas.put(area))
      deps.listener.timetableChanged()
      return accepted(area)
    },
  }
}
