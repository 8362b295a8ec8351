import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { WebSocket } from 'ws'
import { every, type Clock } from '../../../shared/core/clock.ts'
import type { Log } from '../../../shared/core/log.ts'
import { BrokenInvariant } from '../../../shared/core/result.ts'
import { createAdministratorCheck } from '../../core/administrator.ts'
import { ADMINISTRATOR_IDENTITY } from '../../core/identity.ts'
import { PROBLEMS, type Problem } from '../../core/mic-problems.ts'
import { readMicMessage, TICKET_LIVES_MS, type MicAnswer, type MicMessage } from '../../core/mic-protocol.ts'
import type { TicketHolder } from '../../core/mic-tickets.ts'
import { accepted, answer, errorBody, refusals, refused, type Refusal } from '../../core/refusal.ts'
import type { ServerDeps } from '../../core/server-deps.ts'
import type { Microphone } from './microphone.ts'
import { notAllowed, TicketBody, whyNoTicket, type MicRightsDeps } from './rights.ts'
import type { MicSession, Speaker } from './session.ts'

type App = Parameters<FastifyPluginAsyncTypebox>[0]

export interface MicrophoneDoorDeps extends MicRightsDeps, Pick<ServerDeps, 'crypto' | 'administratorSha256'> {
  readonly microphone: Microphone
  readonly clock: Clock
  readonly log: Log
}

/** PCM at 48 kHz takes 96 kB/s; more than that is no voice. What a stalled link gives back at once fits as well. */
const MAX_BYTES_PER_SECOND = 150_000
const MAX_GUST_BYTES = 1_500_000
const PING_EVERY_MS = 2_000
/** What one message may hold: two seconds of PCM. */
export const MAX_MESSAGE_BYTES = 262_144
/** A page that is gone or frozen takes nothing: answers to it are dropped, not kept. */
const MAX_UNSENT_BYTES = 65_536

const BAD_TICKET: Refusal = {
  status: 401, code: 'bad-ticket',
  en: 'The ticket is not valid any more: ask for a new one and connect within half a minute.',
  vi: 'Vé kết nối không còn hiệu lực: xin lấy vé mới và kết nối trong nửa phút.',
}
const BAD_ORIGIN: Refusal = {
  status: 401, code: 'wrong-origin',
  en: 'This page does not belong to the station: open the microphone at the station’s own address.',
  vi: 'Trang này không thuộc đài: xin mở micro tại địa chỉ của đài.',
}

/** A page of another site can open a WebSocket here too: the browser says where it comes from. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

export function addMicrophoneRoutes(app: App, deps: MicrophoneDoorDeps): void {
  const { tickets } = deps.microphone
  const whyNot = createAdministratorCheck(deps)
  const tags = ['microphone']
  const Ticket = Type.Object({ ticket: Type.String(), livesMs: Type.Integer() })
  const ticket = { tags, summary: 'A ticket for one connection of a microphone', body: TicketBody, response: { 201: Ticket, ...refusals } }
  app.post('/microphone/tickets', { config: { action: 'live.speak' }, schema: ticket }, (request, reply) => {
    const { who } = request
    const body = request.body ?? null
    const refusal = whyNoTicket(deps, who, body)
    if (refusal) return answer(reply, refused(refusal))
    const given = body === null ? tickets.issue(who) : 'emergency' in body ? tickets.issue(who, body.emergency) : tickets.issue(who, undefined, body.targets)
    return answer(reply, accepted({ ticket: given, livesMs: TICKET_LIVES_MS }), 201)
  })
  /** Whoever is let in by a request that is on its way to become a connection. */
  const holders = new WeakMap<FastifyRequest, TicketHolder>()
  const refusalOf = (request: FastifyRequest): Refusal | null => {
    if (!isOwnOrigin(request.headers.origin, request.headers.host)) return BAD_ORIGIN
    const { ticket } = request.query as { readonly ticket?: unknown }
    const refusal = ticket === undefined ? whyNot(request) : null
    if (refusal) return refusal
    const holder = ticket === undefined ? { who: ADMINISTRATOR_IDENTITY, emergency: null, targets: null } : typeof ticket === 'string' ? tickets.take(ticket) : null
    if (!holder) return BAD_TICKET
    holders.set(request, holder)
    return null
  }
  app.get(
    '/microphone',
    {
      websocket: true,
      config: { open: true },
      preValidation: async (request, reply) => {
        const refusal = refusalOf(request)
        if (refusal) return reply.code(refusal.status).send(errorBody(refusal))
      },
    },
    (socket, request) => {
      const holder = holders.get(request)
      if (!holder) throw new BrokenInvariant('a microphone without a holder')
      serve(socket, deps, holder)
    },
  )
}

/** One connection, from its first word to its end. */
function serve(socket: WebSocket, deps: MicrophoneDoorDeps, holder: TicketHolder): void {
  const { microphone, clock, log } = deps
  let session: MicSession | null = null
  let [room, roomAt] = [MAX_GUST_BYTES, clock.mono()]
  const speaker: Speaker = {
    say: (answer: MicAnswer) => {
      if (socket.readyState === socket.OPEN && socket.bufferedAmount < MAX_UNSENT_BYTES) socket.send(JSON.stringify(answer))
    },
    close: () => socket.close(1000),
  }
  const giveUp = (problem: Problem): void => {
    speaker.say({ t: 'problem', fatal: true, code: problem.code, en: problem.en, vi: problem.vi })
    socket.close(1008)
  }
  const mayTake = (bytes: number): boolean => {
    const now = clock.mono()
    room = Math.min(MAX_GUST_BYTES, room + ((now - roomAt) * MAX_BYTES_PER_SECOND) / 1_000) - bytes
    roomAt = now
    return room >= 0
  }
  const obey = (message: MicMessage): void => {
    if (message.t === 'start' || message.t === 'speak' || message.t === 'resume') {
      if (session) return giveUp(PROBLEMS.malformed)
      const refusal = notAllowed(deps, holder, message)
      if (refusal) return giveUp(refusal)
      const opened = message.t === 'start' ? microphone.start(message, holder.who.actor) : message.t === 'speak' ? microphone.speak(message, holder.who.actor) : microphone.resume(message.token, holder.who.actor)
      if (!opened.ok) return giveUp(opened.problem)
      session = opened.session
      speaker.say(opened.started)
      return session.attach(speaker, message.format)
    }
    if (!session) return giveUp(PROBLEMS.notStarted)
    if (message.t === 'talk') session.talk()
    else if (message.t === 'pause') session.pause()
    else session.end(null)
  }
  const take = (payload: Uint8Array, isBinary: boolean): void => {
    if (!mayTake(payload.length)) return giveUp(PROBLEMS.tooFast)
    if (isBinary) {
      if (!session) return giveUp(PROBLEMS.notStarted)
      if (!session.hear(payload)) giveUp(PROBLEMS.malformed)
      return
    }
    const message = readMicMessage(new TextDecoder().decode(payload))
    if (message) obey(message)
    else giveUp(PROBLEMS.malformed)
  }
  socket.on('message', (data, isBinary) => {
    try {
      const { buffer, byteOffset, byteLength } = data as Buffer
      take(new Uint8Array(buffer, byteOffset, byteLength), isBinary)
    } catch (error) {
      log.error({ error: String(error) }, 'a microphone’s message failed')
      giveUp(PROBLEMS.malformed)
    }
  })
  const stopPinging = every(clock, PING_EVERY_MS, () => socket.ping())
  socket.on('pong', () => session?.noteAlive())
  socket.on('close', () => {
    stopPinging()
    session?.detach(speaker)
  })
  socket.on('error', (error) => log.debug({ error: String(error) }, 'a microphone’s connection failed'))
}
