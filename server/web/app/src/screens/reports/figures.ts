import type { Language } from './language.ts'
import type { Cell, Section, Unit } from './views.ts'

const LOCALE: Readonly<Record<Language, string>> = { vi: 'vi-VN', en: 'en-GB' }

/** `1.234,5` in Vietnamese, `1,234.5` in English. `most`: digits behind the sign. */
export const numberText = (value: number, language: Language, most = 1): string => value.toLocaleString(LOCALE[language], { maximumFractionDigits: most })

/** A figure as it is read; a dash where there is nothing to tell. Shares are of 1. */
export function figureText(value: string | number | null, unit: Unit, language: Language): string {
  if (value === null) return '–'
  if (typeof value === 'string') return value
  return unit === 'share' ? `${numberText(value * 100, language)} %` : numberText(value, language, unit === 'count' ? 0 : 1)
}

/** One bar: how far it goes of the longest or of the whole, 0 … 1. */
export interface Bar {
  readonly name: string
  readonly part: number
  readonly text: string
  readonly trace: string | null
}

const numbers = (rows: Section['rows'], n: number): number[] => rows.flatMap((row) => (typeof row[n]?.value === 'number' ? [row[n].value] : []))

/**
 * Bars of a section that compares several things; none where there is nothing to compare. Shares are drawn of the whole,
 * counts, minutes and hours of the longest. A sum beside its parts is left out.
 */
export function barsOf({ id, columns, rows }: Section, language: Language): readonly Bar[] {
  if (id === 'overview' || id === 'links' || id === 'bulletins') return []
  const parts = rows.filter(([name]) => name?.value !== 'Cộng')
  const shares = columns.findIndex(({ unit, key }) => unit === 'share' && key === 'share')
  const counts = columns.findIndex(({ unit }) => unit === 'minutes' || unit === 'count')
  const n = shares >= 0 ? shares : counts
  const column = columns[n]
  const whole = column?.unit === 'share' ? 1 : Math.max(0, ...numbers(parts, n))
  if (column === undefined || whole === 0 || parts.length < 2) return []
  return parts.flatMap((row): Bar[] => {
    const [first, cell] = [row[0], row[n]]
    if (typeof cell?.value !== 'number') return []
    return [{ name: String(first?.value ?? ''), part: Math.max(0, Math.min(1, cell.value / whole)), text: figureText(cell.value, column.unit, language), trace: traceOf(row, cell) }]
  })
}

/** The rows behind a bar: those of its figure, else of the first figure beside it. */
const traceOf = (row: readonly Cell[], cell: Cell): string | null => cell.trace ?? row.find(({ trace }) => trace !== undefined)?.trace ?? null
