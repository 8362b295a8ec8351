import type { OggPage } from './ogg.ts'

/** Opus always counts in samples at 48 kHz (RFC 7845 §4). */
export const OPUS_RATE_HZ = 48_000
/** 120 ms: the longest packet that Opus allows. */
export const MAX_PACKET_FRAMES = 5_760
/** 48 frames of 1 275 bytes and their lengths, rounded up. */
const MAX_PACKET_BYTES = 65_536

export interface OpusHead {
  readonly channels: number
  /** Frames to throw away at the beginning. */
  readonly preSkip: number
  /** Gain asked for by the file, in 1/256 dB. */
  readonly gainQ8: number
}

export interface OpusPacket {
  readonly bytes: Uint8Array
  /** Its first sample, counted from the first audible one; below 0 within the pre-skip. */
  readonly startFrame: number
  readonly frames: number
}

const FRAME_SIZES = { silk: [480, 960, 1_920, 2_880], hybrid: [480, 960], celt: [120, 240, 480, 960] } as const

/** Frames (48 kHz) in a packet, read from its first bytes (RFC 6716 §3.1); null when it is no Opus packet. */
export function opusPacketFrames(packet: Uint8Array): number | null {
  const toc = packet[0]
  if (toc === undefined) return null
  const config = toc >> 3
  const sizes = config < 12 ? FRAME_SIZES.silk : config < 16 ? FRAME_SIZES.hybrid : FRAME_SIZES.celt
  const size = sizes[config % sizes.length] ?? 0
  const code = toc & 3
  const count = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 0x3f
  const frames = size * count
  return frames > 0 && frames <= MAX_PACKET_FRAMES ? frames : null
}

/** Null when it is not an OpusHead of mapping family 0 (mono or stereo), the only one that a loudspeaker needs. */
export function readOpusHead(packet: Uint8Array): OpusHead | null {
  if (packet.length < 19 || String.fromCharCode(...packet.subarray(0, 8)) !== 'OpusHead') return null
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  const channels = packet[9] ?? 0
  // the upper half of the version is the incompatible part
  if ((packet[8] ?? 0xff) > 15 || channels < 1 || channels > 2 || packet[18] !== 0) return null
  return { channels, preSkip: view.getUint16(10, true), gainQ8: view.getInt16(16, true) }
}

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/**
 * Turns pages into packets with their places in time. Lost pages show as a jump of `startFrame`; other logical
 * streams in the same file are passed over. Never throws.
 */
export class OpusStream {
  #serial: number | null = null
  #head: OpusHead | null = null
  #tagsSeen = false
  #origin: number | null = null
  #sequence: number | null = null
  /** Granule after the last packet that was given out. */
  #granule: number | null = null
  #partial: Uint8Array | null = null
  #endFrame: number | null = null
  #damages = 0

  get head(): OpusHead | null {
    return this.#head
  }
  /** Granule of the first audio page's beginning; null before it was met. */
  get origin(): number | null {
    return this.#origin
  }
  /** One past the last audible frame; null until the last page was met. */
  get endFrame(): number | null {
    return this.#endFrame
  }
  /** Pages or packets that were lost or nonsense so far. */
  get damages(): number {
    return this.#damages
  }

  /** Goes on after a seek, with the first page behind the one that ended at `granule`. */
  resumeAfter(granule: number): void {
    this.#granule = granule
    this.#sequence = null
    this.#partial = null
    this.#endFrame = null
  }

  /** Granule of an audible frame, for seeking. */
  granuleOf(frame: number): number {
    return frame + (this.#head?.preSkip ?? 0) + (this.#origin ?? 0)
  }

  /** Packets that end in this page, in order; their bytes are copies. */
  take(page: OggPage): OpusPacket[] {
    if (this.#head === null) {
      this.#takeHead(page)
      return []
    }
    if (page.serial !== this.#serial) return []
    const lost = this.#sequence !== null && page.sequence !== ((this.#sequence + 1) >>> 0)
    if (lost) {
      this.#damages++
      this.#partial = null
    }
    this.#sequence = page.sequence
    const packets = this.#packetsOf(page)
    if (!this.#tagsSeen) {
      if (packets.length > 0) this.#tagsSeen = true
      return []
    }
    return this.#place(page, packets, lost)
  }

  #takeHead(page: OggPage): void {
    const head = page.first && page.pieces[0]?.ends ? readOpusHead(page.pieces[0].bytes) : null
    if (head === null) return
    this.#head = head
    this.#serial = page.serial
    this.#sequence = page.sequence
  }

  #packetsOf(page: OggPage): Uint8Array[] {
    const packets: Uint8Array[] = []
    page.pieces.forEach((piece, i) => {
      const continues = i === 0 && page.continued
      // the beginning of a packet went missing: its end is of no use
      if (continues && this.#partial === null) return
      const bytes = continues && this.#partial ? joined(this.#partial, piece.bytes) : piece.bytes.slice()
      this.#partial = null
      if (bytes.length > MAX_PACKET_BYTES) this.#damages++
      else if (piece.ends) packets.push(bytes)
      else this.#partial = bytes
    })
    return packets
  }

  #place(page: OggPage, packets: readonly Uint8Array[], lost: boolean): OpusPacket[] {
    const sized: { bytes: Uint8Array; frames: number }[] = []
    for (const bytes of packets) {
      const frames = opusPacketFrames(bytes)
      if (frames === null) this.#damages++
      else sized.push({ bytes, frames })
    }
    const total = sized.reduce((sum, packet) => sum + packet.frames, 0)
    let at = this.#startOf(page, total, lost)
    const toFrame = (granule: number): number => granule - (this.#origin ?? 0) - (this.#head?.preSkip ?? 0)
    const placed = sized.map(({ bytes, frames }): OpusPacket => {
      const packet = { bytes, frames, startFrame: toFrame(at) }
      at += frames
      return packet
    })
    this.#granule = at
    if (page.last) this.#endFrame = Math.max(0, toFrame(Math.min(at, page.granule ?? at)))
    return placed
  }

  /** Counting on is exact; the page's own granule decides only where there is nothing to count from. */
  #startOf(page: OggPage, total: number, lost: boolean): number {
    const told = page.granule === null ? null : page.granule - total
    if (this.#granule === null) {
      // a first page that is also the last one may end early: then it began at 0 (RFC 7845 §4.4)
      const start = Math.max(0, told ?? 0)
      this.#origin = lost ? 0 : start
      return start
    }
    return lost && told !== null ? Math.max(told, this.#granule) : this.#granule
  }
}
