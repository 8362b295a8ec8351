import { Decoder } from '@evan/opus'
import { MAX_PACKET_FRAMES, OPUS_RATE_HZ, opusPacketFrames } from '../../../shared/core/opus-stream.ts'

/** Opus → 48 kHz mono. Returned samples are good until the next call. */
export interface OpusDecoder {
  /** A packet that cannot be decoded is concealed, never thrown. `damaged` says that it was. */
  decode(packet: Uint8Array): { pcm: Int16Array; damaged: boolean }
  /** What a lost packet of this length may have sounded like; fades as it goes on. At most 120 ms at once. */
  conceal(frames: number): Int16Array
  /** Forgets all sound, for another medium or another place. */
  reset(gainQ8: number): void
}

/** Concealment beyond this is silence: a guess must not go on. */
const MAX_CONCEAL_FRAMES = OPUS_RATE_HZ / 10
/** Code 0 with a frame of no bytes: "lost" to the decoder. The upper bits are those of the last good packet. */
const EMPTY_TOC_MASK = 0xfc
const SILENCE = new Int16Array(MAX_PACKET_FRAMES)

/** The native build of @evan/opus, or its WebAssembly build where none fits the processor. */
export function createOpusDecoder(): OpusDecoder {
  const decoder = new Decoder({ channels: 1, sample_rate: OPUS_RATE_HZ })
  const concealment = new Int16Array(MAX_PACKET_FRAMES)
  let lastToc: number | null = null
  let concealed = 0

  /** Null where the codec refuses the packet: that is its only way to say "damaged". */
  const tryDecode = (packet: Uint8Array): Int16Array | null => {
    try {
      const bytes = decoder.decode(packet)
      return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1)
    } catch {
      return null
    }
  }

  const conceal = (frames: number): Int16Array => {
    const wanted = Math.min(frames, MAX_PACKET_FRAMES)
    concealment.fill(0, 0, wanted)
    for (let at = 0; at < wanted && lastToc !== null && concealed < MAX_CONCEAL_FRAMES; ) {
      const guess = tryDecode(Uint8Array.of(lastToc & EMPTY_TOC_MASK))
      if (guess === null || guess.length === 0) break
      const part = guess.subarray(0, wanted - at)
      concealment.set(part, at)
      at += part.length
      concealed += part.length
    }
    return concealment.subarray(0, wanted)
  }

  return {
    decode(packet) {
      const frames = opusPacketFrames(packet)
      if (frames === null) return { pcm: SILENCE.subarray(0, 0), damaged: true }
      const pcm = tryDecode(packet)
      // the WebAssembly build gives a wrong length instead of an error for some broken packets
      if (pcm === null || pcm.length !== frames) return { pcm: conceal(frames), damaged: true }
      lastToc = packet[0] ?? null
      concealed = 0
      return { pcm, damaged: false }
    },
    conceal,
    reset(gainQ8) {
      decoder.reset()
      decoder.gain = gainQ8
      lastToc = null
      concealed = 0
    },
  }
}

export interface DecoderPool {
  take(gainQ8: number): OpusDecoder
  give(decoder: OpusDecoder): void
}

/** Decoders are kept and used again: the WebAssembly build never gives memory back. */
export function createDecoderPool(): DecoderPool {
  const idle: OpusDecoder[] = []
  return {
    take(gainQ8) {
      const decoder = idle.pop() ?? createOpusDecoder()
      decoder.reset(gainQ8)
      return decoder
    },
    give(decoder) {
      idle.push(decoder)
    },
  }
}
