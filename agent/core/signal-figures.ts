import type { RadioReading } from './ports.ts'
import type { Radio } from '../../shared/protocol/messages/beat.ts'

/** What one answer of a modem tells; `source` and `simulated` are the adapter's to add. */
export type ParsedSignal = Omit<RadioReading, 'source' | 'simulated'>

/** Ranges of the wire format; a figure outside them is a misread field and counts as missing. */
const RANGES = [[-160, -20], [-45, 10], [-40, 60], [-140, 0]] as const

export interface Figures {
  readonly rsrp?: number | null
  readonly rsrq?: number | null
  readonly sinr?: number | null
  readonly rssi?: number | null
}

/** Rounded to a tenth and bounded; figures that are absent or impossible become null. */
export function radioOf({ rsrp, rsrq, sinr, rssi }: Figures): Radio {
  const keep = (value: number | null | undefined, i: 0 | 1 | 2 | 3): number | null => {
    const [min, max] = RANGES[i]
    return typeof value === 'number' && value >= min && value <= max ? Math.round(value * 10) / 10 : null
  }
  return [keep(rsrp, 0), keep(rsrq, 1), keep(sinr, 2), keep(rssi, 3)]
}

/** null when the answer holds no figure at all. */
export function parsedOf(figures: Figures, facts: Omit<ParsedSignal, 'figures'> = {}): ParsedSignal | null {
  const radio = radioOf(figures)
  return radio.every((figure) => figure === null) ? null : { figures: radio, ...facts }
}

/** A field of an AT answer or of mmcli; null for '', '-', '--' and anything that is no number. */
export function numberOf(field: unknown): number | null {
  if (typeof field === 'number') return Number.isFinite(field) ? field : null
  if (typeof field !== 'string') return null
  const text = field.trim()
  return /^-?\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : null
}

/** A short text of a modem, printable and cut to `most` characters; undefined for nothing. */
export function wordOf(field: unknown, most: number): string | undefined {
  if (typeof field !== 'string') return undefined
  const text = field.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '').trim().slice(0, most)
  return text === '' || text === '-' || text === '--' ? undefined : text
}

/** The facts that are known, without keys for those that are not. */
export function factsOf(facts: { tech?: string | undefined; operator?: string | undefined; band?: string | undefined; cell?: string | undefined; iccid?: string | undefined }): Omit<ParsedSignal, 'figures'> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

/** Joins answers about the same moment: for each figure and fact the first that tells it wins. */
export function mergeSignals(answers: readonly (ParsedSignal | null)[]): ParsedSignal | null {
  const told = answers.filter((answer) => answer !== null)
  if (told.length === 0) return null
  const first = (i: 0 | 1 | 2 | 3): number | null => told.find((answer) => answer.figures[i] !== null)?.figures[i] ?? null
  const facts = Object.assign({}, ...told.toReversed().map(({ figures: _, ...rest }) => rest)) as Omit<ParsedSignal, 'figures'>
  return { figures: [first(0), first(1), first(2), first(3)], ...facts }
}
