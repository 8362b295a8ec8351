import type { BulletinView, CommuneView } from './views.ts'

/** How near a deadline must be to be shown as near. */
export const NEAR_MS = 86_400_000

/** What is left to do with it for whoever sees these communes; the first that applies. */
export type Todo = 'withdrawn' | 'read' | 'decide' | 'place' | 'nothing'
const isOver = (text: string | null, now: number): boolean => text !== null && Date.parse(text) <= now

/** What is left to do for one commune. An emergency sounds by itself: it is only read. Documents without words are only read as well. */
export function todoOf(bulletin: BulletinView, row: CommuneView, now: number): Todo {
  if (bulletin.withdrawnAt !== null) return 'withdrawn'
  if (row.readAt === null) return 'read'
  if (bulletin.class === 'emergency' || isOver(bulletin.validUntil, now) || !isAirable(bulletin)) return 'nothing'
  if (row.decision === 'none') return 'decide'
  return row.decision === 'taken' && row.soundings.length === 0 ? 'place' : 'nothing'
}
/** It has words, or a sound. */
export const isAirable = ({ text, programme }: Pick<BulletinView, 'text' | 'programme'>): boolean => text !== null || programme !== null

const WEIGHT: Readonly<Record<Todo, number>> = { read: 0, decide: 1, place: 2, nothing: 3, withdrawn: 4 }
const CLASSES: Readonly<Record<BulletinView['class'], number>> = { emergency: 0, priority: 1, normal: 2 }

/** The most urgent of its communes. */
export const todoOfAll = (bulletin: BulletinView, now: number): Todo => bulletin.communes.map((row) => todoOf(bulletin, row, now)).sort((a, b) => WEIGHT[a] - WEIGHT[b])[0] ?? 'nothing'

/** What asks for somebody first: to be read before to be decided, urgent before priority before normal, near deadlines first, then the newest. */
export function inOrder(bulletins: readonly BulletinView[], now: number): BulletinView[] {
  const weight = (one: BulletinView): number => WEIGHT[todoOfAll(one, now)] * 10 + CLASSES[one.class]
  const due = ({ deadline }: BulletinView): number => (deadline === null ? Infinity : Date.parse(deadline))
  const compare = (a: number, b: number): number => (a === b ? 0 : a - b)
  return [...bulletins].sort((a, b) => compare(weight(a), weight(b)) || compare(due(a), due(b)) || Date.parse(b.receivedAt) - Date.parse(a.receivedAt))
}
