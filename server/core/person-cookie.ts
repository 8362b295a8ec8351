import type { Crypto } from '../../shared/core/crypto.ts'
import { toBase64Url, utf8 } from '../../shared/protocol/wire.ts'

/** Without use for so long it is over; with use it goes on … */
export const SESSION_IDLE_MS = 14 * 86_400_000
/** … but never beyond this. */
export const SESSION_LIFE_MS = 90 * 86_400_000

export interface CookieForm {
  /** The page came over TLS: the name itself then forbids that a neighbouring host or an unencrypted page sets it. */
  readonly secure: boolean
  /** Browsers tell hosts apart by name and not by port: a practice station beside the station has a cookie of its own. */
  readonly practice: boolean
}
const nameFor = ({ secure, practice }: CookieForm): string => `${secure ? '__Host-' : ''}${practice ? 'tl-tap-duot' : 'tl-phien'}`
const TOKEN = /^[A-Za-z0-9_-]{32}$/

/** The session's token in a request's cookies; null where there is none. */
export function sessionToken(cookies: string | undefined, form: CookieForm): string | null {
  const begin = `${nameFor(form)}=`
  const found = (cookies ?? '').split(';').map((part) => part.trim()).find((part) => part.startsWith(begin))
  const token = found?.slice(begin.length) ?? ''
  return TOKEN.test(token) ? token : null
}

const cookie = (value: string, seconds: number, form: CookieForm): string =>
  `${nameFor(form)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${form.secure ? '; Secure' : ''}`

/** The header set-cookie that begins a session. */
export const sessionCookie = (token: string, form: CookieForm): string => cookie(token, SESSION_LIFE_MS / 1_000, form)
/** The header set-cookie that forgets it. */
export const noCookie = (form: CookieForm): string => cookie('', 0, form)

/** What a page of this station sends back in x-csrf-token: only who was answered at the station's own address knows it. */
export const csrfToken = (crypto: Crypto, token: string): string => toBase64Url(crypto.sha256(utf8(`csrf ${token}`)))
