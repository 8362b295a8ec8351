import type { Clock, MonoMs, WallMs } from '../../shared/core/clock.ts'
import type { Crypto } from '../../shared/core/crypto.ts'
import type { CertifiedKey } from '../../shared/protocol/keys.ts'
import type { Refusal } from '../../shared/protocol/messages/reported.ts'
import { createStreamOpener, type StreamPacket } from '../../shared/protocol/stream.ts'
import { createStreamBuffer, type StreamBuffer } from '../core/stream-buffer.ts'
import type { Joined } from './stream-joined.ts'

export interface StreamIntakeDeps {
  readonly clock: Clock
  readonly crypto: Crypto
  readonly certified: (certificate: Uint8Array) => CertifiedKey | null
  /** Server's time; null while untrusted. */
  readonly now: () => WallMs | null
  readonly refused: (why: Refusal) => void
}
/** Checks what comes and puts it where it belongs. */
export interface StreamIntake {
  /** A payload of a stream's topic, or (null) of this cluster's own. */
  packet(stream: string | null, payload: Uint8Array): void
  /** A clip that came before its order, while it is kept. */
  stranger(stream: string): StreamBuffer | undefined
  /** As `stranger`; it is kept here no longer. */
  claim(stream: string): StreamBuffer | undefined
  /** Lets go of what nobody has claimed. */
  forget(): void
}

/** Clips that come before their order. */
const STRANGERS_MS = 30_000
const MAX_STRANGERS = 4
/** Packets that wait for the certificate of their key. */
const MAX_ASIDE = 48
/** The station hears of late and repeated packets, not of each of them. */
const TELL_EVERY_MS = 60_000

/** `kept` is called for each packet of a wanted stream that found its place. */
export function createStreamIntake(deps: StreamIntakeDeps, wanted: ReadonlyMap<string, Joined>, kept: (one: Joined, packet: StreamPacket) => void): StreamIntake {
  const { clock } = deps
  const open = createStreamOpener()
  const strangers = new Map<string, { readonly buffer: StreamBuffer; readonly at: MonoMs }>()
  const toldAt = new Map<Refusal, MonoMs>()
  let aside: { readonly stream: string | null; readonly payload: Uint8Array }[] = []

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
    const put = buffer.put(packet, (now ?? 0) * 1_000, live)
    const one = wanted.get(packet.stream)
    if (put === 'malformed') return deps.refused('malformed')
    if (live && (put === 'late' || put === 'duplicate')) tellRefusal(put === 'late' ? 'late-packet' : 'replayed')
    if (put !== 'kept' || !one) return
    one.keptAt = clock.mono()
    if (live && now !== null) one.lateness.note(packet.atUs / 1_000 - now)
    kept(one, packet)
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
    packet: (stream, payload) => {
      // frames are views: a copy does not hold on to what the socket has read with it
      const own = payload.slice()
      if (!take(stream, own)) {
        if (aside.length >= MAX_ASIDE) aside.shift()
        aside.push({ stream, payload: own })
      } else if (aside.length > 0) aside = aside.filter((one) => !take(one.stream, one.payload))
    },
    stranger: (stream) => strangers.get(stream)?.buffer,
    claim: (stream) => {
      const buffer = strangers.get(stream)?.buffer
      strangers.delete(stream)
      return buffer
    },
    forget: () => {
      for (const [name, { at }] of strangers) if (clock.mono() - at > STRANGERS_MS) strangers.delete(name)
    },
  }
}
