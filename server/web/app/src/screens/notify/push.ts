import { fromBase64Url } from '../../../../../../shared/protocol/wire.ts'
import { keptHere, subscriptionHere } from '../../lib/push-here.ts'
import type { PushFacts } from './push-state.ts'

/** What a browser gives to whoever may send to it. */
export interface Subscribed {
  readonly endpoint: string
  readonly keys: { readonly p256dh: string; readonly auth: string }
}

const isApple = (): boolean => /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1)
const isInstalled = (): boolean => matchMedia('(display-mode: standalone)').matches || (navigator as Navigator & { readonly standalone?: boolean }).standalone === true

/** How it stands on this device now. */
export async function lookHere(): Promise<PushFacts> {
  const canPush = 'PushManager' in window && 'Notification' in window
  const registration = canPush ? await keptHere() : undefined
  const subscription = (await registration?.pushManager.getSubscription()) ?? null
  return { isSecure: isSecureContext, canPush: registration !== undefined, isApple: isApple(), isInstalled: isInstalled(), permission: canPush ? Notification.permission : 'default', endpoint: subscription?.endpoint ?? null }
}

const isSame = (held: ArrayBuffer | null, key: Uint8Array): boolean => held !== null && held.byteLength === key.length && new Uint8Array(held).every((byte, n) => byte === key[n])

/**
 * Subscribes this browser to the station's key (base64url), once it is allowed. One that is subscribed to another key, as of a station
 * that was set up anew, is subscribed again. null where the service of the browser's maker is not reached.
 */
export async function subscribeHere(stationKey: string): Promise<Subscribed | null> {
  const registration = await keptHere()
  const key = fromBase64Url(stationKey)
  if (!registration || !key) return null
  try {
    const before = await registration.pushManager.getSubscription()
    const isOurs = before !== null && isSame(before.options.applicationServerKey, key)
    if (before && !isOurs) await before.unsubscribe()
    const subscription = isOurs && before ? before : await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: Uint8Array.from(key) })
    const { p256dh, auth } = subscription.toJSON().keys ?? {}
    return p256dh === undefined || auth === undefined ? null : { endpoint: subscription.endpoint, keys: { p256dh, auth } }
  } catch (error) {
    console.info(`This browser was not subscribed: ${String(error)}`)
    return null
  }
}

/** The station sends nothing here any more: neither does the browser's maker. */
export async function forgetHere(): Promise<void> {
  await (await subscriptionHere())?.unsubscribe()
}
