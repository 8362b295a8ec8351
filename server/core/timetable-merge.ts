import type { Session } from '../../shared/core/timetable.ts'
import type { DraftChange, SessionChange } from './timetable-store.ts'

/** JSON with its fields in order, so that two documents that say the same are the same text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, part]) => part !== undefined).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`).join(',')}}`
}

/** Do two states of a session say the same? null = it is not there. */
export const sameSession = (a: Session | null, b: Session | null): boolean => canonical(a) === canonical(b)

const byId = (a: Session, b: Session): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** The timetable as it would be, in order of the id. */
export function withChanges(sessions: readonly Session[], changes: readonly SessionChange[]): Session[] {
  const touched = new Set(changes.map(({ session }) => session))
  return [...sessions.filter(({ id }) => !touched.has(id)), ...changes.flatMap(({ doc }) => (doc ? [doc] : []))].sort(byId)
}

/** Somebody else published another state of a session that the draft changes as well. */
export interface MergeConflict {
  readonly session: string
  readonly base: Session | null
  readonly theirs: Session | null
  readonly mine: Session | null
}

/** Sessions are merged whole: what was published meanwhile of others comes in by itself, of the same one a person decides. */
export function conflictsOf(sessions: readonly Session[], changes: readonly DraftChange[]): MergeConflict[] {
  const inForce = new Map(sessions.map((session) => [session.id, session]))
  return changes.flatMap(({ session, base, doc }) => {
    const theirs = inForce.get(session) ?? null
    return sameSession(theirs, base) || sameSession(theirs, doc) ? [] : [{ session, base, theirs, mine: doc }]
  })
}

/** Changes that would change something. */
export function realChanges(sessions: readonly Session[], changes: readonly SessionChange[]): SessionChange[] {
  const inForce = new Map(sessions.map((session) => [session.id, session]))
  return changes.filter(({ session, doc }) => !sameSession(inForce.get(session) ?? null, doc))
}
