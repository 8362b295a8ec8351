import type { Language } from '../reports/language.ts'
import { ACTIONS } from './audit-actions.ts'

export interface AuditRow {
  readonly n: number
  readonly at: string
  readonly actor: string
  readonly actorName: string | null
  readonly action: string
  readonly subject: string
  readonly detail: unknown
}

const OTHERS: Readonly<Record<string, readonly [vi: string, en: string]>> = {
  administrator: ['Quản trị của máy đài', 'The station’s own administrator'], server: ['Hệ thống', 'The station'], system: ['Hệ thống', 'The station'], cap: ['Nguồn cảnh báo', 'A source of warnings'],
  link: ['Người xem bằng đường dẫn', 'Somebody with a link'], source: ['Hệ thống nguồn', 'A source system'], cluster: ['Cụm loa', 'A cluster'], person: ['Người đã bị xoá', 'Somebody'], public: ['Bà con ở cột loa', 'Somebody at a pole'],
}
const pick = (pair: readonly [string, string], language: Language): string => pair[language === 'vi' ? 0 : 1]

/** Who did it. */
export function actorText({ actor, actorName }: Pick<AuditRow, 'actor' | 'actorName'>, language: Language): string {
  if (actorName !== null) return actorName
  const other = OTHERS[actor.split(':')[0] ?? '']
  return other ? pick(other, language) : actor
}

/** What they did; an action that is not known stands as it is. */
export const actionText = (action: string, language: Language): string => {
  const known = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
  return known ? pick(known, language) : action
}

const NAMES = ['name', 'title', 'reason', 'text'] as const
/** What it was done to, and why, where the log says so in words. */
export function aboutText(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return ''
  const said = detail as Readonly<Record<string, unknown>>
  return NAMES.flatMap((name) => (typeof said[name] === 'string' && said[name].trim() !== '' ? [said[name]] : [])).join(' · ')
}
