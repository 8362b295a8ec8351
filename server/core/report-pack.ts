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

/** Column by column: what is alike lies together, and deflates to next to nothing. */
function writeRows(out: ByteWriter, rows: readonly StoredEvidence[], order: SlotOrder): void {
  const places = rows.map((row) => order.get(row.slot))
  const spans = rows.map((row, i) => places[i]?.slot.due === row.due && places[i]?.slot.end === row.end)
  const indexOf = (i: number): number => (places[i]?.n ?? -1) + 1
  out.count(rows.length)
  rows.forEach((row, i) => out.count(flagsOf(row, spans[i] === true, rows[i - 1]?.log ?? '')))
  rows.forEach((row, i) => row.log === (rows[i - 1]?.log ?? '') || out.text(row.log))
  rows.forEach((row, i) => out.signed(row.n - (rows[i - 1]?.n ?? 0)))
  rows.forEach((_, i) => out.signed(indexOf(i) - (i === 0 ? 0 : indexOf(i - 1))))
  rows.forEach((row, i) => places[i] || out.text(row.slot))
  rows.forEach((row, i) => {
    if (spans[i]) return
    out.count(row.due)
    out.count(row.end - row.due)
  })
  rows.forEach((row) => out.signed(row.ms - (row.end - row.due)))
  rows.forEach((row) => out.count(row.underruns))
  rows.forEach((row, i) => out.signed(row.receivedAt - (rows[i - 1]?.receivedAt ?? row.due)))
  writeOptional(out, rows)
}

const flagsOf = (row: StoredEvidence, spans: boolean, log: string): number =>
  (row.began === undefined ? 0 : HAS.began) | (row.level === undefined ? 0 : HAS.level) | (row.clock === undefined ? 0 : HAS.clock) |
  (row.radio === undefined ? 0 : HAS.radio) | (row.why === undefined ? 0 : HAS.why) | (row.via === undefined ? 0 : HAS.via) |
  (row.lost === undefined ? 0 : HAS.lost) | (row.heard === undefined ? 0 : HAS.heard) | (spans ? HAS.plannedSpan : 0) | (row.log === log ? HAS.sameLog : 0)

function writeOptional(out: ByteWriter, rows: readonly StoredEvidence[]): void {
  const each = <T>(of: (row: StoredEvidence) => T | undefined, write: (value: T) => void): void =>
    rows.forEach((row) => {
      const value = of(row)
      if (value !== undefined) write(value)
    })
  each((row) => (row.began === undefined ? undefined : row.began - row.due), out.signed)
  each((row) => row.level, out.exact)
  each((row) => row.clock, out.exact)
  for (const figure of [0, 1, 2, 3] as const) {
    each((row) => row.radio, (radio) => out.count(radio[figure] === null ? 0 : 1))
    each((row) => row.radio?.[figure] ?? undefined, out.exact)
  }
  // as a word: the list of reasons grows
  each((row) => row.why, out.text)
  each((row) => row.via, (via) => out.count(VIAS.indexOf(via)))
  each((row) => row.lost, out.count)
  each((row) => row.heard, (heard) => out.text(JSON.stringify(heard)))
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
  const flags = Array.from({ length: from.count() }, () => from.count())
  const column = <T>(read: (flag: number, i: number) => T): T[] => flags.map(read)
  const running = (first: number): (() => number) => {
    let at = first
    return () => (at += from.signed())
  }
  let log = ''
  const logs = column((flag) => (log = flag & HAS.sameLog ? log : from.text()))
  const ns = column(running(0))
  const indexes = column(running(0))
  const slots = column((_, i) => planned[(indexes[i] ?? 0) - 1]?.slot ?? from.text())
  const spans = column((flag, i) => {
    const known = flag & HAS.plannedSpan ? planned[(indexes[i] ?? 0) - 1] : undefined
    const due = known?.due ?? from.count()
    return { due, end: known?.end ?? due + from.count() }
  })
  const lengths = column((_, i) => from.signed() + (spans[i] as Span).end - (spans[i] as Span).due)
  const underruns = column(() => from.count())
  let received = spans[0]?.due ?? 0
  const receipts = column(() => (received += from.signed()))
  const optional = readOptional(from, { flags, dues: spans.map(({ due }) => due) })
  return flags.map((_, i): StoredEvidence => ({
    cluster, log: logs[i] ?? '', n: ns[i] ?? 0, slot: slots[i] ?? '', ...(spans[i] as Span), ms: lengths[i] ?? 0, underruns: underruns[i] ?? 0, receivedAt: wallMs(receipts[i] ?? 0), ...optional[i],
  }))
}

interface Span {
  readonly due: number
  readonly end: number
}
type Optional = Pick<EvidenceRow, 'began' | 'level' | 'clock' | 'radio' | 'why' | 'via' | 'lost' | 'heard'>

function readOptional(from: ByteReader, { flags, dues }: { readonly flags: readonly number[]; readonly dues: readonly number[] }): Optional[] {
  const column = <T>(bit: number, read: (i: number) => T): (T | undefined)[] => flags.map((flag, i) => (flag & bit ? read(i) : undefined))
  const began = column(HAS.began, (i) => (dues[i] ?? 0) + from.signed())
  const level = column(HAS.level, from.exact)
  const clock = column(HAS.clock, from.exact)
  const figures = [0, 1, 2, 3].map(() => {
    const known = column(HAS.radio, () => from.count() === 1)
    return known.map((is) => (is ? from.exact() : null))
  })
  const why = column(HAS.why, () => from.text() as ShortReason)
  const via = column(HAS.via, () => VIAS[from.count()] ?? 'stream')
  const lost = column(HAS.lost, from.count)
  const heard = column(HAS.heard, () => JSON.parse(from.text()) as NonNullable<EvidenceRow['heard']>)
  return flags.map((flag, i): Optional => {
    const radio = flag & HAS.radio ? (figures.map((figure) => figure[i] ?? null) as NonNullable<EvidenceRow['radio']>) : undefined
    const all = { began: began[i], level: level[i], clock: clock[i], radio, why: why[i], via: via[i], lost: lost[i], heard: heard[i] }
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  })
}
