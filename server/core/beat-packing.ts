import type { Beat } from '../../shared/protocol/messages/beat.ts'
import { createBytes, createVarintReader, writeVarint, zigzag, type ByteSink, type VarintReader } from './varint.ts'

/**
 * An hour of one cluster's beats as one value of some 900 bytes. Every field is the difference from the beat before
 * (zigzag, LEB128), so a steady cluster costs about ten bytes a beat.
 *
 *   u8       layout = 1
 *   then per beat: flags varint, sequence, seconds into the hour, held permille,
 *   then what the flags name: round trip, clock error, buffer, level, and the four radio figures in tenths.
 */
const LAYOUT = 1

const PLAYING = 1
const OPTIONAL = [
  ['l', 2],
  ['e', 4],
  ['b', 8],
  ['v', 16],
] as const
/** Bits of the four radio figures; the modem itself has its own, so that "no modem" differs from "no figure". */
const MODEM = 32
const FIGURES = [64, 128, 256, 512] as const

/** A beat without the slot's name, which evidence holds. `at` is the server's second of arrival within the hour, 0–3599. */
export interface BeatSample {
  readonly second: number
  readonly seq: number
  readonly playing: boolean
  /** Permille of the plan's files held. */
  readonly held: number
  readonly radio?: Beat['r']
  readonly rttMs?: number
  readonly clockErrMs?: number
  readonly bufferMs?: number
  /** dBFS × 10. */
  readonly level?: number
}

type Field = (typeof OPTIONAL)[number][0]
const NAMES = { l: 'rttMs', e: 'clockErrMs', b: 'bufferMs', v: 'level' } as const

interface Previous {
  second: number
  seq: number
  held: number
  fields: Record<Field, number>
  figures: number[]
}
const fresh = (): Previous => ({ second: 0, seq: 0, held: 0, fields: { l: 0, e: 0, b: 0, v: 0 }, figures: [0, 0, 0, 0] })

const tenths = (figure: number): number => Math.round(figure * 10)

function flagsOf(sample: BeatSample): number {
  let flags = sample.playing ? PLAYING : 0
  for (const [field, bit] of OPTIONAL) if (sample[NAMES[field]] !== undefined) flags |= bit
  if (sample.radio) flags |= MODEM
  FIGURES.forEach((bit, i) => {
    if (sample.radio && sample.radio[i] !== null) flags |= bit
  })
  return flags
}

function writeSample(out: ByteSink, sample: BeatSample, before: Previous): void {
  const difference = (now: number, then: number): number => {
    writeVarint(out, zigzag(now - then))
    return now
  }
  writeVarint(out, flagsOf(sample))
  before.seq = difference(sample.seq, before.seq)
  before.second = difference(sample.second, before.second)
  before.held = difference(sample.held, before.held)
  for (const [field] of OPTIONAL) {
    const value = sample[NAMES[field]]
    if (value !== undefined) before.fields[field] = difference(value, before.fields[field])
  }
  sample.radio?.forEach((figure, i) => {
    if (figure !== null) before.figures[i] = difference(tenths(figure), before.figures[i] ?? 0)
  })
}

export interface BeatPacker {
  add(sample: BeatSample): void
  /** Samples so far. */
  count(): number
  bytes(): Uint8Array
}

/** For an hour that is under way: a further beat costs its own bytes, not the hour's. */
export function createBeatPacker(samples: readonly BeatSample[] = []): BeatPacker {
  const out = createBytes()
  out.push(LAYOUT)
  const before = fresh()
  let count = 0
  const add = (sample: BeatSample): void => {
    writeSample(out, sample, before)
    count++
  }
  samples.forEach(add)
  return { add, count: () => count, bytes: out.copy }
}

/** Exact but for radio figures, which are kept in tenths. */
export const packBeats = (samples: readonly BeatSample[]): Uint8Array => createBeatPacker(samples).bytes()

/** Inverse of `packBeats`; null for bytes of another layout. */
export function unpackBeats(bytes: Uint8Array): BeatSample[] | null {
  if (bytes[0] !== LAYOUT) return null
  const reader = createVarintReader(bytes, 1)
  const before = fresh()
  const samples: BeatSample[] = []
  while (!reader.ended()) samples.push(readSample(reader, before))
  return samples
}

function readSample(reader: VarintReader, before: Previous): BeatSample {
  const flags = reader.next()
  before.seq += reader.signed()
  before.second += reader.signed()
  before.held += reader.signed()
  const fields: { rttMs?: number; clockErrMs?: number; bufferMs?: number; level?: number } = {}
  for (const [field, bit] of OPTIONAL) {
    if ((flags & bit) !== 0) fields[NAMES[field]] = before.fields[field] += reader.signed()
  }
  const figures = FIGURES.map((bit, i) => {
    if ((flags & bit) === 0) return null
    const value = (before.figures[i] ?? 0) + reader.signed()
    before.figures[i] = value
    return value / 10
  })
  return {
    second: before.second,
    seq: before.seq,
    playing: (flags & PLAYING) !== 0,
    held: before.held,
    ...fields,
    ...((flags & MODEM) === 0 ? {} : { radio: figures as NonNullable<Beat['r']> }),
  }
}
