import { itemName } from '../../../../../../shared/core/layout.ts'
import type { ClashAnswer, Days, Item, PlaceBody, Session } from './views.ts'

/** One request that changes a draft. */
export type Step =
  | { readonly do: 'put'; readonly session: Session }
  | { readonly do: 'remove'; readonly session: string }
  /** The draft says nothing of it any more: it stays as it is in force. */
  | { readonly do: 'forget'; readonly session: string }
  | { readonly do: 'resolve'; readonly session: string; readonly take: 'mine' | 'theirs' }
  | { readonly do: 'place'; readonly body: PlaceBody }
  | { readonly do: 'work'; readonly what: 'copy' | 'apply' | 'except' | 'extend'; readonly body: object }

/** What a person wants done. It is worked out anew from the sessions as they are, so that it can be repeated after somebody else's change. */
export interface Edit {
  /** What is said when it stands in the draft. */
  readonly done: string
  readonly steps: (sessions: readonly Session[]) => readonly Step[] | Cannot
  /** Called once it stands in the draft, maybe after a question. */
  readonly stands?: () => void
}
/** Why an edit makes no sense any more. */
export type Cannot = 'last-item' | 'gone'
/** `all`: on each day on which the session comes round; `day`: on this one only. */
export type Scope = 'all' | 'day'
export interface Spot {
  readonly session: string
  readonly date: string
  /** Place in the session's list of items. */
  readonly index: number
  /** What stood there when somebody took it, of `keysOf`: the list may be another one by now. Absent = whatever is there. */
  readonly key?: string
}
type Items = readonly Item[]

/** Sessions as a draft has them. */
export function mergedSessions(inForce: readonly Session[], changes: readonly { readonly session: string; readonly doc: Session | null }[]): Session[] {
  const changed = new Set(changes.map(({ session }) => session))
  return [...inForce.filter(({ id }) => !changed.has(id)), ...changes.flatMap(({ doc }) => doc ?? [])]
}

/** An id that no session has, made of a name without marks or of another id. */
export function freeId(from: string, sessions: readonly Pick<Session, 'id'>[]): string {
  const plain = from.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 36) || 'buoi'
  const taken = new Set(sessions.map(({ id }) => id))
  if (!taken.has(plain)) return plain
  for (let n = 2; ; n++) if (!taken.has(`${plain}-${n}`)) return `${plain}-${n}`
}

/** Does it come round on this day and no other? */
export const isOnce = (days: Days, date: string): boolean => days !== 'daily' && days.once !== undefined && [days.once].flat().join() === date

/** The copy of a session for one day: the same one when it is asked for again. */
function idOfDay(session: Session, date: string, sessions: readonly Session[]): string {
  const id = `${session.id.slice(0, 31).replace(/-+$/, '')}-${date.replaceAll('-', '')}`
  const known = sessions.find((one) => one.id === id)
  return known === undefined || isOnce(known.days, date) ? id : freeId(id, sessions)
}

/** A session with other items, on all its days or on one. */
function withItems(session: Session, items: Items, where: { readonly date: string; readonly scope: Scope; readonly sessions: readonly Session[] }): Step[] {
  const { date, scope, sessions } = where
  if (scope === 'all' || isOnce(session.days, date)) return [{ do: 'put', session: { ...session, items: [...items] } }]
  const { except = [], extend = [], ...plain } = session
  const [here, others] = [extend.filter((one) => one.date === date), extend.filter((one) => one.date !== date)]
  const copy: Session = { ...plain, id: idOfDay(session, date, sessions), days: { once: date }, items: [...items], ...(here.length > 0 ? { extend: here } : {}) }
  const rest: Session = { ...plain, except: [...except.filter((one) => one !== date), date], ...(others.length > 0 ? { extend: others } : {}) }
  // first the rest: else both would sound for a moment, and be told of as a clash
  return [{ do: 'put', session: rest }, { do: 'put', session: copy }]
}

/** Changes the items of a session. */
export function changeItems(sessions: readonly Session[], at: { readonly session: string; readonly date: string; readonly scope: Scope }, change: (items: Items) => Items): readonly Step[] | Cannot {
  const session = sessions.find(({ id }) => id === at.session)
  if (!session) return 'gone'
  const items = change(session.items)
  return items.length === 0 ? 'last-item' : withItems(session, items, { ...at, sessions })
}

const kindOf = (item: Item): string => ('chime' in item ? 'chime' : 'file' in item ? 'file' : 'folder' in item ? 'folder' : 'relay' in item ? 'relay' : 'speak')
/** Names of things in a list that follow them when others come or go; of several alike each has its own. */
export function keysOf(list: readonly { readonly kind: string; readonly name: string }[]): string[] {
  const seen = new Map<string, number>()
  return list.map(({ kind, name }) => {
    const n = (seen.get(`${kind} ${name}`) ?? 0) + 1
    seen.set(`${kind} ${name}`, n)
    return `${kind} ${n} ${name}`
  })
}
/** Where the item of a spot stands now; null where it is gone. */
export function placeOf(items: Items, { index, key }: Pick<Spot, 'index' | 'key'>): number | null {
  if (key === undefined) return items[index] === undefined ? null : index
  const found = keysOf(items.map((item) => ({ kind: kindOf(item), name: itemName(item) }))).indexOf(key)
  return found < 0 ? null : found
}
/** Changes the list around one item of it, wherever that stands by now. */
export function changeAt(sessions: readonly Session[], at: Spot & { readonly scope: Scope }, change: (items: Items, index: number) => Items): readonly Step[] | Cannot {
  const index = placeOf(sessions.find(({ id }) => id === at.session)?.items ?? [], at)
  return index === null ? 'gone' : changeItems(sessions, at, (items) => change(items, index))
}

export const without = (items: Items, index: number): Item[] => items.filter((_, n) => n !== index)
export const withItemAt = (items: Items, item: Item, index: number): Item[] => [...items.slice(0, index), item, ...items.slice(index)]
/** `to`: its place among the others, once it is taken out. */
export function movedWithin(items: Items, from: number, to: number): Items {
  const item = items[from]
  return item === undefined ? items : withItemAt(without(items, from), item, Math.max(0, Math.min(items.length - 1, to)))
}

/** The sessions after some steps that put or remove. */
export function afterSteps(sessions: readonly Session[], steps: readonly Step[]): Session[] {
  let all = [...sessions]
  for (const step of steps) {
    if (step.do === 'put') all = [...all.filter(({ id }) => id !== step.session.id), step.session]
    if (step.do === 'remove') all = all.filter(({ id }) => id !== step.session)
  }
  return all
}
/** Of several steps that put the same session only the last; those that make room first, so that nothing is told of as a clash in between. */
function inOrder(steps: readonly Step[], sessions: readonly Session[]): Step[] {
  const last = steps.filter((step, n) => step.do !== 'put' || !steps.slice(n + 1).some((later) => later.do === 'put' && later.session.id === step.session.id))
  const isNew = (step: Step): boolean => step.do === 'put' && !sessions.some(({ id }) => id === step.session.id)
  return [...last.filter((step) => !isNew(step)), ...last.filter(isNew)]
}

/** Moves an item to another place, in the same session or another; its length stays. `to.index`: its place among the others there. */
export function moveItem(sessions: readonly Session[], from: Spot, to: Spot, scope: Scope): readonly Step[] | Cannot {
  const there = sessions.find(({ id }) => id === from.session)?.items ?? []
  const index = placeOf(there, from)
  const item = index === null ? undefined : there[index]
  if (index === null || item === undefined) return 'gone'
  const isSame = from.session === to.session && (scope === 'all' || from.date === to.date)
  if (isSame) return changeItems(sessions, { ...from, scope }, (items) => movedWithin(items, index, to.index))
  const taken = changeItems(sessions, { ...from, scope }, (items) => without(items, index))
  if (typeof taken === 'string') return taken
  const put = changeItems(afterSteps(sessions, taken), { ...to, scope }, (items) => withItemAt(items, item, to.index))
  return typeof put === 'string' ? put : inOrder([...taken, ...put], sessions)
}

/** What puts sessions back as they were; null = it was not there. */
export function backTo(before: ReadonlyMap<string, Session | null>, sessions: readonly Session[]): Step[] {
  const there = new Set(sessions.map(({ id }) => id))
  const gone = [...before].flatMap(([id, session]): Step[] => (session === null && there.has(id) ? [{ do: 'remove', session: id }] : []))
  return [...gone, ...[...before.values()].flatMap((session): Step[] => (session ? [{ do: 'put', session }] : []))]
}

/** Where a step is sent and what with. */
export function requestOf(step: Step, answer: ClashAnswer | undefined): { readonly method: 'PUT' | 'DELETE' | 'POST'; readonly path: string; readonly body?: object } {
  const decided = answer === undefined ? {} : { answer }
  switch (step.do) {
    case 'put':
      return { method: 'PUT', path: `/sessions/${step.session.id}`, body: step.session }
    case 'remove':
      return { method: 'DELETE', path: `/sessions/${step.session}` }
    case 'forget':
      return { method: 'POST', path: `/sessions/${step.session}/forget` }
    case 'resolve':
      return { method: 'POST', path: '/resolve', body: { session: step.session, take: step.take } }
    case 'place':
      return { method: 'POST', path: '/place', body: { ...step.body, ...decided } }
    case 'work':
      return { method: 'POST', path: `/${step.what}`, body: step.what === 'copy' || step.what === 'apply' ? { ...step.body, ...decided } : step.body }
  }
}
