import { monoMs, wallMs, type Cancel, type Clock } from '../../shared/core/clock.ts'

interface Event {
  readonly at: number
  /** Ties go in the order of asking. */
  readonly order: number
  run: (() => void) | null
}

/** The virtual world: one heap of events; time jumps from each to the next. */
export interface World {
  /** True time, wall ms; only the server and the checker may know it. */
  now(): number
  at(instant: number, run: () => void): Cancel
  after(delayMs: number, run: () => void): Cancel
  /** Runs everything up to `until`; the promises of one event are settled before the next one. */
  run(until: number): Promise<void>
  events(): number
  /** Ends the run after this event. */
  halt(): void
}

/** How many events are handed to Node at once; it settles the promises between them. */
const BATCH = 512

export function createWorld(start: number): World {
  const heap: Event[] = []
  let now = start
  let order = 0
  let count = 0
  let halted = false

  const before = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

  const push = (event: Event): void => {
    let i = heap.length
    heap.push(event)
    while (i > 0) {
      const up = (i - 1) >> 1
      const parent = heap[up] as Event
      if (!before(event, parent)) break
      heap[i] = parent
      i = up
    }
    heap[i] = event
  }

  const pop = (): Event => {
    const top = heap[0] as Event
    const last = heap.pop() as Event
    const size = heap.length
    if (size > 0) {
      let i = 0
      for (;;) {
        let child = 2 * i + 1
        if (child >= size) break
        if (child + 1 < size && before(heap[child + 1] as Event, heap[child] as Event)) child++
        if (!before(heap[child] as Event, last)) break
        heap[i] = heap[child] as Event
        i = child
      }
      heap[i] = last
    }
    return top
  }

  const at = (instant: number, run: () => void): Cancel => {
    if (Number.isNaN(instant)) throw new RangeError('an event needs an instant')
    const event: Event = { at: Math.max(now, instant), order: order++, run }
    push(event)
    return () => {
      event.run = null
    }
  }

  /** One event; false when there is none up to `until`. */
  const step = (until: number): boolean => {
    for (let top = heap[0]; top && top.at <= until; top = heap[0]) {
      const { at: instant, run } = pop()
      if (!run) continue
      now = instant
      count++
      run()
      return true
    }
    now = until
    return false
  }

  return {
    now: () => now,
    at,
    after: (delayMs, run) => at(now + Math.max(0, delayMs), run),
    events: () => count,
    halt: () => {
      halted = true
    },
    run: (until) =>
      new Promise((resolve, reject) => {
        let over = false
        const one = (): void => {
          if (over) return
          try {
            if (!halted && step(until)) return
            over = true
            resolve()
          } catch (error) {
            over = true
            reject(error instanceof Error ? error : new Error(String(error)))
          }
        }
        // Node settles all promises between two immediates, and that costs far less than awaiting each event
        const refill = (): void => {
          if (over) return
          for (let i = 0; i < BATCH; i++) setImmediate(one)
          setImmediate(refill)
        }
        refill()
      }),
  }
}

/** One process that can be killed: its timers die with it, and nothing of it is called again. */
export interface Life {
  alive: boolean
  /** Timers that fired, for the event budget. */
  fired: number
}

export interface WrongClock {
  readonly wall: () => number
  readonly mono: () => number
  /** True ms per ms of this clock. */
  readonly trueMsPer: number
}

/** A clock of one life. */
export function clockOf(world: World, life: Life, clock: WrongClock): Clock {
  return {
    wall: () => wallMs(clock.wall()),
    mono: () => monoMs(clock.mono()),
    after: (delayMs, fn) =>
      world.after(Math.max(0, delayMs) * clock.trueMsPer, () => {
        if (!life.alive) return
        life.fired++
        fn()
      }),
  }
}
