/** How loudly an incident calls. `urgent`: something sounds that nobody ordered. `fault`: listeners miss something. */
export const SEVERITIES = ['notice', 'warning', 'fault', 'urgent'] as const
export type Severity = (typeof SEVERITIES)[number]

export const severityRank = (severity: Severity): number => SEVERITIES.indexOf(severity)

export interface KindRule {
  readonly severity: Severity
  /** The condition must stand this long before an incident opens. */
  readonly openAfterMs: number
  /** It must be gone this long before a cluster counts as healed; what comes back before has never been gone. */
  readonly healAfterMs: number
  /** Clusters that fall within this time of each other may have one cause. */
  readonly joinWithinMs: number
  /** Absence of the condition heals only where the cluster was heard to sound as planned. */
  readonly healsBySound?: true
  /** No rule can tell that it is over: a person does. */
  readonly byPerson?: true
  readonly en: string
  readonly vi: string
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const kind = (severity: Severity, times: readonly [open: number, heal: number, join: number], words: readonly [en: string, vi: string]): KindRule => ({
  severity, openAfterMs: times[0], healAfterMs: times[1], joinWithinMs: times[2], en: words[0], vi: words[1],
})

/**
 * Everything that can be wrong with a cluster. Delays are longer than what a healthy rural 4G link does by itself: a
 * modem that is re-plugged is back within two minutes, an evening's noise lasts longer than ten.
 */
export const INCIDENT_RULES = {
  // its own patience is in incident-offline.ts
  offline: kind('fault', [0, 2 * MINUTE, 2 * MINUTE], ['offline', 'mất kết nối']),
  'silent-in-session': { ...kind('fault', [0, MINUTE, 3 * MINUTE], ['silent in a session', 'không phát trong buổi phát']), healsBySound: true },
  // it is over when the next item is heard
  'not-heard': kind('fault', [0, 0, 3 * MINUTE], ['played, but not heard', 'phát nhưng loa không ra tiếng']),
  // it is over when it passes the next one
  'self-test': kind('fault', [0, 0, 3 * MINUTE], ['failed its self-test', 'không qua tự kiểm tra']),
  'unauthorised-sound': kind('urgent', [0, 10 * MINUTE, 5 * MINUTE], ['sound without an order', 'có tiếng khi không có lệnh phát']),
  'refused-orders': kind('warning', [0, 30 * MINUTE, HOUR], ['orders refused', 'từ chối lệnh']),
  'weak-signal': kind('notice', [10 * MINUTE, 30 * MINUTE, HOUR], ['weak 4G signal', 'sóng 4G yếu']),
  'noisy-cell': kind('notice', [10 * MINUTE, 30 * MINUTE, HOUR], ['noisy 4G cell', 'trạm 4G nhiễu']),
  underruns: kind('warning', [0, 30 * MINUTE, 10 * MINUTE], ['sound breaks off', 'tiếng bị ngắt quãng']),
  'sim-quota': kind('warning', [0, HOUR, DAY], ['SIM data nearly used up', 'SIM sắp hết dung lượng']),
  'sim-expiry': kind('warning', [0, HOUR, DAY], ['SIM expires soon', 'SIM sắp hết hạn']),
  power: kind('warning', [MINUTE, 5 * MINUTE, 10 * MINUTE], ['on battery', 'mất điện lưới']),
  temperature: kind('warning', [5 * MINUTE, 30 * MINUTE, HOUR], ['too hot', 'thiết bị quá nóng']),
  clock: kind('warning', [2 * MINUTE, 2 * MINUTE, 10 * MINUTE], ['clock not right', 'sai đồng hồ']),
  'cache-behind': kind('warning', [15 * MINUTE, 5 * MINUTE, HOUR], ['files not there yet', 'chưa tải đủ nội dung']),
  'disk-full': kind('warning', [5 * MINUTE, 10 * MINUTE, DAY], ['disk nearly full', 'bộ nhớ sắp đầy']),
  'version-old': kind('notice', [DAY, 10 * MINUTE, DAY], ['old version', 'phiên bản cũ']),
  muted: kind('notice', [HOUR, MINUTE, HOUR], ['muted', 'đang tắt tiếng']),
  'suspected-theft': { ...kind('urgent', [0, 0, HOUR], ['moved, or its SIM changed', 'nghi bị mất cắp hoặc đổi SIM']), byPerson: true },
  // told by people, not by rules
  complaint: { ...kind('warning', [0, 0, 0], ['complaint', 'phản ánh của người dân']), byPerson: true },
  'check-finding': { ...kind('warning', [0, 0, 0], ['found at a check', 'phát hiện khi kiểm tra']), byPerson: true },
  reported: { ...kind('warning', [0, 0, 0], ['reported', 'được báo hỏng']), byPerson: true },
} as const satisfies Record<string, KindRule>
export type IncidentKind = keyof typeof INCIDENT_RULES
export const INCIDENT_KINDS = Object.keys(INCIDENT_RULES) as IncidentKind[]

export const ruleOf = (name: IncidentKind): KindRule => INCIDENT_RULES[name]
export const isIncidentKind = (name: string): name is IncidentKind => Object.hasOwn(INCIDENT_RULES, name)

const begun = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1)
/** A kind as the heading of a row; null for one that is not known, such as of a newer version. */
export const incidentWords = (kind: string): { readonly en: string; readonly vi: string } | null =>
  isIncidentKind(kind) ? { en: begun(ruleOf(kind).en), vi: begun(ruleOf(kind).vi) } : null
