import { dayNumberOf } from '../../shared/core/civil.ts'
import { wallMs, type WallMs } from '../../shared/core/clock.ts'

/** An instant as requests write it. */
export const INSTANT_PATTERN = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+ -]\\d{2}:\\d{2})?$'

/** ISO 8601; without an offset it is Viet Nam time. A plus sign in an address arrives as a space. null for no instant. */
export function instantOf(text: string): WallMs | null {
  const iso = text.replace(' ', '+')
  // engines take 31 November for 1 December
  if (Number.isNaN(dayNumberOf(iso.slice(0, 10)))) return null
  const ms = Date.parse(/(Z|[+-]\d{2}:\d{2})$/.test(iso) ? iso : `${iso}+07:00`)
  return Number.isNaN(ms) ? null : wallMs(ms)
}
