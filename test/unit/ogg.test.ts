import fc from 'fast-check'
import t from 'tap'
import { findPage, GranuleSeek, pageChecksum } from '../../shared/core/ogg.ts'
import { OpusStream, opusPacketFrames, readOpusHead } from '../../shared/core/opus-stream.ts'
import type { OpusPacket } from '../../shared/core/opus-stream.ts'

interface PageSpec {
  flags?: number
  granule: number
  sequence: number
  serial?: number
  /** Packets; with `open` the last one goes on in the next page. */
  packets: Uint8Array[]
  open?: boolean
}

function makePage(spec: PageSpec): Uint8Array {
  const lacing: number[] = []
  spec.packets.forEach((packet, i) => {
    for (let left = packet.length; left >= 255; left -= 255) lacing.push(255)
    if (!(spec.open && i === spec.packets.length - 1)) lacing.push(packet.length % 255)
  })
  const body = Buffer.concat(spec.packets)
  const page = Buffer.alloc(27 + lacing.length + body.length)
  page.write('OggS', 0, 'latin1')
  page[5] = spec.flags ?? 0
  page.writeBigInt64LE(BigInt(spec.granule), 6)
  page.writeUInt32LE(spec.serial ?? 7, 14)
  page.writeUInt32LE(spec.sequence, 18)
  page[26] = lacing.length
  page.set(lacing, 27)
  page.set(body, 27 + lacing.length)
  page.writeUInt32LE(pageChecksum(page), 22)
  return new Uint8Array(page)
}

const PRE_SKIP = 312
const head = (): Uint8Array => {
  const bytes = Buffer.alloc(19)
  bytes.write('OpusHead', 0, 'latin1')
  bytes[8] = 1
  bytes[9] = 1
  bytes.writeUInt16LE(PRE_SKIP, 10)
  bytes.writeUInt32LE(48_000, 12)
  return new Uint8Array(bytes)
}
/** A CELT packet of 20 ms: configuration 31, one frame. */
const packet = (length = 60): Uint8Array => new Uint8Array(length).fill(9).fill(31 << 3, 0, 1)

/** Head, tags, then `pages` pages of 10 packets (200 ms); the last one is cut by 100 samples. */
function makeFile(pages: number): Uint8Array[] {
  const out = [
    makePage({ flags: 2, granule: 0, sequence: 0, packets: [head()] }),
    makePage({ granule: 0, sequence: 1, packets: [new Uint8Array(Buffer.from('OpusTags-----------'))] }),
  ]
  for (let i = 0; i < pages; i++) {
    const last = i === pages - 1
    const granule = (i + 1) * 9_600 - (last ? 100 : 0)
    out.push(makePage({ flags: last ? 4 : 0, granule, sequence: i + 2, packets: Array.from({ length: 10 }, () => packet()) }))
  }
  return out
}

/** Feeds bytes in pieces, as they come from a disk. */
function demux(bytes: Uint8Array, pieceBytes: number): { stream: OpusStream; packets: OpusPacket[] } {
  const stream = new OpusStream()
  const packets: OpusPacket[] = []
  let pending = new Uint8Array(0)
  for (let at = 0; at <= bytes.length; at += pieceBytes) {
    const atEnd = at + pieceBytes > bytes.length
    pending = new Uint8Array(Buffer.concat([pending, bytes.subarray(at, at + pieceBytes)]))
    let from = 0
    for (;;) {
      const search = findPage(pending, from, atEnd)
      if (search.found === 'nothing') {
        pending = pending.slice(Math.max(from, search.keepFrom))
        break
      }
      packets.push(...stream.take(search.page))
      from = search.end
    }
  }
  return { stream, packets }
}

const whole = (pages: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pages))

t.test('packets come out with their place in time, whatever the size of the pieces', (t) => {
  const bytes = whole(makeFile(5))
  for (const piece of [1, 7, 100, 4_096, 1_000_000]) {
    const { stream, packets } = demux(bytes, piece)
    t.equal(packets.length, 50, `pieces of ${String(piece)}`)
    t.equal(packets[0]?.startFrame, -PRE_SKIP)
    t.equal(packets[49]?.startFrame, 49 * 960 - PRE_SKIP)
    t.equal(stream.endFrame, 50 * 960 - 100 - PRE_SKIP)
    t.equal(stream.damages, 0)
  }
  t.end()
})

t.test('a lost page is a hole in time, not a shift', (t) => {
  const pages = makeFile(5)
  pages.splice(4, 1)
  const { stream, packets } = demux(whole(pages), 1_000)
  t.equal(packets.length, 40)
  t.equal(packets[20]?.startFrame, 30 * 960 - PRE_SKIP)
  t.equal(stream.damages, 1)
  t.end()
})

t.test('a page with a wrong checksum is stepped over and the next one found', (t) => {
  const pages = makeFile(4)
  const hurt = pages[3] as Uint8Array
  hurt[200] = (hurt[200] ?? 0) ^ 1
  const { packets } = demux(whole(pages), 333)
  t.equal(packets.length, 30)
  t.equal(packets.at(-1)?.startFrame, 39 * 960 - PRE_SKIP)
  t.end()
})

t.test('a packet that spans two pages is joined; one whose beginning is lost is dropped', (t) => {
  const long = packet(600)
  const start = makeFile(0)
  const a = makePage({ granule: 960, sequence: 2, packets: [packet(), long.subarray(0, 510)], open: true })
  const b = makePage({ flags: 1, granule: 2_880, sequence: 3, packets: [long.subarray(510), packet()] })
  const { packets } = demux(whole([...start, a, b]), 10_000)
  t.same(packets.map((p) => [p.bytes.length, p.startFrame]), [[60, -PRE_SKIP], [600, 960 - PRE_SKIP], [60, 1_920 - PRE_SKIP]])
  const hurt = demux(whole([...start, b]), 10_000)
  t.same(hurt.packets.map((p) => [p.bytes.length, p.startFrame]), [[60, 1_920 - PRE_SKIP]])
  t.end()
})

t.test('other logical streams in the file are passed over', (t) => {
  const pages = makeFile(2)
  pages.splice(3, 0, makePage({ serial: 99, flags: 2, granule: 0, sequence: 0, packets: [packet(), packet()] }))
  t.equal(demux(whole(pages), 500).packets.length, 20)
  t.end()
})

t.test('packet lengths are those of RFC 6716', (t) => {
  t.equal(opusPacketFrames(Uint8Array.of(0 << 3, 1)), 480)
  t.equal(opusPacketFrames(Uint8Array.of(3 << 3, 1)), 2_880)
  t.equal(opusPacketFrames(Uint8Array.of(13 << 3, 1)), 960)
  t.equal(opusPacketFrames(Uint8Array.of(16 << 3, 1)), 120)
  t.equal(opusPacketFrames(Uint8Array.of((31 << 3) | 1, 1)), 1_920)
  t.equal(opusPacketFrames(Uint8Array.of((31 << 3) | 3, 6)), 5_760)
  t.equal(opusPacketFrames(Uint8Array.of((31 << 3) | 3, 7)), null)
  t.equal(opusPacketFrames(Uint8Array.of((31 << 3) | 3, 0)), null)
  t.equal(opusPacketFrames(new Uint8Array(0)), null)
  t.equal(readOpusHead(packet()), null)
  t.end()
})

t.test('garbage, cuts and flipped bits never throw, never hang, and never give packets that overlap', (t) => {
  const bytes = whole(makeFile(6))
  const hurt = fc.record({
    cut: fc.nat(bytes.length),
    flips: fc.array(fc.nat(bytes.length - 1), { maxLength: 8 }),
    insert: fc.uint8Array({ maxLength: 64 }),
    at: fc.nat(bytes.length),
    piece: fc.integer({ min: 1, max: 3_000 }),
  })
  fc.assert(
    fc.property(hurt, ({ cut, flips, insert, at, piece }) => {
      const copy = bytes.slice(0, cut)
      for (const flip of flips) if (flip < cut) copy[flip] = (copy[flip] ?? 0) ^ 0x41
      const mixed = new Uint8Array(Buffer.concat([copy.subarray(0, at), insert, copy.subarray(at)]))
      let next = -Infinity
      for (const { startFrame, frames } of demux(mixed, piece).packets) {
        if (startFrame < next) return false
        next = startFrame + frames
      }
      return true
    }),
    { numRuns: 300 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 5_000 }), (noise) => demux(noise, 700).packets.length === 0))
  t.end()
})

t.test('a seek finds the last page before a place in few looks, and ends whatever it is told', (t) => {
  const pages = 2_000
  const pageBytes = 600
  const answer = (at: number): Parameters<GranuleSeek['note']>[1] => {
    if (at >= pages * pageBytes) return { met: 'end-of-file' }
    const page = Math.ceil(at / pageBytes)
    if (page >= pages) return { met: 'none' }
    return { met: 'page', granule: (page + 1) * 9_600, start: page * pageBytes, end: (page + 1) * pageBytes }
  }
  fc.assert(
    fc.property(fc.nat(pages * 9_600), (granule) => {
      const seek = new GranuleSeek(granule, { at: 0, granule: 0 })
      let looks = 0
      for (let probe = seek.next(); probe; probe = seek.next()) {
        looks++
        seek.note(probe, answer(probe.at))
      }
      const point = seek.point()
      return looks <= 20 && point.granule <= granule && granule - point.granule <= 96_000
    }),
  )
  const liar = fc.infiniteStream(fc.constantFrom({ met: 'none' } as const, { met: 'end-of-file' } as const, { met: 'page', granule: 1, start: 5, end: 9 } as const))
  fc.assert(
    fc.property(liar, (answers) => {
      const seek = new GranuleSeek(1e9, { at: 0, granule: 0 })
      let looks = 0
      for (let probe = seek.next(); probe && looks < 1_000; probe = seek.next()) {
        looks++
        seek.note(probe, answers.next().value)
      }
      return looks <= 64
    }),
  )
  t.end()
})
