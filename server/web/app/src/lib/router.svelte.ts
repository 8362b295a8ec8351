/** The page that is open, as its address says. */
const here = $state({ path: location.pathname, query: location.search })

addEventListener('popstate', () => {
  here.path = location.pathname
  here.query = location.search
})

export const path = (): string => here.path
export const query = (): URLSearchParams => new URLSearchParams(here.query)

/** Opens a page of ours without loading anything anew. */
export function go(address: string, how: 'new' | 'instead' = 'new'): void {
  history[how === 'new' ? 'pushState' : 'replaceState'](null, '', address)
  here.path = location.pathname
  here.query = location.search
  scrollTo(0, 0)
  requestAnimationFrame(beginAtHeading)
}

/** Longer than a slow link needs for a page's code. */
const HEADING_WAIT_MS = 8_000
let stopWaiting: (() => void) | null = null
/** Whoever reads by ear or moves by keyboard begins at the new page's heading, once it is there; unless they have gone on meanwhile. */
function beginAtHeading(): void {
  stopWaiting?.()
  const before = document.activeElement
  const isThere = (): boolean => {
    if (document.activeElement !== before && document.activeElement !== document.body) return true
    const heading = document.querySelector<HTMLElement>('main h1')
    heading?.focus()
    return heading !== null
  }
  if (isThere()) return
  const watch = new MutationObserver(() => void (isThere() && stop()))
  const timer = setTimeout(stop, HEADING_WAIT_MS)
  function stop(): void {
    watch.disconnect()
    clearTimeout(timer)
    stopWaiting = null
  }
  stopWaiting = stop
  watch.observe(document.body, { childList: true, subtree: true })
}

/** For links: an ordinary click stays in the page, any other one is the browser's. */
export function stay(event: MouseEvent): void {
  const link = (event.target as Element | null)?.closest('a')
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  if (link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin || link.pathname.startsWith('/api/')) return
  // a place on this very page: the browser goes there
  if (link.hash !== '' && link.pathname === location.pathname && link.search === location.search) return
  event.preventDefault()
  go(link.pathname + link.search + link.hash)
}
