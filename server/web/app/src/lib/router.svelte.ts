/** The page that is open, as its address says. */
const here = $state({ path: location.pathname, query: location.search })

const addressNow = (): string => location.pathname + location.search + location.hash
/** What the browser shows as the address. */
let shownAs = addressNow()
/** Asked in place of leaving the page, while something is under way that would end with it. */
let keeper: ((to: string, leave: () => void) => void) | null = null

addEventListener('popstate', () => {
  const to = addressNow()
  if (keeper !== null && location.pathname !== here.path) {
    // the browser is there already
    history.pushState(null, '', shownAs)
    return keeper(to, () => leave(to))
  }
  arrive()
  backTo((history.state as { readonly top?: number } | null)?.top ?? 0)
})
function arrive(): void {
  shownAs = addressNow()
  here.path = location.pathname
  here.query = location.search
}

export const path = (): string => here.path
export const query = (): URLSearchParams => new URLSearchParams(here.query)

/** Calls `ask` in place of leaving this page, with where to and with what leaves it. Answers how to let go. */
export function keepHere(ask: NonNullable<typeof keeper>): () => void {
  keeper = ask
  return () => void (keeper === ask && (keeper = null))
}
function leave(to: string): void {
  keeper = null
  go(to)
}

/** Another address for what is open, which is not opened anew: whoever comes back to it, or loads it again, finds it so. */
export function rename(address: string): void {
  history.replaceState(history.state, '', address)
  shownAs = addressNow()
}

/** Opens a page of ours without loading anything anew. */
export function go(address: string, how: 'new' | 'instead' = 'new'): void {
  if (keeper !== null && how === 'new') return keeper(address, () => leave(address))
  if (how === 'new') history.replaceState({ top: scrollY }, '')
  history[how === 'new' ? 'pushState' : 'replaceState'](null, '', address)
  arrive()
  stopReturning?.()
  scrollTo(0, 0)
  requestAnimationFrame(beginAtHeading)
}

/** What somebody does who goes on by themselves. */
const MOVES = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const
let stopReturning: (() => void) | null = null
/** Whoever goes back to a page is where they were, once it is as long again; unless they have moved on meanwhile. */
function backTo(top: number): void {
  stopReturning?.()
  if (top === 0) return
  const watch = new ResizeObserver(() => {
    if (document.documentElement.scrollHeight - innerHeight < top) return
    scrollTo(0, top)
    stop()
  })
  const timer = setTimeout(stop, HEADING_WAIT_MS)
  function stop(): void {
    watch.disconnect()
    clearTimeout(timer)
    for (const one of MOVES) removeEventListener(one, stop)
    stopReturning = null
  }
  stopReturning = stop
  for (const one of MOVES) addEventListener(one, stop, { passive: true })
  watch.observe(document.body)
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
