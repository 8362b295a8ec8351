import type { MicFormat } from '../../../../../core/mic-protocol.ts'
import worklet from './pieces-worklet.js?url'
import { createRateChange, pcmOf } from './sound.ts'

/** Why there is no microphone: `insecure` — the page is not one that browsers give it to. */
export type NoMicrophone = 'insecure' | 'not-allowed' | 'no-microphone' | 'not-here'
export interface Microphone {
  readonly ok: true
  /** Twice is once. */
  stop(): void
}

const RATE_HZ: Readonly<Record<MicFormat, number>> = { opus: 48_000, pcm48: 48_000, pcm16: 16_000 }
export const rateOf = (format: MicFormat): number => RATE_HZ[format]
/** What a second of it weighs, for links that fall behind. */
export const BYTES_PER_MS: Readonly<Record<MicFormat, number>> = { opus: 4, pcm48: 96, pcm16: 32 }
const OPUS = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1, bitrate: 32_000, opus: { frameDuration: 20_000, application: 'voip', complexity: 5 } } as const

/** The best that this browser can send; `wanted` where somebody tries another. */
export async function formatOf(wanted: string | null): Promise<MicFormat> {
  if (wanted !== null && wanted in RATE_HZ) return wanted as MicFormat
  if (!('AudioEncoder' in window)) return 'pcm16'
  const { supported } = await AudioEncoder.isConfigSupported(OPUS)
  return supported === true ? 'opus' : 'pcm16'
}

async function listen(media: MediaStream, rateHz: number, piece: (samples: Float32Array) => void): Promise<AudioContext> {
  const open = async (context: AudioContext): Promise<AudioContext> => {
    try {
      await context.audioWorklet.addModule(worklet)
      const pieces = new AudioWorkletNode(context, 'pieces', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' })
      const change = createRateChange(context.sampleRate, rateHz)
      pieces.port.onmessage = ({ data }: MessageEvent<Float32Array>) => piece(change(data))
      context.createMediaStreamSource(media).connect(pieces)
      await context.resume()
      return context
    } catch (error) {
      await context.close()
      throw error
    }
  }
  try {
    return await open(new AudioContext({ sampleRate: rateHz }))
  } catch (error) {
    // some browsers take a microphone at its own rate only
    if (!(error instanceof DOMException)) throw error
    return await open(new AudioContext())
  }
}

/** Opens the microphone; `piece` is called every 20 ms with mono samples at that rate, until it is stopped. */
export async function openMicrophone(rateHz: number, piece: (samples: Float32Array) => void): Promise<Microphone | { readonly ok: false; readonly why: NoMicrophone }> {
  if (!isSecureContext) return { ok: false, why: 'insecure' }
  if (!('mediaDevices' in navigator) || !('AudioWorkletNode' in window)) return { ok: false, why: 'not-here' }
  let media: MediaStream
  try {
    media = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: true, autoGainControl: false } })
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
    return { ok: false, why: error.name === 'NotFoundError' || error.name === 'NotReadableError' ? 'no-microphone' : 'not-allowed' }
  }
  const release = (): void => media.getTracks().forEach((track) => track.stop())
  try {
    let on = true
    const context = await listen(media, rateHz, (samples) => on && piece(samples))
    return {
      ok: true,
      stop: () => {
        if (!on) return
        on = false
        release()
        void context.close()
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

/** Turns pieces into packets of a format. `failed`: this browser cannot after all. */
export function createPackets(format: MicFormat, send: (packet: Uint8Array) => void, failed: () => void): { take(piece: Float32Array): void; stop(): void } {
  if (format !== 'opus') return { take: (piece) => send(new Uint8Array(pcmOf(piece).buffer)), stop: () => undefined }
  const encoder = new AudioEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      send(bytes)
    },
    error: failed,
  })
  encoder.configure(OPUS)
  let at = 0
  return {
    take: (piece) => {
      if (encoder.state !== 'configured' || piece.length === 0) return
      encoder.encode(new AudioData({ format: 'f32', sampleRate: OPUS.sampleRate, numberOfFrames: piece.length, numberOfChannels: 1, timestamp: at, data: piece as Float32Array<ArrayBuffer> }))
      at += Math.round((piece.length * 1_000_000) / OPUS.sampleRate)
    },
    stop: () => void (encoder.state !== 'closed' && encoder.close()),
  }
}
