import { areaBook, inForce } from './area.ts'
import { AREAS, type Finding, type Sentence } from './admission-sentences.ts'
import { dayNumberOf } from './civil.ts'
import type { Area } from './timetable.ts'

const CODE_OF_KIND: Record<Area['kind'], RegExp> = {
  province: /^\d{2}$/,
  commune: /^\d{5}$/,
  hamlet: /^\d{5}-[a-z0-9]{1,12}$/,
}

const firstDay = (a: Area): number => (a.from === undefined ? -Infinity : dayNumberOf(a.from))
const endDay = (a: Area): number => (a.to === undefined ? Infinity : dayNumberOf(a.to))
const overlap = (a: Area, b: Area): boolean => firstDay(a) < endDay(b) && firstDay(b) < endDay(a)

/** Walks the parents by code alone, all dates together: a cycle at any time is a mistake. */
function liesWithinItself(area: Area, byCode: ReadonlyMap<string, readonly Area[]>): boolean {
  const seen = new Set<string>()
  const open = [area.parent]
  while (open.length > 0) {
    const code = open.pop()
    if (code === undefined || seen.has(code)) continue
    if (code === area.code) return true
    seen.add(code)
    open.push(...(byCode.get(code) ?? []).map((a) => a.parent))
  }
  return false
}

/** What is wrong with the areas on their own: codes, parents, cycles, double codes, successors. */
export function checkAreas(areas: readonly Area[], today: number): Finding[] {
  const findings: Finding[] = []
  const byCode = new Map<string, Area[]>()
  const book = areaBook(areas, today)
  for (const a of areas) byCode.set(a.code, [...(byCode.get(a.code) ?? []), a])
  areas.forEach((a, n) => {
    const say = (field: string, sentence: Sentence): void => void findings.push({ ...sentence, path: `/areas/${n}${field}` })
    if (!CODE_OF_KIND[a.kind].test(a.code)) say('/code', AREAS.wrongCode(a.code, a.kind))
    const earlier = (byCode.get(a.code) ?? []).some((b) => areas.indexOf(b) < n && overlap(a, b))
    if (earlier) say('/code', AREAS.overlap(a.code))
    if (a.parent === undefined && a.kind !== 'province') say('', AREAS.needsParent(a.code))
    if (a.parent !== undefined) {
      const known = inForce(a, today) ? book.chain(a.parent).length > 0 : byCode.has(a.parent)
      if (!known) say('/parent', AREAS.unknownParent(a.code, a.parent))
      else if (liesWithinItself(a, byCode)) say('/parent', AREAS.cycle(a.code))
    }
    if (a.mergedInto === undefined) return
    if (!byCode.has(a.mergedInto)) say('/mergedInto', AREAS.unknownParent(a.code, a.mergedInto))
    if (a.to === undefined) say('/mergedInto', AREAS.mergedWhen(a.code))
  })
  return findings
}
