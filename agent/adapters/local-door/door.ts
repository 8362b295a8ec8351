import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { Clock, MonoMs } from '../../../shared/core/clock.ts'
import { sinceMs } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { ok, refuse, type Result } from '../../../shared/core/result.ts'
import { DOOR_SENTENCES, type DoorRefusal, type StandingDoor } from '../../core/standing-door.ts'
import { PAGE, SCRIPT, SHA512, STYLE } from './page.ts'

export interface LocalDoor {
  /** Address of the page. */
  readonly url: string
  stop(): Promise<void>
}
export interface LocalDoorDeps {
  readonly clock: Pick<Clock, 'mono'>
  readonly log: Log
  /** `standing.door`. */
  readonly door: StandingDoor
}

const MAX_BODY_BYTES = 2_048
const MAX_CONNECTIONS = 32
/** Wrong attempts of one address in a minute. */
const MAX_FAILURES = 5
const MINUTE_MS = 60_000
const MAX_ADDRESSES = 256

const strict = { additionalProperties: false } as const
const ask = { order: Type.String({ pattern: '^[0-9a-z]{4,16}$' }), action: Type.Union([Type.Literal('start'), Type.Literal('stop')]) }
const Ask = Type.Object(ask, strict)
const Act = Type.Object({ ...ask, challenge: Type.String({ pattern: '^[A-Za-z0-9_-]{1,100}$' }), key: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' }), signature: Type.String({ pattern: '^[A-Za-z0-9_-]{86}$' }) }, strict)
type Act = Static<typeof Act>

const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store',
} as const

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}
const json = (status: number, value: object): Answer => ({ status, type: 'application/json; charset=utf-8', body: JSON.stringify(value) })
const refused = (code: DoorRefusal, status = 403): Answer => json(status, { code, vi: DOOR_SENTENCES[code] })
const NOT_UNDERSTOOD = json(400, { code: 'malformed', vi: 'Không hiểu yêu cầu: hãy tải lại trang.' })
const script = (body: string): Answer => ({ status: 200, type: 'text/javascript; charset=utf-8', body })

/** Failures of each address in the last minute; whoever was quiet longest is forgotten first. */
function createFailures(clock: Pick<Clock, 'mono'>): { readonly isOver: (address: string) => boolean; readonly note: (address: string) => void } {
  const failures = new Map<string, readonly MonoMs[]>()
  const recent = (address: string): readonly MonoMs[] => (failures.get(address) ?? []).filter((at) => sinceMs(at, clock.mono()) < MINUTE_MS)
  return {
    isOver: (address) => recent(address).length >= MAX_FAILURES,
    note: (address) => {
      const mine = [...recent(address), clock.mono()]
      failures.delete(address)
      failures.set(address, mine)
      const [oldest] = failures.keys()
      if (failures.size > MAX_ADDRESSES && oldest !== undefined) failures.delete(oldest)
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_BODY_BYTES) return null
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown
  } catch {
    return null // the caller answers that it is not understood
  }
}

/** `HOST:PORT`, `[::1]:PORT`; null for anything else. */
function listenOn(text: string): { readonly host: string; readonly port: number } | null {
  const [, v6, host, port] = /^(?:\[([0-9a-f:]+)\]|([0-9A-Za-z.-]+)):(\d{1,5})$/.exec(text) ?? []
  const address = v6 ?? host
  return address === undefined || Number(port) > 65_535 ? null : { host: address, port: Number(port) }
}

/** The package's own file, for the phone: beside the program in a built agent, in node_modules else. */
function signingScript(): string | null {
  try {
    return readFileSync(createRequire(import.meta.url).resolve('@noble/ed25519'), 'utf8')
  } catch {
    return null // the caller says what is missing
  }
}

/**
 * Opens the page for a phone on the box's own Wi-Fi at `listen` (TL_DOOR, HOST:PORT; port 0 = any). Nothing can be done through it without the commune's key.
 * Plain HTTP: the key never leaves the phone, and what is signed serves for one act once. Who imitates the box's Wi-Fi can show a page of his own, so the
 * Wi-Fi needs a password of its own. Refuses an address that is not understood or cannot be opened.
 */
export async function openLocalDoor(listen: string, deps: LocalDoorDeps): Promise<Result<LocalDoor>> {
  const place = listenOn(listen)
  if (!place) return refuse('bad-setting', 'TL_DOOR: write the address and port of the box’s own Wi-Fi, for example 192.168.4.1:80.')
  const signing = signingScript()
  if (signing === null) return refuse('incomplete', 'TL_DOOR: the package @noble/ed25519 is missing beside the agent; install the whole agent again.')
  const files: Readonly<Record<string, Answer>> = {
    '/': { status: 200, type: 'text/html; charset=utf-8', body: PAGE },
    '/door.css': { status: 200, type: 'text/css; charset=utf-8', body: STYLE },
    '/door.js': script(SCRIPT),
    '/sha512.js': script(SHA512),
    '/ed25519.js': script(signing),
  }
  const answerTo = createAnswers(deps, files)
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 5_000, maxHeaderSize: 8_192 }, (request, response) => {
    answerTo(request)
      .then((answer) => send(response, answer))
      .catch((error: unknown) => {
        deps.log.error({ error: String(error) }, 'the local door could not answer')
        response.destroy()
      })
  })
  server.maxConnections = MAX_CONNECTIONS
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(place.port, place.host, resolve))
  } catch (error) {
    return refuse('cannot-listen', `TL_DOOR: ${listen} cannot be opened (${(error as Error).message}); write an address of this box and a free port.`)
  }
  server.on('error', (error) => deps.log.error({ error: String(error) }, 'local door'))
  const { port } = server.address() as AddressInfo
  return ok({
    url: `http://${place.host.includes(':') ? `[${place.host}]` : place.host}:${port}/`,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  })
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type })
  response.end(body)
}

function createAnswers({ clock, door, log }: LocalDoorDeps, files: Readonly<Record<string, Answer>>): (request: IncomingMessage) => Promise<Answer> {
  const failures = createFailures(clock)

  const act = (body: Act, address: string): Answer => {
    if (failures.isOver(address)) {
      log.warn({ address }, 'a phone has tried too often')
      return refused('too-many-attempts', 429)
    }
    const done = door.act(body)
    if (!done.ok) failures.note(address)
    log.warn({ address, order: body.order, action: body.action, key: body.key.slice(0, 8), result: done.ok ? 'done' : done.code }, 'a phone at the box')
    return done.ok ? json(200, { name: done.value }) : refused(done.code)
  }

  return async (request) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const address = request.socket.remoteAddress ?? ''
    if (request.method === 'GET' || request.method === 'HEAD') {
      if (path !== '/state') return Object.hasOwn(files, path) ? (files[path] as Answer) : json(404, { code: 'not-found', vi: 'Không có trang này.' })
      const view = door.view()
      return json(200, { ...view, vi: view.why === null ? null : DOOR_SENTENCES[view.why] })
    }
    // only a page of this door can send that type: a form on a stranger's page cannot
    if (request.method !== 'POST' || !/^application\/json\b/.test(request.headers['content-type'] ?? '')) return NOT_UNDERSTOOD
    const body = await bodyOf(request)
    if (path === '/challenge' && Value.Check(Ask, body)) {
      const given = door.challenge(body)
      return given.ok ? json(200, { challenge: given.value, cluster: door.view().cluster }) : refused(given.code)
    }
    return path === '/act' && Value.Check(Act, body) ? act(body, address) : NOT_UNDERSTOOD
  }
}
