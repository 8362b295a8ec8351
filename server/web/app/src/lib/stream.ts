import { createEventText, type TextEvent } from './event-text.ts'
import { retryMs } from './retry.ts'

/** Without a word for this long the link is taken for dead; the server says something each 15 s. */
export const SILENT_MS = 40_000

export interface Followed {
  readonly address: string
  onEvent(event: TextEvent): void
  /** The link is there or is not. */
  onLink(up: boolean): void
  /** A word of any kind came: an event or a sign of life. */
  onWord?(): void
  /** The server refuses: the status. Answers whether to try again. */
  onRefused(status: number): boolean
}

/** Follows a stream of server-sent events until it is told to stop; what is lost on the way is asked for again by the last id. Answers how to stop. */
export function follow(followed: Followed): () => void {
  let lastId: string | null = null
  let tries = 0
  let over = false
  let link: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  const later = (): void => {
    clearTimeout(timer)
    followed.onLink(false)
    if (!over) timer = setTimeout(() => void open(), retryMs(tries++, Math.random()))
  }
  const cut = (mine: AbortController): void => {
    if (link !== mine) return
    link = null
    mine.abort()
    later()
  }
  async function read(body: ReadableStream<Uint8Array>, mine: AbortController): Promise<void> {
    const text = createEventText(lastId)
    const decoder = new TextDecoder()
    const reader = body.getReader()
    for (;;) {
      clearTimeout(timer)
      timer = setTimeout(() => cut(mine), SILENT_MS)
      const { done, value } = await reader.read()
      if (done || link !== mine) return
      tries = 0
      followed.onWord?.()
      for (const event of text.take(decoder.decode(value, { stream: true }))) {
        lastId = text.lastId
        followed.onEvent(event)
      }
    }
  }
  async function open(): Promise<void> {
    const mine = (link = new AbortController())
    clearTimeout(timer)
    timer = setTimeout(() => cut(mine), SILENT_MS)
    try {
      const response = await fetch(followed.address, { credentials: 'same-origin', cache: 'no-store', headers: { accept: 'text/event-stream', ...(lastId === null ? {} : { 'last-event-id': lastId }) }, signal: mine.signal })
      if (link !== mine) return
      if (!response.ok || !response.body) {
        if (!followed.onRefused(response.status)) return stop()
        return cut(mine)
      }
      followed.onLink(true)
      await read(response.body, mine)
    } catch (error) {
      // a link that breaks is an ordinary thing here; anything else is a fault of ours
      if (!(error instanceof TypeError || error instanceof DOMException)) {
        cut(mine)
        throw error
      }
    }
    cut(mine)
  }
  /** The phone says that it has a link again: no need to wait. */
  const hurry = (): void => {
    if (link !== null || over) return
    tries = 0
    void open()
  }
  function stop(): void {
    over = true
    clearTimeout(timer)
    removeEventListener('online', hurry)
    const mine = link
    link = null
    mine?.abort()
  }
  addEventListener('online', hurry)
  void open()
  return stop
}
