import { pageChecksum } from '../../shared/core/ogg.ts'

/** Frames of 20 ms as an encoder gave them. */
export interface OpusFrames {
  readonly packets: readonly Uint8Array[]
  /** Samples at 48 kHz that a decoder throws away at the beginning. */
  readonly preSkip: number
  /** Samples that sound; what the last packet holds beyond them is cut off. */
  readonly samples: number
}

const FRAME_SAMPLES = 960
/** A second: what is lost with a damaged page, and what a seek has to decode at most. */
const PACKETS_A_PAGE = 50
const HEADER_BYTES = 27
const FIRST = 2
const LAST = 4
/** Always the same: the same sound gives the same bytes, and with them the same name. */
const SERIAL = 1

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0))
const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255]

/** RFC 7845 §5.1: version 1, one channel, made from 48 kHz, no gain, mapping family 0. */
const headOf = (preSkip: number): Uint8Array => Uint8Array.from([...ascii('OpusHead'), 1, 1, ...u16(preSkip), ...u16(48_000), 0, 0, ...u16(0), 0])
/** RFC 7845 §5.2: no vendor, no comments. */
const TAGS = Uint8Array.from([...ascii('OpusTags'), 0, 0, 0, 0, 0, 0, 0, 0])

/** A packet's length as RFC 3533 §6 has it: 255 as often as it goes, then what is left, which may be 0. */
const lacingOf = (bytes: number): number[] => [...Array.from({ length: Math.floor(bytes / 255) }, () => 255), bytes % 255]

function pageOf(packets: readonly Uint8Array[], { granule, sequence, flags }: { readonly granule: number; readonly sequence: number; readonly flags: number }): Uint8Array {
  const lacing = packets.flatMap((packet) => lacingOf(packet.length))
  const body = packets.reduce((sum, packet) => sum + packet.length, 0)
  const page = new Uint8Array(HEADER_BYTES + lacing.length + body)
  const view = new DataView(page.buffer)
  page.set([...ascii('OggS'), 0, flags])
  view.setBigUint64(6, BigInt(granule), true)
  view.setUint32(14, SERIAL, true)
  view.setUint32(18, sequence, true)
  page[26] = lacing.length
  page.set(lacing, HEADER_BYTES)
  let at = HEADER_BYTES + lacing.length
  for (const packet of packets) {
    page.set(packet, at)
    at += packet.length
  }
  view.setUint32(22, pageChecksum(page), true)
  return page
}

/** Takes packets up to a second, and never more lacing values than a page holds. */
function pagesOf(packets: readonly Uint8Array[]): Uint8Array[][] {
  const pages: Uint8Array[][] = []
  let room = 0
  for (const packet of packets) {
    const lacing = Math.floor(packet.length / 255) + 1
    const page = pages.at(-1)
    if (!page || page.length === PACKETS_A_PAGE || lacing > room) {
      pages.push([packet])
      room = 255 - lacing
    } else {
      page.push(packet)
      room -= lacing
    }
  }
  return pages
}

/** An Ogg Opus file (RFC 7845), mono: the same frames give the same bytes. */
export function oggOpus({ packets, preSkip, samples }: OpusFrames): Uint8Array {
  const pages = [pageOf([headOf(preSkip)], { granule: 0, sequence: 0, flags: FIRST }), pageOf([TAGS], { granule: 0, sequence: 1, flags: 0 })]
  const sound = pagesOf(packets)
  let frames = 0
  for (const [n, page] of sound.entries()) {
    frames += page.length
    const last = n === sound.length - 1
    pages.push(pageOf(page, { granule: last ? preSkip + samples : frames * FRAME_SAMPLES, sequence: n + 2, flags: last ? LAST : 0 }))
  }
  const file = new Uint8Array(pages.reduce((sum, page) => sum + page.length, 0))
  let at = 0
  for (const page of pages) {
    file.set(page, at)
    at += page.length
  }
  return file
}
