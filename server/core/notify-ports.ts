import { Type, type Static } from 'typebox'
import type { Channel, Dispatch } from './notify-store.ts'

/** What became of one try. `again`: worth another one later. */
export type Sent = { readonly ok: true } | { readonly ok: false; readonly again: boolean; readonly why: string; readonly gone?: true }
/** Never rejects and always ends within half a minute. */
export type Sender = (dispatch: Dispatch) => Promise<Sent>
export type Senders = Readonly<Partial<Record<Channel, Sender>>>

const strict = { additionalProperties: false } as const
const Text = Type.String({ minLength: 1, maxLength: 2_000 })
const Url = Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 1_000, description: 'http:// or https://' })
const Headers = Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 1_000 }))

/**
 * A call of somebody's HTTP interface. In address, headers and body {to}, {text} and {title} stand for the message, escaped
 * as the place needs it.
 */
export const HttpForm = Type.Object({ url: Url, method: Type.Optional(Type.Enum(['GET', 'POST'])), headers: Type.Optional(Headers), body: Type.Optional(Text) }, strict)
export type HttpForm = Static<typeof HttpForm>

/** How the station reaches people; what is null is not used. */
export const NotifySettings = Type.Object(
  {
    sms: Type.Union([
      Type.Null(),
      Type.Object({ kind: Type.Literal('gateway'), form: HttpForm }, strict),
      Type.Object({ kind: Type.Literal('modem'), device: Type.String({ pattern: '^/dev/[A-Za-z0-9/_.-]+$', maxLength: 100, description: 'such as /dev/ttyUSB2' }) }, strict),
    ]),
    /** Without tone marks a message holds 160 letters in place of 70. */
    smsWithoutMarks: Type.Boolean(),
    /** As an official account's HTTP interface takes it; never tried against the real one. */
    zalo: Type.Union([Type.Null(), Type.Object({ form: HttpForm }, strict)]),
    email: Type.Union([
      Type.Null(),
      Type.Object(
        {
          host: Text, port: Type.Integer({ minimum: 1, maximum: 65_535 }),
          /** TLS from the first byte; else it begins in the clear and is raised where the server can. */
          secure: Type.Boolean(),
          user: Type.Optional(Text), password: Type.Optional(Text),
          from: Type.String({ minLength: 3, maxLength: 200, description: 'such as "Đài truyền thanh <dai@xa.vn>"' }),
        },
        strict,
      ),
    ]),
    /** Signs webhooks: header x-tieng-lang-signature, `sha256=` and HMAC-SHA256 of the body in hexadecimal. */
    webhook: Type.Union([Type.Null(), Type.Object({ secret: Type.String({ minLength: 16, maxLength: 200 }) }, strict)]),
    /** Off unless an administrator fills it in: press says that it was ordered blocked. */
    telegram: Type.Union([Type.Null(), Type.Object({ token: Text }, strict)]),
    /** Address of the pages as people reach them, for links in messages; null = no links. */
    pages: Type.Union([Type.Null(), Url]),
    /** Minutes before 05:15 at which those on duty hear of what is not ready for the morning; null = never. */
    morningCheckMinutes: Type.Union([Type.Null(), Type.Integer({ minimum: 0, maximum: 120 })]),
  },
  strict,
)
export type NotifySettings = Static<typeof NotifySettings>

export const NOTIFY_KEY = 'notify'
export const VAPID_KEY = 'notify-vapid'
export const NO_NOTIFY: NotifySettings = { sms: null, smsWithoutMarks: true, zalo: null, email: null, webhook: null, telegram: null, pages: null, morningCheckMinutes: 10 }

/** What is written over a secret in an answer, and left as it is where it comes back. */
export const HIDDEN = '••••••••••••••••'

const SECRET_FIELDS = new Set(['password', 'secret', 'token'])
const isSecretHeader = (name: string): boolean => /authori[sz]ation|token|key|secret/i.test(name)

/** The same with everything secret hidden. */
export function withoutSecrets<T>(value: T, inHeaders = false): T {
  if (Array.isArray(value)) return value.map((one: unknown) => withoutSecrets(one)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => {
      const secret = typeof one === 'string' && (SECRET_FIELDS.has(name) || (inHeaders && isSecretHeader(name)))
      return [name, secret ? HIDDEN : withoutSecrets(one as unknown, name === 'headers')]
    }),
  ) as T
}

/** What came back hidden is what was there before. */
export function withSecretsOf<T>(value: T, before: unknown): T {
  if (typeof value === 'string') return (value === HIDDEN && typeof before === 'string' ? before : value) as T
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const old = typeof before === 'object' && before !== null ? (before as Record<string, unknown>) : {}
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withSecretsOf(one as unknown, old[name])])) as T
}

/** Fills {to}, {text} and {title} in, each escaped for where it stands. */
export function fillForm(form: HttpForm, dispatch: Pick<Dispatch, 'to' | 'text' | 'title'>): { readonly url: string; readonly method: string; readonly headers: Record<string, string>; readonly body: string | null } {
  const fill = (template: string, escape: (text: string) => string): string =>
    template.replaceAll(/\{(to|text|title)\}/g, (_, name: 'to' | 'text' | 'title') => escape(dispatch[name]))
  const type = Object.entries(form.headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? 'application/json'
  const json = (text: string): string => JSON.stringify(text).slice(1, -1)
  const bodyEscape = type.includes('json') ? json : type.includes('urlencoded') ? encodeURIComponent : (text: string): string => text
  return {
    url: fill(form.url, encodeURIComponent),
    method: form.method ?? (form.body === undefined ? 'GET' : 'POST'),
    headers: { ...(form.body === undefined ? {} : { 'content-type': type }), ...form.headers },
    body: form.body === undefined ? null : fill(form.body, bodyEscape),
  }
}
