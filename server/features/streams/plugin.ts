import type { Cancel, Clock, Random } from '../../../shared/core/clock.ts'
import type { Crypto } from '../../../shared/core/crypto.ts'
import { BrokenInvariant } from '../../../shared/core/result.ts'
import type { SigningKey } from '../../../shared/protocol/keys.ts'
import type { StreamLink } from '../../core/ports.ts'
import { STREAM_KINDS, type Clip, type StreamHub, type StreamKind } from '../../core/sound-stream.ts'
import type { OpusEncoder } from '../../adapters/opus-encoder.ts'
import { createSealer, type SentPacket } from './packets.ts'
import { createSoundStream, type OpenStream } from './sound-stream.ts'

export interface StreamHubDeps {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  /** Read anew for every packet. */
  readonly signing: () => SigningKey
  readonly link: StreamLink
  readonly encoder: (bitrateBps: number) => OpusEncoder
}

const FRAMES_PER_MS = 48
const MICROS = 1_000
/** Sound of a clip in one packet: a burst of a minute is sixty messages per cluster. */
const CLIP_PACKET_MS = 960
/** Sent in one go; then orders have their turn. */
const BURST_AT_ONCE = 400
/** A cluster is answered so often per stream; more is a fault of its own. */
const ANSWER_EVERY_MS = 250
const MAX_ANSWERS_REMEMBERED = 20_000

/** Every stream of the station: opened once, signed once, sent once. */
export function createStreamHub(deps: StreamHubDeps): StreamHub {
  const { clock, link } = deps
  const sealer = createSealer(deps.crypto, deps.signing)
  const open = new Map<string, OpenStream>()
  const clips = new Map<string, readonly SentPacket[]>()
  const answered = new Map<string, number>()
  const bursts = new Set<Cancel>()

  const openStream = (name: string, kind: StreamKind): OpenStream => {
    if (open.has(name)) throw new BrokenInvariant(`the stream ${name} is open already`)
    const stream = createSoundStream(
      {
        clock, sealer, random: deps.random,
        encoder: deps.encoder(STREAM_KINDS[kind].bitrateBps),
        send: ({ bytes }) => link.send(name, bytes),
        joined: () => link.joined(name),
        ended: () => void open.delete(name),
      },
      name,
      kind,
    )
    open.set(name, stream)
    return stream
  }

  /** The first packet to everyone before the second to any; in slices, so that an order never waits for a burst. */
  const burst = (packets: readonly SentPacket[], clusters: readonly string[]): void => {
    const total = packets.length * clusters.length
    let sent = 0
    const slice = (): void => {
      for (const end = Math.min(total, sent + BURST_AT_ONCE); sent < end; sent++) {
        const cluster = clusters[sent % clusters.length] as string
        link.sendTo(cluster, (packets[Math.floor(sent / clusters.length)] as SentPacket).bytes)
      }
      if (sent >= total) return
      const cancel = clock.after(0, () => {
        bursts.delete(cancel)
        slice()
      })
      bursts.add(cancel)
    }
    slice()
  }

  const mayAnswer = (key: string): boolean => {
    const now = clock.mono()
    if (now - (answered.get(key) ?? Number.NEGATIVE_INFINITY) < ANSWER_EVERY_MS) return false
    if (answered.size >= MAX_ANSWERS_REMEMBERED) answered.clear()
    answered.set(key, now)
    return true
  }

  return {
    open: openStream,
    burst: (clip, clusters) => {
      const packets = clips.get(clip.stream) ?? packetsOf(clip).map((packet) => sealer.seal(packet, packet.seq === 0))
      clips.set(clip.stream, packets)
      burst(packets, clusters)
    },
    forget: (stream) => void clips.delete(stream),
    join: (cluster, { s, from, to }) => {
      const held = clips.get(s) ?? open.get(s)?.recent()
      if (!held || !mayAnswer(`${cluster} ${s}`)) return
      const [after, before] = [from * MICROS, (to ?? Number.POSITIVE_INFINITY) * MICROS]
      const wanted = held.filter(({ packet }) => packet.atUs < before && packet.atUs + lengthUs(packet) > after)
      wanted.forEach((packet, i) => link.sendTo(cluster, i === 0 ? packet.withCertificate() : packet.bytes))
    },
    stop: async () => {
      bursts.forEach((cancel) => cancel())
      await Promise.all([...open.values()].map((stream) => stream.end()))
    },
  }
}

/** No packet of any kind lasts longer. */
const lengthUs = ({ silent }: SentPacket['packet']): number => (silent ? 1 : 1_000 * MICROS)

function packetsOf({ stream, packets }: Clip): SentPacket['packet'][] {
  // the first Opus packet of a file lies before its beginning: it only warms the decoder up
  const sounding = packets.filter((packet) => packet.startFrame >= 0)
  const groups: (typeof sounding)[] = []
  for (const packet of sounding) {
    const group = groups.at(-1)
    const begun = group?.[0]
    const full = !begun || packet.startFrame + packet.frames - begun.startFrame > CLIP_PACKET_MS * FRAMES_PER_MS
    if (full) groups.push([packet])
    else group?.push(packet)
  }
  return groups.map((group, seq) => ({
    stream, seq, epoch: 0, clip: true, last: seq === groups.length - 1, silent: false, substituteSinceUs: null,
    atUs: Math.round(((group[0]?.startFrame ?? 0) / FRAMES_PER_MS) * MICROS),
    frames: group.map((packet) => packet.bytes),
  }))
}
