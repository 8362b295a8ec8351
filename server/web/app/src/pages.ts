import type { Component } from 'svelte'
import type { Role } from './lib/session.svelte.ts'
import type { Dictionary } from './words/vi.ts'

/** A page for whoever is signed in. */
export interface InnerPage {
  readonly path: string
  /** What it takes to see it, one of several where there are several; null = to be signed in. */
  readonly right: string | readonly string[] | null
  /** Its code comes when it is opened, so that the first screen is small. null = it is the first screen, and came with the app. */
  readonly load: (() => Promise<{ readonly default: Component }>) | null
}
/** A page of the menu. */
export interface Page extends InnerPage {
  readonly word: keyof Dictionary & ('now' | 'timetable' | 'library' | 'clusters' | 'emergency' | 'live' | 'incidents' | 'reports' | 'admin')
}
/** Whether somebody with these rights may see a page. */
export const isOpenTo = ({ right }: InnerPage, may: (action: string) => boolean): boolean => right === null || (typeof right === 'string' ? may(right) : right.some(may))

/** In the order of the menu. */
export const PAGES: readonly Page[] = [
  { path: '/', word: 'now', right: null, load: null },
  { path: '/khan-cap', word: 'emergency', right: 'emergency.read', load: () => import('./screens/Emergency.svelte') },
  { path: '/lich-phat', word: 'timetable', right: 'station.read', load: () => import('./screens/Timetable.svelte') },
  { path: '/chuong-trinh', word: 'library', right: 'programme.read', load: () => import('./screens/Library.svelte') },
  { path: '/phat-truc-tiep', word: 'live', right: 'live.speak', load: () => import('./screens/Live.svelte') },
  { path: '/su-co', word: 'incidents', right: 'incident.read', load: () => import('./screens/Incidents.svelte') },
  { path: '/cum-loa', word: 'clusters', right: 'cluster.read', load: () => import('./screens/Clusters.svelte') },
  { path: '/bao-cao', word: 'reports', right: 'report.read', load: () => import('./screens/Reports.svelte') },
  { path: '/quan-tri', word: 'admin', right: ['person.write', 'area.write', 'settings.write', 'audit.read', 'policy.write', 'relay.write', 'emergency.prepare'], load: () => import('./screens/Admin.svelte') },
]

/** Pages beside the menu: one comes to them from another page. */
export const EXTRA_PAGES: readonly InnerPage[] = [
  { path: '/bat-dau', right: null, load: () => import('./screens/Begin.svelte') },
  { path: '/tap-duot', right: 'practice.use', load: () => import('./screens/Practice.svelte') },
  { path: '/huong-dan', right: null, load: () => import('./screens/Guide.svelte') },
  { path: '/cum-loa/cap-nhat', right: 'cluster.service', load: () => import('./screens/Updates.svelte') },
  { path: '/bao-tin', right: 'notify.own', load: () => import('./screens/Notify.svelte') },
]

/** A page that whoever holds its address may see; it shows neither the menu nor who is signed in. */
export interface OpenPage {
  /** What the address begins with. */
  readonly path: string
  readonly load: NonNullable<InnerPage['load']>
}
export const OPEN_PAGES: readonly OpenPage[] = [
  { path: '/approval', load: () => import('./screens/Approve.svelte') },
  { path: '/cot', load: () => import('./screens/Pole.svelte') },
  { path: '/thanh-tra', load: () => import('./screens/Inspect.svelte') },
  { path: '/vao-tap-duot', load: () => import('./screens/practice/Enter.svelte') },
  { path: '/tin-cay', load: () => import('./screens/Trust.svelte') },
]

const within = (address: string, path: string): boolean => address === path || address.startsWith(`${path}/`)

/** The page of an address; one beside the menu may lie below one of it. */
export function pageOf(address: string): InnerPage | undefined {
  return EXTRA_PAGES.find(({ path }) => within(address, path)) ?? menuPageOf(address)
}
/** The page of the menu that an address belongs to, also one beside the menu that lies below it. */
export const menuPageOf = (address: string): Page | undefined => (address === '/' || address === '/vao' ? PAGES[0] : PAGES.find(({ path }) => path !== '/' && within(address, path)))
export const openPageOf = (address: string): OpenPage | undefined => OPEN_PAGES.find(({ path }) => within(address, path))

/** What a role works with most: these come first in the menu, and a phone has room for few. */
const MOST_USED: Readonly<Record<Role, readonly Page['word'][]>> = {
  operator: ['timetable', 'library'],
  approver: ['library', 'timetable'],
  technician: ['incidents', 'clusters'],
  announcer: ['live', 'clusters'],
  administrator: ['clusters', 'timetable'],
}

/** The pages in the order in which the holder of these roles needs them. */
export function menuOf(pages: readonly Page[], roles: readonly Role[]): readonly Page[] {
  const wanted = new Set<Page['word']>(['now', 'emergency', ...roles.flatMap((role) => MOST_USED[role])])
  return [...pages.filter(({ word }) => wanted.has(word)), ...pages.filter(({ word }) => !wanted.has(word))]
}
