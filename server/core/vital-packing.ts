import { createVarintReader, writeVarint, zigzag } from './varint.ts'

/** What a health document adds to the beats of its hour. */
export interface VitalSample {
  /** Of its arrival, within the hour. */
  readonly second: number
  /** Through the modem since the document before. */
  readonly dataBytes: number
  /** Connections since the document before. */
  readonly connects: number
  /** Beats that came late or never, since the document before. */
  readonly lateBeats: number
  /** Percent of full scale; 0 when muted. */
  readonly volume: number
  readonly battery: boolean
  readonly muted: boolean
  /** °C × 10. */
  readonly temp?: number
  readonly diskFreeMb?: number
}

const LAYOUT = 1
const BATTERY = 1
const MUTED = 2
const TEMP = 4
const DISK = 8

/** Some ten bytes a document. */
export function packVitals(vitals: readonly VitalSample[]): Uint8Array {
  const out = [LAYOUT]
  for (const { second, dataBytes, connects, lateBeats, volume, battery, muted, temp, diskFreeMb } of vitals) {
    writeVarint(out, (battery ? BATTERY : 0) | (muted ? MUTED : 0) | (temp === undefined ? 0 : TEMP) | (diskFreeMb === undefined ? 0 : DISK))
    for (const value of [second, dataBytes, connects, lateBeats, volume]) writeVarint(out, value)
    if (temp !== undefined) writeVarint(out, zigzag(temp))
    if (diskFreeMb !== undefined) writeVarint(out, diskFreeMb)
  }
  return Uint8Array.from(out)
}

/** Inverse of `packVitals`; empty for bytes of another layout. */
export function unpackVitals(bytes: Uint8Array): VitalSample[] {
  if (bytes[0] !== LAYOUT) return []
  const reader = createVarintReader(bytes, 1)
  const vitals: VitalSample[] = []
  while (!reader.ended()) {
    const flags = reader.next()
    vitals.push({
      second: reader.next(), dataBytes: reader.next(), connects: reader.next(), lateBeats: reader.next(), volume: reader.next(),
      battery: (flags & BATTERY) !== 0,
      muted: (flags & MUTED) !== 0,
      ...((flags & TEMP) === 0 ? {} : { temp: reader.signed() }),
      ...((flags & DISK) === 0 ? {} : { diskFreeMb: reader.next() }),
    })
  }
  return vitals
}
