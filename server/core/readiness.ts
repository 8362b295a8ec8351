import { clockText, isoWithOffset, msOfDay } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import type { SimStanding } from './sim-standing.ts'
import type { LatestTelemetry, PresenceRecord } from './stores.ts'

/** What keeps a cluster from sounding a session as planned, whom to call first at the top. */
export const READINESS_CODES = [
  'never-connected', 'no-plan', 'clock', 'muted', 'volume-zero', 'lacks-files', 'old-plan', 'offline', 'power', 'sim-empty', 'lacks-substitute', 'sim-spared', 'clock-error', 'hot',
] as const
export type ReadinessCode = (typeof READINESS_CODES)[number]

export interface ReadinessReason {
  readonly code: ReadinessCode
  readonly vi: string
  readonly en: string
}
/** `ready`; `doubtful`: it will sound, perhaps not as planned; `not-ready`: it will not sound, or not all of it. */
export type ReadinessState = 'ready' | 'doubtful' | 'not-ready'

/** A file of the session that a cluster lacks. */
export interface LackingFile {
  readonly title: string
  /** When it is due. */
  readonly due: WallMs
  /** It stands in for a relay that fails. */
  readonly substitute: boolean
}

/** Everything that is known of one cluster before a session. */
export interface ReadyFacts {
  readonly cluster: string
  readonly name: string
  readonly presence: PresenceRecord | null
  readonly telemetry: LatestTelemetry
  /** Newest plan that was issued to it; null = none. */
  readonly planRev: number | null
  readonly muted: boolean
  readonly sim: SimStanding | null
  /** Files of this session that it has said it lacks. */
  readonly lacking: readonly LackingFile[]
  /** The session relays something here. */
  readonly relays: boolean
}

export interface ReadySession {
  readonly session: string
  readonly name: string
  readonly start: WallMs
  readonly end: WallMs
}

export interface ClusterReadiness {
  readonly cluster: string
  readonly name: string
  readonly state: ReadinessState
  /** The gravest first; empty when ready. */
  readonly reasons: readonly ReadinessReason[]
}
export interface SessionReadiness extends ReadySession {
  readonly total: number
  readonly ready: number
  readonly doubtful: number
  readonly notReady: number
  /** Those that are not ready and those that are doubtful, whom to call first at the top. */
  readonly clusters: readonly ClusterReadiness[]
  /** "41/43 cụm sẵn sàng; 2 cụm thiếu nội dung thay thế của tiếp âm lúc 17:00." */
  readonly vi: string
  readonly en: string
}

const CLOCK_ERR_MS = 2_000
const HOT_C = 80
/** These alone do not keep it from sounding. */
const DOUBTFUL: ReadonlySet<ReadinessCode> = new Set(['offline', 'power', 'sim-empty', 'lacks-substitute', 'sim-spared', 'clock-error', 'hot'])

const timeOf = (at: WallMs): string => clockText(Math.floor(msOfDay(at) / 1000))
const dayTime = (at: WallMs): string => `${isoWithOffset(at).slice(8, 10)}/${isoWithOffset(at).slice(5, 7)} ${timeOf(at)}`

/** What is the matter with one cluster before a session; empty = it is ready. */
export function readinessReasons(facts: ReadyFacts, session: ReadySession): ReadinessReason[] {
  const { presence } = facts
  if (presence === null) return [{ code: 'never-connected', vi: 'Chưa kết nối lần nào.', en: 'It has never connected.' }]
  const reasons = [...planReasons(facts, presence, session), ...fileReasons(facts), ...boxReasons(facts, presence), ...simReasons(facts)]
  return reasons.sort((a, b) => READINESS_CODES.indexOf(a.code) - READINESS_CODES.indexOf(b.code))
}

function planReasons({ planRev }: ReadyFacts, presence: PresenceRecord, { end }: ReadySession): ReadinessReason[] {
  const reasons: ReadinessReason[] = []
  const held = presence.planRev > 0 && presence.planTo >= end
  if (!held) reasons.push({ code: 'no-plan', vi: 'Chưa có lịch phát của buổi này.', en: 'It does not hold the timetable of this session.' })
  else if (planRev !== null && presence.planRev < planRev) reasons.push({ code: 'old-plan', vi: 'Đang giữ lịch phát cũ, chưa nhận lịch mới nhất.', en: 'It holds an older timetable, not the newest.' })
  if (!presence.online) {
    const since = dayTime(presence.since)
    reasons.push(held
      ? { code: 'offline', vi: `Mất kết nối từ ${since}; sẽ tự phát theo lịch đã lưu (đến ${dayTime(presence.planTo)}) nếu còn điện.`, en: `No connection since ${since}; it sounds by the timetable that it holds (until ${dayTime(presence.planTo)}) as long as it has power.` }
      : { code: 'offline', vi: `Mất kết nối từ ${since}.`, en: `No connection since ${since}.` })
  }
  return reasons
}

function fileReasons({ lacking }: ReadyFacts): ReadinessReason[] {
  const [files, substitutes] = [lacking.filter(({ substitute }) => !substitute), lacking.filter(({ substitute }) => substitute)]
  const reasons: ReadinessReason[] = []
  const [first] = files
  if (first) {
    const more = files.length > 1 ? { vi: ` và ${files.length - 1} tệp nữa`, en: ` and ${files.length - 1} more` } : { vi: '', en: '' }
    reasons.push({ code: 'lacks-files', vi: `Chưa tải xong "${first.title}" (${timeOf(first.due)})${more.vi}.`, en: `It lacks "${first.title}" (${timeOf(first.due)})${more.en}.` })
  }
  const [instead] = substitutes
  if (instead) reasons.push({ code: 'lacks-substitute', vi: `Thiếu nội dung thay thế của tiếp âm lúc ${timeOf(instead.due)}.`, en: `It lacks the ${timeOf(instead.due)} relay's substitute.` })
  return reasons
}

function boxReasons({ telemetry: { health }, muted }: ReadyFacts, presence: PresenceRecord): ReadinessReason[] {
  const reasons: ReadinessReason[] = []
  if (muted) reasons.push({ code: 'muted', vi: 'Đang tắt tiếng.', en: 'It is muted.' })
  else if (health?.volume === 0) reasons.push({ code: 'volume-zero', vi: 'Âm lượng đang là 0.', en: 'Its volume is 0.' })
  if (presence.clock?.trusted === false) reasons.push({ code: 'clock', vi: 'Đồng hồ chưa đúng, sẽ không phát theo lịch.', en: 'Its clock is not trusted: nothing of the timetable sounds.' })
  else if ((presence.clock?.errMs ?? 0) >= CLOCK_ERR_MS) reasons.push({ code: 'clock-error', vi: `Đồng hồ có thể sai ${Math.round((presence.clock?.errMs ?? 0) / 1000)} giây.`, en: `Its clock may be off by ${Math.round((presence.clock?.errMs ?? 0) / 1000)} s.` })
  if (health?.power === 'battery') reasons.push({ code: 'power', vi: 'Mất điện lưới, đang chạy ắc quy.', en: 'No mains power: it runs on its battery.' })
  if ((health?.tempC ?? 0) >= HOT_C) reasons.push({ code: 'hot', vi: `Tủ thiết bị nóng ${Math.round(health?.tempC ?? 0)} °C.`, en: `The box is ${Math.round(health?.tempC ?? 0)} °C hot.` })
  return reasons
}

function simReasons({ sim, relays }: ReadyFacts): ReadinessReason[] {
  if (sim === null) return []
  if ((sim.leftBytes !== null && sim.leftBytes <= 0) || (sim.daysLeft !== null && sim.daysLeft < 0)) return [{ code: 'sim-empty', vi: 'SIM hết dung lượng hoặc hết hạn.', en: 'The SIM has no data left, or has ended.' }]
  if (!sim.frugal || !relays) return []
  return [{ code: 'sim-spared', vi: 'SIM sắp hết dung lượng: phát nội dung thay thế, không tiếp âm.', en: 'The SIM is nearly spent: the substitute sounds in place of the relay.' }]
}

const stateOf = (reasons: readonly ReadinessReason[]): ReadinessState => (reasons.length === 0 ? 'ready' : reasons.every(({ code }) => DOUBTFUL.has(code)) ? 'doubtful' : 'not-ready')

const SUMMARY: Readonly<Record<ReadinessCode, { readonly vi: string; readonly en: string }>> = {
  'never-connected': { vi: 'chưa kết nối lần nào', en: 'never connected' },
  'no-plan': { vi: 'chưa có lịch phát', en: 'hold no timetable' },
  clock: { vi: 'chưa đúng giờ', en: 'do not have the time' },
  muted: { vi: 'đang tắt tiếng', en: 'are muted' },
  'volume-zero': { vi: 'âm lượng 0', en: 'have volume 0' },
  'lacks-files': { vi: 'chưa tải xong nội dung', en: 'lack files' },
  'old-plan': { vi: 'giữ lịch cũ', en: 'hold an older timetable' },
  offline: { vi: 'mất kết nối', en: 'have no connection' },
  power: { vi: 'mất điện lưới', en: 'run on battery' },
  'sim-empty': { vi: 'hết SIM', en: 'have no SIM data' },
  'lacks-substitute': { vi: 'thiếu nội dung thay thế của tiếp âm', en: "lack the relay's substitute" },
  'sim-spared': { vi: 'sắp hết dung lượng SIM', en: 'spare their SIM' },
  'clock-error': { vi: 'đồng hồ sai', en: 'have an inexact clock' },
  hot: { vi: 'quá nóng', en: 'are too hot' },
}

/** How a session stands before it begins. Pure: `Before 5:15` and the desk ask the same. */
export function readinessOf(session: ReadySession, facts: readonly ReadyFacts[]): SessionReadiness {
  const all = facts.map((one): ClusterReadiness => {
    const reasons = readinessReasons(one, session)
    return { cluster: one.cluster, name: one.name, state: stateOf(reasons), reasons }
  })
  const rank = ({ state, reasons }: ClusterReadiness): number => (state === 'not-ready' ? 0 : 100) + READINESS_CODES.indexOf(reasons[0]?.code ?? 'hot')
  const clusters = all.filter(({ state }) => state !== 'ready').sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, 'vi'))
  const [doubtful, notReady] = [clusters.filter(({ state }) => state === 'doubtful').length, clusters.filter(({ state }) => state === 'not-ready').length]
  const ready = all.length - doubtful - notReady
  return { ...session, total: all.length, ready, doubtful, notReady, clusters, ...summaryOf(ready, all.length, clusters, facts) }
}

function summaryOf(ready: number, total: number, clusters: readonly ClusterReadiness[], facts: readonly ReadyFacts[]): { vi: string; en: string } {
  const byCode = new Map<ReadinessCode, ClusterReadiness[]>()
  for (const cluster of clusters) for (const { code } of cluster.reasons.slice(0, 1)) byCode.set(code, [...(byCode.get(code) ?? []), cluster])
  const parts = [...byCode].map(([code, list]) => {
    const due = code === 'lacks-substitute' ? facts.find(({ cluster }) => cluster === list[0]?.cluster)?.lacking.find(({ substitute }) => substitute)?.due : undefined
    const at = due === undefined ? { vi: '', en: '' } : { vi: ` lúc ${timeOf(due)}`, en: ` (${timeOf(due)})` }
    return { vi: `${list.length} cụm ${SUMMARY[code].vi}${at.vi}`, en: `${list.length} ${SUMMARY[code].en}${at.en}` }
  })
  return { vi: `${[`${ready}/${total} cụm sẵn sàng`, ...parts.map(({ vi }) => vi)].join('; ')}.`, en: `${[`${ready} of ${total} ready`, ...parts.map(({ en }) => en)].join('; ')}.` }
}
