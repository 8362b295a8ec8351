import { wallMs, type Cancel, type Clock, type Random, type WallMs } from '../../../shared/core/clock.ts'
import type { StreamPacket } from '../../../shared/protocol/stream.ts'
import { createPcmFifo } from '../../core/pcm-fifo.ts'
import { STREAM_KINDS, type SoundStream, type StreamKind } from '../../core/sound-stream.ts'
import type { OpusEncoder } from '../../adapters/opus-encoder.ts'
import type { Sealer, SentPacket } from './packets.ts'

export interface SoundStreamDeps {
  readonly clock: Clock
  readonly random: Random
  readonly sealer: Sealer
  readonly encoder: OpusEncoder
  /** Sends to everyone who joined. */
  readonly send: (packet: SentPacket) => void
  readonly joined: () => number | null
  readonly ended: () => void
}
export interface OpenStream extends SoundStream {
  /** Packets that may still be played, oldest first. */
  recent(): readonly SentPacket[]
}

const FRAMES_PER_MS = 48
/** Held before the first packet is cut, so that a source that comes in gusts does not leave holes. */
const CUSHION_MS = { relay: 300, voice: 160, urgent: 100 } as const
const MAX_AHEAD_MS = 2_000
const MAX_PPM = 500
const SMOOTHING = 0.05
/** A wall clock that moved more than this was set anew: the stream begins a new epoch. */
const STEP_MS = 1_000
/** A silent stream says so this often. */
const SILENT_EVERY_MS = 1_000
/** Who missed the certificate hears it again within this. */
const CERTIFICATE_EVERY_MS = 10_000
const MICROS = 1_000

interface Epoch {
  readonly id: number
  /** Wall ms at which the first packet's first sample sounds. */
  readonly zero: number
  /** Packets cut so far, sent or passed over in silence. */
  cut: number
  seq: number
  /** Of the packet that is being made: its frames, and how many of them until the last that has sound. */
  frames: Uint8Array[]
  sounding: number
}

/**
 * Cuts what is written into packets, on the beat of the wall clock that clusters follow: packet n always sounds at zero + n × its
 * length. A source whose clock differs is read a little faster or slower, at most 500 ppm.
 */
export function createSoundStream(deps: SoundStreamDeps, name: string, kind: StreamKind): OpenStream {
  const { clock, encoder } = deps
  const { bufferMs, packetMs, frameMs } = STREAM_KINDS[kind]
  const cushion = CUSHION_MS[kind] * FRAMES_PER_MS
  const fifo = createPcmFifo((MAX_AHEAD_MS + 1_000) * FRAMES_PER_MS)
  const pcm = new Int16Array(frameMs * FRAMES_PER_MS)
  const lookaheadUs = Math.round((encoder.lookaheadFrames / FRAMES_PER_MS) * MICROS)
  let recent: SentPacket[] = []
  let epoch: Epoch | null = null
  /** Nothing is cut before the cushion is there. */
  let primed = false
  let begun = false
  let ending: (() => void) | null = null
  let over = false
  let silentSaidAt = Number.NEGATIVE_INFINITY
  /** Since when the substitute sounds, µs; and since which packet it is wanted. */
  let substitute: { wanted: boolean; sinceUs: number | null } = { wanted: false, sinceUs: null }
  const facts = { packets: 0, bytes: 0, missedMs: 0 }
  let timer: Cancel = () => undefined

  const newEpoch = (): Epoch => ({ id: Math.floor(deps.random() * 2 ** 32), zero: Math.ceil(clock.wall()) + bufferMs, cut: 0, seq: 0, frames: [], sounding: 0 })
  const atUs = (of: Epoch): number => (of.zero + of.cut * packetMs) * MICROS - lookaheadUs
  /** Sources come in gusts: what counts is how much is left on the average behind what is read. */
  let level = cushion
  const rate = (): number => {
    level += SMOOTHING * (frameMs / 200) * (fifo.held - pcm.length - level)
    const off = (level - cushion) / FRAMES_PER_MS
    // 10 ms off the cushion are worth 100 ppm: nobody hears it, and every crystal is followed
    return Math.abs(off) < 5 ? 1 : 1 + Math.max(-MAX_PPM, Math.min(MAX_PPM, off * 10)) / 1e6
  }

  const send = (of: Epoch, part: Pick<StreamPacket, 'frames' | 'last'>): void => {
    const silent = part.frames.length === 0
    const packet: StreamPacket = { stream: name, epoch: of.id, seq: of.seq++, atUs: atUs(of), clip: false, silent, substituteSinceUs: substitute.sinceUs, ...part }
    const sent = deps.sealer.seal(packet, packet.seq % Math.ceil(CERTIFICATE_EVERY_MS / packetMs) === 0 || packet.seq === 0)
    const oldest = (clock.wall() - packetMs) * MICROS
    recent = [...recent.filter((one) => one.packet.atUs > oldest), sent]
    facts.packets++
    facts.bytes += sent.bytes.length
    deps.send(sent)
  }

  /** Encodes the next frame. One frame at a time: a second in one go would hold up the thread that sends orders. */
  const encodeNext = (of: Epoch): void => {
    if (fifo.held > MAX_AHEAD_MS * FRAMES_PER_MS) fifo.skipTo(cushion + pcm.length)
    if (!primed && (fifo.held >= cushion + pcm.length || ending)) {
      primed = begun = true
      level = fifo.held - pcm.length
    }
    const filled = primed ? fifo.read(pcm, rate()) : 0
    if (filled < pcm.length) {
      if (begun && !ending) facts.missedMs += (pcm.length - filled) / FRAMES_PER_MS
      primed = false
    }
    pcm.fill(0, filled)
    of.frames.push(encoder.encode(pcm))
    if (filled > 0) of.sounding = of.frames.length
  }

  const cut = (of: Epoch): void => {
    // behind its last sound a packet says nothing; with none at all it is silent
    const frames = of.frames.slice(0, of.sounding)
    if (substitute.wanted) substitute = { wanted: true, sinceUs: substitute.sinceUs ?? atUs(of) }
    else substitute = { wanted: false, sinceUs: null }
    // reading between samples leaves the last two
    const last = ending !== null && fifo.held < FRAMES_PER_MS
    const sounding = substitute.sinceUs === null ? frames : []
    const now = clock.mono()
    if (sounding.length > 0 || last || now - silentSaidAt >= SILENT_EVERY_MS - packetMs / 2) {
      silentSaidAt = sounding.length > 0 ? Number.NEGATIVE_INFINITY : now
      send(of, { frames: sounding, last })
    }
    of.cut++
    of.frames = []
    of.sounding = 0
    if (last) finish()
  }

  const finish = (): void => {
    over = true
    timer()
    deps.ended()
    ending?.()
  }

  /** A frame is encoded when the last of its sound is due to have been written. */
  const dueAt = (of: Epoch): number => of.zero - bufferMs + of.cut * packetMs + (of.frames.length + 1) * frameMs
  function beat(): void {
    if (over) return
    let current = (epoch ??= newEpoch())
    if (Math.abs(clock.wall() - dueAt(current)) > Math.max(STEP_MS, 4 * packetMs)) current = epoch = newEpoch()
    for (let due = dueAt(current); due <= clock.wall() && !over; due = dueAt(current)) {
      encodeNext(current)
      if (current.frames.length * frameMs >= packetMs) cut(current)
    }
    if (!over) timer = clock.after(Math.max(1, dueAt(current) - clock.wall()), beat)
  }
  beat()

  return {
    name,
    recent: () => recent,
    write: (samples) => {
      if (!over && !ending) fifo.write(samples)
    },
    substitute: (on) => void (substitute = { ...substitute, wanted: on }),
    soundsAt: (): WallMs => wallMs((epoch ? epoch.zero + epoch.cut * packetMs : clock.wall() + bufferMs) + fifo.held / FRAMES_PER_MS),
    facts: () => ({ ...facts, joined: deps.joined() }),
    end: () =>
      new Promise((done) => {
        if (over) return done()
        const before = ending
        ending = () => {
          before?.()
          done()
        }
      }),
  }
}
