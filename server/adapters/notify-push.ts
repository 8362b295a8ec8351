import webPush from 'web-push'
import type { Sender } from '../core/notify-ports.ts'
import { VAPID_KEY } from '../core/notify-ports.ts'
import type { NotifyStore } from '../core/notify-store.ts'
import type { MetaStore } from '../core/stores.ts'

interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: string
}

/** Made when first asked for, and kept: browsers are subscribed to this key. */
export function vapidKeys(meta: MetaStore): VapidKeys {
  const known = meta.get(VAPID_KEY)
  if (known !== null) return JSON.parse(known) as VapidKeys
  const made = webPush.generateVAPIDKeys()
  meta.set(VAPID_KEY, JSON.stringify(made))
  return made
}

const TIMEOUT_MS = 20_000
/** A day: what nobody fetched by then is old news. */
const TTL_SECONDS = 86_400

/** To one browser; `to` is its endpoint. Who has gone is told apart, so that it is forgotten. `subject`: whom the push service may write to. */
export function pushSender(meta: MetaStore, notify: Pick<NotifyStore, 'subscriptions'>, subject: string): Sender {
  return async ({ actor, to, title, text, path, severity }) => {
    const found = notify.subscriptions(actor).find(({ endpoint }) => endpoint === to)
    if (!found) return { ok: false, again: false, why: 'this browser is not subscribed any more' }
    const { publicKey, privateKey } = vapidKeys(meta)
    const subscription = { endpoint: found.endpoint, keys: { p256dh: found.p256dh, auth: found.auth } }
    try {
      await webPush.sendNotification(subscription, JSON.stringify({ title, text, path, severity }), {
        vapidDetails: { subject, publicKey, privateKey }, TTL: TTL_SECONDS, timeout: TIMEOUT_MS, urgency: severity === 'notice' ? 'normal' : 'high',
      })
      return { ok: true }
    } catch (error) {
      const { statusCode, message } = error as Error & { readonly statusCode?: number }
      const gone = statusCode === 404 || statusCode === 410
      const again = statusCode === undefined || statusCode === 429 || statusCode >= 500
      return { ok: false, again, why: `${statusCode ?? ''} ${message}`.trim().slice(0, 300), ...(gone ? { gone } : {}) }
    }
  }
}
