import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Crypto } from '../../shared/core/crypto.ts'
import { utf8 } from '../../shared/protocol/wire.ts'
import { errorBody, type Refusal } from './refusal.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True where no token is asked for. Absent = closed. */
    open?: boolean
  }
}

/** Who decided, in the audit log, until accounts exist. */
export const ADMINISTRATOR = 'administrator'

const NO_TOKEN: Refusal = {
  status: 401,
  code: 'no-token',
  en: 'This address needs the administrator token: send the header "Authorization: Bearer …" with the token that the server prints at its start.',
  vi: 'Cần mã quản trị: hãy gửi kèm "Authorization: Bearer …" với mã mà máy chủ in ra khi khởi động.',
}
const WRONG_TOKEN: Refusal = {
  status: 401,
  code: 'wrong-token',
  en: 'This is not the administrator token: copy it again from where the server prints it at its start.',
  vi: 'Mã quản trị không đúng: hãy chép lại mã mà máy chủ in ra khi khởi động.',
}

/** Takes as long for a near miss as for a far one. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** A hook that lets a request in when it carries the token, or when its route is declared open. */
export function createAdministratorCheck(deps: {
  readonly crypto: Crypto
  readonly administratorSha256: Uint8Array
}): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  const isToken = (token: string): boolean => sameBytes(deps.crypto.sha256(utf8(token)), deps.administratorSha256)
  return async (request, reply) => {
    if (request.routeOptions.config.open === true) return undefined
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (token !== undefined && isToken(token)) return undefined
    return reply.code(401).header('www-authenticate', 'Bearer').send(errorBody(token === undefined ? NO_TOKEN : WRONG_TOKEN))
  }
}
