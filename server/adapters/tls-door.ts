import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { ok, refuse, type Result } from '../../shared/core/result.ts'

/** What answers: the app's router, and its own server, which knows what to do with connections that become something else. */
export interface Answering {
  routing(request: IncomingMessage, response: ServerResponse): void
  readonly server: { emit(event: 'upgrade', request: IncomingMessage, socket: unknown, head: Buffer): boolean; readonly requestTimeout: number; readonly keepAliveTimeout: number }
}
export interface SecureDoorOrder {
  readonly app: Answering
  readonly port: number
  /** Address to listen on; `::` = all. */
  readonly host: string
  readonly tls: { readonly cert: string; readonly key: string }
  /** What is shown also without TLS, such as how to trust it: a path. All else is sent on to the secure address. */
  readonly openly: (path: string) => boolean
}
export interface SecureDoor {
  readonly port: number
  /** Connections from now on see this certificate. */
  show(tls: { readonly cert: string; readonly key: string }): void
  stop(): Promise<void>
}

/** The first byte of every TLS connection; no request begins with it. */
const HANDSHAKE = 22
const FIRST_BYTE_WITHIN_MS = 10_000
const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i

function sendOn(request: IncomingMessage, response: ServerResponse): void {
  const { host = '' } = request.headers
  if (!HOST.test(host)) return void response.writeHead(400).end()
  response.writeHead(308, { 'location': `https://${host}${request.url ?? '/'}`, 'cache-control': 'no-store', 'content-length': 0 }).end()
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed)
    server.listen({ port, host }, () => {
      server.off('error', failed)
      done()
    })
  })
}

/**
 * A second port for the same app, by TLS. Whoever types its address without `https` is sent there, and is shown openly what has to be
 * read before that works.
 */
export async function openSecureDoor({ app, port, host, tls, openly }: SecureDoorOrder): Promise<Result<SecureDoor>> {
  const timeouts = { requestTimeout: app.server.requestTimeout, keepAliveTimeout: app.server.keepAliveTimeout }
  const secure = createHttpsServer({ ...timeouts, ...tls }, (request, response) => app.routing(request, response))
  secure.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => app.server.emit('upgrade', request, socket, head))
  const plain = createHttpServer(timeouts, (request, response) => {
    const isReading = request.method === 'GET' || request.method === 'HEAD'
    if (isReading && openly((request.url ?? '').split('?')[0] ?? '')) app.routing(request, response)
    else sendOn(request, response)
  })
  const sockets = new Set<Socket>()
  const front = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(FIRST_BYTE_WITHIN_MS, () => socket.destroy())
    const look = (): void => {
      const first = socket.read(1) as Buffer | null
      if (first === null) return
      socket.off('readable', look)
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      socket.unshift(first)
      ;(first[0] === HANDSHAKE ? secure : plain).emit('connection', socket)
    }
    socket.on('readable', look)
  })
  try {
    await listen(front, port, host).catch(async (error: NodeJS.ErrnoException) => {
      // a machine without IPv6
      if (error.code !== 'EAFNOSUPPORT' || host !== '::') throw error
      await listen(front, port, '0.0.0.0')
    })
  } catch (error) {
    return refuse('https-port', `Phones cannot reach the secure pages: port ${port} on ${host} cannot be opened (${(error as Error).message}). Set TL_HTTPS_PORT to a free port, or to off.`)
  }
  return ok({
    port: (front.address() as AddressInfo).port,
    show: (next) => secure.setSecureContext(next),
    stop: () =>
      new Promise((done) => {
        front.close(() => done())
        secure.closeIdleConnections()
        for (const socket of sockets) socket.destroy()
      }),
  })
}
