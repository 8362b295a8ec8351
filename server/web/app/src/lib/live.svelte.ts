/** One stream of events for the whole page: what the server tells is acted upon, nothing is asked for by the clock. */
export interface StationEvent {
  readonly kind: string
  readonly subject: string
  readonly areas: readonly string[]
  readonly at: string
  readonly detail?: unknown
}

/** Without a word for this long the link is taken for dead; the server says something each 15 s. */
const SILENT_MS = 40_000
const RETRY_MS = 3_000
const listeners = new Set<(event: StationEvent | null) => void>()
const link = $state<{ up: boolean }>({ up: true })
let source: EventSource | null = null
let watch: ReturnType<typeof setTimeout> | undefined

export const isUp = (): boolean => link.up

/** Calls `fn` for each event, and with null when the link was away: then anything may have happened. Answers how to stop. */
export function onStationEvent(fn: (event: StationEvent | null) => void): () => void {
  listeners.add(fn)
  return () => void listeners.delete(fn)
}

function alive(): void {
  clearTimeout(watch)
  watch = setTimeout(again, SILENT_MS)
}
function again(): void {
  link.up = false
  source?.close()
  clearTimeout(watch)
  watch = setTimeout(listen, RETRY_MS)
}

/** Begins to listen; called once somebody is signed in. */
export function listen(): void {
  source?.close()
  const mine = (source = new EventSource('/api/v1/events'))
  mine.onopen = () => {
    const wasAway = !link.up
    link.up = true
    alive()
    if (wasAway) listeners.forEach((fn) => fn(null))
  }
  mine.onerror = again
  mine.onmessage = ({ data }: MessageEvent<string>) => {
    alive()
    const event = JSON.parse(data) as StationEvent
    listeners.forEach((fn) => fn(event))
  }
  mine.addEventListener('alive', alive)
}

export function stopListening(): void {
  source?.close()
  source = null
  clearTimeout(watch)
}
