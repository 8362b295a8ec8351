import { dateText } from './dates.ts'
import type { Exception } from './views.ts'

interface Told {
  readonly fromTo: (from: string, to: string) => string
  readonly everyYear: (lunar: string) => string
  readonly everyMonth: (day: number) => string
}

/** The same for the same days. */
export const exceptionKey = (one: Exception): string => (typeof one === 'string' ? one : 'lunar' in one ? one.lunar : `${one.from} ${one.to}`)

/** A day off in words: a date, a span, or a day of the lunar calendar. */
export function exceptionText(one: Exception, words: Told): string {
  if (typeof one === 'string') return dateText(one)
  if (!('lunar' in one)) return words.fromTo(dateText(one.from), dateText(one.to))
  const [day = '', month = ''] = one.lunar.split('/')
  return month === '*' ? words.everyMonth(Number(day)) : words.everyYear(one.lunar)
}
