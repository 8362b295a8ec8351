/** Under what the pages are kept on this device; none where its browser does not trust the address. */
export const keptHere = async (): Promise<ServiceWorkerRegistration | undefined> => (isSecureContext && 'serviceWorker' in navigator ? await navigator.serviceWorker.getRegistration() : undefined)

/** What brings messages to this browser; null where nothing does. */
export async function subscriptionHere(): Promise<PushSubscription | null> {
  if (!('PushManager' in window)) return null
  return (await (await keptHere())?.pushManager.getSubscription()) ?? null
}
