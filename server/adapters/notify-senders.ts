import { NO_NOTIFY, NOTIFY_KEY, type NotifySettings, type Sender, type Senders } from '../core/notify-ports.ts'
import { withoutMarks } from '../core/notify-sms.ts'
import type { NotifyStore } from '../core/notify-store.ts'
import type { MetaStore } from '../core/stores.ts'
import { emailSender } from './notify-email.ts'
import { httpFormSender, telegramSender, webhookSender } from './notify-http.ts'
import { pushSender } from './notify-push.ts'
import { modemSender } from './notify-sms-modem.ts'

const smsSender = ({ sms, smsWithoutMarks }: NotifySettings): Sender | null => {
  if (sms === null) return null
  if (sms.kind === 'modem') return modemSender(sms.device, smsWithoutMarks)
  const send = httpFormSender(sms.form)
  return (dispatch) => send(smsWithoutMarks ? { ...dispatch, text: withoutMarks(dispatch.text), title: withoutMarks(dispatch.title) } : dispatch)
}

function build(settings: NotifySettings, meta: MetaStore, notify: NotifyStore): Senders {
  const sms = smsSender(settings)
  return {
    push: pushSender(meta, notify, settings.pages ?? 'mailto:dai@localhost.invalid'),
    ...(sms ? { sms } : {}),
    ...(settings.zalo ? { zalo: httpFormSender(settings.zalo.form) } : {}),
    ...(settings.email ? { email: emailSender(settings.email) } : {}),
    ...(settings.webhook ? { webhook: webhookSender(settings.webhook.secret) } : {}),
    ...(settings.telegram ? { telegram: telegramSender(settings.telegram.token) } : {}),
  }
}

/** The ways out, as the settings of the moment say. */
export function createSenders(meta: MetaStore, notify: NotifyStore): () => Senders {
  let known: { readonly text: string; readonly senders: Senders } | null = null
  return () => {
    const text = meta.get(NOTIFY_KEY) ?? ''
    if (known?.text !== text) known = { text, senders: build(text === '' ? NO_NOTIFY : (JSON.parse(text) as NotifySettings), meta, notify) }
    return known.senders
  }
}
