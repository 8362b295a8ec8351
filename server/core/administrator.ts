import type { Crypto } from '../../shared/core/crypto.ts'
import { utf8 } from '../../shared/protocol/wire.ts'
import type { Refusal } from './refusal.ts'

/** Who decided, in the audit log, where it was whoever holds the token of the data folder. */
export const ADMINISTRATOR = 'administrator'

export const NO_TOKEN: Refusal = {
  status: 401,
  code: 'no-token',
  en: 'Sign in first; a machine sends the header "Authorization: Bearer …" with the administrator token that the server prints at its start.',
  vi: 'Xin đăng nhập trước; máy khác thì gửi kèm "Authorization: Bearer …" với mã quản trị mà máy chủ in ra khi khởi động.',
}
export const WRONG_TOKEN: Refusal = {
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

interface Request {
  readonly headers: { readonly authorization?: string | undefined }
}

/** Whether a request carries the administrator's token; null when it does, else what to answer. */
export function createAdministratorCheck(deps: { readonly crypto: Crypto; readonly administratorSha256: Uint8Array }): (request: Request) => Refusal | null {
  const isToken = (token: string): boolean => sameBytes(deps.crypto.sha256(utf8(token)), deps.administratorSha256)
  return (request) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (token === undefined) return NO_TOKEN
    return isToken(token) ? null : WRONG_TOKEN
  }
}
