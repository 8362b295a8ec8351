import { wallMs } from '../../shared/core/clock.ts'
import { BrokenInvariant } from '../../shared/core/result.ts'
import type { EvidenceRow, ShortReason } from '../../shared/protocol/messages/evidence.ts'
import { byteReader, byteWriter, type ByteReader, type ByteWriter } from './report-bytes.ts'
import type { SlotNature } from './report-nature.ts'
import type { RungNote } from './report-store.ts'
import type { PlannedSlot, StoredEvidence } from './stores.ts'

/** All that is known of one cluster on one civil day. */
export interface ClusterDay {
  readonly cluster: string
  readonly planned: readonly PlannedSlot[]
  readonly rows: readonly StoredEvidence[]
  readonly rungs: readonly RungNote[]
}

/**
 * The items of one occurrence as some clusters had them, as JSON: thousands of clusters share one, so it is kept once.
 * [slot, start after the first item ms, length ms, item, media, stream, nature]
 */
type LaidOut = readonly [slot: string, at: number, ms: number, item: string, media: string | null, stream: string | null, nature: SlotNature | null]
export interface Layout {
  readonly session: string
  readonly occurrence: number
  readonly items: readonly LaidOut[]
}

const FORM = 1
const VIAS = ['stream', 'substitute', 'line'] as const
const RUNG_CODES = ['heard', 'confirmed'] as const
/** What a row has beyond the least, one bit each. */
const HAS = { began: 1, level: 2, clock: 4, radio: 8, why: 16, via: 32, lost: 64, plannedSpan: 128, sameLog: 256, heard: 512 } as const

interface Part {
  readonly layout: string
  readonly base: number
  readonly slots: readonly PlannedSlot[]
}

function partsOf(planned: readonly PlannedSlot[]): Part[] {
  const groups = new Map<string, PlannedSlot[]>()
  for (const slot of [...planned].sort((a, b) => a.due - b.due || (a.slot < b.slot ? -1 : 1))) {
    const key = `${slot.occurrence} ${slot.session}`
    const known = groups.get(key)
    if (known) known.push(slot)
    else groups.set(key, [slot])
  }
  return [...groups.values()].map((slots) => {
    const first = slots[0] as PlannedSlot
    const items = slots.map((s): LaidOut => [s.slot, s.due - first.due, s.end - s.due, s.item, s.media, s.stream, s.nature ?? null])
    const layout: Layout = { session: first.session, occurrence: first.occurrence, items }
    return { layout: JSON.stringify(layout), base: first.due, slots }
  })
}

export interface SplitDay {
  /** Texts to keep once each; `pack` wants their numbers (≥ 0) in this order. */
  readonly layouts: readonly string[]
  pack(numbers: readonly number[]): Uint8Array
}

/** A day made ready to be packed. Exact: `joinDay` gives the same back, in order of due, then slot. */
export function splitDay(day: ClusterDay): SplitDay {
  const parts = partsOf(day.planned)
  return {
    layouts: parts.map((part) => part.layout),
    pack: (numbers) => {
      const out = byteWriter()
      out.count(FORM)
      out.count(parts.length)
      parts.forEach((part, i) => writePart(out, part, numbers[i] ?? Number.NaN))
      const order = new Map(parts.flatMap((part) => part.slots).map((slot, n) => [slot.slot, { n, slot }]))
      writeRows(out, day.rows, order)
      out.count(day.rungs.length)
      for (const { slot, rung, at, actor, note } of day.rungs) {
        out.text(slot)
        out.count(RUNG_CODES.indexOf(rung))
        out.count(at)
        out.text(actor)
        out.text(note ?? '')
      }
      return out.bytes()
    },
  }
}

/** 0 = not settled, 1 = no, 2 = yes. */
const sentCode = ({ sent }: PlannedSlot): number => (sent === undefined ? 0 : sent ? 2 : 1)

function writePart(out: ByteWriter, { base, slots }: Part, layout: number): void {
  out.count(layout)
  out.count(base)
  const [first] = slots
  const same = slots.every((slot) => slot.planRev === first?.planRev && sentCode(slot) === sentCode(first))
  out.count(same ? 1 : 0)
  for (const slot of same ? slots.slice(0, 1) : slots) {
    out.count(slot.planRev)
    out.count(sentCode(slot))
  }
}

type SlotOrder = ReadonlyMap<string, { readonly n: number; readonly slot: PlannedSlot }>

function writeRows(out: ByteWriter, rows: readonly StoredEvidence[], order: SlotOrder): void {
  out.count(rows.length)
  const before = { log: '', n: 0, received: 0, radio: [0, 0, 0, 0] as (number | null)[] }
  for (const row of rows) {
    const known = order.get(row.slot)
    const spans = known !== undefined && known.slot.due === row.due && known.slot.end === row.end
    out.count(flagsOf(row, spans, before.log))
    if (row.log !== before.log) out.text(row.log)
    out.signed(row.n - before.n)
    out.count(known === undefined ? 0 : known.n + 1)
    if (!known) out.text(row.slot)
    if (!spans) {
      out.count(row.due)
      out.count(row.end - row.due)
    }
    out.signed(row.ms - (row.end - row.due))
    out.count(row.underruns)
    out.signed(row.receivedAt - (before.received === 0 ? row.due : before.received))
    writeOptional(out, row, before.radio)
    Object.assign(before, { log: row.log, n: row.n, received: row.receivedAt, radio: row.radio ?? before.radio })
  }
}

const flagsOf = (row: StoredEvidence, spans: boolean, log: string): number =>
  (row.began === undefined ? 0 : HAS.began) | (row.level === undefined ? 0 : HAS.level) | (row.clock === undefined ? 0 : HAS.clock) |
  (row.radio === undefined ? 0 : HAS.radio) | (row.why === undefined ? 0 : HAS.why) | (row.via === undefined ? 0 : HAS.via) |
  (row.lost === undefined ? 0 : HAS.lost) | (row.heard === undefined ? 0 : HAS.heard) | (spans ? HAS.plannedSpan : 0) | (row.log === log ? HAS.sameLog : 0)

function writeOptional(out: ByteWriter, row: StoredEvidence, radio: readonly (number | null)[]): void {
  if (row.began !== undefined) out.signed(row.began - row.due)
  if (row.level !== undefined) out.exact(row.level)
  if (row.clock !== undefined) out.exact(row.clock)
  if (row.radio !== undefined) {
    row.radio.forEach((value, i) => {
      // most figures of one day are the same as the last time, or tell nothing
      const code = value === null ? 0 : value === radio[i] ? 1 : 2
      out.count(code)
      if (value !== null && code === 2) out.exact(value)
    })
  }
  // as a word: the list of reasons grows
  if (row.why !== undefined) out.text(row.why)
  if (row.via !== undefined) out.count(VIAS.indexOf(row.via))
  if (row.lost !== undefined) out.count(row.lost)
  if (row.heard !== undefined) out.text(JSON.stringify(row.heard))
}

export const readLayout = (text: string): Layout => JSON.parse(text) as Layout

/** What `splitDay(day).pack(numbers)` was made from. `layoutOf`: the layout of a number. */
export function joinDay(cluster: string, packed: Uint8Array, layoutOf: (n: number) => Layout): ClusterDay {
  const from = byteReader(packed)
  if (from.count() !== FORM) throw new BrokenInvariant('a packed day of an unknown form')
  const planned = Array.from({ length: from.count() }, () => readPart(from, cluster, layoutOf)).flat()
  const rows = readRows(from, cluster, planned)
  const rungs = Array.from({ length: from.count() }, (): RungNote => {
    const [slot, code, at, actor, note] = [from.text(), from.count(), from.count(), from.text(), from.text()]
    return { cluster, slot, rung: RUNG_CODES[code] ?? 'heard', at: wallMs(at), actor, note: note === '' ? null : note }
  })
  return { cluster, planned, rows, rungs }
}

function readPart(from: ByteReader, cluster: string, layoutOf: (n: number) => Layout): PlannedSlot[] {
  const { session, occurrence, items } = layoutOf(from.count())
  const base = from.count()
  const same = from.count() === 1
  let told: { planRev: number; sent: number } | null = null
  return items.map(([slot, at, ms, item, media, stream, nature]) => {
    if (told === null || !same) told = { planRev: from.count(), sent: from.count() }
    return {
      slot, cluster, session, occurrence: wallMs(occurrence), due: wallMs(base + at), end: wallMs(base + at + ms), item, media, stream, planRev: told.planRev,
      ...(nature === null ? {} : { nature }),
      ...(told.sent === 0 ? {} : { sent: told.sent === 2 }),
    }
  })
}

function readRows(from: ByteReader, cluster: string, planned: readonly PlannedSlot[]): StoredEvidence[] {
  const before = { log: '', n: 0, received: 0, radio: [0, 0, 0, 0] as (number | null)[] }
  return Array.from({ length: from.count() }, () => {
    const flags = from.count()
    const log = flags & HAS.sameLog ? before.log : from.text()
    const n = before.n + from.signed()
    const index = from.count()
    const known = planned[index - 1]
    const slot = index === 0 ? from.text() : (known?.slot ?? '')
    const due = known && flags & HAS.plannedSpan ? known.due : from.count()
    const length = known && flags & HAS.plannedSpan ? known.end - known.due : from.count()
    const ms = length + from.signed()
    const underruns = from.count()
    const receivedAt = (before.received === 0 ? due : before.received) + from.signed()
    const optional = readOptional(from, { flags, due, radio: before.radio })
    Object.assign(before, { log, n, received: receivedAt, radio: optional.radio ?? before.radio })
    return { cluster, log, n, slot, due, end: due + length, ms, underruns, receivedAt: wallMs(receivedAt), ...optional }
  })
}

interface OptionalOf {
  readonly flags: number
  readonly due: number
  readonly radio: readonly (number | null)[]
}
function readOptional(from: ByteReader, { flags, due, radio }: OptionalOf): Pick<EvidenceRow, 'began' | 'level' | 'clock' | 'radio' | 'why' | 'via' | 'lost' | 'heard'> {
  const began = flags & HAS.began ? { began: due + from.signed() } : {}
  const level = flags & HAS.level ? { level: from.exact() } : {}
  const clock = flags & HAS.clock ? { clock: from.exact() } : {}
  const figure = (i: number): number | null => {
    const code = from.count()
    return code === 0 ? null : code === 1 ? (radio[i] ?? null) : from.exact()
  }
  const told = flags & HAS.radio ? { radio: [figure(0), figure(1), figure(2), figure(3)] as NonNullable<EvidenceRow['radio']> } : {}
  const why = flags & HAS.why ? { why: from.text() as ShortReason } : {}
  const via = flags & HAS.via ? { via: VIAS[from.count()] ?? 'stream' } : {}
  const lost = flags & HAS.lost ? { lost: from.count() } : {}
  const heard = flags & HAS.heard ? { heard: JSON.parse(from.text()) as NonNullable<EvidenceRow['heard']> } : {}
  return { ...began, ...level, ...clock, ...told, ...why, ...via, ...lost, ...heard }
}
