/** What this device and its browser say of messages to it. */
export interface PushFacts {
  /** The page came by an address that browsers trust. */
  readonly isSecure: boolean
  /** The browser knows messages, and the pages are kept on this device. */
  readonly canPush: boolean
  /** An iPhone or iPad: it takes messages only for a page that was put on its screen. */
  readonly isApple: boolean
  readonly isInstalled: boolean
  readonly permission: 'default' | 'granted' | 'denied'
  /** Where messages to this browser go; null where it is subscribed to none. */
  readonly endpoint: string | null
}
export type PushState = 'insecure' | 'install' | 'unsupported' | 'denied' | 'off' | 'on'

/** How it stands with messages to this device. `known`: the endpoints to which the station sends for this person. */
export function pushState(facts: PushFacts, known: readonly string[]): PushState {
  if (!facts.isSecure) return 'insecure'
  if (facts.isApple && !facts.isInstalled && !facts.canPush) return 'install'
  if (!facts.canPush) return 'unsupported'
  if (facts.permission === 'denied') return 'denied'
  return facts.permission === 'granted' && facts.endpoint !== null && known.includes(facts.endpoint) ? 'on' : 'off'
}

const first = (table: readonly (readonly [RegExp, string])[], text: string): string | undefined => table.find(([pattern]) => pattern.test(text))?.[1]
const DEVICES: readonly (readonly [RegExp, string])[] = [[/iPhone/, 'iPhone'], [/iPad/, 'iPad'], [/Android/, 'Android'], [/Windows/, 'Windows'], [/Macintosh/, 'Mac'], [/CrOS/, 'Chromebook'], [/Linux/, 'Linux']]
/** Each of them also calls itself by the names below its own. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [[/coc_coc/i, 'Cốc Cốc'], [/SamsungBrowser/, 'Samsung'], [/Edg/, 'Edge'], [/OPR|Opera/, 'Opera'], [/Firefox|FxiOS/, 'Firefox'], [/Chrome|CriOS/, 'Chrome'], [/Safari/, 'Safari']]

/** What a person tells a device by, the same in both languages: `Android · Chrome`. '' where it says nothing of itself. */
export const deviceName = (userAgent: string): string => [first(DEVICES, userAgent), first(BROWSERS, userAgent)].filter((part) => part !== undefined).join(' · ')
