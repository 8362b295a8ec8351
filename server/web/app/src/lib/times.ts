/** Hours on screen are those of Viet Nam, whatever the phone is set to. */
const ZONE_MS = 7 * 3_600_000
const two = (n: number): string => String(n).padStart(2, '0')
const shifted = (at: number): Date => new Date(at + ZONE_MS)

/** `05:30` of an instant, ms since 1970. */
export const hourText = (at: number): string => `${two(shifted(at).getUTCHours())}:${two(shifted(at).getUTCMinutes())}`
/** `05:30–06:00`; what is over within its minute is only `05:30`. */
export const spanText = (from: number, to: number): string => (to - from < 60_000 && hourText(from) === hourText(to) ? hourText(from) : `${hourText(from)}–${hourText(to)}`)
/** `05:30:07`. */
export const secondText = (at: number): string => `${hourText(at)}:${two(shifted(at).getUTCSeconds())}`
/** `22/11 05:30`. */
export const dayHourText = (at: number): string => `${two(shifted(at).getUTCDate())}/${two(shifted(at).getUTCMonth() + 1)} ${hourText(at)}`

/** Hours, minutes and seconds that are left until an instant, never below zero. */
export function leftParts(ms: number): [hours: number, minutes: number, seconds: number] {
  const s = Math.max(0, Math.floor(ms / 1_000))
  return [Math.floor(s / 3_600), Math.floor(s / 60) % 60, s % 60]
}
/** `1:05:09`, `5:09`: what is left until an instant, never below zero. */
export function countDown(ms: number): string {
  const [hours, minutes, seconds] = leftParts(ms)
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`
}
/** Hours at which most people sleep: whoever sends something then is told so. */
export const isNight = (at: number): boolean => {
  const hour = shifted(at).getUTCHours()
  return hour < 5 || hour >= 21
}
