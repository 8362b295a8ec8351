/** The body of PUT /clusters/:id/sim. */
export interface SimBody {
  readonly bytesPerMonth: number | null
  readonly startDay: number
  readonly expires: string | null
  readonly number: string | null
  readonly operator: string | null
}
/** As it is typed. */
export interface SimTyped {
  readonly gb: string
  readonly startDay: string
  readonly expires: string
  readonly number: string
  readonly operator: string
}
export const NO_SIM: SimTyped = { gb: '', startDay: '1', expires: '', number: '', operator: '' }

const BYTES_IN_GB = 1_000_000_000
const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim())

/** What is typed of a plan that is known. */
export function typedOf(plan: { readonly bytesPerMonth: number | null; readonly startDay: number; readonly expires: string | null; readonly number: string | null; readonly operator: string | null }): SimTyped {
  return {
    gb: plan.bytesPerMonth === null ? '' : String(Math.round(plan.bytesPerMonth / 10_000_000) / 100).replace('.', ','),
    startDay: String(plan.startDay), expires: plan.expires ?? '', number: plan.number ?? '', operator: plan.operator ?? '',
  }
}

/** The body, or the field in which something is wrong. */
export function readSim({ gb, startDay, expires, number, operator }: SimTyped): { readonly ok: true; readonly body: SimBody } | { readonly ok: false; readonly field: 'gb' | 'startDay' | 'number' } {
  const amount = gb.trim() === '' ? null : Number(gb.trim().replace(',', '.'))
  if (amount !== null && !(amount >= 0.01 && amount <= 1_000)) return { ok: false, field: 'gb' }
  const day = Number(startDay)
  if (!Number.isInteger(day) || day < 1 || day > 28) return { ok: false, field: 'startDay' }
  if (number.trim() !== '' && !/^\+?[0-9 .]{3,20}$/.test(number.trim())) return { ok: false, field: 'number' }
  return { ok: true, body: { bytesPerMonth: amount === null ? null : Math.round(amount * BYTES_IN_GB), startDay: day, expires: orNull(expires), number: orNull(number), operator: orNull(operator) } }
}
