import { readFileSync } from 'node:fs'

/** One measured figure, of ours or of a reference measured in the same run. */
export interface BenchRow {
  /** What was measured: `3 000 clusters reconnect over TLS, time until the last has its plan`. */
  readonly what: string
  /** Who was measured: `embedded broker`, `Mosquitto 2.0.11`. */
  readonly who: string
  readonly role: 'ours' | 'reference'
  readonly unit: string
  /** One value per run; empty when it could not be measured, and then `note` says why. */
  readonly values: readonly number[]
  /** What the design promises; our median is held against it. */
  readonly goal?: { readonly atMost: number }
  readonly note?: string
}

export interface BenchContext {
  /** Counted repetitions. */
  readonly runs: number
  /** Shorter and less sure: to see whether a bench works, not to quote its figures. */
  readonly quick: boolean
  /** What a bench takes besides, by name: `boxes`, `idle-min`. */
  readonly options?: Readonly<Record<string, string>>
  /** Progress for a person, on stderr. */
  say(text: string): void
  /** Aborts when the bench's time is over: children are to be ended then. */
  readonly signal: AbortSignal
}

/** A measurement that can be repeated. It must clean up after itself, also when it is aborted. */
export interface Bench {
  readonly name: string
  readonly what: string
  /** Upper bound of the whole bench with the default number of runs, seconds. */
  readonly limitS: number
  run(context: BenchContext): Promise<readonly BenchRow[]>
}

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? (sorted[middle] ?? null) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Kernel ticks are a hundredth of a second on every Linux that Node runs on. */
const TICKS_PER_S = 100

/** User and system seconds that a process has used, from /proc. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // the name in brackets may hold spaces
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S
}

const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))

/** A table for a person: medians side by side, the spread, and how the goal was met. */
export function printRows(rows: readonly BenchRow[]): string {
  const lines: string[] = []
  for (const what of new Set(rows.map((row) => row.what))) {
    lines.push(what)
    for (const row of rows.filter((row) => row.what === what)) {
      const middle = median(row.values)
      const name = `  ${row.role === 'ours' ? '●' : '○'} ${row.who}`.padEnd(30)
      if (middle === null) {
        lines.push(`${name} not measured: ${row.note ?? 'no value'}`)
        continue
      }
      const spread = row.values.length === 1 ? '' : `(${figure(Math.min(...row.values))} … ${figure(Math.max(...row.values))}, ${row.values.length} runs)`
      const goal = row.goal ? `   goal ≤ ${row.goal.atMost} ${row.unit}: ${middle <= row.goal.atMost ? 'met' : 'MISSED'}` : ''
      lines.push(`${name} ${figure(middle).padStart(8)} ${row.unit} ${spread}${goal}${row.note ? `   ${row.note}` : ''}`)
    }
  }
  return lines.join('\n')
}
