import { civilDate, civilDayNumber, isoWithOffset, type CivilDate } from '../../shared/core/civil.ts'
import type { WallMs } from '../../shared/core/clock.ts'
import { signalWords } from './signal-words.ts'
import type { ClusterFacts, Symptom } from './symptoms.ts'

/** A SIM that ends within so many days is told of. */
const EXPIRY_WARNING_DAYS = 7
const MB = 1_000_000
const mb = (bytes: number): number => Math.round(bytes / MB)
/** `30/11/2026`. */
const dayText = (date: CivilDate): string => date.split('-').toReversed().join('/')
/** `05:12`; of another day than today `20/11 05:12`. */
function timeText(at: WallMs, now: WallMs): string {
  const clock = isoWithOffset(at).slice(11, 16)
  return civilDayNumber(at) === civilDayNumber(now) ? clock : `${dayText(civilDate(at)).slice(0, 5)} ${clock}`
}
/** Minutes, hours or days, as one would say it. */
function lengthText(minutes: number): { readonly vi: string; readonly en: string } {
  const [n, vi, en] = minutes < 60 ? [minutes, 'phút', 'minute'] : minutes < 2 * 24 * 60 ? [Math.floor(minutes / 60), 'giờ', 'hour'] : [Math.floor(minutes / (24 * 60)), 'ngày', 'day']
  return { vi: `${n} ${vi}`, en: `${n} ${en}${n === 1 ? '' : 's'}` }
}

/** The way to the cluster: is it there, how is its radio, does its SIM last. */
export function linkSymptoms(facts: ClusterFacts): Symptom[] {
  return [...offline(facts), ...radio(facts), ...quota(facts), ...expiry(facts)]
}

function offline({ presence, at }: ClusterFacts): Symptom[] {
  if (presence === null || presence.online) return []
  const minutes = Math.max(0, Math.floor((at - presence.since) / 60_000))
  const [since, length] = [timeText(presence.since, at), lengthText(minutes)]
  return [{
    kind: 'offline', severity: 'fault', since: presence.since, figure: minutes,
    vi: `Mất kết nối từ ${since}${minutes === 0 ? '' : `, đã ${length.vi}`}.`,
    en: `No connection since ${since}${minutes === 0 ? '' : `, for ${length.en}`}.`,
  }]
}

function radio({ presence, signal }: ClusterFacts): Symptom[] {
  if (!presence?.online || signal === null || signal.class === 'good' || signal.class === 'none') return []
  const { vi, en, figure } = signalWords(signal)
  return [{ kind: signal.reason === 'weak-cell' ? 'weak-signal' : 'noisy-cell', severity: signal.class === 'poor' ? 'warning' : 'info', ...(figure === null ? {} : { figure }), vi, en }]
}

function quota({ sim }: ClusterFacts): Symptom[] {
  if (sim === null || sim.leftBytes === null || sim.plan.bytesPerMonth === null) return []
  const left = mb(Math.max(0, sim.leftBytes))
  if (sim.frugal) {
    return [{
      kind: 'sim-quota', severity: 'fault', figure: left,
      vi: `Dung lượng data còn ${left} MB đến ngày ${dayText(sim.renews)}: tiếp âm và tải tệp tạm dừng, phần còn lại dành cho khẩn cấp.`,
      en: `${left} MB of data left until ${dayText(sim.renews)}: relays and downloads have stopped, the rest is kept for emergencies.`,
    }]
  }
  if (sim.forecastBytes <= sim.plan.bytesPerMonth - sim.plan.reserveBytes) return []
  return [{
    kind: 'sim-quota', severity: 'warning', figure: left,
    vi: `Dung lượng data còn ${left} MB; với mức dùng hiện nay sẽ hết trước ngày ${dayText(sim.renews)} (dự kiến ${mb(sim.forecastBytes)}/${mb(sim.plan.bytesPerMonth)} MB).`,
    en: `${left} MB of data left; at this rate it runs out before ${dayText(sim.renews)} (${mb(sim.forecastBytes)} of ${mb(sim.plan.bytesPerMonth)} MB expected).`,
  }]
}

function expiry({ sim }: ClusterFacts): Symptom[] {
  if (sim === null || sim.daysLeft === null || sim.plan.expires === null || sim.daysLeft > EXPIRY_WARNING_DAYS) return []
  const { daysLeft, plan: { expires } } = sim
  if (daysLeft < 0) return [{ kind: 'sim-expiry', severity: 'fault', figure: daysLeft, vi: `SIM đã hết hạn ngày ${dayText(expires)}.`, en: `The SIM ended on ${dayText(expires)}.` }]
  return [{ kind: 'sim-expiry', severity: 'warning', figure: daysLeft, vi: `SIM hết hạn ngày ${dayText(expires)} (còn ${daysLeft} ngày).`, en: `The SIM ends on ${dayText(expires)} (${daysLeft} days left).` }]
}
