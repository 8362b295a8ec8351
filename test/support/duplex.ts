import { Duplex } from 'node:stream'

/** One half: what is written here is read there. */
class Half extends Duplex {
  peer: Half | null = null
  #unread: (() => void) | null = null

  override _read(): void {
    const taken = this.#unread
    this.#unread = null
    taken?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const peer = this.peer
    if (!peer || peer.destroyed || peer.readableEnded) return done()
    // the writer goes on when the reader has asked for more: back-pressure as on a socket
    if (peer.push(chunk)) done()
    else peer.#unread = done
  }

  override _final(done: () => void): void {
    this.peer?.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const taken = this.#unread
    this.#unread = null
    taken?.()
    done(error)
  }
}

/**
 * Two ends of a connection within the process, for tests without ports. When one end closes, however, the other is
 * destroyed: Node's own pair passes only a polite end across, and a last will would never come.
 */
export function duplexPair(): [Duplex, Duplex] {
  const one = new Half()
  const other = new Half()
  one.peer = other
  other.peer = one
  for (const half of [one, other]) {
    // after a polite end on both sides the other may still have something to read
    half.once('close', () => {
      if (!half.readableEnded || !half.writableFinished) half.peer?.destroy()
    })
  }
  return [one, other]
}
