import { monoMs, type Clock, type MonoMs, type Random, type WallMs } from '../../shared/core/clock.ts'
import { encodeMessage } from '../../shared/protocol/codec.ts'
import { createStreamBuffer, type StreamBuffer } from '../core/stream-buffer.ts'
import { createLateness, type StreamFacts } from '../core/stream-facts.ts'
import type { OwnChanges } from '../core/stream-state.ts'
import type { LinkStage } from './link.ts'

/** A stream that may sound within [from, to), or a clip that is needed until `to`. */
export interface StreamWant {
  readonly stream: string
  readonly clip: boolean
  readonly from: WallMs
  readonly to: WallMs
}

/** A relay is on its way 15 s before it sounds; who joins earlier pays for sound that it does not need. */
const JOIN_BEFORE_MS = 20_000
const JOIN_JITTER_MS = 4_000
/** What follows so soon is not left and joined anew. */
const ADJACENT_MS = 30_000
const ASK_EVERY_MS = 500
/** A burst is on its way: it is not asked for at once. */
const BURST_MS = 700
const LONGEST_ASK_MS = 10_000
/** What sounds sooner than this cannot come any more. */
const ON_THE_WAY_MS = 250
const HOLE_TRIES = 3

/** One stream or clip while it is wanted. */
export interface Joined {
  want: StreamWant
  readonly buffer: StreamBuffer
  readonly lateness: ReturnType<typeof createLateness>
  /** `asking` while the broker has not granted it. */
  topic: 'left' | 'asking' | 'joined'
  /** The broker has granted it before: the next connection brings it with it. */
  granted: boolean
  readonly joinAt: number
  /** Since when it is due here; null before. */
  dueSince: MonoMs | null
  keptAt: MonoMs
  askedAt: MonoMs
  asks: number
  /** Joined anew: what was sent meanwhile is lacking. */
  lacking: boolean
  readonly tries: Map<number, number>
  own: OwnChanges
  told: string
  seenToUs: number
  lostMs: number
}

export function joinedOf(want: StreamWant, buffer: StreamBuffer | undefined, { clock, random }: { readonly clock: Clock; readonly random: Random }): Joined {
  const never = monoMs(Number.NEGATIVE_INFINITY)
  return {
    want, buffer: buffer?.clip === want.clip ? buffer : createStreamBuffer(want.clip), lateness: createLateness(), topic: 'left', granted: false,
    joinAt: want.from - JOIN_BEFORE_MS - JOIN_JITTER_MS * random(), dueSince: null, keptAt: clock.mono(), askedAt: never, asks: 0, lacking: true,
    tries: new Map(), own: [], told: '', seenToUs: 0, lostMs: 0,
  }
}

/** Of each stream what is due first, with what follows it closely. */
export function nextWants(wants: readonly StreamWant[], now: WallMs | null): Map<string, StreamWant> {
  const next = new Map<string, StreamWant>()
  for (const want of [...wants].sort((a, b) => a.from - b.from)) {
    if (now === null ? !want.clip : want.to <= now) continue
    const known = next.get(want.stream)
    if (!known) next.set(want.stream, want)
    else if (want.from <= known.to + ADJACENT_MS && want.to > known.to) next.set(want.stream, { ...known, to: want.to })
  }
  return next
}

export const isDue = ({ want, joinAt }: Joined, now: WallMs): boolean => now >= joinAt && now < want.to
export const isWhole = ({ buffer }: Joined): boolean => buffer.holes(0, Number.POSITIVE_INFINITY).length === 0

/** Asks the server for the first thing that lacks and could still come in time. */
export function fill(one: Joined, now: WallMs, { clock, ctl }: { readonly clock: Clock; readonly ctl: LinkStage }): void {
  const mono = clock.mono()
  if (!ctl.isUp() || mono - one.askedAt < ASK_EVERY_MS) return
  const ask = (from: number, to: number | null): void => {
    one.askedAt = mono
    one.asks++
    one.lacking = false
    const join = { s: one.want.stream, from: Math.max(0, Math.floor(from / 1_000)), ...(to === null ? {} : { to: Math.ceil(to / 1_000) }) }
    void ctl.send('join', encodeMessage('join', join)).then((went) => void (one.lacking ||= !went))
  }
  if (one.want.clip) {
    const wait = one.asks === 0 ? BURST_MS : Math.min(LONGEST_ASK_MS, ASK_EVERY_MS * 1.5 ** one.asks)
    const hole = mono - Math.max(one.keptAt, one.askedAt) < wait ? undefined : one.buffer.holes(0, Number.POSITIVE_INFINITY)[0]
    return hole && ask(hole.fromUs, hole.toUs)
  }
  if (one.topic !== 'joined') return
  const from = Math.max(one.want.from, now + ON_THE_WAY_MS) * 1_000
  for (const { fromUs, toUs } of one.buffer.holes(from, one.want.to * 1_000)) {
    if (toUs === null) return one.lacking ? ask(fromUs, null) : undefined
    const tries = one.tries.get(toUs) ?? 0
    if (tries >= HOLE_TRIES) continue
    one.tries.set(toUs, tries + 1)
    return ask(fromUs, one.lacking ? null : toUs)
  }
}

/** Counts what was due until now and was not there. */
export function noteLost(one: Joined, now: WallMs): void {
  const from = Math.max(one.seenToUs, one.want.from * 1_000)
  const to = now * 1_000
  if (to <= from) return
  // what was due before it could be joined is not the link's loss
  if (one.seenToUs > 0) for (const hole of one.buffer.holes(from, to)) one.lostMs += ((hole.toUs ?? to) - hole.fromUs) / 1_000
  one.seenToUs = to
}

export function factsOf(one: Joined, now: WallMs): StreamFacts {
  const { kept, ...drops } = one.buffer.counts
  return {
    stream: one.want.stream,
    packets: kept,
    dropped: Object.values(drops).reduce((sum, n) => sum + n, 0),
    bufferMs: Math.max(0, Math.round(one.buffer.coveredTo(now * 1_000) / 1_000 - now)),
    lateP95Ms: one.lateness.p95(),
    lostMs: Math.round(one.lostMs),
  }
}
