import { liesIn, ownPlace, type FlatArea } from '../../lib/areas.ts'
import type { EmergencyView } from '../../lib/views.ts'

/** Where it is to sound first of all: where the one that is repeated did, as far as that may be chosen, or at one's own place. */
export function firstPlaces(from: Pick<EmergencyView, 'again'> | null, within: 'all' | readonly string[], areas: readonly FlatArea[]): { readonly everywhere: boolean; readonly chosen: string[] } {
  const targets = from?.again?.targets
  if (targets === undefined) return { everywhere: false, chosen: ownPlace(within, areas) }
  if (targets === 'all') return { everywhere: within === 'all', chosen: [] }
  const allowed = within === 'all' ? null : new Set(within)
  const may = new Set(areas.filter((one) => allowed === null || liesIn(one, allowed)).map(({ area }) => area.code))
  return { everywhere: false, chosen: (targets.areas ?? []).filter((code) => may.has(code)) }
}

/** A text that was being typed outlives a page that is loaded anew, for so long, ms; an older one is of another hour. */
const TEXT_LIVES_MS = 15 * 60_000
const KEY = 'emergency-text'

/** What a tab keeps by itself. */
export interface TabKeeps {
  getItem(key: string): string | null
  setItem(key: string, text: string): void
  removeItem(key: string): void
}

export function keptText(tab: Pick<TabKeeps, 'getItem'>, now: number): string {
  const held = tab.getItem(KEY)
  if (held === null) return ''
  const { text, at } = JSON.parse(held) as { readonly text: string; readonly at: number }
  return now - at < TEXT_LIVES_MS ? text : ''
}
export function keepText(tab: Omit<TabKeeps, 'getItem'>, text: string, now: number): void {
  if (text === '') tab.removeItem(KEY)
  else tab.setItem(KEY, JSON.stringify({ text, at: now }))
}
