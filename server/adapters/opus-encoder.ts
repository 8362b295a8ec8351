import { Encoder } from '@evan/opus'

/** 48 kHz mono PCM → Opus, one frame at a time; some 0.3 ms of work for 20 ms of sound. */
export interface OpusEncoder {
  /** `pcm` is a whole frame of 20, 40 or 60 ms. The packet is the caller's to keep. */
  encode(pcm: Int16Array): Uint8Array
  /** By how many samples decoded sound comes after what was put in. */
  readonly lookaheadFrames: number
}

export function createOpusEncoder(bitrateBps: number): OpusEncoder {
  const encoder = new Encoder({ channels: 1, sample_rate: 48_000, application: 'audio' })
  encoder.bitrate = bitrateBps
  encoder.vbr = true
  // the data on a SIM is promised: no minute may cost more than its rate
  encoder.vbr_constraint = true
  encoder.signal = 'auto'
  // the package's types misspell it
  const { lookahead: lookaheadFrames } = encoder as unknown as { readonly lookahead: number }
  return {
    lookaheadFrames,
    encode: (pcm) => encoder.encode(pcm).slice(),
  }
}
