import { peaksOfSamples } from './waves.ts'

/** Decoded sound takes 11 MB a minute: of a longer one a phone shows no waveform of its own making. */
const MOST_MS = 600_000
const BARS = 400
const RATE = 24_000

/** The waveform of a sound, made on this device; null where it is too long, or cannot be read here. */
export async function peaksOf(sound: Blob): Promise<Uint8Array | null> {
  try {
    const decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await sound.arrayBuffer())
    return peaksOfSamples(Array.from({ length: decoded.numberOfChannels }, (_, n) => decoded.getChannelData(n)), BARS)
  } catch (error) {
    // a form that this browser cannot read is played without its picture
    if (error instanceof DOMException) return null
    throw error
  }
}

/** The same of a sound of the station; `ms`: its length. */
export async function peaksAt(address: string, ms: number): Promise<Uint8Array | null> {
  if (ms > MOST_MS) return null
  try {
    const response = await fetch(address, { credentials: 'same-origin' })
    return response.ok ? await peaksOf(await response.blob()) : null
  } catch (error) {
    // the link is away: the player says so
    if (error instanceof TypeError) return null
    throw error
  }
}
