import { createTransport } from 'nodemailer'
import type { NotifySettings, Sender } from '../core/notify-ports.ts'

const TIMEOUT_MS = 20_000

/** E-mail by SMTP. A refusal by the server (5xx) is final. */
export function emailSender(settings: NonNullable<NotifySettings['email']>): Sender {
  const { host, port, secure, user, password, from } = settings
  const transport = createTransport({
    host, port, secure,
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS,
    disableFileAccess: true, disableUrlAccess: true,
  })
  return async ({ to, title, text }) => {
    try {
      await transport.sendMail({ from, to, subject: title, text })
      return { ok: true }
    } catch (error) {
      const { responseCode, message } = error as Error & { readonly responseCode?: number }
      return { ok: false, again: responseCode === undefined || responseCode < 500, why: message.slice(0, 300) }
    }
  }
}
