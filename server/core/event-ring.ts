import type { StationEvent } from './station-events.ts'

/** An event and its place in the order of this start of the server. */
export interface NumberedEvent {
  /** `START-N`: of another start it tells nothing. */
  readonly id: string
  readonly event: StationEvent
}

export interface EventRing {
  add(event: StationEvent): NumberedEvent
  /** What came after an id; null where that is not known any more: then everything must be read anew. */
  after(id: string): NumberedEvent[] | null
}

/** Holds the newest `most` events. `start` tells this start from others. */
export function createEventRing(start: string, most: number): EventRing {
  const held: NumberedEvent[] = []
  let n = 0
  return {
    add(event) {
      const numbered = { id: `${start}-${++n}`, event }
      held.push(numbered)
      if (held.length > most) held.shift()
      return numbered
    },
    after(id) {
      const [, of, text] = /^([0-9a-z]+)-(\d{1,15})$/.exec(id) ?? []
      const last = Number(text)
      if (of !== start || last > n || last < n - held.length) return null
      return held.slice(held.length - (n - last))
    },
  }
}
