import { createHmac } from 'node:crypto'
import type { Sender, Sent, HttpForm } from '../core/notify-ports.ts'
import { fillForm } from '../core/notify-ports.ts'

/** A gateway that does not answer in this time is tried again later. */
const TIMEOUT_MS = 20_000
const MOST_OF_AN_ANSWER = 300

interface Call {
  readonly url: string
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string | null
}

/** Any answer of 2xx is taken for sent; 4xx says that the request is wrong and will be so next time, but for 408, 425 and 429. */
async function call({ url, method, headers, body }: Call): Promise<Sent> {
  try {
    // never followed: an answer must not send what was signed or secret to another host
    const answer = await fetch(url, { method, headers, ...(body === null ? {} : { body }), redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
    const text = await answer.text()
    if (answer.ok) return { ok: true }
    const again = answer.status >= 500 || [408, 425, 429].includes(answer.status)
    return { ok: false, again, why: `answered ${answer.status}: ${text.slice(0, MOST_OF_AN_ANSWER)}` }
  } catch (error) {
    const { message, cause } = error as Error & { readonly cause?: { readonly code?: string } }
    return { ok: false, again: true, why: `not reached (${cause?.code ?? message})` }
  }
}

/** SMS gateways and the official account of Zalo: whatever takes a number and a text by HTTP. */
export const httpFormSender = (form: HttpForm): Sender => (dispatch) => call(fillForm(form, dispatch))

/** JSON with its signature, so that the receiver knows whose it is. */
export function webhookSender(secret: string): Sender {
  return (dispatch) => {
    const { id, title, text, severity, path, createdAt } = dispatch
    const body = JSON.stringify({ id, title, text, severity, path, at: new Date(createdAt).toISOString() })
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
    return call({ url: dispatch.to, method: 'POST', headers: { 'content-type': 'application/json', 'x-tieng-lang-signature': signature }, body })
  }
}

/** A bot's message to a chat. `origin`: where the interface is, for tests. */
export const telegramSender = (token: string, origin = 'https://api.telegram.org'): Sender => ({ to, text }) =>
  call({ url: `${origin}/bot${token}/sendMessage`, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ chat_id: to, text }) })
