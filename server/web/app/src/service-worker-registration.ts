/** Lets the pages open without a link from the second time on. Behind the first screen: it must not wait for this. */
export function keepPages(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const register = (): void => {
    navigator.serviceWorker.register('/service-worker.js').catch((error: unknown) => {
      // a phone that does not trust the station's authority yet: the pages work, but not without a link
      console.info(`The pages are not kept for times without a link: ${String(error)}`)
    })
  }
  if (document.readyState === 'complete') register()
  else addEventListener('load', register, { once: true })
}
