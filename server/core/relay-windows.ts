import { areaBook } from '../../shared/core/area.ts'
import { civilDayNumber, dateOfDayNumber } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import { durationMs } from '../../shared/core/durations.ts'
import { layOut, type FindMedia } from '../../shared/core/layout.ts'
import { DEFAULT_POLICY_NAME } from '../../shared/core/policy-text.ts'
import { occurrencesBetween } from '../../shared/core/recurrence.ts'
import { audienceOn, type Directory } from '../../shared/core/targets.ts'
import type { Session } from '../../shared/core/timetable.ts'

/** When a relay is to sound somewhere: [start, end). */
export interface RelayWindow {
  readonly relay: string
  readonly start: WallMs
  readonly end: WallMs
  /** Sessions that want it. */
  readonly sessions: readonly string[]
  /** Names of the policies that bind those who hear it. */
  readonly policies: readonly string[]
}
export interface RelayPlanInput extends Directory {
  readonly clusters: readonly { readonly id: string; readonly name: string; readonly stagger: number }[]
  readonly sessions: readonly Session[]
  readonly find: FindMedia
}
export interface Span {
  readonly from: WallMs
  readonly to: WallMs
}

/** Relays that sessions name, whether or not they come round soon. */
export const relaysNamed = (sessions: readonly Session[]): string[] =>
  [...new Set(sessions.flatMap((session) => session.items.flatMap((item) => ('relay' in item ? [item.relay] : []))))].sort()

export interface MourningRules {
  readonly policies: readonly { readonly id: string; readonly text: { readonly mourning?: readonly string[] } }[]
  /** Days of mourning that somebody set on the desk. A relay goes to many places: where one of them mourns, its silence may be meant. */
  readonly spans: readonly Span[]
}

/** Whether any of the named policies has its mourning today, or somebody has set it. */
export function isMourning({ policies, spans }: MourningRules, names: readonly string[], now: WallMs): boolean {
  const today = dateOfDayNumber(civilDayNumber(now))
  return spans.some(({ from, to }) => from <= now && now < to) || policies.some(({ id, text }) => names.includes(id) && (text.mourning ?? []).includes(today))
}

/**
 * Windows of all relays that overlap the span, merged per relay where they overlap or lie at most `apartMs` apart, in order of
 * their start. Sessions that nobody hears open nothing; staggered ones last until the last cluster has heard them.
 */
export function relayWindows(input: RelayPlanInput, { from, to }: Span, apartMs: number): RelayWindow[] {
  const day = civilDayNumber(from)
  const relaying = input.sessions.filter((session) => session.items.some((item) => 'relay' in item))
  if (relaying.length === 0) return []
  const audience = audienceOn(input, day)
  const policyOf = areaPolicies(input, day)
  const stagger = new Map(input.clusters.map((cluster) => [cluster.id, cluster.stagger]))
  const found: RelayWindow[] = []
  for (const session of relaying) {
    const { clusters } = audience(session.targets)
    if (clusters.length === 0) continue
    const last = session.stagger === undefined ? 0 : durationMs(session.stagger) * Math.max(...clusters.map((id) => stagger.get(id) ?? 0))
    const policies = session.policy === undefined ? [...new Set(clusters.flatMap(policyOf))] : [session.policy]
    for (const occurrence of occurrencesBetween(session, wallMs(from - last), to)) {
      for (const { stream, at, len } of layOut(session, occurrence, input.find).items) {
        if (stream === undefined) continue
        const start = wallMs(occurrence.start + at)
        const end = wallMs(start + len + last)
        if (end > from && start < to) found.push({ relay: stream, start, end, sessions: [session.id], policies })
      }
    }
  }
  return merged(found, apartMs)
}

function areaPolicies(input: Directory, day: number): (cluster: string) => string[] {
  const book = areaBook(input.areas, day)
  const names = new Map<string, string[]>()
  for (const { cluster, area } of input.memberships) {
    const name = book.policyName(area)
    if (name !== undefined) names.set(cluster, [...(names.get(cluster) ?? []), name])
  }
  return (cluster) => names.get(cluster) ?? [DEFAULT_POLICY_NAME]
}

const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])].sort()

function merged(windows: readonly RelayWindow[], apartMs: number): RelayWindow[] {
  const out: RelayWindow[] = []
  const open = new Map<string, number>()
  for (const window of [...windows].sort((a, b) => a.start - b.start || (a.relay < b.relay ? -1 : 1))) {
    const at = open.get(window.relay)
    const before = at === undefined ? undefined : out[at]
    if (at !== undefined && before && window.start - before.end <= apartMs) {
      out[at] = {
        ...before,
        end: wallMs(Math.max(before.end, window.end)),
        sessions: union(before.sessions, window.sessions),
        policies: union(before.policies, window.policies),
      }
    } else {
      open.set(window.relay, out.length)
      out.push(window)
    }
  }
  return out
}
