import { lost } from './session.svelte.ts'
import { follow } from './stream.ts'

/** One stream of events for the whole page: what the server tells is acted upon, nothing is asked for by the clock. */
export interface StationEvent {
  /** A noun and what became of it: `incident.opened`, `cluster.offline` … `alive`: nothing happened, the link lives. */
  readonly kind: string
  readonly subject: string
  readonly areas: readonly string[]
  readonly at: string
  readonly detail?: unknown
}

const ALIVE: StationEvent = { kind: 'alive', subject: '', areas: [], at: '' }
/** A sign of life is passed on no more often than this. */
const ALIVE_EVERY_MS = 10_000
const listeners = new Set<(event: StationEvent | null) => void>()
const link = $state<{ up: boolean }>({ up: true })
let stop: (() => void) | null = null
let aliveAt = 0

export const isUp = (): boolean => link.up

/** Calls `fn` for each event, and with null when anything may have happened meanwhile. Answers how to stop. */
export function onStationEvent(fn: (event: StationEvent | null) => void): () => void {
  listeners.add(fn)
  return () => void listeners.delete(fn)
}
const tell = (event: StationEvent | null): void => listeners.forEach((fn) => fn(event))

/** Begins to listen; called once somebody is signed in. */
export function listen(): void {
  stopListening()
  let first = true
  stop = follow({
    address: '/api/v1/events',
    onEvent: ({ kind, data }) => tell(kind === 'resync' ? null : { ...(JSON.parse(data) as StationEvent), kind }),
    onWord: () => {
      if (performance.now() - aliveAt < ALIVE_EVERY_MS) return
      aliveAt = performance.now()
      tell(ALIVE)
    },
    onLink: (up) => {
      // what the stream tells again after an absence are events; what it does not tell of (what sounds) is read anew. The first
      // screen's answers left the server with the page, before it told this stream of anything
      if (up && (first || !link.up)) tell(null)
      if (up) first = false
      link.up = up
    },
    onRefused: (status) => {
      if (status === 401) lost()
      return status !== 401 && status !== 403
    },
  })
}

export function stopListening(): void {
  stop?.()
  stop = null
  link.up = true
}
