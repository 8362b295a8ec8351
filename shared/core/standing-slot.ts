import { wallMs, type WallMs } from './clock.ts'

/** Who started a standing order at a box: a key switch, or a phone by the first eight characters of its public key. */
export type StartedBy = { readonly kind: 'switch'; readonly switch: number } | { readonly kind: 'phone'; readonly key: string }

export interface StandingStart {
  /** Id of the standing order. */
  readonly order: string
  readonly at: WallMs
  readonly by: StartedBy
}

const FORM = /^a\.tc-([0-9a-z]{4,16})-([0-9a-z]{1,9})-(?:s([1-4])|k([A-Za-z0-9_-]{8}))$/

/** Name of the slot, and so of its evidence: the server learns from it what was started, when and by whom. Never the name of a server's own emergency. */
export const standingSlotId = ({ order, at, by }: StandingStart): string =>
  `a.tc-${order}-${Math.round(at / 1000).toString(36)}-${by.kind === 'switch' ? `s${by.switch}` : `k${by.key.slice(0, 8)}`}`

/** null for the slot of anything else. */
export function standingStartOf(slot: string): StandingStart | null {
  const [, order, at, at4, key] = FORM.exec(slot) ?? []
  if (order === undefined || at === undefined) return null
  return { order, at: wallMs(Number.parseInt(at, 36) * 1000), by: at4 === undefined ? { kind: 'phone', key: key ?? '' } : { kind: 'switch', switch: Number(at4) } }
}
