import type { Deflate } from '../../shared/core/crypto.ts'
import { unpackBeats, type BeatSample } from './beat-packing.ts'
import { createBytes, createVarintReader, writeVarint, zigzag } from './varint.ts'

/**
 * An hour of beats that is over, field by field: what changes little from beat to beat then deflates to some 400 bytes.
 *
 *   u8       layout = 2
 *   deflated: count varint, the flags of every beat, then each field of the beats that have it, as differences (zigzag)
 */
const LAYOUT = 2
/** 720 beats of 20 bytes, generously. */
const MAX_INFLATED = 65_536

interface Column {
  readonly bit: number
  of(sample: BeatSample): number | undefined
}
const radio = (at: 0 | 1 | 2 | 3) => (sample: BeatSample): number | undefined => {
  const figure = sample.radio?.[at]
  return figure === undefined || figure === null ? undefined : Math.round(figure * 10)
}
const PLAYING = 1
const MODEM = 2
const ALWAYS = 0
/** The order is the layout: a new field goes to the end, with a new layout. */
const COLUMNS: readonly Column[] = [
  { bit: ALWAYS, of: (s) => s.second },
  { bit: ALWAYS, of: (s) => s.seq },
  { bit: ALWAYS, of: (s) => s.held },
  { bit: 4, of: (s) => s.rttMs },
  { bit: 8, of: (s) => s.clockErrMs },
  { bit: 16, of: (s) => s.bufferMs },
  { bit: 32, of: (s) => s.level },
  { bit: 64, of: radio(0) },
  { bit: 128, of: radio(1) },
  { bit: 256, of: radio(2) },
  { bit: 512, of: radio(3) },
]

const flagsOf = (sample: BeatSample): number =>
  COLUMNS.reduce((flags, { bit, of }) => (of(sample) === undefined ? flags : flags | bit), (sample.playing ? PLAYING : 0) | (sample.radio ? MODEM : 0))

/** Exact but for radio figures, which are kept in tenths. */
export function packHour(samples: readonly BeatSample[], deflate: Pick<Deflate, 'deflate'>): Uint8Array {
  const out = createBytes()
  writeVarint(out, samples.length)
  for (const sample of samples) writeVarint(out, flagsOf(sample))
  for (const { of } of COLUMNS) {
    let before = 0
    for (const sample of samples) {
      const value = of(sample)
      if (value === undefined) continue
      writeVarint(out, zigzag(value - before))
      before = value
    }
  }
  const packed = deflate.deflate(out.copy())
  const bytes = new Uint8Array(packed.length + 1)
  bytes[0] = LAYOUT
  bytes.set(packed, 1)
  return bytes
}

/** Of an hour under way as of one that is over; null for bytes that are neither. */
export function unpackHour(bytes: Uint8Array, deflate: Pick<Deflate, 'inflate'>): BeatSample[] | null {
  if (bytes[0] !== LAYOUT) return unpackBeats(bytes)
  const plain = deflate.inflate(bytes.subarray(1), MAX_INFLATED)
  if (plain === null) return null
  const reader = createVarintReader(plain, 0)
  const count = Math.min(reader.next(), plain.length)
  const flags = Array.from({ length: count }, () => reader.next())
  const columns = COLUMNS.map(({ bit }) => {
    let value = 0
    return flags.map((flag) => (bit === ALWAYS || (flag & bit) !== 0 ? (value += reader.signed()) : undefined))
  })
  return flags.map((flag, n) => sampleOf(flag, columns.map((column) => column[n])))
}

function sampleOf(flag: number, values: readonly (number | undefined)[]): BeatSample {
  const [second = 0, seq = 0, held = 0, rttMs, clockErrMs, bufferMs, level, ...figures] = values
  const [rsrp = null, rsrq = null, sinr = null, rssi = null] = figures.map((tenths) => (tenths === undefined ? null : tenths / 10))
  return {
    second, seq, playing: (flag & PLAYING) !== 0, held,
    ...(rttMs === undefined ? {} : { rttMs }),
    ...(clockErrMs === undefined ? {} : { clockErrMs }),
    ...(bufferMs === undefined ? {} : { bufferMs }),
    ...(level === undefined ? {} : { level }),
    ...((flag & MODEM) === 0 ? {} : { radio: [rsrp, rsrq, sinr, rssi] }),
  }
}
