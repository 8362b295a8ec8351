import { findPage, GranuleSeek, MAX_PAGE_BYTES } from '../../../shared/core/ogg.ts'
import type { ProbeAnswer, SeekPoint } from '../../../shared/core/ogg.ts'
import { BrokenInvariant } from '../../../shared/core/result.ts'
import { OpusStream } from '../../../shared/core/opus-stream.ts'
import type { OpusPacket } from '../../../shared/core/opus-stream.ts'
import { FRAMES_PER_MS } from '../../core/render.ts'
import type { PcmWindow } from '../../core/render.ts'
import type { Disk } from '../../core/ports.ts'
import type { DecoderPool, OpusDecoder } from './opus-decoder.ts'
import type { OpenAnswer, Reader } from './reader.ts'

/** 1.4 s: half a second ahead, and enough behind to go back to what a flushed device did not sound. */
const RING_FRAMES = 65_536
/** 5 s of speech at 24 kbit/s: one read of the disk in five seconds. */
const PIECE_BYTES = 16_384
const WANTED_PACKET_MS = 2_000
/** Opus needs this much before a place to sound there as if played from the beginning (RFC 7845 §4.6). */
const PRE_ROLL_FRAMES = 80 * FRAMES_PER_MS
/** A page is at most 64 kB; what is still not a page in twice that is garbage. */
const MAX_PENDING_BYTES = 2 * MAX_PAGE_BYTES

/** One medium: reads pieces of the file, never all of it, and keeps a window of decoded sound around a place. */
export class MediaReader implements Reader {
  readonly live = false
  readonly bridgedFrames = 0
  readonly #disk: Pick<Disk, 'readRange'>
  readonly #name: string
  readonly #pool: DecoderPool
  readonly #ring = new Int16Array(RING_FRAMES)
  readonly #stream = new OpusStream()
  #decoder: OpusDecoder | null = null
  #audioFrom: SeekPoint = { at: 0, granule: 0 }
  #pending = new Uint8Array(0)
  #readAt = 0
  #packets: OpusPacket[] = []
  #packetFrames = 0
  #start = 0
  #end = 0
  #reading: Promise<void> | null = null
  #fileEnded = false
  #broken = 0
  #closed = false

  constructor(disk: Pick<Disk, 'readRange'>, name: string, pool: DecoderPool) {
    this.#disk = disk
    this.#name = name
    this.#pool = pool
  }

  /** Finds the head and the first audio page. Reads at most some 130 kB of a file that is no Ogg Opus. */
  async open(): Promise<OpenAnswer> {
    while (this.#stream.origin === null) {
      const bytes = await this.#disk.readRange(this.#name, this.#readAt, PIECE_BYTES)
      if (bytes === null) return 'missing-media'
      this.#takeBytes(bytes)
      const hopeless = this.#stream.head === null && this.#readAt > MAX_PENDING_BYTES
      if (this.#fileEnded || hopeless) break
    }
    const head = this.#stream.head
    if (head === null || this.#stream.origin === null) return 'damaged-media'
    if (!this.#closed) this.#decoder = this.#pool.take(head.gainQ8)
    return 'ready'
  }

  /** Goes to a frame: from a page boundary 80 ms or more before it. Only after open() was 'ready'. */
  async seek(frame: number): Promise<void> {
    await this.#reading
    const head = this.#stream.head
    if (head === null || this.#closed) return
    const wanted = Math.max(0, this.#stream.granuleOf(Math.max(0, frame)) - PRE_ROLL_FRAMES)
    const search = new GranuleSeek(wanted, this.#audioFrom)
    for (let probe = search.next(); probe !== null; probe = search.next()) {
      const bytes = await this.#disk.readRange(this.#name, probe.at, probe.length)
      search.note(probe, answerOf(bytes, probe.at))
    }
    const point = search.point()
    this.#pending = new Uint8Array(0)
    this.#readAt = point.at
    this.#fileEnded = false
    this.#packets = []
    this.#packetFrames = 0
    this.#stream.resumeAfter(point.granule)
    this.#decoder?.reset(head.gainQ8)
    this.#start = this.#end = point.granule - this.#stream.granuleOf(0)
    await this.refill()
  }

  /** Reads on when fewer than two seconds of packets are held; resolves when they are there or the file has ended. */
  async refill(): Promise<void> {
    if (this.#reading) return this.#reading
    const loop = async (): Promise<void> => {
      while (!this.#closed && !this.#fileEnded && this.#packetFrames < WANTED_PACKET_MS * FRAMES_PER_MS) {
        const bytes = await this.#disk.readRange(this.#name, this.#readAt, PIECE_BYTES)
        this.#takeBytes(bytes ?? new Uint8Array(0))
      }
    }
    this.#reading = loop().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  /** Whether refill() has something to do. */
  get hungry(): boolean {
    return !this.#fileEnded && this.#packetFrames < WANTED_PACKET_MS * FRAMES_PER_MS && this.#reading === null
  }

  /**
   * Decodes until the window reaches `frame` or the packets at hand end; at most `budgetFrames`, so that no call takes
   * long. What a caller still needs behind `frame` is kept as far as the ring goes (0.8 s).
   */
  decodeTo(frame: number, budgetFrames: number): void {
    const stopAt = this.#end + budgetFrames
    while (this.#end < frame && this.#end < stopAt) {
      const packet = this.#packets[0]
      if (packet === undefined || this.#decoder === null) return
      const gap = packet.startFrame - this.#end
      if (gap > 0) {
        this.#append(this.#decoder.conceal(Math.min(gap, stopAt - this.#end)))
        continue
      }
      this.#packets.shift()
      this.#packetFrames -= packet.frames
      const { pcm, damaged } = this.#decoder.decode(packet.bytes)
      if (damaged) this.#broken++
      this.#append(pcm)
    }
  }

  holds(): boolean {
    return true
  }

  reach(): boolean {
    throw new BrokenInvariant('a file is sought, it does not come in')
  }

  /** One past the last frame that is decoded. */
  get decodedTo(): number {
    return this.#end
  }

  get window(): PcmWindow {
    // before frame 0 the decoder only warms up, behind the last one it only rings out
    const endFrame = Math.min(this.#end, this.#stream.endFrame ?? Infinity)
    return { pcm: this.#ring, mask: RING_FRAMES - 1, startFrame: Math.max(0, this.#start), endFrame }
  }

  /** One past the last frame there will ever be; null while more may come. */
  get lastFrame(): number | null {
    if (!this.#fileEnded || this.#packets.length > 0) return this.#stream.endFrame
    return Math.min(this.#end, this.#stream.endFrame ?? Infinity)
  }

  /** Something was lost, did not decode, or the file stops without its end. */
  get damaged(): boolean {
    return this.#stream.damages > 0 || this.#broken > 0 || (this.#fileEnded && this.#stream.endFrame === null)
  }

  close(): void {
    this.#closed = true
    if (this.#decoder) this.#pool.give(this.#decoder)
    this.#decoder = null
    this.#packets = []
  }

  #append(pcm: Int16Array): void {
    const at = this.#end & (RING_FRAMES - 1)
    const first = Math.min(pcm.length, RING_FRAMES - at)
    this.#ring.set(first < pcm.length ? pcm.subarray(0, first) : pcm, at)
    if (first < pcm.length) this.#ring.set(pcm.subarray(first), 0)
    this.#end += pcm.length
    this.#start = Math.max(this.#start, this.#end - RING_FRAMES)
  }

  #takeBytes(bytes: Uint8Array): void {
    this.#readAt += bytes.length
    this.#fileEnded = bytes.length === 0
    const all = new Uint8Array(this.#pending.length + bytes.length)
    all.set(this.#pending)
    all.set(bytes, this.#pending.length)
    const base = this.#readAt - all.length
    let from = 0
    for (;;) {
      const search = findPage(all, from, this.#fileEnded || all.length - from > MAX_PENDING_BYTES)
      if (search.found === 'nothing') {
        if (this.#fileEnded && from < all.length) this.#broken++
        this.#pending = all.slice(Math.max(from, search.keepFrom))
        return
      }
      if (search.start > from && this.#stream.head !== null) this.#broken++
      const hadOrigin = this.#stream.origin !== null
      const packets = this.#stream.take(search.page)
      if (!hadOrigin && this.#stream.origin !== null) {
        this.#audioFrom = { at: base + search.start, granule: this.#stream.origin }
        this.#start = this.#end = -(this.#stream.head?.preSkip ?? 0)
      }
      for (const packet of packets) {
        this.#packets.push(packet)
        this.#packetFrames += packet.frames
      }
      from = search.end
    }
  }
}

function answerOf(bytes: Uint8Array | null, at: number): ProbeAnswer {
  if (bytes === null || bytes.length === 0) return { met: 'end-of-file' }
  let from = 0
  for (;;) {
    const search = findPage(bytes, from)
    if (search.found === 'nothing') return { met: 'none' }
    const { page, start, end } = search
    if (page.granule !== null) return { met: 'page', granule: page.granule, start: at + start, end: at + end }
    from = end
  }
}
