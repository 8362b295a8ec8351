import { civilDate, msOfDay } from '../../shared/core/civil.ts'
import { wallMs } from '../../shared/core/clock.ts'
import type { DaySpan, Policy } from '../../shared/core/policy.ts'
import { SLOT_CLASSES, type ClusterView, type Slot } from '../../shared/core/slot.ts'
import type { Silence } from '../../shared/core/timeline.ts'
import { allSeconds, planned, type World } from './timeline-world.ts'

/** The rule once more, slow and plain: one second after another, everything asked anew. Nothing is shared with the product's sweep. */

const inDay = (span: DaySpan, at: number): boolean => {
  const s = msOfDay(wallMs(at)) / 1000
  if (span.to > span.from) return s >= span.from && s < span.to
  return s >= span.from || s < span.to
}

export function mayNotSound(slot: Slot, policy: Policy | undefined, cluster: ClusterView, at: number): boolean {
  if (slot.class === 'emergency') return false
  if (!policy || cluster.muted) return true
  if (policy.pauses.some((p) => p.from <= at && at < p.to)) return true
  if ((slot.music || slot.class === 'filler') && policy.mourning.includes(civilDate(wallMs(at)))) return true
  if (policy.openings.some((o) => o.from <= at && at < o.to)) return false
  if (policy.quiet.some((q) => inDay(q, at))) return true
  return slot.class !== 'live' && !policy.windows.some((w) => inDay(w, at))
}

/** An emergency by live voice: it goes on where it is, whoever cut it off. */
const isSpoken = (slot: Slot): boolean => slot.class === 'emergency' && slot.resume === 'where-it-would-be-now'
/** So long a voice is left to those who wait for their turn. */
const SPOKEN_TURN_MS = 60_000

/** Whether `slot` was to sound at `at`, had nothing come between. */
export function wasDue(slot: Slot, cluster: ClusterView, at: number): boolean {
  const { start, end } = planned(slot, cluster)
  const wholeMs = slot.lengthMs * (slot.class === 'emergency' && !isSpoken(slot) ? (slot.repeats ?? Infinity) : 1)
  return start <= at && at < Math.min(end, start + wholeMs)
}

/** Why one due slot is silent at `at`. */
export function reasonOf(slot: Slot, { book, cluster }: World, at: number): Silence {
  const { sessionStart } = planned(slot, cluster)
  if (cluster.stoppedAt !== null && sessionStart <= cluster.stoppedAt && at >= cluster.stoppedAt) return 'stopped'
  const policy = book[slot.policy]
  if (slot.class === 'emergency' || !mayNotSound(slot, policy, cluster, at)) return 'gone'
  if (!policy) return 'unknown-policy'
  if (cluster.muted) return 'muted'
  if (policy.pauses.some((p) => p.from <= at && at < p.to)) return 'paused'
  if ((slot.music || slot.class === 'filler') && policy.mourning.includes(civilDate(wallMs(at)))) return 'mourning'
  return policy.quiet.some((q) => inDay(q, at)) ? 'quiet-hours' : 'outside-window'
}

interface Actor {
  slot: Slot
  start: number
  sessionStart: number
  end: number
  /** Ms of it heard since it last began at 0, or its live position. */
  heard: number
  begun: boolean
  lastTurn: number
  /** Whole repeats heard. */
  repeated: number
  live: boolean
  over: boolean
}
export interface Heard {
  readonly slot: Slot
  readonly offsetMs: number
}

const isAlarm = (a: Actor): boolean => a.slot.class === 'emergency'
const rung = (a: Actor): number => SLOT_CLASSES.indexOf(a.slot.class)
const tie = (a: Actor, b: Actor): number => b.slot.issuedAt - a.slot.issuedAt || (a.slot.id < b.slot.id ? -1 : 1)
const rank = (a: Actor, b: Actor): number =>
  (isAlarm(a) ? (b.slot.danger ?? 0) - (a.slot.danger ?? 0) : 0) || (b.slot.authority ?? 0) - (a.slot.authority ?? 0) || (isAlarm(a) ? b.slot.issuedAt - a.slot.issuedAt : 0) || b.start - a.start || tie(a, b)
const due = (a: Actor, b: Actor): number => a.start - b.start || tie(a, b)
const order = (a: Actor, b: Actor): number => a.slot.order - b.slot.order || due(a, b)

function pick(ready: Actor[], playing: Actor | null, now: number): Actor | undefined {
  const top = Math.min(...ready.map(rung))
  const rivals = ready.filter((a) => rung(a) === top)
  const sounding = playing && rivals.includes(playing) ? playing : null
  if (top === 0) {
    const waitedSince = Math.min(...rivals.filter((a) => a !== sounding).map((a) => a.start))
    const leaves = sounding && isSpoken(sounding.slot) && now >= Math.max(sounding.lastTurn, waitedSince) + SPOKEN_TURN_MS
    const midTurn = sounding && sounding.heard < sounding.slot.lengthMs && !leaves ? sounding : null
    const fresh = rivals.filter((a) => a.start === now && (!midTurn || rank(a, midTurn) < 0)).sort(rank)[0]
    if (midTurn) return fresh ?? midTurn
    const unheard = rivals.filter((a) => !a.begun).sort(rank)[0]
    return unheard ?? rivals.sort((a, b) => a.lastTurn - b.lastTurn)[0]
  }
  if (top === 1) return rivals.sort(rank)[0]
  if (sounding) return sounding
  const begun = rivals.filter((a) => a.begun).sort((a, b) => a.lastTurn - b.lastTurn || due(a, b))[0]
  if (begun) return begun
  if (top !== 2) return rivals.sort(due)[0]
  const head = (a: Actor): boolean =>
    !rivals.some((b) => b !== a && b.slot.session === a.slot.session && (b.start < a.start || (b.start === a.start && order(b, a) < 0)))
  return rivals.filter(head).sort(order)[0]
}

/** What is heard in each second of the world, null for silence. */
export function heardEachSecond({ slots, book, cluster }: World): (Heard | null)[] {
  const actors: Actor[] = slots.map((slot) => ({ slot, ...planned(slot, cluster), heard: 0, begun: false, lastTurn: 0, repeated: 0, live: false, over: false }))
  let playing: Actor | null = null
  const isLive = (a: Actor): boolean => a.live || a.slot.resume === 'where-it-would-be-now'
  return allSeconds().map((now) => {
    const ready = actors.filter((a) => {
      if (a.over || now < a.start) return false
      const stopped = cluster.stoppedAt !== null && a.sessionStart <= cluster.stoppedAt && now >= cluster.stoppedAt
      const done = isAlarm(a) && !isSpoken(a.slot) ? a.repeated >= (a.slot.repeats ?? Infinity) : a.heard >= a.slot.lengthMs || (isLive(a) && now - a.start >= a.slot.lengthMs)
      if (stopped || done || now >= a.end) a.over = true
      else if (mayNotSound(a.slot, book[a.slot.policy], cluster, now)) {
        a.live = true
        if (a.slot.source.kind === 'file' || (a.begun && a.slot.resume === 'drop')) a.over = true
        return false
      }
      return !a.over
    })
    const next = pick(ready, playing, now) ?? null
    if (next && isAlarm(next)) for (const a of actors) if (a.slot.music && a.begun && !isAlarm(a)) a.over = true
    if (playing && next && playing !== next && playing.slot.resume === 'drop' && !isAlarm(playing)) playing.over = true
    if (next && (next !== playing || (isAlarm(next) && next.heard >= next.slot.lengthMs))) {
      const restarts = !next.begun || isAlarm(next) || next.slot.resume === 'from-the-beginning'
      if (isAlarm(next) && !isSpoken(next.slot)) next.heard = 0
      else if (isLive(next)) next.heard = now - next.start
      else if (restarts) next.heard = 0
      if (!next.begun || isAlarm(next)) next.lastTurn = now
      next.begun = true
    }
    playing = next
    if (!next) return null
    const heard = { slot: next.slot, offsetMs: next.heard }
    next.heard += 1000
    if (next.heard === next.slot.lengthMs) next.repeated++
    return heard
  })
}
