import { secondOfDay } from '../../shared/core/civil.ts'
import type { Session } from '../../shared/core/timetable.ts'
import { clashesOf, firstFree, shiftedTo, type Clash, type ClashWorld } from './clash.ts'
import { comesToAnEnd, splitByDays, survivingRounds } from './clash-split.ts'
import { withChanges } from './timetable-merge.ts'
import type { SessionChange } from './timetable-store.ts'

/**
 * Trùng lịch: `overwrite` (ghi đè) takes the others out where they meet; `append` (nối tiếp) lets the new one begin when they end;
 * `move` (dời) lets the others begin later, when there is room.
 */
export const CLASH_ANSWERS = ['overwrite', 'append', 'move'] as const
export type ClashAnswer = (typeof CLASH_ANSWERS)[number]

export interface PlaceWorld extends ClashWorld {
  /** Whether the person may change this session of somebody else's. */
  readonly mayTouch: (session: Session) => boolean
}
export type Placed =
  | { readonly ok: true; readonly placed: Session; readonly changes: readonly SessionChange[] }
  /** `sessions`: ids of those that stand in the way. */
  | { readonly ok: false; readonly code: 'clash' | 'not-yours' | 'no-room' | 'too-many-dates'; readonly sessions: readonly string[] }

const MAX_ID = 40

/** An id that is not taken, made from another one. */
export function freeId(from: string, taken: (id: string) => boolean): string {
  for (let n = 2; ; n++) {
    const end = `-${n}`
    const id = `${from.slice(0, MAX_ID - end.length)}${end}`
    if (!taken(id)) return id
  }
}

interface GiveWay {
  readonly clash: Clash
  readonly placed: Session
  readonly world: PlaceWorld
  readonly answer: 'overwrite' | 'move'
}

/** What is left of the session on the days on which it gives way; null = it finds no room. */
function partsOf(these: Session, { clash, placed, world, answer }: GiveWay): Session[] | null {
  if (answer === 'move') {
    const rest = world.sessions.filter(({ id }) => id !== clash.session.id)
    const at = firstFree(these, secondOfDay(these.at), { ...world, sessions: [...rest, placed] })
    return at === null ? null : [shiftedTo(these, at)]
  }
  const { extend: _extend, repeat: _repeat, ...single } = these
  return survivingRounds(clash.session, clash.days, placed).map((span) => ({ ...single, ...span }))
}

/** What becomes of a session that gives way: for clusters that hear both only, and on the days on which they meet only. */
function givesWay(question: GiveWay): readonly SessionChange[] | 'no-room' | 'too-many-dates' {
  const { clash: { session: other, days, clusters }, placed, world } = question
  const split = splitByDays(other, days, { forEver: !comesToAnEnd(placed), today: world.today })
  if (!split) return 'too-many-dates'
  const spared = world.clustersOf(other.targets).filter((id) => !clusters.includes(id))
  const targets = spared.length === 0 ? other.targets : { clusters: [...clusters] }
  const parts = partsOf({ ...split.these, targets }, question)
  if (!parts) return 'no-room'
  const kept = spared.length === 0 ? [] : [{ ...split.these, targets: { clusters: spared } }]
  const taken = new Set([...world.sessions.map(({ id }) => id), placed.id])
  // the part that is most like it keeps its id
  const [first, ...more] = [...(split.rest ? [split.rest] : []), ...kept, ...parts]
  const named = more.map((session) => {
    const id = freeId(other.id, (one) => taken.has(one))
    taken.add(id)
    return { session: id, doc: { ...session, id } }
  })
  return [{ session: other.id, doc: first ?? null }, ...named]
}

/**
 * Places a session among the others by the person's answer. Afterwards it overlaps with none of them on a cluster that hears both;
 * what other clusters hear, and every length, stays as it was; a session that the person may not touch is never changed.
 */
export function placeSession(placed: Session, world: PlaceWorld, answer: ClashAnswer | null): Placed {
  const clashes = clashesOf(placed, world)
  if (clashes.length === 0) return { ok: true, placed, changes: [] }
  const inTheWay = clashes.map(({ session }) => session.id)
  if (answer === null) return { ok: false, code: 'clash', sessions: inTheWay }
  if (answer === 'append') {
    const at = firstFree(placed, secondOfDay(placed.at), world)
    return at === null ? { ok: false, code: 'no-room', sessions: inTheWay } : { ok: true, placed: shiftedTo(placed, at), changes: [] }
  }
  const foreign = clashes.filter(({ session }) => !world.mayTouch(session)).map(({ session }) => session.id)
  if (foreign.length > 0) return { ok: false, code: 'not-yours', sessions: foreign }
  const changes = new Map<string, SessionChange>()
  let { sessions } = world
  for (const clash of clashes) {
    const given = givesWay({ clash, placed, world: { ...world, sessions }, answer })
    if (typeof given === 'string') return { ok: false, code: given, sessions: [clash.session.id] }
    for (const change of given) changes.set(change.session, change)
    sessions = withChanges(sessions, given)
  }
  return { ok: true, placed, changes: [...changes.values()] }
}
