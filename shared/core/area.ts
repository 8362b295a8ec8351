import { dayNumberOf } from './civil.ts'
import type { Area } from './timetable.ts'

/** A cluster stands in an area from a civil date, until before another: clusters move with their communes. */
export interface Membership {
  readonly cluster: string
  readonly area: string
  /** First civil day; absent = always was. */
  readonly from?: string
  /** First civil day on which it is over; absent = open. */
  readonly to?: string
}

/** Deeper than province, commune, hamlet nothing nests; more is a cycle. */
const MAX_DEPTH = 8
/** Successive mergers that a code is followed through. */
const MAX_MERGERS = 32

/** Is a record with `from` (inclusive) and `to` (exclusive) in force on a day? A date that does not exist is never reached. */
export function inForce(span: { readonly from?: string; readonly to?: string }, day: number): boolean {
  if (span.from !== undefined && !(day >= dayNumberOf(span.from))) return false
  return span.to === undefined || day < dayNumberOf(span.to)
}

/** Areas as they stand on one civil day, looked up by code. */
export interface AreaBook {
  /** The area of that code in force. */
  on(code: string): Area | undefined
  /** The code in force: an old code leads to the area that took over, through several mergers. */
  merged(code: string): string
  /** The area in force for a code and its parents, nearest first; empty for a code that leads nowhere. */
  chain(code: string): readonly Area[]
  /** Does `code` lie in `ancestor`, or is it the same? Both may be old codes. */
  within(code: string, ancestor: string): boolean
  /** The nearest policy name that the area or one of its parents gives; undefined where none does. */
  policyName(code: string): string | undefined
}

/** Makes the book of a day (days since 1970-01-01): one pass over the areas, then look-ups. */
export function areaBook(areas: readonly Area[], day: number): AreaBook {
  const current = new Map<string, Area>()
  const successor = new Map<string, string>()
  for (const a of areas) {
    if (inForce(a, day) && !current.has(a.code)) current.set(a.code, a)
    if (a.mergedInto !== undefined && a.to !== undefined && day >= dayNumberOf(a.to)) successor.set(a.code, a.mergedInto)
  }
  const merged = (code: string): string => {
    let at = code
    for (let n = 0; n < MAX_MERGERS && !current.has(at); n++) at = successor.get(at) ?? at
    return at
  }
  const chains = new Map<string, readonly Area[]>()
  const chain = (code: string): readonly Area[] => {
    const known = chains.get(code)
    if (known) return known
    const found: Area[] = []
    let next: string | undefined = code
    while (next !== undefined && found.length < MAX_DEPTH) {
      const area = current.get(merged(next))
      if (!area || found.includes(area)) break
      found.push(area)
      next = area.parent
    }
    // codes come from people: only those that lead somewhere are kept, so the memory is bounded by the areas
    if (found.length > 0) chains.set(code, found)
    return found
  }
  return {
    on: (code) => current.get(code),
    merged,
    chain,
    within: (code, ancestor) => {
      const wanted = merged(ancestor)
      return chain(code).some((a) => a.code === wanted)
    },
    policyName: (code) => chain(code).find((a) => a.policy !== undefined)?.policy,
  }
}

/** `AreaBook.merged` for a single question. */
export const mergedCode = (areas: readonly Area[], code: string, day: number): string => areaBook(areas, day).merged(code)

/** `AreaBook.chain` for a single question. */
export const areaChain = (areas: readonly Area[], code: string, day: number): readonly Area[] => areaBook(areas, day).chain(code)

/** `AreaBook.within` for a single question. */
export const isWithin = (areas: readonly Area[], code: string, ancestor: string, day: number): boolean =>
  areaBook(areas, day).within(code, ancestor)

/** `AreaBook.policyName` for a single question. */
export const policyNameFor = (areas: readonly Area[], code: string, day: number): string | undefined =>
  areaBook(areas, day).policyName(code)

/** Codes of the areas that a cluster stands in on a day, as written in its memberships. */
export const areasOf = (cluster: string, memberships: readonly Membership[], day: number): string[] =>
  memberships.filter((m) => m.cluster === cluster && inForce(m, day)).map((m) => m.area)
