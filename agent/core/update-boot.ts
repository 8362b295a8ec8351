/** Where a program of the agent can lie: as it was installed, and two places that releases are put into by turns. */
export const SLOTS = ['installed', 'a', 'b'] as const
export type SlotName = (typeof SLOTS)[number]

/** A release that has yet to prove itself. */
export interface Trial {
  /** SHA-256 of its manifest. */
  readonly m: string
  readonly n: number
  /** Revision of the plan that was in force when it was put in place: it must hold that one too. */
  readonly plan: number
  /** This boot of the machine, and how often the release was started within it; null before the first start. */
  readonly boot: string | null
  readonly startsHere: number
  /** Starts in all. */
  readonly starts: number
}
export const FALL_WHYS = ['crashed', 'not-well', 'damaged'] as const
export type FallWhy = (typeof FALL_WHYS)[number]
export interface Fall {
  readonly m: string
  readonly n: number
  readonly why: FallWhy
}

/** What the launcher goes by. One small file, written whole or not at all. */
export interface Boot {
  readonly slot: SlotName
  /** What takes its place when it does not prove itself. */
  readonly former: SlotName
  readonly trial: Trial | null
  /** The last release that was left again; told to the station, and forgotten with the next one. */
  readonly fell: Fall | null
}

export const AS_INSTALLED: Boot = { slot: 'installed', former: 'installed', trial: null, fell: null }

/** Within one boot of the machine a release that ends three times without having proved itself is left. */
export const MAX_STARTS_HERE = 3
/** Power cuts are no fault of a release; but one that takes the machine down with it looks just so. */
export const MAX_STARTS = 10

const isSlot = (value: unknown): value is SlotName => SLOTS.some((name) => name === value)
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function trialOf(value: unknown): Trial | null {
  if (!isObject(value)) return null
  const { m, n, plan, boot, startsHere, starts } = value
  const sound = typeof m === 'string' && isCount(n) && isCount(plan) && isCount(startsHere) && isCount(starts) && (boot === null || typeof boot === 'string')
  return sound ? { m, n, plan, boot, startsHere, starts } : null
}
function fallOf(value: unknown): Fall | null {
  if (!isObject(value)) return null
  const { m, n, why } = value
  const known = FALL_WHYS.find((one) => one === why)
  return typeof m === 'string' && isCount(n) && known !== undefined ? { m, n, why: known } : null
}

/** null for anything else: then what was installed is started. */
export function bootOf(value: unknown): Boot | null {
  if (!isObject(value) || !isSlot(value['slot']) || !isSlot(value['former'])) return null
  const trial = trialOf(value['trial'])
  if (trial === null && value['trial'] !== null) return null
  return { slot: value['slot'], former: value['former'], trial, fell: fallOf(value['fell']) }
}

/** What is in force once a release is left for the one before it. */
export const fallBack = ({ slot, former, trial }: Boot, why: FallWhy): Boot => ({
  slot: former === slot ? 'installed' : former, former: 'installed', trial: null, fell: trial ? { m: trial.m, n: trial.n, why } : null,
})

export interface StartView {
  /** Name of this boot of the machine; '' where it cannot be told. */
  readonly bootId: string
  /** The slots whose files are all there, as their manifests name them. What was installed always counts. */
  readonly whole: ReadonlySet<SlotName>
}
export interface Start {
  readonly slot: SlotName
  /** To be on the disk before the program is started; null = nothing has changed. */
  readonly write: Boot | null
}

/** Which program is started. Whatever the disk holds, there is one. */
export function decideStart(boot: Boot | null, { bootId, whole }: StartView): Start {
  if (boot === null) return { slot: 'installed', write: null }
  const isWhole = (slot: SlotName): boolean => slot === 'installed' || whole.has(slot)
  const leave = (why: FallWhy): Start => {
    const back = fallBack(boot, why)
    const write = isWhole(back.slot) ? back : { ...back, slot: 'installed' as const }
    return { slot: write.slot, write }
  }
  if (!isWhole(boot.slot)) return leave('damaged')
  const { trial } = boot
  if (trial === null) return { slot: boot.slot, write: null }
  const startsHere = trial.boot === bootId ? trial.startsHere : 0
  if (startsHere >= MAX_STARTS_HERE || trial.starts >= MAX_STARTS) return leave('crashed')
  return { slot: boot.slot, write: { ...boot, trial: { ...trial, boot: bootId, startsHere: startsHere + 1, starts: trial.starts + 1 } } }
}

/** How long a release on trial may reach the broker without proving itself, ms. Time without a link does not count. */
export const TRIAL_LINK_MS = 300_000
/** It has proved itself when it has been well for so long without a break, ms. */
export const WELL_FOR_MS = 30_000
