import type { Crypto } from '../../shared/core/crypto.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'

/** Without use for so long it is over; with use it goes on … */
export const SESSION_IDLE_MS = 14 * 86_400_000
/** … but never beyond this. */
export const SESSION_LIFE_MS = 90 * 86_400_000

/** Over TLS the name itself forbids that a neighbouring host or an unencrypted page sets it. */
const nameFor = (secure: boolean): string => (secure ? '__Host-tl-phien' : 'tl-phien')
const TOKEN = /^[A-Za-z0-9_-]{32}$/

/** The session's token in a request's cookies; null where there is none. */
export function sessionToken(cookies: string | undefined, secure: boolean): string | null {
  const begin = `${nameFor(secure)}=`
  const found = (cookies ?? '').split(';').map((part) => part.trim()).find((part) => part.startsWith(begin))
  const token = found?.slice(begin.length) ?? ''
  return TOKEN.test(token) ? token : null
}

const cookie = (value: string, seconds: number, secure: boolean): string =>
  `${nameFor(secure)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`

/** The header set-cookie that begins a session. */
export const sessionCookie = (token: string, secure: boolean): string => cookie(token, SESSION_LIFE_MS / 1_000, secure)
/** The header set-cookie that forgets it. */
export const noCookie = (secure: boolean): string => cookie('', 0, secure)

/** What a page of this station sends back in x-csrf-token: only who was answered at the station's own address knows it. */
export const csrfToken = (crypto: Crypto, token: string): string => toBase64Url(crypto.sha256(utf8(`csrf ${token}`)))
