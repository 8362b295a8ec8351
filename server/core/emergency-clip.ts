import { findPage } from '../../shared/core/ogg.ts'
import { OpusStream, type OpusPacket } from '../../shared/core/opus-stream.ts'

/** The packets of an Ogg Opus file in their order; null for anything else. Damaged pages are stepped over. */
export function packetsOf(file: Uint8Array): readonly OpusPacket[] | null {
  const stream = new OpusStream()
  const packets: OpusPacket[] = []
  for (let at = 0; ; ) {
    const search = findPage(file, at, true)
    if (search.found === 'nothing') break
    packets.push(...stream.take(search.page))
    at = search.end
  }
  return stream.head && packets.length > 0 ? packets : null
}
