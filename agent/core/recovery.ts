/** What brings a link back, gentlest first. Reconnecting is the link's own work and goes on all the time. */
export const RECOVERY_STEPS = ['reset', 'usb', 'reboot'] as const
export type RecoveryStep = (typeof RECOVERY_STEPS)[number]

/** The link is gone for so long before the first step, ms. A base station that is being switched comes back sooner. */
const FIRST_MS = 5 * 60_000
/** From one step to the next; a modem needs up to three minutes to find its network. */
const STEP_MS = 10 * 60_000
/** The whole ladder begins anew after this, then after twice as long, up to the longest: where the network itself is away, resets help nobody. */
const ROUND_MS = 30 * 60_000
const LONGEST_MS = 6 * 3_600_000
/** No step so soon before sound is due from the disk, nor during it: a USB sound card may hang on the same power. */
export const QUIET_BEFORE_STEP_MS = 10 * 60_000
/** Reboots that brought nothing: the next waits twice as long as the one before, up to a day. */
const REBOOT_MS = 60 * 60_000
const LONGEST_REBOOT_MS = 24 * 3_600_000

export interface RecoveryView {
  /** For how long the link has been gone, ms; null while it is up. */
  readonly downMs: number | null
  /** In how many ms sound is due, ≤ 0 while it sounds; null when none is due within hours. */
  readonly soundInMs: number | null
  /** What this box can do. */
  readonly steps: readonly RecoveryStep[]
  /** This machine runs since, ms. */
  readonly upMs: number
}
/** What was tried in this outage. */
export interface Tried {
  /** Next place on the ladder of this box. */
  readonly next: number
  /** When the last step was taken, as `downMs`; null before the first. */
  readonly lastDownMs: number | null
  readonly rounds: number
  /** In a row, without a link in between; outlives the reboot. */
  readonly reboots: number
}
export const NOTHING_TRIED: Tried = { next: 0, lastDownMs: null, rounds: 0, reboots: 0 }

const waitOf = ({ next, lastDownMs, rounds }: Tried): number => {
  if (lastDownMs === null) return FIRST_MS
  return lastDownMs + (next === 0 ? Math.min(LONGEST_MS, ROUND_MS * 2 ** Math.max(0, rounds - 1)) : STEP_MS)
}

/** One step, or none yet. A link that is up forgets what was tried. */
export function decideRecovery(tried: Tried, view: RecoveryView): { readonly step: RecoveryStep | null; readonly tried: Tried } {
  const { downMs, soundInMs, steps, upMs } = view
  if (downMs === null) return { step: null, tried: NOTHING_TRIED }
  const step = steps[tried.next]
  if (step === undefined || downMs < waitOf(tried)) return { step: null, tried }
  if (soundInMs !== null && soundInMs < QUIET_BEFORE_STEP_MS) return { step: null, tried }
  const isLast = tried.next + 1 >= steps.length
  const after = { ...tried, next: isLast ? 0 : tried.next + 1, lastDownMs: downMs, rounds: tried.rounds + (isLast ? 1 : 0) }
  if (step !== 'reboot') return { step, tried: after }
  // a machine that reboots every hour never plays its plan through
  if (upMs < Math.min(LONGEST_REBOOT_MS, REBOOT_MS * 2 ** tried.reboots)) return { step: null, tried: after }
  return { step, tried: { ...after, reboots: tried.reboots + 1 } }
}
