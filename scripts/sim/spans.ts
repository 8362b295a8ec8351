/** A stretch of true time, `to` exclusive. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/** The parts of both. */
export function both(a: readonly Stretch[], b: readonly Stretch[]): Stretch[] {
  const out: Stretch[] = []
  for (const x of a)
    for (const y of b) {
      const [from, to] = [Math.max(x.from, y.from), Math.min(x.to, y.to)]
      if (to > from) out.push({ from, to })
    }
  return out
}

/** The parts of `a` that are not of `b`. */
export function without(a: readonly Stretch[], b: readonly Stretch[]): Stretch[] {
  let left = [...a]
  for (const cut of b)
    left = left.flatMap(({ from, to }) => {
      if (cut.to <= from || cut.from >= to) return [{ from, to }]
      return [{ from, to: Math.min(to, cut.from) }, { from: Math.max(from, cut.to), to }].filter((s) => s.to > s.from)
    })
  return left
}

/** Since when something holds, as it changes: a value with a history that forgets what is long past. */
export class Course<T> {
  readonly #turns: { readonly at: number; readonly value: T }[] = []
  readonly #keepMs: number

  constructor(value: T, keepMs: number) {
    this.#turns.push({ at: -Infinity, value })
    this.#keepMs = keepMs
  }
  get value(): T {
    return (this.#turns.at(-1) as { value: T }).value
  }
  get since(): number {
    return (this.#turns.at(-1) as { at: number }).at
  }
  turn(at: number, value: T): void {
    if (value === this.value) return
    this.#turns.push({ at, value })
    while (this.#turns.length > 2 && (this.#turns[1] as { at: number }).at < at - this.#keepMs) this.#turns.shift()
  }
  /** Where within [from, to) it held. */
  where(from: number, to: number, holds: (value: T) => boolean): Stretch[] {
    const out: Stretch[] = []
    this.#turns.forEach(({ at, value }, i) => {
      const end = this.#turns[i + 1]?.at ?? Infinity
      const [a, b] = [Math.max(from, at), Math.min(to, end)]
      if (b <= a || !holds(value)) return
      const last = out.at(-1)
      if (last && last.to === a) out[out.length - 1] = { from: last.from, to: b }
      else out.push({ from: a, to: b })
    })
    return out
  }
}
