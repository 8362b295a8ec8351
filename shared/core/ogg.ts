/**
 * Ogg (RFC 3533) pages found in a growing or damaged run of bytes. Nothing here throws, and every call moves forward:
 * garbage is stepped over, a page counts only when its checksum is right.
 */

/** 27 bytes of header, 255 lacing values, 255 segments of 255 bytes. */
export const MAX_PAGE_BYTES = 65_307

export interface PagePiece {
  readonly bytes: Uint8Array
  /** False when the packet goes on in the next page. */
  readonly ends: boolean
}

export interface OggPage {
  /** Its first piece continues a packet of the page before. */
  readonly continued: boolean
  readonly first: boolean
  readonly last: boolean
  /** Samples at 48 kHz up to the end of the last packet that ends here; null when none ends here. */
  readonly granule: number | null
  readonly serial: number
  readonly sequence: number
  /** Views into the searched bytes: copy what outlives them. */
  readonly pieces: readonly PagePiece[]
}

export type PageSearch =
  | { readonly found: 'page'; readonly page: OggPage; readonly start: number; readonly end: number }
  /** Bytes before `keepFrom` hold no page; more bytes are needed to judge the rest. */
  | { readonly found: 'nothing'; readonly keepFrom: number }

const HEADER_BYTES = 27
const CAPTURE = [0x4f, 0x67, 0x67, 0x53] as const

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let register = byte << 24
  for (let bit = 0; bit < 8; bit++) register = register & 0x80000000 ? (register << 1) ^ 0x04c11db7 : register << 1
  return register >>> 0
})

/** Checksum of a whole page, its own field counted as zero (RFC 3533 §6). */
export function pageChecksum(page: Uint8Array): number {
  let crc = 0
  for (let i = 0; i < page.length; i++) {
    const byte = i >= 22 && i < 26 ? 0 : (page[i] ?? 0)
    crc = ((crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0)) >>> 0
  }
  return crc
}

const captureAt = (bytes: Uint8Array, at: number): boolean => CAPTURE.every((byte, i) => bytes[at + i] === byte)

/** Where the next "OggS" begins, or a piece of one at the very end; `bytes.length` when there is none. */
function nextCapture(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(CAPTURE[0], from); at >= 0; at = bytes.indexOf(CAPTURE[0], at + 1)) {
    const left = bytes.length - at
    if (left >= 4 ? captureAt(bytes, at) : CAPTURE.slice(0, left).every((byte, i) => bytes[at + i] === byte)) return at
  }
  return bytes.length
}

/** Whole length of the page at `at`; null when its header is not all here. */
function pageLength(bytes: Uint8Array, at: number): number | null {
  const segments = bytes[at + 26]
  if (segments === undefined || at + HEADER_BYTES + segments > bytes.length) return null
  let length = HEADER_BYTES + segments
  for (let i = 0; i < segments; i++) length += bytes[at + HEADER_BYTES + i] ?? 0
  return length
}

function readGranule(view: DataView): number | null {
  const low = view.getUint32(6, true)
  const high = view.getUint32(10, true)
  // above 2^52 samples (3 000 years) it is a negative number or nonsense, not a position
  return high >= 0x100000 ? null : high * 0x1_0000_0000 + low
}

function readPieces(bytes: Uint8Array): PagePiece[] {
  const segments = bytes[26] ?? 0
  const pieces: PagePiece[] = []
  let from = HEADER_BYTES + segments
  let to = from
  for (let i = 0; i < segments; i++) {
    const lacing = bytes[HEADER_BYTES + i] ?? 0
    to += lacing
    const ends = lacing < 255
    if (!ends && i < segments - 1) continue
    pieces.push({ bytes: bytes.subarray(from, to), ends })
    from = to
  }
  return pieces
}

function readPage(bytes: Uint8Array): OggPage | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes[4] !== 0 || view.getUint32(22, true) !== pageChecksum(bytes)) return null
  const flags = bytes[5] ?? 0
  return {
    continued: (flags & 1) !== 0,
    first: (flags & 2) !== 0,
    last: (flags & 4) !== 0,
    granule: readGranule(view),
    serial: view.getUint32(14, true),
    sequence: view.getUint32(18, true),
    pieces: readPieces(bytes),
  }
}

/**
 * The first sound page at or after `from`.
 * @param atEnd nothing follows `bytes`: a page that is cut off is stepped over instead of waited for.
 */
export function findPage(bytes: Uint8Array, from: number, atEnd = false): PageSearch {
  let at = nextCapture(bytes, from)
  while (at < bytes.length) {
    const length = pageLength(bytes, at)
    if (length === null || at + length > bytes.length) {
      if (!atEnd) return { found: 'nothing', keepFrom: at }
    } else {
      const page = readPage(bytes.subarray(at, at + length))
      if (page) return { found: 'page', page, start: at, end: at + length }
    }
    at = nextCapture(bytes, at + 1)
  }
  return { found: 'nothing', keepFrom: bytes.length }
}

export interface Probe {
  readonly at: number
  readonly length: number
}

/** What a probe met: the first page with a position in it, nothing of use, or the end of the file. */
export type ProbeAnswer =
  | { readonly met: 'page'; readonly granule: number; readonly start: number; readonly end: number }
  | { readonly met: 'none' }
  | { readonly met: 'end-of-file' }

/** Where to read on: the byte after a page whose granule (≤ the one sought) is `granule`. */
export interface SeekPoint {
  readonly at: number
  readonly granule: number
}

const PROBE_BYTES = 8_192
const MAX_PROBES = 64
/** Two seconds: decoding through them is cheaper than another look. */
const NEAR_GRANULES = 96_000
/** No page is worth looking for in less. */
const NARROW_BYTES = 64

/**
 * Looks for the last page that ends at or before a granule, without knowing the file's length: doubles until it is
 * past, then halves. Ends within 64 probes whatever is answered; a worse answer only means more to read.
 */
export class GranuleSeek {
  readonly #granule: number
  #best: SeekPoint
  #high: number | null = null
  #stride = 16 * PROBE_BYTES
  #probes = 0

  /** @param from where audio begins, and the granule there. */
  constructor(granule: number, from: SeekPoint) {
    this.#granule = granule
    this.#best = from
  }

  /** The next place to look at; null when `point` is as good as it gets. */
  next(): Probe | null {
    if (this.#probes >= MAX_PROBES || this.#granule - this.#best.granule <= NEAR_GRANULES) return null
    if (this.#high === null) return { at: this.#best.at + this.#stride, length: PROBE_BYTES }
    if (this.#high - this.#best.at <= NARROW_BYTES) return null
    return { at: Math.floor((this.#best.at + this.#high) / 2), length: PROBE_BYTES }
  }

  note(probe: Probe, answer: ProbeAnswer): void {
    this.#probes++
    if (answer.met === 'page' && answer.granule <= this.#granule) {
      if (answer.end > this.#best.at) this.#best = { at: answer.end, granule: answer.granule }
      this.#stride *= 2
      return
    }
    this.#high = Math.min(this.#high ?? Infinity, probe.at)
  }

  point(): SeekPoint {
    return this.#best
  }
}
