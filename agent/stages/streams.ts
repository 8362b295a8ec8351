import { wallMs, type Cancel, type Clock, type Random, type WallMs } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import type { CertifiedKey } from '../../shared/protocol/keys.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import { streamTopicOf } from '../../shared/protocol/topics.ts'
import type { OpusFeed } from '../core/ports.ts'
import type { StreamBuffer } from '../core/stream-buffer.ts'
import type { StreamFacts } from '../core/stream-facts.ts'
import { noteStream, streamStates, type StreamState } from '../core/stream-state.ts'
import type { LinkStage } from './link.ts'
import { createStreamIntake } from './stream-intake.ts'
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

/** Joins what is due, checks and keeps what comes, and asks for what lacks. */
export function createStreams(deps: StreamsDeps): StreamsStage {
  const { clock, aud, ctl } = deps
  const wanted = new Map<string, Joined>()
  const watch = createStreamWatch(deps)
  let wants: readonly StreamWant[] = []
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
      wanted.set(stream, joinedOf(want, intake.claim(stream), deps))
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

  const intake = createStreamIntake(deps, wanted, (one, packet) => {
    if (packet.clip) return
    const now = deps.now()
    // its substitute sounds: not a look later than need be
    if (now !== null && one.own.at(-1)?.away && isDue(one, now)) lookAt(one, now)
    else tellStates(one)
  })

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
    intake.forget()
    if (hurry || due.length > 0) timer = clock.after(LOOK_MS, look)
    else if (now !== null && all.length > 0) timer = clock.after(Math.max(LOOK_MS, Math.min(60_000, ...all.map(({ joinAt }) => joinAt - now))), look)
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
        const buffer = wanted.get(stream)?.buffer ?? intake.stranger(stream) ?? held?.buffer
        if (buffer && held?.buffer !== buffer) held = { buffer, feed: buffer.feed((origin ?? 0) * 1_000) }
        return held?.feed ?? null
      }
      return { kind: 'opus', next: (frame) => feed()?.next(frame) ?? null, endFrame: () => feed()?.endFrame() ?? null }
    },
    states: (stream) => {
      const one = wanted.get(stream)
      return one ? streamStates(one.buffer.changes(), one.own) : []
    },
    packet: intake.packet,
    isWhole: (stream) => {
      const buffer = wanted.get(stream)?.buffer ?? intake.stranger(stream)
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
