import fc from 'fast-check'
import t from 'tap'
import { createStreamBuffer } from '../../agent/core/stream-buffer.ts'
import type { StreamPacket } from '../../shared/protocol/stream.ts'

const ZERO = Date.UTC(2026, 10, 22) * 1_000
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
t.comment(`seed ${String(seed)}`)
const PACKET_US = 60_000
/** An Opus packet of 20 ms whose bytes tell where it belongs. */
const opus = (epoch: number, seq: number, n: number): Uint8Array => Uint8Array.of(0x48, epoch, seq, n)
const packet = (epoch: number, seq: number, zeroUs = ZERO): StreamPacket => ({
  stream: 'vov1', epoch, seq, atUs: zeroUs + seq * PACKET_US, clip: false, last: false, silent: false, substituteSinceUs: null,
  frames: [0, 1, 2].map((n) => opus(epoch, seq, n)),
})

/** Reads as a voice does: packet after packet, never back. */
function read(buffer: ReturnType<typeof createStreamBuffer>, frames: number): { epoch: number; seq: number; n: number; startFrame: number }[] {
  const feed = buffer.feed(ZERO)
  const heard = []
  for (let at = 0; at < frames; ) {
    const next = feed.next(at)
    if (!next || next.startFrame >= frames) break
    if (next.bytes.length > 0) heard.push({ epoch: next.bytes[1] ?? 0, seq: next.bytes[2] ?? 0, n: next.bytes[3] ?? 0, startFrame: next.startFrame })
    at = next.startFrame + next.frames
  }
  return heard
}

/** Something that the network, or somebody in it, does to a packet. */
const fate = fc.record({ lost: fc.boolean(), twice: fc.boolean(), delay: fc.integer({ min: 0, max: 40 }), again: fc.integer({ min: 0, max: 60 }) })

t.test('whatever the link does, each sound is heard once, in order, in its place, or not at all', async () => {
  fc.assert(
    fc.property(fc.array(fate, { minLength: 5, maxLength: 60 }), (fates) => {
      const buffer = createStreamBuffer(false)
      const events = fates.flatMap(({ lost, twice, delay, again }, seq) => (lost && again % 3 === 0 ? [] : [{ at: seq + delay, seq }, ...(twice ? [{ at: seq + again, seq }] : [])]))
      // a buffer of 1.5 s: packet n is put at n, and sounds at n + 25
      for (const { at, seq } of events.sort((a, b) => a.at - b.at)) buffer.put(packet(1, seq), ZERO + (at - 25) * PACKET_US, true)
      const heard = read(buffer, fates.length * 2_880)
      const inTime = new Set(events.filter(({ at, seq }) => seq + 1 > at - 25).map(({ seq }) => seq))
      return (
        heard.every((one, i) => one.startFrame === one.seq * 2_880 + one.n * 960 && (i === 0 || one.startFrame > (heard[i - 1]?.startFrame ?? 0))) &&
        heard.length === 3 * inTime.size
      )
    }),
    { seed, numRuns: 200 },
  )
})

t.test('when the station opens a stream anew, the newer one has the word from its beginning on, however their packets cross', async () => {
  const order = fc.shuffledSubarray(Array.from({ length: 40 }, (_, i) => i), { minLength: 40 })
  fc.assert(
    fc.property(order, fc.integer({ min: -10, max: 10 }), (swaps, shift) => {
      const buffer = createStreamBuffer(false)
      const newZero = ZERO + (20 + shift) * PACKET_US
      const sent = [...Array.from({ length: 20 }, (_, seq) => packet(1, seq)), ...Array.from({ length: 20 }, (_, seq) => packet(2, seq, newZero))]
      // neighbours change places as far as three packets
      const arrived = sent.map((p, i) => ({ p, at: i + ((swaps[i] ?? 0) % 4) })).sort((a, b) => a.at - b.at)
      for (const { p } of arrived) buffer.put(p, ZERO - 1_000_000, true)
      const heard = read(buffer, 60 * 2_880)
      const from = ((newZero - ZERO) / PACKET_US) * 2_880
      const newer = heard.filter(({ epoch }) => epoch === 2).length
      return newer === 60 && heard.every((one, i) => (one.epoch === 1 ? one.startFrame < from : one.startFrame >= from) && (i === 0 || one.startFrame > (heard[i - 1]?.startFrame ?? 0)))
    }),
    { seed, numRuns: 200 },
  )
})

t.test('what comes is bounded, whatever its size and its time', async () => {
  const any = fc.record({ epoch: fc.integer({ min: 0, max: 9 }), seq: fc.integer({ min: 0, max: 5_000 }), size: fc.integer({ min: 1, max: 6_000 }), at: fc.integer({ min: -100_000_000, max: 100_000_000 }), clip: fc.boolean(), silent: fc.boolean() })
  fc.assert(
    fc.property(fc.array(any, { maxLength: 400 }), (all) => {
      const buffer = createStreamBuffer(false)
      for (const { epoch, seq, size, at, clip, silent } of all) {
        buffer.put({ ...packet(epoch, seq), atUs: ZERO + at, clip, silent, frames: silent ? [] : [new Uint8Array(size).fill(0x48)] }, ZERO, seq % 2 === 0)
      }
      buffer.changes()
      buffer.coveredTo(ZERO)
      return buffer.held().bytes <= 320_000 && buffer.held().packets <= all.length && buffer.holes(ZERO, ZERO + 20_000_000).length <= 8
    }),
    { seed, numRuns: 60 },
  )
})

t.test('everything is either covered or a hole, and silence that was said is none', async () => {
  const kinds = fc.array(fc.constantFrom('sound', 'lost', 'silent'), { minLength: 3, maxLength: 40 })
  fc.assert(
    fc.property(kinds, (all) => {
      const buffer = createStreamBuffer(false)
      all.forEach((kind, seq) => {
        if (kind !== 'lost') buffer.put({ ...packet(1, seq), silent: kind === 'silent', ...(kind === 'silent' ? { frames: [] } : {}) }, ZERO - 1_000_000, true)
      })
      const to = ZERO + all.length * PACKET_US
      const holes = buffer.holes(ZERO, to)
      const lacks = (us: number): boolean => holes.some(({ fromUs, toUs }) => fromUs <= us && us < (toUs ?? to))
      // a lost packet behind a silent one may have been silence for up to its second
      return all.every((kind, seq) => kind === 'lost' || !lacks(ZERO + seq * PACKET_US + 1_000)) && (holes.length > 0 || !all.every((kind) => kind !== 'silent') || !all.includes('lost'))
    }),
    { seed, numRuns: 200 },
  )
})
