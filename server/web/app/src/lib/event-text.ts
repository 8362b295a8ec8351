/** One event of a stream of server-sent events, as it came. */
export interface TextEvent {
  /** Its name; `message` where it has none. */
  readonly kind: string
  readonly data: string
}

export interface EventText {
  /** Takes what came next, cut anywhere, and answers the events that are whole by now. */
  take(text: string): TextEvent[]
  /** The newest id that was said; null before the first one. */
  readonly lastId: string | null
}

/** A line longer than this is none of the server's: what came of it is dropped, and the link is to be made anew. */
export const MOST_LINE_CHARACTERS = 4_194_304

/**
 * Reads text/event-stream (HTML Living Standard, 9.2.6). EventSource hears only the kinds that it is told of beforehand, and
 * no comments, by which the server shows that the link lives. `lastId` continues an earlier stream.
 * Throws where a line has no end.
 */
export function createEventText(lastId: string | null = null): EventText {
  let rest = ''
  let kind = ''
  let data: string[] = []
  let id = lastId
  const isLine = (text: string): boolean => text.length <= MOST_LINE_CHARACTERS

  function line(text: string, out: TextEvent[]): void {
    if (text === '') {
      if (data.length > 0) out.push({ kind: kind === '' ? 'message' : kind, data: data.join('\n') })
      kind = ''
      data = []
      return
    }
    const colon = text.indexOf(':')
    const field = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'event') kind = value
    else if (field === 'data') data.push(value)
    else if (field === 'id' && !value.includes('\0')) id = value
  }

  return {
    get lastId() {
      return id
    },
    take(text) {
      const out: TextEvent[] = []
      rest += text
      // a carriage return at the very end may be half of a pair
      const whole = rest.endsWith('\r') ? rest.length - 1 : rest.length
      const lines = rest.slice(0, whole).split(/\r\n|\n|\r/)
      rest = (lines.pop() ?? '') + rest.slice(whole)
      if (!isLine(rest)) throw new Error('a line of the stream has no end')
      for (const one of lines) line(one, out)
      return out
    },
  }
}
