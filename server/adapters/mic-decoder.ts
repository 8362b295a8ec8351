import { Decoder } from '@evan/opus'
import { OPUS_RATE_HZ, opusPacketFrames } from '../../shared/core/opus-stream.ts'
import type { MicDecoder } from '../core/mic-ports.ts'

/** Decoders are kept and used again: the WebAssembly build never gives memory back. */
export function createMicDecoders(): () => MicDecoder {
  const idle: Decoder[] = []
  return () => {
    const decoder = idle.pop() ?? new Decoder({ channels: 1, sample_rate: OPUS_RATE_HZ })
    decoder.reset()
    let released = false
    return {
      decode(packet) {
        const frames = opusPacketFrames(packet)
        if (frames === null) return null
        try {
          const bytes = decoder.decode(packet)
          const pcm = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1)
          // some broken packets give a wrong length instead of an error
          return pcm.length === frames ? pcm : null
        } catch {
          // the codec's only way to say "damaged"
          return null
        }
      },
      release() {
        if (!released) idle.push(decoder)
        released = true
      },
    }
  }
}
