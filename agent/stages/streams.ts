import { wallMs, type Cancel, type Clock, type MonoMs, type Random, type WallMs } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import type { CertifiedKey } from '../../shared/protocol/keys.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import { createStreamOpener, type StreamPacket } from '../../shared/protocol/stream.ts'
import { streamTopicOf } from '../../shared/protocol/topics.ts'
import type { OpusFeed } from '../core/ports.ts'
import { createStreamBuffer, type StreamBuffer } from '../core/stream-buffer.ts'
import type { StreamFacts } from '../core/stream-facts.ts'
import { noteStream, streamStates, type StreamState } from '../core/stream-state.ts'
import type { LinkStage } from './link.ts'
import { factsOf, fill, isDue, isWhole, joinedOf, nextWants, noteLost, type Joined, type StreamWant } from './stream-joined.ts'
import { createStreamWatch } from './stream-watch.ts'

export type { StreamWant } from './stream-joined.ts'

export interface StreamsDeps {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  readonly aud: LinkStage
  readonly ctl: LinkStage
  /** Server's time; null while untrusted. */
  readonly now: () => WallMs | null
  readonly refused: (why: Refusal) => void
  /** Which of stream and substitute sounds, or will sound, changed. */
  readonly changed: () => void
}
export interface StreamsStage {
  /** Takes the place of what was wanted before. A stream is joined shortly before it is due and left after. */
  want(wants: readonly StreamWant[]): void
  /** Frame 0 sounds at `origin`; of a clip (null) it is its beginning. */
  feed(stream: string, origin: WallMs | null): OpusFeed
  /** Where the stream sounds, and where its substitute does, ascending. Empty = the stream, as far as is known. */
  states(stream: string): readonly StreamState[]
  /** A payload of a stream's topic, or (null) of this cluster's own. */
  packet(stream: string | null, payload: Uint8Array): void
  /** The clip is here from its beginning to its end. */
  isWhole(stream: string): boolean
  /** Streams that the next connection is to bring with it. */
  topics(): readonly string[]
  /** `topics`: those that it has brought. */
  audUp(): void
  ctlUp(): void
  /** The time has become known, or another one. */
  timeChanged(): void
  facts(): StreamFacts[]
  stop(): void
}

const LOOK_MS = 250
/** Clips that come before their order. */
const STRANGERS_MS = 30_000
const MAX_STRANGERS = 4
/** Packets that wait for the certificate of their key. */
const MAX_ASIDE = 48
/** The station hears of late and repeated packets, not of each of them. */
const TELL_EVERY_MS = 60_000

/** Joins what is due, checks and keeps what comes, and asks for what lacks. */
export function createStreams(deps: StreamsDeps): StreamsStage {
  const { clock, aud, ctl } = deps
  const open = createStreamOpener()
  const wanted = new Map<string, Joined>()
  /** Clips that nobody has ordered yet, by name. */
  const strangers = new Map<string, { readonly buffer: StreamBuffer; readonly at: MonoMs }>()
  const toldAt = new Map<Refusal, MonoMs>()
  const watch = createStreamWatch(deps)
  let wants: readonly StreamWant[] = []
  let aside: { readonly stream: string | null; readonly payload: Uint8Array }[] = []
  /** What the coming connection brings. */
  let brought: readonly Joined[] = []
  let timer: Cancel = () => undefined
  let stopped = false

  const leave = (one: Joined): void => {
    if (one.topic !== 'left') void aud.unsubscribe(streamTopicOf(one.want.stream))
    one.topic = 'left'
  }

  /** What was sent meanwhile is lacking. */
  const lackAll = (one: Joined): void => {
    one.lacking = true
    one.tries.clear()
  }

  const subscribe = async (one: Joined): Promise<void> => {
    one.topic = 'asking'
    const own = aud.connects()
    const granted = await aud.subscribe(streamTopicOf(one.want.stream))
    if (one.topic !== 'asking' || own !== aud.connects()) return
    one.topic = granted ? 'joined' : 'left'
    one.granted = granted
    lackAll(one)
    const now = deps.now()
    if (granted && now !== null) fill(one, now, deps)
  }

  /** What was wanted and is so no more is left; what comes next takes its place. */
  const apply = (): void => {
    const now = deps.now()
    const next = nextWants(wants, now)
    for (const [stream, one] of wanted) {
      const want = next.get(stream)
      const goesOn = want?.clip === one.want.clip && (now === null || (one.joinAt <= now && one.want.to > now) || one.want.from === want.from)
      if (want && goesOn) one.want = want
      else {
        leave(one)
        wanted.delete(stream)
      }
    }
    for (const [stream, want] of next) {
      if (wanted.has(stream)) continue
      wanted.set(stream, joinedOf(want, strangers.get(stream)?.buffer, deps))
      strangers.delete(stream)
    }
  }

  const lookAt = (one: Joined, now: WallMs): void => {
    one.dueSince ??= clock.mono()
    fill(one, now, deps)
    if (one.want.clip) return
    noteLost(one, now)
    one.buffer.prune(now * 1_000)
    const quietMs = clock.mono() - Math.max(one.keptAt, one.dueSince)
    one.own = noteStream(one.own, { now, due: one.want.from, quietMs, coveredTo: wallMs(one.buffer.coveredTo(now * 1_000) / 1_000) })
    tellStates(one)
  }

  const tellStates = (one: Joined): void => {
    const told = streamStates(one.buffer.changes(), one.own).map((s) => `${s.from} ${s.substituteSince ?? ''}`).slice(-2).join()
    if (told === one.told) return
    one.told = told
    deps.changed()
  }

  /** What is due is looked after; without it nothing is woken. */
  function look(): void {
    timer()
    if (stopped) return
    apply()
    const now = deps.now()
    const all = [...wanted.values()]
    const due = now === null ? [] : all.filter((one) => isDue(one, now))
    const hurry = due.some((one) => !one.want.clip || !isWhole(one))
    aud.hurry(hurry)
    ctl.hurry(hurry)
    for (const one of all) {
      if (!due.includes(one)) leave(one)
      else if (!one.want.clip && one.topic === 'left' && aud.isUp()) void subscribe(one)
    }
    if (now !== null) for (const one of due) lookAt(one, now)
    if (due.some(({ topic }) => topic === 'joined')) watch.look()
    for (const [name, { at }] of strangers) if (clock.mono() - at > STRANGERS_MS) strangers.delete(name)
    if (hurry || due.length > 0) timer = clock.after(LOOK_MS, look)
    else if (now !== null && all.length > 0) timer = clock.after(Math.max(LOOK_MS, Math.min(60_000, ...all.map(({ joinAt }) => joinAt - now))), look)
  }

  /** Where a packet belongs; null = nobody wants it. */
  const bufferOf = (packet: StreamPacket): StreamBuffer | null => {
    const known = wanted.get(packet.stream)?.buffer ?? strangers.get(packet.stream)?.buffer
    if (known || !packet.clip) return known ?? null
    if (strangers.size >= MAX_STRANGERS) strangers.delete(strangers.keys().next().value as string)
    const buffer = createStreamBuffer(true)
    strangers.set(packet.stream, { buffer, at: clock.mono() })
    return buffer
  }

  const tellRefusal = (why: Refusal): void => {
    const now = clock.mono()
    if (now - (toldAt.get(why) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return
    toldAt.set(why, now)
    deps.refused(why)
  }

  const keep = (packet: StreamPacket, live: boolean): void => {
    const now = deps.now()
    const buffer = bufferOf(packet)
    if (!buffer || (now === null && !packet.clip)) return
    const kept = buffer.put(packet, (now ?? 0) * 1_000, live)
    const one = wanted.get(packet.stream)
    if (kept === 'malformed') return deps.refused('malformed')
    if (live && (kept === 'late' || kept === 'duplicate')) tellRefusal(kept === 'late' ? 'late-packet' : 'replayed')
    if (kept !== 'kept' || !one) return
    one.keptAt = clock.mono()
    if (live && now !== null) one.lateness.note(packet.atUs / 1_000 - now)
    if (!packet.clip) tellStates(one)
  }

  /** False when it has to wait for the certificate of its key. */
  const take = (stream: string | null, payload: Uint8Array): boolean => {
    const opened = open(payload, { crypto: deps.crypto, certified: deps.certified, at: deps.now() })
    if (!opened.ok) {
      if (opened.code === 'unknown-key') return false
      deps.refused(opened.code)
    } else if (stream !== null && (opened.value.stream !== stream || opened.value.clip)) {
      // the broker may put one stream's sound under the name of another
      deps.refused('unsigned')
    } else keep(opened.value, stream !== null)
    return true
  }

  return {
    want: (list) => {
      wants = list
      const before = [...wanted.values()]
      apply()
      const after = [...wanted.values()]
      if (after.length !== before.length || after.some((one, i) => one !== before[i])) {
        // not within the player's own look
        timer()
        timer = clock.after(0, look)
      }
    },
    feed: (stream, origin) => {
      let held: { readonly buffer: StreamBuffer; readonly feed: OpusFeed } | null = null
      const feed = (): OpusFeed | null => {
        // what is wanted no more sounds to its end
        const buffer = wanted.get(stream)?.buffer ?? strangers.get(stream)?.buffer ?? held?.buffer
        if (buffer && held?.buffer !== buffer) held = { buffer, feed: buffer.feed((origin ?? 0) * 1_000) }
        return held?.feed ?? null
      }
      return { kind: 'opus', next: (frame) => feed()?.next(frame) ?? null, endFrame: () => feed()?.endFrame() ?? null }
    },
    states: (stream) => {
      const one = wanted.get(stream)
      return one ? streamStates(one.buffer.changes(), one.own) : []
    },
    packet: (stream, payload) => {
      // frames are views: a copy does not hold on to what the socket has read with it
      const own = payload.slice()
      if (!take(stream, own)) {
        if (aside.length >= MAX_ASIDE) aside.shift()
        aside.push({ stream, payload: own })
      } else if (aside.length > 0) aside = aside.filter((one) => !take(one.stream, one.payload))
    },
    isWhole: (stream) => {
      const buffer = wanted.get(stream)?.buffer ?? strangers.get(stream)?.buffer
      return buffer?.clip === true && buffer.holes(0, Number.POSITIVE_INFINITY).length === 0
    },
    topics: () => {
      const now = deps.now()
      brought = now === null ? [] : [...wanted.values()].filter((one) => one.granted && isDue(one, now))
      return brought.map(({ want }) => streamTopicOf(want.stream))
    },
    audUp: () => {
      for (const one of brought) if (wanted.get(one.want.stream) !== one) void aud.unsubscribe(streamTopicOf(one.want.stream))
      for (const one of wanted.values()) {
        one.topic = brought.includes(one) ? 'joined' : 'left'
        lackAll(one)
      }
      look()
    },
    ctlUp: look,
    timeChanged: look,
    facts: () => {
      const now = deps.now()
      return now === null ? [] : [...wanted.values()].filter((one) => !one.want.clip && isDue(one, now)).map((one) => factsOf(one, now))
    },
    stop: () => {
      stopped = true
      timer()
    },
  }
}
