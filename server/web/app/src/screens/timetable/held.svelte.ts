import type { Answer, Sentence } from '../../lib/answer.ts'
import { me } from '../../lib/session.svelte.ts'
import { dateAt, mondayOf } from './dates.ts'
import type { Cannot, Edit } from './edits.ts'
import type { Finding, Session } from './views.ts'

/** What stands between an edit and the draft. */
export type Trouble =
  /** Somebody else changed the draft meanwhile: nothing was written, and the edit can be repeated on what is there now. */
  | { readonly kind: 'changed'; readonly edit: Edit }
  /** Something sounds there: a person decides. */
  | { readonly kind: 'clash'; readonly edit: Edit; readonly sentence: Sentence }
  /** It stands in the draft, but the rules have something to say. */
  | { readonly kind: 'findings'; readonly findings: readonly Finding[] }
  | { readonly kind: 'cannot'; readonly why: Cannot }
  | { readonly kind: 'failed'; readonly edit: Edit; readonly answer: Answer<unknown> }

interface Undo {
  readonly done: string
  readonly before: ReadonlyMap<string, Session | null>
}
interface Held {
  draft: string | null
  area: string | null
  from: string
  day: string
  busy: boolean
  trouble: Trouble | null
  said: string | null
  undo: Undo[]
  /** Sentences that were shown once; they are not shown again for each small change. */
  shown: string[]
  closed: Sentence | null
  /** Who has changed the draft while it is shown here. */
  other: string | null
}

export const DRAFT_KEY = 'timetable-draft'
export const AREA_KEY = 'timetable-area'

export function keep(key: string, value: string | null): void {
  if (value === null) localStorage.removeItem(key)
  else localStorage.setItem(key, value)
}
export const seenIn = (action: string): 'all' | readonly string[] => me()?.rights[action] ?? []

const EMPTY: Held = { draft: null, area: null, from: '', day: '', busy: false, trouble: null, said: null, undo: [], shown: [], closed: null, other: null }
/** What outlives the page while somebody looks at another one: their last steps can still be taken back. */
export const held = $state<Held>({ ...EMPTY })
let heldFor: string | null = null
/** The civil day on which it was last looked at. */
let heldOn = ''

/** Somebody's own desk: nothing of whoever was signed in here before. */
export function sitDown(): void {
  const who = me()?.name ?? ''
  if (heldFor === who) return
  heldFor = who
  const today = (heldOn = dateAt(Date.now()))
  const own = seenIn('station.read')
  Object.assign(held, EMPTY, { draft: localStorage.getItem(DRAFT_KEY), area: localStorage.getItem(AREA_KEY) ?? (own !== 'all' && own.length > 0 ? (own[0] as string) : null), from: mondayOf(today), day: today, undo: [], shown: [] })
}

/** A page that was left open over night shows the new day, where it showed the one before. */
export function turnTo(today: string): void {
  if (held.day === heldOn && today !== heldOn) Object.assign(held, { day: today, from: mondayOf(today) })
  heldOn = today
}
