import type { Answer, Sentence } from '../../lib/answer.ts'
import { ask } from '../../lib/ask.ts'
import { bring, type Bringing } from './bringing.svelte.ts'
import type { ProgrammeView } from './views.ts'

const MAKE_WAIT_MS = 180_000
/** More is begun when one of them has arrived: a narrow link is not shared by all. */
const AT_ONCE = 1

export interface Sent {
  readonly id: number
  readonly name: string
  readonly bytes: number
  readonly state: 'waiting' | 'going' | 'away' | 'making' | 'done' | 'failed'
  readonly percent: number
  readonly sentence: Sentence | null
  /** In the library; '' while it is not. */
  readonly programme: string
}
export interface Wish {
  readonly folder: string
  readonly area: string
  readonly language: string
  readonly state: 'draft' | 'pending'
}
interface Row {
  readonly id: number
  readonly file: File
  readonly wish: Wish
  state: 'waiting' | 'going' | 'making' | 'done' | 'failed'
  on: Bringing | null
  sentence: Sentence | null
  programme: string
}

/** Outlives the page of uploads: whoever looks at another page meanwhile loses nothing. */
const rows = $state<Row[]>([])
let count = 0

const shown = ({ id, file, state, on, sentence, programme }: Row): Sent => ({
  id, name: file.name, bytes: file.size, programme, sentence: sentence ?? on?.sentence ?? null,
  state: state === 'going' && on?.state === 'away' ? 'away' : state, percent: state === 'done' || state === 'making' ? 100 : (on?.percent ?? 0),
})
export const uploads = (): Sent[] => rows.map(shown)
export const isSending = (): boolean => rows.some(({ state }) => state === 'waiting' || state === 'going' || state === 'making')

/** Adds recordings to those that wait. */
export function addUploads(files: readonly File[], wish: Wish): void {
  for (const file of files) rows.push({ id: count++, file, wish, state: 'waiting', on: null, sentence: null, programme: '' })
  next()
}
export function tryAgain(id: number): void {
  const row = rows.find((one) => one.id === id)
  if (!row || row.state !== 'failed') return
  Object.assign(row, { state: 'waiting', sentence: null })
  next()
}
export function giveUp(id: number): void {
  const at = rows.findIndex((one) => one.id === id)
  rows[at]?.on?.giveUp()
  if (at >= 0) rows.splice(at, 1)
  next()
}

function next(): void {
  if (rows.filter(({ state }) => state === 'going' || state === 'making').length >= AT_ONCE) return
  const row = rows.find(({ state }) => state === 'waiting')
  if (row) void work(row).then(next)
}
async function work(row: Row): Promise<void> {
  row.state = 'going'
  if (row.on === null || row.on.state === 'failed') row.on = bring(row.file, row.file.name)
  const came = await row.on.arrived
  if (!came.ok) return void (row.state = 'failed')
  row.state = 'making'
  const made: Answer<ProgrammeView> = await ask('POST', '/programmes', { body: { ...row.wish, upload: came.id }, waitMs: MAKE_WAIT_MS })
  if (made.ok) Object.assign(row, { state: 'done', programme: made.value.id })
  else Object.assign(row, { state: 'failed', sentence: made.kind === 'offline' ? null : made.sentence })
}
