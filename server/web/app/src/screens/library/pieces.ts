import type { Answer, Sentence } from '../../lib/answer.ts'
import { retryMs } from '../../lib/retry.ts'

/** GET /uploads/:id. */
export interface UploadView {
  readonly id: string
  readonly bytes: number
  readonly offset: number
  readonly programme: string | null
}
export const FIRST_PIECE_BYTES = 131_072
const SMALLEST_PIECE_BYTES = 32_768
const LARGEST_PIECE_BYTES = 4_194_304
/** A piece that takes longer than this is followed by a smaller one, so that a cut link loses little. */
const SLOW_MS = 6_000
const QUICK_MS = 2_000
/** Tries in a row without any progress before a person is asked. */
export const MOST_TRIES = 8

/** How large the next piece is, by how long the last one took, ms. */
export function nextPiece(bytes: number, tookMs: number): number {
  if (tookMs > SLOW_MS) return Math.max(SMALLEST_PIECE_BYTES, Math.floor(bytes / 2))
  return tookMs < QUICK_MS ? Math.min(LARGEST_PIECE_BYTES, bytes * 2) : bytes
}

export interface Pieces {
  readonly bytes: number
  /** An upload that was begun before for the same recording; null = none. */
  readonly begun: string | null
  begin(): Promise<Answer<UploadView>>
  look(id: string): Promise<Answer<UploadView>>
  send(id: string, from: number, to: number): Promise<Answer<UploadView>>
  /** Remembers what was begun, so that it goes on after the page was closed. */
  note(id: string): void
  progress(done: number): void
  /** The link is away, and it is tried again by itself. */
  away(): void
  isGivenUp(): boolean
  wait(ms: number): Promise<void>
  /** 0 … 1. */
  chance(): number
  /** ms of any clock that only goes forward. */
  now(): number
}
export type Came = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly why: 'given-up' | 'away' } | { readonly ok: false; readonly why: 'refused'; readonly sentence: Sentence }

type Refused = Extract<Answer<never>, { ok: false }>
/** It is asked anew where it stands: a piece may have arrived whose answer did not. */
const isPassing = (answer: Refused): boolean => answer.kind === 'offline' || answer.kind === 'fault' || ['wrong-offset', 'in-use'].includes(answer.sentence.code)
const isForgotten = (answer: Refused): boolean => answer.kind !== 'offline' && answer.status === 404

/** Sends a recording piece by piece. A link that is cut costs one piece; what has arrived is not sent again. */
export async function sendPieces(pieces: Pieces): Promise<Came> {
  let id = pieces.begun
  /** Where it stands; null = it must be asked. */
  let stands: number | null = null
  let furthest = -1
  let piece = FIRST_PIECE_BYTES
  for (let tries = 0; stands === null || stands < pieces.bytes; ) {
    if (pieces.isGivenUp()) return { ok: false, why: 'given-up' }
    if (tries >= MOST_TRIES) return { ok: false, why: 'away' }
    if (tries > 0) await pieces.wait(retryMs(tries - 1, pieces.chance()))
    const began = pieces.now()
    const isPiece = id !== null && stands !== null
    const answer: Answer<UploadView> = id === null ? await pieces.begin() : stands === null ? await pieces.look(id) : await pieces.send(id, stands, Math.min(pieces.bytes, stands + piece))
    // forgotten by the server, or of another recording: from the beginning
    if (answer.ok ? answer.value.bytes !== pieces.bytes : isForgotten(answer)) {
      id = null
      stands = null
      tries++
    } else if (answer.ok) {
      if (id === null) pieces.note(answer.value.id)
      if (isPiece) piece = nextPiece(piece, pieces.now() - began)
      // only what moves it on counts: a station that takes no piece is not asked for ever
      if (answer.value.offset > furthest) tries = 0
      else if (isPiece) tries++
      id = answer.value.id
      stands = answer.value.offset
      furthest = Math.max(furthest, stands)
      pieces.progress(stands)
    } else if (isPassing(answer)) {
      tries++
      stands = null
      pieces.away()
    } else return { ok: false, why: 'refused', sentence: answer.kind === 'offline' ? NOTHING : answer.sentence }
  }
  return id === null ? { ok: false, why: 'away' } : { ok: true, id }
}
const NOTHING: Sentence = { code: 'offline', vi: '', en: '' }
