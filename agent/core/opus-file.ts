import { pageChecksum } from '../../shared/core/ogg.ts'

const FRAME = 960
/** One second a page: 50 packets, of which each takes one or two of the 255 places. */
const PACKETS_A_PAGE = 50
const SERIAL = 0x746c

/** Packets of 20 ms (48 kHz, mono) as an Ogg Opus file (RFC 3533, RFC 7845). `preSkip`: samples to leave out at the beginning. */
export function opusFile(packets: readonly Uint8Array[], preSkip: number): Uint8Array {
  const head = new Uint8Array(19)
  head.set(ascii('OpusHead'))
  const view = new DataView(head.buffer)
  view.setUint8(8, 1)
  view.setUint8(9, 1)
  view.setUint16(10, preSkip, true)
  view.setUint32(12, 48_000, true)
  const tags = new Uint8Array(16)
  tags.set(ascii('OpusTags'))
  const pages = [page([head], { flags: 2, granule: 0, sequence: 0 }), page([tags], { flags: 0, granule: 0, sequence: 1 })]
  for (let at = 0; at < packets.length; at += PACKETS_A_PAGE) {
    const some = packets.slice(at, at + PACKETS_A_PAGE)
    const last = at + PACKETS_A_PAGE >= packets.length
    pages.push(page(some, { flags: last ? 4 : 0, granule: (at + some.length) * FRAME, sequence: pages.length }))
  }
  return joined(pages)
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

function page(packets: readonly Uint8Array[], { flags, granule, sequence }: { flags: number; granule: number; sequence: number }): Uint8Array {
  const lacing = packets.flatMap(({ length }) => [...Array.from({ length: Math.floor(length / 255) }, () => 255), length % 255])
  const head = new Uint8Array(27 + lacing.length)
  head.set(ascii('OggS'))
  const view = new DataView(head.buffer)
  view.setUint8(5, flags)
  view.setBigUint64(6, BigInt(granule), true)
  view.setUint32(14, SERIAL, true)
  view.setUint32(18, sequence, true)
  view.setUint8(26, lacing.length)
  head.set(lacing, 27)
  const whole = joined([head, ...packets])
  new DataView(whole.buffer).setUint32(22, pageChecksum(whole), true)
  return whole
}
