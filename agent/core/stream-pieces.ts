import { wallMs, type WallMs } from '../../shared/core/clock.ts'
import type { Slot, SoundPart } from '../../shared/core/slot.ts'
import type { Segment } from '../../shared/core/timeline.ts'
import type { StreamState } from './stream-state.ts'
import type { Stretch } from './stretches.ts'

/** The stream that is the box's own line input. */
export const LINE_STREAM = 'line'

/** What sounds in a piece. */
export type PieceSound =
  | { readonly kind: 'file'; readonly media: string }
  | { readonly kind: 'stream' | 'clip'; readonly stream: string }
  | { readonly kind: 'line' }
  | { readonly kind: 'nothing' }

/** A stretch in which one thing sounds. */
export interface Piece extends Stretch {
  /** Server's wall time at which what sounds would have begun. */
  readonly zero: WallMs
  readonly sound: PieceSound
  readonly via: 'stream' | 'substitute' | 'line' | null
}

export interface PieceContext {
  readonly states: (stream: string) => readonly StreamState[]
  readonly holds: (media: string) => boolean
  /** ms; null where nobody knows. */
  readonly lengthOf: (media: string) => number | null
  readonly hasLine: boolean
  /** No stream of a relay comes here: its substitute sounds from the beginning. */
  readonly frugal: boolean
}

/** The pieces of a stretch, ascending; a gap after the last part is none. */
export function piecesOf(stretch: Stretch, context: PieceContext): Piece[] {
  const { source } = stretch.slot
  const zero = wallMs(stretch.from - stretch.offsetMs)
  if (source.kind === 'file') return [{ ...stretch, zero, sound: { kind: 'file', media: source.media }, via: null }]
  if (source.kind === 'parts') return source.parts.flatMap((part, n) => pieceOfPart(stretch, part, n, context))
  if (source.stream === LINE_STREAM && context.hasLine) return [{ ...stretch, zero, sound: { kind: 'line' }, via: 'line' }]
  if (source.stream !== LINE_STREAM && !context.frugal) return streamPieces(stretch, source, context.states(source.stream), context)
  return streamPieces(stretch, source, [{ from: zero, substituteSince: zero, own: true }], context)
}

const cut = (stretch: Stretch, from: number, to: number): Stretch | null => {
  const [begin, end] = [Math.max(stretch.from, from), Math.min(stretch.to, to)]
  return begin < end ? { ...stretch, from: wallMs(begin), to: wallMs(end), offsetMs: stretch.offsetMs + begin - stretch.from } : null
}

function streamPieces(stretch: Stretch, source: { readonly stream: string; readonly substitute: string | null }, states: readonly StreamState[], context: PieceContext): Piece[] {
  const zero = wallMs(stretch.from - stretch.offsetMs)
  const sound: PieceSound = source.stream === LINE_STREAM ? { kind: 'nothing' } : { kind: 'stream', stream: source.stream }
  const { substitute } = source
  if (substitute === null) return [{ ...stretch, zero, sound, via: 'stream' }]
  const pieces: Piece[] = []
  const line = [{ from: wallMs(Number.NEGATIVE_INFINITY), substituteSince: null }, ...states]
  line.forEach(({ from, substituteSince }, i) => {
    const span = cut(stretch, from, line[i + 1]?.from ?? Number.POSITIVE_INFINITY)
    if (!span) return
    if (substituteSince === null) return void pieces.push({ ...span, key: `${stretch.slot.id} ~${source.stream}`, zero, sound, via: 'stream' })
    pieces.push(...repeated(span, substitute, substituteSince, context.lengthOf(substitute)))
  })
  return pieces
}

/** The substitute from its beginning, again and again: it is often shorter than what it stands for. */
function repeated(span: Stretch, media: string, since: WallMs, lengthMs: number | null): Piece[] {
  const pieces: Piece[] = []
  const length = lengthMs ?? Number.POSITIVE_INFINITY
  for (let n = lengthMs === null ? 0 : Math.max(0, Math.floor((span.from - since) / length)); ; n++) {
    const zero = wallMs(n === 0 ? since : since + n * length)
    const turn = cut(span, zero, zero + length)
    if (!turn) return pieces
    pieces.push({ ...turn, key: `${span.slot.id}@${Math.round(zero)} ${media}`, zero, sound: { kind: 'file', media }, via: 'substitute' })
  }
}

function pieceOfPart(stretch: Stretch, part: SoundPart, n: number, context: PieceContext): Piece[] {
  const parts = stretch.slot.source.kind === 'parts' ? stretch.slot.source.parts : []
  const before = parts.slice(0, n).reduce((sum, { ms }) => sum + ms, 0)
  const begun = stretch.from - stretch.offsetMs
  const zero = wallMs(begun + before)
  const span = cut(stretch, zero, zero + part.ms)
  if (!span) return []
  const { media, stream } = part
  // a stream without a file is live; with one it brings the file in a hurry
  const sound: PieceSound =
    media !== null && (stream === null || context.holds(media)) ? { kind: 'file', media } : stream === null ? { kind: 'nothing' } : { kind: media === null ? 'stream' : 'clip', stream }
  return [{ ...span, key: `${stretch.slot.id}@${Math.round(begun)}/${n} ${media ?? ''}~${stream ?? ''}`, zero, sound, via: sound.kind === 'stream' ? 'stream' : null }]
}

/** What was ordered before. */
export interface Ordered {
  readonly key: string
  readonly base: string
  readonly from: WallMs
  readonly to: WallMs
}

/**
 * Names each piece: the one that was ordered before keeps its name although the timeline was cut or computed again, and one that comes
 * back after an interruption gets its own. Names of pieces that are not ordered are the same at every look.
 */
export function named(pieces: readonly Piece[], ordered: readonly Ordered[], now: WallMs): (Piece & { readonly base: string })[] {
  const taken = new Set<string>()
  return pieces.map((piece) => {
    const free = ordered.filter(({ base, key }) => base === piece.key && !taken.has(key))
    const same = free.find(({ from }) => Math.abs(from - piece.from) < 1) ?? (piece.from <= now ? free.find(({ from, to }) => from <= now && now < to) : undefined)
    const key = same?.key ?? `${piece.key}#${Math.round(piece.from)}`
    taken.add(key)
    return { ...piece, key, base: piece.key }
  })
}

/** A stream or clip that may sound within [from, to). */
export interface Wanted {
  readonly stream: string
  readonly clip: boolean
  readonly from: WallMs
  readonly to: WallMs
}

/** Streams, and clips of files that are not held, in the segments that end after `now`. `frugal`: no relays. */
export function wantedStreams(segments: readonly Segment[], now: WallMs, { holds, frugal }: Pick<PieceContext, 'holds' | 'frugal'>): Wanted[] {
  const wanted: Wanted[] = []
  for (const { from, to, onAir } of segments) {
    if (to <= now || onAir.do !== 'play' || (frugal && onAir.slot.source.kind === 'stream')) continue
    wanted.push(...streamsOf(onAir.slot, { from, to, zero: from - onAir.offsetMs }, holds))
  }
  return wanted
}

function streamsOf({ source, start }: Slot, { from, to, zero }: { from: WallMs; to: WallMs; zero: number }, holds: (media: string) => boolean): Wanted[] {
  if (source.kind === 'file') return []
  if (source.kind === 'stream') return source.stream === LINE_STREAM ? [] : [{ stream: source.stream, clip: false, from, to }]
  let at = zero
  return source.parts.flatMap(({ media, stream, ms }): Wanted[] => {
    const [begin, end] = [at, (at += ms)]
    if (stream === null || (media !== null && holds(media))) return []
    // a clip is needed before its place comes, and whole
    if (media !== null) return [{ stream, clip: true, from: wallMs(Math.min(start, from)), to }]
    const [first, last] = [Math.max(begin, from), Math.min(end, to)]
    return first < last ? [{ stream, clip: false, from: wallMs(first), to: wallMs(last) }] : []
  })
}
