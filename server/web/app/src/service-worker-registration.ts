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

/** How long a weak link may take for the shell. */
const RENEW_MS = 15_000

/** Fetches the kept pages anew where the server has others, and ends once they are in force; at the latest after a quarter of a minute. */
export async function renewPages(): Promise<void> {
  const kept = 'serviceWorker' in navigator ? await navigator.serviceWorker.getRegistration() : undefined
  if (!kept) return
  const inForce = new Promise<void>((done) => {
    setTimeout(done, RENEW_MS)
    kept.update().then(({ installing }) => {
      if (!installing) return done()
      installing.addEventListener('statechange', () => void (['activated', 'redundant'].includes(installing.state) && done()))
    }, done)
  })
  await inForce
}
