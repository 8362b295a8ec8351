import { connect as connectTcp, isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

/** How one server is reached. */
export interface Way {
  /** A stream that may be written to at once. */
  open(): Duplex
  /** A socket without TLS that is on its way; absent where there is no socket. */
  readonly dial?: () => Socket
  /** What is spoken over a socket that has come. */
  readonly speak?: (socket: Socket) => Duplex
  /** The address that was dialled turns us away: the name is asked for again. */
  readonly forget?: () => void
}

export interface WayOptions {
  readonly host: string
  readonly port: number
  /** null = without TLS. */
  readonly tls: { readonly ca?: Buffer } | null
  /** The address of this machine that the sockets leave by; any when absent. */
  readonly localAddress?: string
}

/** Every so many dials the name is asked for, although an address is known: the server may have moved. */
const NAME_EVERY = 8

/**
 * The way to one server. It remembers where the name led last, for on a link that has just come back the first question for a name may
 * wait for seconds; and the TLS session, which spares a certificate (some 2 kB) and its signature at every return.
 */
export function wayTo({ host, port, tls, localAddress }: WayOptions): Way {
  let known: string | null = null
  let session: Buffer | null = null
  let dials = 0
  const from = localAddress === undefined ? {} : { localAddress }
  const dial = (to: string): Socket => {
    const socket = connectTcp({ host: to, port, noDelay: true, ...from })
    socket.once('connect', () => (known = socket.remoteAddress ?? null))
    return socket
  }
  const secured = (over: { readonly socket: Socket } | { readonly port: number; readonly localAddress?: string }): Duplex => {
    const names = isIP(host) === 0 ? { servername: host } : {}
    const stream = connectTls({ ...over, host, rejectUnauthorized: true, ...names, ...(tls?.ca ? { ca: tls.ca } : {}), ...(session ? { session } : {}) })
    stream.setNoDelay(true)
    stream.on('session', (fresh: Buffer) => {
      if (stream.authorized) session = fresh
    })
    // a session that the server no longer takes must not spoil the next attempt
    stream.once('error', () => (session = null))
    return stream
  }
  const speak = (socket: Socket): Duplex => {
    if (!tls) return socket
    const stream = secured({ socket })
    socket.on('error', (e) => stream.destroy(e))
    return stream
  }
  return {
    open: () => (tls ? secured({ port, ...from }) : dial(host)),
    dial: () => dial(known === null || ++dials % NAME_EVERY === 0 ? host : known),
    speak,
    forget: () => (known = null),
  }
}

/** A dial that has waited for so long is given up: the kernel's own repeats become rare by then. */
const SOCKET_MS = 3_000

/**
 * Dials anew every `redialMs` without giving up what is on its way, and takes the first socket that comes: so it is found soon after the
 * link's return, and a cell that answers slowly is not cut off. A way that turns us away ends it at once. Returns what ends it.
 */
export function raceDial(way: Required<Pick<Way, 'dial' | 'forget'>>, { redialMs, dialMs }: { readonly redialMs: number; readonly dialMs: number }, done: (socket: Socket | null, why: string) => void): () => void {
  const racing = new Map<Socket, NodeJS.Timeout>()
  const drop = (socket: Socket): void => {
    clearTimeout(racing.get(socket))
    racing.delete(socket)
    socket.removeAllListeners('connect')
    // what still comes of it is of no use; 'error' keeps a listener, for without one it would throw
    socket.destroy()
  }
  const end = (): void => {
    clearInterval(again)
    clearTimeout(over)
    for (const socket of [...racing.keys()]) drop(socket)
  }
  const dialOne = (): void => {
    const socket = way.dial()
    racing.set(socket, setTimeout(() => drop(socket), SOCKET_MS))
    socket.once('connect', () => {
      clearTimeout(racing.get(socket))
      racing.delete(socket)
      socket.removeAllListeners('error')
      end()
      done(socket, '')
    })
    socket.on('error', (e) => {
      if (!racing.has(socket)) return
      way.forget()
      end()
      done(null, e.message)
    })
  }
  const again = setInterval(dialOne, redialMs)
  const over = setTimeout(() => {
    end()
    done(null, 'the server could not be reached soon enough')
  }, dialMs)
  dialOne()
  return end
}

/** Until the link is up: a socket that does not come, or a far end that says nothing, is given up early. Returns what ends the watch. */
export function watchPatience(stream: Duplex, { dialMs, silenceMs }: { readonly dialMs: number; readonly silenceMs: number }, of: { heardAt: () => number; fail: (why: string) => void }): () => void {
  let timer: NodeJS.Timeout
  const listen = (): void => {
    const begun = performance.now()
    const look = (): void => {
      const left = Math.max(begun, of.heardAt()) + silenceMs - performance.now()
      if (left <= 0) of.fail('the server did not answer soon enough')
      else timer = setTimeout(look, left)
    }
    timer = setTimeout(look, silenceMs)
  }
  if ((stream as Partial<Socket>).connecting === true) {
    timer = setTimeout(() => of.fail('the server could not be reached soon enough'), dialMs)
    stream.once('connect', () => {
      clearTimeout(timer)
      listen()
    })
  } else listen()
  return () => clearTimeout(timer)
}
