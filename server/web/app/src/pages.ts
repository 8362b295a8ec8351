import type { Component } from 'svelte'
import type { Dictionary } from './words/vi.ts'

/** A page of the menu. Its code comes when it is opened, so that the first screen is small. */
export interface Page {
  readonly path: string
  readonly word: keyof Dictionary & ('now' | 'timetable' | 'library' | 'clusters' | 'emergency' | 'live' | 'incidents' | 'reports' | 'admin')
  /** What it takes to see it; null = to be signed in. */
  readonly right: string | null
  readonly load: () => Promise<{ readonly default: Component }>
}

export const PAGES: readonly Page[] = [
  { path: '/', word: 'now', right: null, load: () => import('./screens/Now.svelte') },
  { path: '/khan-cap', word: 'emergency', right: 'emergency.read', load: () => import('./screens/Emergency.svelte') },
  { path: '/su-co', word: 'incidents', right: 'incident.read', load: () => import('./screens/Incidents.svelte') },
  { path: '/cum-loa', word: 'clusters', right: 'cluster.read', load: () => import('./screens/Clusters.svelte') },
]

/** The page of an address: the longest path that it begins with. */
export function pageOf(address: string): Page | undefined {
  if (address === '/' || address === '/vao') return PAGES[0]
  return PAGES.find(({ path }) => path !== '/' && (address === path || address.startsWith(`${path}/`)))
}
